"""Few events or contacts: shares differ only where an exact test says so too."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING

from scipy import stats

if TYPE_CHECKING:
    from simkit.trial.effects.difference import Difference, MarginTest, ScoreDifference

#: Of (contacts of the arm + 1) × (contacts of its control + 1) possible outcomes of a trial:
#: Boschloo's test goes through all of them, 99 against 99 in some 40 ms (measured).
MOST_LISTED = 10_000
#: Events, or contacts without one, that the smaller arm would have if both arms were alike.
FEW_EXPECTED = 10
#: Effective numbers of accounts that are whole but for rounding.
DIGITS = 9


@dataclass(frozen=True)
class ExactDifference:
    """A difference of two shares that is shown only where an exact test rejects equal shares too.

    The p-value is the larger of Newcombe's and the exact one. The interval is Newcombe's, extended
    to 0 at levels that the exact test does not reach: so the two never disagree.

    Parameters
    ----------
    score
        The difference with Newcombe's interval.
    exact_p
        Two-sided p-value of the exact test.
    method
        How the interval was computed, and which exact test it was.
    """

    score: ScoreDifference
    exact_p: float
    method: str

    @property
    def estimate(self) -> float:
        """Share of the arm less share of its control."""
        return self.score.estimate

    @property
    def se(self) -> float:
        """That of Newcombe's interval."""
        return self.score.se

    @property
    def df(self) -> float:
        """Degrees of freedom: the interval is built on the normal distribution."""
        return self.score.df

    @property
    def doubt(self) -> str:
        """Why it must not carry a claim; empty where it may."""
        return self.score.doubt

    @property
    def p_value(self) -> float:
        """Two-sided p-value of no difference."""
        return max(self.score.p_value, self.exact_p)

    def interval(self, alpha: float) -> tuple[float, float]:
        """Give the two-sided interval at level ``1 - alpha``."""
        low, high = self.score.interval(alpha)
        return (low, high) if self.exact_p <= alpha else (min(low, 0.0), max(high, 0.0))

    def against_margin(self) -> MarginTest:
        """Give the test of this difference against margins, which no exact test of 0 bears on."""
        return self.score.against_margin()


def held_by_accounts(
    found: ScoreDifference, having: tuple[int, int], accounts: tuple[int, int]
) -> Difference:
    """Let a difference of shares, one of them 0 or 1, claim no more than its accounts allow.

    An effective number of contacts takes events for spread over the accounts. Where one account of
    many contacts has them all, it is one event, as an exact test of accounts with any counts it.

    Parameters
    ----------
    found
        The difference, of effective numbers of contacts.
    having, accounts
        Accounts with any event (where a share is 1: with any contact without one), and all, of the
        arm and its control.
    """
    held = held_exact(found)
    if found.estimate == 0:
        return held
    name, exact_p = _exact(having, accounts)
    if exact_p <= held.p_value:
        return held
    how = f"{found.method}; p not below that of {name} exact test of accounts"
    return ExactDifference(found, exact_p, how)


def _exact(events: tuple[int, ...], n: tuple[int, ...]) -> tuple[str, float]:
    """Name the exact test of two shares that its size allows, and give its two-sided p-value."""
    table = [list(events), [each - having for each, having in zip(n, events, strict=True)]]
    if (n[0] + 1) * (n[1] + 1) <= MOST_LISTED:
        return "Boschloo's", float(stats.boschloo_exact(table).pvalue)
    tail = "greater" if events[0] * n[1] > events[1] * n[0] else "less"
    exact_p = 2 * float(stats.fisher_exact(table, alternative=tail).pvalue)
    return "Fisher's", min(exact_p, 1.0)


def held_exact(found: ScoreDifference) -> Difference:
    """Let a difference of shares claim no more than an exact test where contacts or events are few.

    Newcombe's interval is too short at small levels, as Holm and looks ask for, where arms are
    tiny, and at any level where few have the event in an arm much smaller than the other. Size is
    the largest probability, over all shares that both arms may have in common, of a claim:

    ============ ==================== ====================
    contacts     Newcombe alone       as here
    level        .05    .01    .001   .05    .01    .001
    ============ ==================== ====================
    3 v 3        .0312  .0312  0      .0312  0      0
    5 v 5        .0618  .0215  .0020  .0215  .0020  0
    8 v 8        .0768  .0213  .0005  .0279  .0081  .0005
    15 v 15      .0550  .0161  .0014  .0433  .0091  .0005
    30 v 30      .0519  .0135  .0011  .0469  .0091  .0008
    60 v 60      .0548  .0112  .0013  .0489  .0097  .0010
    5 v 50       .0526  .0153  .0028  .0439  .0047  .0005
    10 v 1,000   .1106  .0635  .0375  .0328  .0061  .0003
    ============ ==================== ====================

    (`tests/statistical/test_exact_sizes.py`.)

    Where the possible outcomes of the trial are few, the test is Boschloo's, twice its smaller
    tail. It claims whatever twice Fisher's does and more, and in unequal arms far more than
    Barnard's (5 against 50 with shares of .2 and .8, level .001: power .24 instead of .04). Else it
    is Fisher's, twice its smaller tail, where less than `FEW_EXPECTED` events, or contacts without
    one, are expected in the smaller arm. With more of them Newcombe's interval stands alone: its
    size is then at most .056, .011 and .0014 (100 v 100, 100 v 1,000, 200 v 2,000, same tests).

    Parameters
    ----------
    found
        The difference. Of effective numbers of contacts the whole ones are counted.

    References
    ----------
    R. D. Boschloo (1970), Raised conditional level of significance for the 2 × 2-table when testing
    the equality of two probabilities, Statistica Neerlandica 24, 1-35.
    """
    if found.estimate == 0:
        return found
    n = tuple(floor(round(each, DIGITS)) for each in found.n)
    events = tuple(round(share * each) for share, each in zip(found.share, n, strict=True))
    rarer = min(sum(events), sum(n) - sum(events))
    if (n[0] + 1) * (n[1] + 1) > MOST_LISTED and rarer * min(n) >= FEW_EXPECTED * sum(n):
        return found
    name, exact_p = _exact(events, n)
    how = f"{found.method}; p not below that of {name} exact test"
    return ExactDifference(found, exact_p, how)
