"""Field trials: compare arms as assigned, and audit logs in which nothing was assigned."""

from simkit.trial.audit import AuditReport, BetaGeometric, audit, fit_beta_geometric
from simkit.trial.checked import Checks
from simkit.trial.checkup import check_trial
from simkit.trial.evaluate import evaluate
from simkit.trial.evaluation import Evaluation

__all__ = [
    "AuditReport",
    "BetaGeometric",
    "Checks",
    "Evaluation",
    "audit",
    "check_trial",
    "evaluate",
    "fit_beta_geometric",
]
