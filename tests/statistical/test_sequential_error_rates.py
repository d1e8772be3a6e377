"""Looking many times: false claims, coverage and power as designed, and what looking naively does.

Every bound is the central 99.9 % of the binomial law of the stated rate and number of trials, so
that a correct program fails one of these comparisons in a thousand.
"""

import numpy as np
import pytest
from scipy import stats

from simkit.trial.effects import resampling
from simkit.trial.effects.means import means_of_contacts
from simkit.trial.looks.ledger import Look, Seen
from simkit.trial.monitor.decisions import Course, decide
from simkit.trial.sequential.anytime import multiplier
from simkit.trial.sequential.boundaries import bounds, crossing, drift_of
from simkit.trial.sequential.spending import SPENDING, obrien_fleming
from simkit.trial.sequential.stagewise import stagewise

TWENTIETHS = [look / 20 for look in range(1, 21)]
TRIALS = 40_000


def within(hits: int, trials: int, rate: float) -> bool:
    low, high = stats.binom.interval(0.999, trials, rate)
    return bool(low <= hits <= high)


def paths(random: np.random.Generator, times, drift=0.0, trials=TRIALS) -> np.ndarray:
    """Z of many trials at each look."""
    at = np.asarray(times)
    steps = np.diff(at, prepend=0.0)
    noise = random.standard_normal((trials, len(at))) * np.sqrt(steps)
    return (np.cumsum(noise, axis=1) + drift * at) / np.sqrt(at)


def any_beyond(z: np.ndarray, limits) -> int:
    return int((np.abs(z) >= np.asarray(limits)).any(axis=1).sum())


def test_twenty_looks_three_ways():
    """Trap 8: at 1.96 25 % false claims, by spending 5 %, by the mixture sequence 1.1 %.

    The first two are exact by integration (.2482 at 1.96: Armitage, McPherson and Rowe 1969, table
    2, has .248), the third was simulated with another program, to two digits.
    """
    z = paths(np.random.default_rng(81), TWENTIETHS)
    naive = crossing(TWENTIETHS, [-1.96] * 20, [1.96] * 20)
    assert float(naive.upper.sum() + naive.lower.sum()) == pytest.approx(0.248, abs=5e-4)
    assert within(any_beyond(z, [1.96] * 20), TRIALS, 0.248)
    assert within(any_beyond(z, bounds(TWENTIETHS, 0.05, obrien_fleming)), TRIALS, 0.05)
    sequence = [multiplier(time, 0.05) for time in TWENTIETHS]
    mixture = crossing(TWENTIETHS, [-size for size in sequence], sequence)
    exact = float(mixture.upper.sum() + mixture.lower.sum())
    assert exact == pytest.approx(0.011, abs=5e-4)
    assert within(any_beyond(z, sequence), TRIALS, exact)
    assert sequence[-1] / 1.96 == pytest.approx(1.55, abs=0.01)
    # Power of a trial sized for .80 without looks.
    drift = stats.norm.isf(0.025) + stats.norm.isf(0.2)
    limits = bounds(TWENTIETHS, 0.05, obrien_fleming)
    power = float(crossing(TWENTIETHS, -limits, limits, drift).upper.sum())
    assert power == pytest.approx(0.78, abs=0.005)


@pytest.mark.parametrize("spending", ["obrien_fleming", "pocock"])
def test_looks_at_any_times_spend_no_more_than_the_error_rate(spending):
    """Unplanned times, unlike from trial to trial: the bounds are those of each trial's own."""
    random = np.random.default_rng(82)
    hits, groups, each = 0, 40, 1000
    for _ in range(groups):
        times = np.sort(random.uniform(0.05, 0.98, random.integers(1, 6))).tolist()
        times.append(1.0)
        z = paths(random, times, trials=each)
        hits += any_beyond(z, bounds(times, 0.05, SPENDING[spending]))
    assert within(hits, groups * each, 0.05)


def test_five_looks_at_clustered_contacts_claim_something_in_one_trial_of_twenty(monkeypatch):
    """The estimator of `evaluate` on accounts that come in order: nothing true, 60 accounts."""
    monkeypatch.setattr(resampling, "DRAWS", 999)
    random, trials, accounts = np.random.default_rng(83), 240, 60
    spent, naive, names = np.zeros(2, dtype=int), 0, ("obrien_fleming", "pocock")
    for _ in range(trials):
        size = random.geometric(0.4, accounts)
        cluster = np.repeat(np.arange(accounts), size)
        value = random.normal(size=accounts)[cluster] + random.exponential(size=len(cluster))
        arm = random.permutation(np.arange(accounts) % 2)[cluster]
        times, zs = [], []
        for come in (12, 24, 36, 48, 60):
            here = cluster < come
            means = means_of_contacts(value[here], arm[here], ("a", "b"), cluster[here])
            found = means.difference("b", "a")
            times.append(float(here.mean()))
            zs.append(stats.norm.isf(found.p_value / 2))
        limits = [bounds(times, 0.05, SPENDING[name]) for name in names]
        spent += (np.array(zs) >= limits).any(axis=1)
        naive += bool((np.array(zs) >= 1.96).any())
    assert all(within(int(hits), trials, 0.05) for hits in spent)
    assert naive / trials > 0.09  # .142 is expected; .09 is 2.3 standard errors below


def test_repeated_intervals_hold_all_at_once_and_the_sequence_too():
    random, times, drift = np.random.default_rng(84), TWENTIETHS[3::4], 1.7
    error = np.abs(paths(random, times, drift) - drift * np.sqrt(times))
    repeated = int((error >= bounds(times, 0.05, obrien_fleming)).any(axis=1).sum())
    assert within(repeated, TRIALS, 0.05)
    # The sequence holds at any number of looks: here at 400.
    many = [look / 400 for look in range(1, 401)]
    z = paths(random, many, trials=4000)
    missed = any_beyond(z, [multiplier(time, 0.05) for time in many])
    assert stats.binom.sf(missed - 1, 4000, 0.05) > 0.001
    one_sided = (z >= [multiplier(time, 0.05, sides=1) for time in many]).any(axis=1).sum()
    assert stats.binom.sf(int(one_sided) - 1, 4000, 0.05) > 0.001


def test_the_stagewise_estimate_is_right_in_the_median_where_the_plain_one_is_too_large():
    random, times, trials = np.random.default_rng(85), [0.4, 0.7, 1.0], 400
    limits = bounds(times, 0.05, obrien_fleming)
    drift = drift_of(times, limits, 0.8)
    above = covered = 0
    plain = []
    for z in paths(random, times, drift, trials):
        beyond = np.abs(z) >= limits
        last = int(np.argmax(beyond)) if beyond.any() else 2
        found = stagewise(times[: last + 1], -limits[: last + 1], limits[: last + 1], z[last], 0.05)
        above += found.drift > drift
        covered += found.low <= drift <= found.high
        plain.append(z[last] / np.sqrt(times[last]))
    assert within(above, trials, 0.5)
    assert within(covered, trials, 0.95)
    # The mean of the plain estimate among 400 trials is some .2 above; its standard error is .06.
    assert np.mean(plain) > drift


def test_two_arms_and_two_segments_are_one_family():
    """Nothing true, four comparisons whose arms share a control, three looks, Holm at each.

    Holm's first claim comes with the first |Z| beyond the bounds of α/4, which many trials tell
    quickly; that `decide` claims exactly then is seen on those with the largest |Z|.
    """
    random, times = np.random.default_rng(86), (0.4, 0.75, 1.0)
    # Three arms' own paths in each segment; differences share the control's.
    own = paths(random, times, trials=TRIALS * 6).reshape(TRIALS, 2, 3, 3)
    every = (own[:, :, 1:] - own[:, :, :1]) / np.sqrt(2)
    limits = bounds(times, 0.05 / 4, obrien_fleming)
    beyond = (np.abs(every) >= limits).any(axis=(1, 2, 3))
    # At most .05, and with shared controls somewhat less.
    assert stats.binom.sf(int(beyond.sum()) - 1, TRIALS, 0.05) > 0.001
    assert beyond.mean() > 0.04
    largest = np.argsort((np.abs(every) / limits).max(axis=(1, 2, 3)))
    near = largest[TRIALS - int(beyond.sum()) - 10 :][:20]
    for z, claim in zip(every[near], beyond[near], strict=True):
        looks = []
        for at, time in enumerate(times):
            rows = [
                row(segment, arm, time, z[place, number, at])
                for place, segment in enumerate(("b2b", "b2c"))
                for number, arm in enumerate(("long", "longer"))
            ]
            looks.append(Look(f"2026-03-0{at + 1} 00:00:00+00:00", time, time == 1, tuple(rows)))
        found = decide(Course(DESIGN, looks, by_spending=True))
        assert any(each.claimed_at for each in found) == claim


def row(segment: str, arm: str, time: float, z: float) -> Seen:
    return Seen(
        outcome="net_value_eur",
        segment=segment,
        arm=arm,
        control="current",
        role="primary",
        fraction=time,
        lower_is_better=False,
        estimate=float(z),
        se=1.0,
        df=np.inf,
        p_value=2 * float(stats.norm.sf(abs(z))),
    )


def _design():
    from simkit.policy import RecallPolicy
    from simkit.trial.design import Looks, TrialDesign

    names = (("current", 2), ("long", 5), ("longer", 10))
    arms = {name: RecallPolicy.every(working_days=days) for name, days in names}
    return TrialDesign(
        name="null",
        arms={"b2b": arms, "b2c": arms},
        control={"b2b": "current", "b2c": "current"},
        salt="s",
        horizon_days=60.0,
        looks=Looks(fractions=(0.4, 0.75, 1.0)),
        contacts={"b2b": 1000, "b2c": 1000},
    )


DESIGN = _design()
