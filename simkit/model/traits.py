"""What contacts and accounts are: traits drawn once, for all contacts at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from scipy.special import gammaincinv, ndtri, pdtr

from simkit.model.streams import THRESHOLDS, TRAITS, Key, draw, draw_block
from simkit.scenario import Segment

CENTS = 100.0


@dataclass(frozen=True)
class TraitTable:
    """Traits of n contacts of one segment, in the order of their numbers; each array shape (n,)."""

    account_offset_logit: np.ndarray
    buying_offset_logit: np.ndarray
    reach_offset_logit: np.ndarray
    sensitivity: np.ndarray
    dead: np.ndarray
    optout_threshold: np.ndarray
    sale_threshold: np.ndarray
    sale_value_cents: np.ndarray

    @classmethod
    def concatenate(cls, tables: Sequence[TraitTable]) -> TraitTable:
        """Return the tables of several segments as one."""
        return cls(
            *(
                np.concatenate([getattr(table, field.name) for table in tables])
                for field in fields(cls)
            )
        )


def _gamma_of_mean_one(u: np.ndarray, cv: float) -> np.ndarray:
    """Return Gamma quantiles of mean 1 and this coefficient of variation; 1 where cv is 0."""
    if cv == 0.0:
        return np.ones_like(u)
    shape = 1.0 / (cv * cv)
    quantiles: np.ndarray = gammaincinv(shape, u) * (1.0 / shape)
    return quantiles


def _lognormal(u: np.ndarray, mean: float, cv: float) -> np.ndarray:
    """Return lognormal quantiles of this mean and coefficient of variation."""
    variance_log = math.log1p(cv * cv)
    values: np.ndarray = mean * np.exp(math.sqrt(variance_log) * ndtri(u) - variance_log / 2.0)
    return values


def draw_traits(
    segment: Segment, key: Key, contacts: np.ndarray, accounts: np.ndarray
) -> TraitTable:
    """Draw the traits of contacts; the same contact gets the same whatever the policy.

    Parameters
    ----------
    segment
        The laws.
    key
        The run.
    contacts, accounts
        Contact numbers and the account of each, int64, shape (n,).
    """
    u = draw_block(TRAITS, key, contacts) | draw_block(THRESHOLDS, key, contacts)
    values = _lognormal(u["sale_value"], segment.sale_value_mean_eur, segment.sale_value_cv)
    return TraitTable(
        account_offset_logit=segment.account_sd_logit
        * ndtri(draw("account_offset", key, accounts)),
        buying_offset_logit=segment.buying_sd_logit * ndtri(u["buying"]),
        reach_offset_logit=segment.reach_sd_logit * ndtri(u["reach_offset"]),
        sensitivity=_gamma_of_mean_one(u["sensitivity"], segment.sensitivity_cv),
        dead=u["dead_number"] < segment.bad_number_prob,
        optout_threshold=-np.log(u["optout_threshold"]),
        sale_threshold=-np.log(u["sale_threshold"]),
        sale_value_cents=np.rint(CENTS * values).astype(np.int64),
    )


def account_sizes(mean: float, key: Key, accounts: np.ndarray) -> np.ndarray:
    """Draw how many contacts each account has: 1 + Poisson(mean − 1); int64, shape (n,)."""
    further = mean - 1.0
    # Far enough that what is cut off is rarer than the finest uniform, 2**-33.
    most = int(further + 12.0 * math.sqrt(further) + 40.0)
    cumulated = pdtr(np.arange(most), further)
    sizes: np.ndarray = 1 + np.searchsorted(cumulated, draw("account_size", key, accounts))
    return sizes


def skill_logits(sd_logit: float, key: Key, agents: int) -> np.ndarray:
    """Draw the agents' skill on the sale logit: Normal(0, sd), shape (agents,)."""
    skills: np.ndarray = sd_logit * ndtri(draw("skill", key, np.arange(agents, dtype=np.int64)))
    return skills
