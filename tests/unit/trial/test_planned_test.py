"""Size and power of a test before there are data, against published answers."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize
from statsmodels.stats.power import NormalIndPower

from simkit.trial.design.planned_test import Means, PlannedTest, Shares
from simkit.trial.design.sizes import design_effect
from simkit.trial.effects import proportions

HALF = PlannedTest(Shares(0.5))
UNIT = PlannedTest(Means((1.0, 1.0)), unit_size=1.0)
# clusterPower, ?cpa.normal: 10 subjects a cluster, variance 5, ICC .1.
CLUSTERED = PlannedTest(
    Means((math.sqrt(5), math.sqrt(5))), unit_size=10.0, design_effect=design_effect(10, 0.1)
)


def test_shares_as_in_the_examples_of_r_power_prop_test():
    # ?power.prop.test: n = 50, p1 = .50, p2 = .75 => power = 0.7401659; power = .90 => n = 76.7;
    # n = 50, p1 = .5, power = .90 => p2 = 0.8026; p2 = 0.501, sig.level = .001 => n = 10451937.
    assert HALF.power(0.25, 100) == pytest.approx(0.7401659, abs=1e-6)
    assert HALF.contacts(0.25, 0.9) / 2 == pytest.approx(76.7, abs=0.05)
    assert 0.5 + HALF.detectable(100, 0.9) == pytest.approx(0.8026, abs=5e-5)
    strict = replace(HALF, alpha=0.001)
    assert strict.contacts(0.001, 0.9) / 2 == pytest.approx(10451937, abs=1)


def test_means_as_in_the_examples_of_r_power_t_test():
    # ?power.t.test: n = 20, delta = 1 => power = 0.8689528; power = .90 => n = 22.02110;
    # alternative = "one.sided" => n = 17.84713.
    assert UNIT.power(1.0, 40) == pytest.approx(0.8689528, abs=1e-6)
    assert UNIT.contacts(1.0, 0.9) / 2 == pytest.approx(22.02110, abs=2e-5)
    assert replace(UNIT, sides=1).contacts(1.0, 0.9) / 2 == pytest.approx(17.84713, abs=2e-5)
    assert UNIT.detectable(40, 0.8689528) == pytest.approx(1.0, abs=1e-6)


def test_accounts_as_in_the_examples_of_clusterpower():
    # ?cpa.normal: d = 1 needs more than 15 clusters a condition, 16; their power is 0.801766.
    assert CLUSTERED.power(1.0, 2 * 16 * 10) == pytest.approx(0.801766, abs=1e-6)
    assert math.ceil(CLUSTERED.contacts(1.0, 0.8) / 20) == 16


def test_few_accounts_need_one_more_in_each_arm():
    # Normal: 2 (1.96 + .8416)² · 5 · 1.9 ÷ 10 = 14.9. Hayes and Moulton (2009, 7.2) add 1 for t.
    normal = replace(CLUSTERED, unit_size=None).contacts(1.0, 0.8) / 20
    assert normal == pytest.approx(2 * 7.848880 * 5 * 1.9 / 10, rel=1e-6)
    assert CLUSTERED.contacts(1.0, 0.8) / 20 - normal == pytest.approx(1.0, abs=0.1)


def test_means_as_in_the_textbook_of_chow_shao_and_wang():
    # Chow, Shao, Wang (2008), 3.2.4: sd .10, difference .05, power .8, normal: 63 for equality,
    # 50 for non-inferiority with a margin of .05.
    test = PlannedTest(Means((0.1, 0.1)))
    assert math.ceil(test.contacts(0.05) / 2) == 63
    assert math.ceil(replace(test, sides=1, null=-0.05).contacts(0.0) / 2) == 50


def test_a_difference_of_a_tenth_on_five_percent_needs_thirty_thousand():
    # 5 % against 5.5 %, power .8, two-sided .05: 31,234 an arm (R: power.prop.test).
    assert PlannedTest(Shares(0.05)).contacts(0.005) / 2 == pytest.approx(31234, abs=1)


def test_unequal_arms_as_in_statsmodels():
    # One arm has three times the contacts of its control; the arms are two thirds of the trial.
    test = PlannedTest(Means((1.0, 1.0)), parts=(0.5, 1 / 6))
    expected = NormalIndPower().solve_power(effect_size=0.2, alpha=0.05, power=0.9, ratio=3.0)
    assert test.contacts(0.2, 0.9) / 6 == pytest.approx(expected, rel=1e-6)


def test_guardrail_as_in_farrington_and_manning():
    # Machin et al. (1997), p. 106: share .5, margin .2, one-sided .1, power .8: 55 an arm.
    # R4ClinicalTrial's tests (FM 1990, eq. 4): .1, margin .2, n2/n1 = 2/3, .05, .9: 63 and 42.
    machin = PlannedTest(Shares(0.5), null=-0.2, alpha=0.1, sides=1)
    assert math.ceil(machin.contacts(0.0, 0.8) / 2) == 55
    unequal = PlannedTest(Shares(0.1), null=-0.2, parts=(0.6, 0.4), sides=1)
    both = unequal.contacts(0.0, 0.9)
    assert (round(0.6 * both), round(0.4 * both)) == (63, 42)


@pytest.mark.parametrize(
    ("base", "margin", "parts", "alpha", "difference", "power", "contacts"),
    # gsDesign, ?nBinomial and its vignette on integer sizes; its p1 is the control's share, its
    # ratio the arm's contacts over the control's: (p1 = p2 = .2, delta0 = .05), (.2, .19, .05);
    # (.15, .1, ratio = 2), (.15, .1) with alpha = .05; (.2, .1, ratio = 2).
    [
        (0.2, -0.05, (0.5, 0.5), 0.025, 0.0, 0.9, 2697.607),
        (0.2, -0.05, (0.5, 0.5), 0.025, -0.01, 0.9, 4131.9),
        (0.15, 0.0, (2 / 3, 1 / 3), 0.05, -0.05, 0.8, 1191.041),
        (0.15, 0.0, (0.5, 0.5), 0.05, -0.05, 0.8, 1079.853),
        (0.2, 0.0, (2 / 3, 1 / 3), 0.025, -0.1, 0.8, 429.8846),
    ],
)
def test_shares_as_in_the_examples_of_gsdesign(
    base, margin, parts, alpha, difference, power, contacts
):
    test = PlannedTest(Shares(base), null=margin, parts=parts, alpha=alpha, sides=1)
    assert test.contacts(difference, power) == pytest.approx(contacts, rel=1e-6)
    assert test.power(difference, contacts) == pytest.approx(power, abs=1e-6)


@pytest.mark.parametrize("difference", [-0.2, -0.01, 0.0, 0.03, 0.3])
@pytest.mark.parametrize("shares", [(0.1, 0.1), (0.94, 0.91), (0.0, 0.02), (0.4, 0.15)])
def test_restricted_shares_are_the_likeliest(shares, difference):
    weights = (0.7, 0.3)
    low, high = max(0.0, -difference), min(1.0, 1.0 - difference)

    def misfit(control):
        pairs = zip(weights, shares, (control + difference, control), strict=True)
        return -sum(
            w * (p * np.log(max(at, 1e-300)) + (1 - p) * np.log(max(1 - at, 1e-300)))
            for w, p, at in pairs
        )

    best = optimize.minimize_scalar(
        misfit, bounds=(low, high), method="bounded", options={"xatol": 1e-10}
    )
    events = (shares[0] * weights[0], shares[1] * weights[1])
    arm, control = proportions.Shares(events, weights).under_difference(difference)
    assert arm - control == pytest.approx(difference)
    assert misfit(control) <= best.fun + 1e-9


@pytest.mark.parametrize(
    "test",
    [
        HALF,
        UNIT,
        CLUSTERED,
        PlannedTest(Shares(0.03), parts=(0.2, 0.4), r2=0.3, inflation=1.03, unit_size=3.0),
    ],
)
def test_size_power_and_difference_are_inverses(test):
    contacts = test.contacts(0.25, 0.85)
    assert test.power(0.25, contacts) == pytest.approx(0.85, abs=1e-7)
    assert test.detectable(contacts, 0.85) == pytest.approx(0.25, rel=1e-6)
    guard = replace(test, null=0.25, sides=1)
    contacts = guard.contacts(0.0, 0.85)
    assert guard.power(0.0, contacts) == pytest.approx(0.85, abs=1e-7)
    assert guard.margin(contacts, 0.85) == pytest.approx(0.25, rel=1e-6)


def test_what_covariates_explain_and_looks_cost_scales_the_size():
    plain = PlannedTest(Means((1.0, 1.0))).contacts(0.1)
    scaled = PlannedTest(Means((1.0, 1.0)), r2=0.4, inflation=1.1).contacts(0.1)
    assert scaled == pytest.approx(plain * 0.6 * 1.1)


def test_what_cannot_be_is_said():
    assert HALF.contacts(0.0) == math.inf
    # From a share of .02 none can fall by enough for 30 contacts to see it.
    assert PlannedTest(Shares(0.02)).detectable(30, direction=-1.0) == math.inf
    assert math.isnan(CLUSTERED.power(1.0, 30))  # 1.5 accounts an arm
    assert CLUSTERED.detectable(30) == math.inf
