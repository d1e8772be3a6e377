"""Shares of contacts in accounts against a margin, where few events are expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simkit.trial.effects.laws import normal_isf, t_sf
from simkit.trial.effects.lopsided import doubt_of, leaning, misleads
from simkit.trial.effects.margin import exact_p, few_expected
from simkit.trial.effects.margin_of_skewed import NOT_WITHIN, LeaningMargin
from simkit.trial.effects.proportions import Shares
from simkit.trial.effects.raised import RaisedMargin

if TYPE_CHECKING:
    from simkit.trial.effects.accounts import AccountTotals
    from simkit.trial.effects.difference import MarginTest
    from simkit.trial.effects.means import ArmMeans

HELD = "; p not below those of the score and of an exact test with effective numbers"


@dataclass(frozen=True)
class HeldMargin(RaisedMargin):
    """A test against margins whose p-value is not below those of the score and of an exact test.

    Parameters
    ----------
    shares
        Events and contacts of the arm and its control.
    effect
        Design effect of both together, from the spread of accounts about the shares seen.
    freedom
        Degrees of freedom that score and exact test are read with.
    sums
        Of the accounts, and the positions of the two arms among them; None where not held.
    """

    shares: Shares
    effect: float
    freedom: float
    sums: tuple[AccountTotals, list[int]] | None = None

    @property
    def method(self) -> str:
        """How the interval was computed."""
        return f"{self.own.method}{HELD}"

    def effective(self, bound: float) -> Shares:
        """Give the events and contacts that would tell as much if each contact stood alone.

        Contacts are divided by the design effect: that about the shares seen, or about those most
        likely if the difference were the bound, where that is larger; the latter not larger than
        if each account acted as one (Kish). An arm tells as much as one contact at least.

        Parameters
        ----------
        bound
            The difference.
        """
        effect = self.effect
        if self.sums is not None:
            totals, pair = self.sums
            likely = np.array(self.shares.under_difference(bound))
            alone = float((np.array(self.shares.n) * likely * (1 - likely)).sum())
            if alone > 0:
                as_one = float((totals.sizes.contacts / totals.sizes.effective_n)[pair].max())
                there = totals.squares_about(likely, pair) / alone
                effect = max(effect, min(there, as_one))
        return _over(self.shares, min(effect, *self.shares.n))

    def p_beyond(self, bound: float, *, above: bool) -> float:
        """Give the one-sided p-value of the difference lying at the bound or beyond it."""
        shares = self.effective(bound)
        z = shares.z_of_difference(bound)
        score = t_sf(-z if above else z, self.freedom)
        exact = exact_p(shares, bound, above=above)
        # It takes the design effect as known, which it is as badly as an error is.
        told = t_sf(normal_isf(exact), self.freedom)
        return max(self.own.p_beyond(bound, above=above), score, exact, told)


def margin_test(means: ArmMeans, arm: str, control: str) -> MarginTest:
    """Give the test of a difference against margins.

    An arm that happens to have few events also has a small error, so that its harm seems to be
    shown small. The score takes the error at the margin instead. Where few events are expected the
    p-value of a share of contacts in accounts is therefore not below that of Farrington and
    Manning's score with effective numbers, contacts divided by the design effect, which is that of
    both arms together; nor below that of the exact test of such numbers (`margin.exact_p`).

    A few accounts make up the design effect: the largest, and those in which anything happened. If
    none of the large ones is among these, it comes out too small. So both are read with as many
    degrees of freedom as the accounts' spread shows (`AccountTotals.freedom_seen`), and the spread
    is also taken about the shares at the margin.

    Of 100 trials with harm of just the margin, which is as large as the share without it, so many
    show it to be within the margin: by the accounts' own test (own), with as many degrees of
    freedom as there are accounts and the spread about the shares seen (seen), and as here. So many
    do if there is no harm at all (`benchmarks/guardrails_of_accounts.py`; 1,500 and 500 trials, so
    that 5 of 100 may be found as 3.9 to 6.1; the log sd is that of the accounts' sizes):

    ======== ==================== ===== ==== ===== ===== ===== ===== ===== =====
    accounts contacts             share corr harm              no harm
    an arm   of each                         own   seen  here  own   seen  here
    ======== ==================== ===== ==== ===== ===== ===== ===== ===== =====
    20       mean 100, log sd 1.2 .01   .2   19.2  9.2   4.3   36    19    11
    40       mean 100, log sd 1.2 .01   .2   15.3  8.0   5.2   45    30    20
    100      mean 100, log sd 1.2 .01   .2   12.5  7.9   5.2   55    40    30
    40       mean 30, log sd 1.2  .01   .2   16.9  9.0   5.3   36    21    13
    40       mean 100, log sd 1.2 .03   .2   8.3   5.5   3.1   54    41    31
    40       mean 30, log sd 1.2  .01   .05  8.1   5.5   3.6   47    34    27
    40       mean 100, log sd 0   .01   .2   8.3   5.4   3.6   38    27    18
    40       mean 30, log sd 0    .01   .2   9.3   6.2   3.5   34    24    13
    12       5 and 80             .01   .05  11.3  4.7   3.8   28    13    10
    12       5 and 80             .03   .05  7.1   5.8   4.3   47    41    35
    12       5 and 80             .03   .2   13.5  6.9   4.8   42    26    20
    12       5 and 80             .1    .2   6.3   5.1   3.3   43    36    31
    ======== ==================== ===== ==== ===== ===== ===== ===== ===== =====

    (`tests/statistical/test_guardrails_of_accounts.py` has the first, and others.)

    Parameters
    ----------
    means
        The means.
    arm, control
        What is compared.
    """
    own = means.difference(arm, control).against_margin()
    if not means.binary:
        lean = leaning(means, arm, control)
        doubt = ""
        if misleads(means, arm, control):
            doubt = doubt_of(means, arm, control, NOT_WITHIN)
        return LeaningMargin(own, lean, doubt) if lean else own
    if not (means.binary and means.clustered):
        return own
    pair = [means.arms.index(name) for name in (arm, control)]
    n, share, variance = means.n[pair], means.mean[pair], means.own[pair]
    alone = float((n * share * (1 - share)).sum())
    if not (alone > 0 and variance.all()):
        return own
    effect = max(float((variance * n**2).sum()) / alone, 1.0)
    events = share * n
    shares = Shares((float(events[0]), float(events[1])), (float(n[0]), float(n[1])))
    if not few_expected(_over(shares, effect)):
        return own
    freedom = means.capped(float(means.units[pair].sum() - 2), pair)
    if means.sums is None:
        return HeldMargin(own, shares, effect, freedom)
    freedom = min(freedom, means.sums.freedom_seen(pair))
    return HeldMargin(own, shares, effect, freedom, (means.sums, pair))


def _over(shares: Shares, effect: float) -> Shares:
    (events, of_control), (n, n_control) = shares.events, shares.n
    return Shares((events / effect, of_control / effect), (n / effect, n_control / effect))
