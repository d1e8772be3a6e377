"""Which policy to choose, which others are as good, and when enough was replicated to say so.

All policies meet the same replications (common random numbers): rows of values are independent and
about normal, with any spread and correlation of the columns. Replications are added a few at a
time, and after each batch one may stop, so that bounds must hold at all numbers of replications at
once. Let w_ij(n) be the allowance of ``selection.anytime`` at level α/(k − 1) for the paired
difference d_ij(n) of policies i and j over their first n common replications, and

    most_ij = the least over n of d_ij(n) + w_ij(n):

by how much i may at most be better than j. Let B be a policy that is truly best. With probability
1 − α at least, no d_iB(n) ever exceeds its true value by more than w_iB(n), for any i and n: k − 1
events of one side, added up (Bonferroni), so that no assumption on correlations is needed. Then

- the set of policies i with most_ij >= 0 for all j holds B, however often and whenever one looks;
- any policy j truly loses against the best at most the largest most_ij over i in the set, and leads
  the best of the others by at most the least most_ji over i, or by nothing (Hsu's comparisons with
  the best, see ``simkit.sweep.compare``, but at all n);
- so who stops once the leader loses at most the indifference zone δ has chosen a policy within
  δ of the best: a *good selection* for any true means, also where they lie closer together than δ.

KN (Kim and Nelson 2001) compares as many pairs, but promises to find the best where it leads by δ.
Where policies lie closer, as recall intervals side by side do, it often throws the best away, and a
good selection is not what it promises (Eckman and Henderson 2018). ``benchmarks/selection.py``
compares the two.

Replications are saved by leaving out who need not be seen again for now: those out of the set, and
those in it that are better than the leader by δ at most. The latter stand aside with what they
have. Bounds hold at any n, so theirs stay true; only where another policy takes the lead may one of
them be wanted again. It then first makes up the replications that it missed: they are keyed by
number, so that it does not matter when they are run.

The estimated probability of good selection looks at one time only, with flat priors: the true
difference of i and L is then Student's t around the paired one, and

    PGS >= 1 − Σ_i P(T_{n−1} > (δ − d_iL) · √n / s_iL)

(Branke, Chick and Schmidt 2007, there for independent policies). It is no guarantee: who stops when
it looks good enough will have stopped too early more often than it says.

References: S.-H. Kim and B. L. Nelson, ACM TOMACS 11 (2001) 251–273; D. J. Eckman and
S. G. Henderson, Proceedings of the Winter Simulation Conference (2018) 351–365; J. Branke,
S. E. Chick and C. Schmidt, Management Science 53 (2007) 1916–1932.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr

from simkit.errors import InputError, Problem
from simkit.sweep.selection.anytime import SHORTEST_TABLE, multipliers
from simkit.sweep.selection.paired import PairedPaths, paired_paths

if TYPE_CHECKING:
    from numpy.typing import NDArray

ONE_LEFT = "one left"
WITHIN_INDIFFERENCE = "within indifference"
NOT_YET = "not yet"
TOO_FEW_REPLICATIONS = "too few replications"


@dataclass(frozen=True)
class Standing:
    """How policies stand after the replications made so far; one entry a policy.

    Parameters
    ----------
    leader
        Position of the policy to choose: the best mean of those seen longest in ``as_good``.
    as_good
        Whether the policy cannot be ruled out as the best. Who is out never comes back when
        replications are added.
    settled
        Whether the leader is within the indifference zone of the best, so that one may stop.
    why
        ``"one left"``, ``"within indifference"``, ``"not yet"``, ``"too few replications"``.
    confidence
        Guaranteed: with this probability at least, at all times together, ``as_good`` holds the
        best, ``low`` and ``high`` hold for all policies, and where ``settled`` the leader is a good
        selection.
    pgs_estimated
        Estimated probability that the leader is within the indifference zone of the best; NaN where
        a pair has fewer than two replications in common.
    loss_at_most
        By how much the best may be better than the leader, in the unit of the values; infinite
        while replications are too few.
    difference
        Mean less the leader's, over the replications in common (0 where there are none).
    low, high
        Simultaneous bounds on the policy's true mean less the best true mean of the others.
    wanted
        Whether the policy is to be replicated further: first the replications that others have and
        it has not, then new ones. Nobody once settled. Replicating all in ``as_good`` instead is as
        valid; it took 4 to 43 % more runs in ``benchmarks/selection.py`` and left fewer in the set,
        since who stands aside can no longer be ruled out.
    replications
        How many replications have a value.
    more
        Further replications until it is settled, about, were means and spreads to stay; at most as
        many again as there are, or as the first bound needs. As means move, about every other
        race needs more.
    """

    leader: int
    as_good: NDArray[np.bool_]
    settled: bool
    why: str
    confidence: float
    pgs_estimated: float
    loss_at_most: float
    difference: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    wanted: NDArray[np.bool_]
    replications: NDArray[np.int64]
    more: int


def standing(
    values: NDArray[np.float64],
    *,
    confidence: float,
    indifference: float,
    lower_is_better: bool = False,
) -> Standing:
    """Say which policies are as good, which leads, and whether that is sure enough to stop.

    Parameters
    ----------
    values
        One row a replication in the order of their numbers, one column a policy, shape (R, k); NaN
        where a policy was not run or has no value in a replication.
    confidence
        Of all statements together, between .5 and 1, e.g. .95.
    indifference
        Loss against the best that does not matter, in the unit of the values, at least 0. With 0
        one stops only when no other can be better. It may be changed on the way: no bound depends
        on it.
    lower_is_better
        Whether a smaller mean is better.

    Raises
    ------
    InputError
        If an argument is out of its range.
    """
    _check(values, confidence, indifference)
    scores = -values if lower_is_better else values
    count, policies = scores.shape
    level = (1 - confidence) / max(policies - 1, 1)
    allowed = multipliers(max(2 * count, SHORTEST_TABLE), level)
    paths = paired_paths(scores)
    at_most = paths.at_most(allowed)
    as_good = _not_ruled_out(at_most)
    leader = _leader(scores, as_good)
    itself = np.eye(policies, dtype=np.bool_)
    rivals = as_good[:, None] & ~itself
    losses = np.where(rivals, at_most, 0.0).max(axis=0, initial=0.0)
    leads = np.where(itself, np.inf, at_most).min(axis=1)
    loss = float(losses[leader])
    settled = loss <= indifference
    wanted = rivals[:, leader] & (at_most[:, leader] > indifference)
    wanted[leader] = not settled
    difference, low = paths.gap[:, leader], -losses
    high = np.maximum(leads, 0.0) if policies > 1 else np.zeros(1)
    if lower_is_better:
        difference, low, high = -difference, -high, -low
    return Standing(
        leader=leader,
        as_good=as_good,
        settled=settled,
        why=_why(settled, int(as_good.sum()), loss),
        confidence=confidence,
        pgs_estimated=_estimated_pgs(paths, leader, indifference),
        loss_at_most=loss,
        # 0 − 0 with a minus sign would read as −0.
        difference=difference + 0.0,
        low=low + 0.0,
        high=high + 0.0,
        wanted=wanted,
        replications=np.isfinite(scores).sum(axis=0),
        more=0 if settled else _more(paths, leader, wanted, indifference, allowed),
    )


def _check(values: NDArray[np.float64], confidence: float, indifference: float) -> None:
    problems = []
    if values.ndim != 2 or 0 in values.shape:
        rule = "must have one row a replication and one column a policy"
        problems.append(Problem("selection", "values.shape", values.shape, rule))
    if np.isinf(values).any():
        problems.append(Problem("selection", "values", np.inf, "must be finite, or NaN for none"))
    if not 0.5 < confidence < 1:
        problems.append(Problem("selection", "confidence", confidence, "must be > .5 and < 1"))
    if not 0 <= indifference < np.inf:
        rule = "must be finite and >= 0"
        problems.append(Problem("selection", "indifference", indifference, rule))
    if problems:
        raise InputError(problems)


def _not_ruled_out(at_most: NDArray[np.float64]) -> NDArray[np.bool_]:
    best_case = at_most.min(axis=1)
    # If everybody is beaten by somebody, some bound has failed: who is beaten least remains.
    kept: NDArray[np.bool_] = best_case >= min(0.0, float(best_case.max()))
    return kept


def _leader(scores: NDArray[np.float64], as_good: NDArray[np.bool_]) -> int:
    """Return the best of those policies of the set that were run last, on their common rows."""
    known = np.isfinite(scores)
    rows = np.flatnonzero(known[:, as_good].any(axis=1))
    running = as_good & known[rows[-1]] if len(rows) else as_good
    common = scores[known[:, running].all(axis=1)]
    if not len(common):
        return int(np.argmax(as_good))
    return int(np.argmax(np.where(running, common.mean(axis=0), -np.inf)))


def _why(settled: bool, left: int, loss: float) -> str:
    if settled:
        return ONE_LEFT if left == 1 else WITHIN_INDIFFERENCE
    return NOT_YET if np.isfinite(loss) else TOO_FEW_REPLICATIONS


def _estimated_pgs(paths: PairedPaths, leader: int, indifference: float) -> float:
    others = np.arange(len(paths.gap)) != leader
    n, spread = paths.common[others, leader], paths.spread[others, leader]
    if (n < 2).any():
        return float("nan")
    room = indifference - paths.gap[others, leader]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = room / (spread / np.sqrt(n))
    # Policies that never differ are 0 apart for sure.
    worse = np.where(np.isnan(t), 0.0, stdtr(n - 1, -t))
    return max(0.0, 1.0 - float(worse.sum()))


def _more(
    paths: PairedPaths,
    leader: int,
    wanted: NDArray[np.bool_],
    indifference: float,
    allowed: NDArray[np.float64],
) -> int:
    """Return after how many more replications all would be within, if means and spreads stayed."""
    others = wanted & (np.arange(len(wanted)) != leader)
    now = int(paths.common.max())
    n = np.arange(1, len(allowed))
    known = np.isfinite(allowed[1:])
    most = max(2 * now, int(n[np.argmax(known)]))
    # Spreads of fewer than two replications are not known and count for nothing.
    spread = paths.spread[others, leader][:, None]
    width = np.where(known, allowed[1:], 0.0) * spread / np.sqrt(n)
    room = indifference - paths.gap[others, leader][:, None]
    enough = (width <= room).all(axis=0) & known & (n > now)
    return min(int(n[np.argmax(enough)]) if enough.any() else most, most) - now
