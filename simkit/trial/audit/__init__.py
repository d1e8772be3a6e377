"""A log in which nothing was assigned: success by attempt, and what it cannot prove."""

from simkit.trial.audit.audit import AuditReport, audit
from simkit.trial.audit.heterogeneity import BetaGeometric, fit_beta_geometric

__all__ = ["AuditReport", "BetaGeometric", "audit", "fit_beta_geometric"]
