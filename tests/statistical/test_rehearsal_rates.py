"""What a rehearsal reports is what was planted: error rates, power, bias of capacity, duration."""

import numpy as np
import pytest
from scipy import stats

from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial.design import TrialDesign
from simkit.trial.rehearse import compare_capacity, rehearse

DAILY, WEEKLY = RecallPolicy.every(working_days=1), RecallPolicy.every(days=7)
MONTHLY = RecallPolicy.every(days=30)
TRIALS = 48
LUCK = 4.0
"""Standard errors that a correct program strays further than once in 16,000 times."""


def made(arms, control, **changes):
    fields = {
        "name": "rehearsed",
        "arms": {"b2c": arms},
        "control": {"b2c": control},
        "salt": "rehearsed",
        "primary": "sale",
        "horizon_days": 60.0,
        "contacts": {"b2c": 500},
    }
    return TrialDesign(**{**fields, **changes})


@pytest.fixture(scope="module")
def lonely():
    """The b2c world with one contact an account and agents of equal skill."""
    values = {"b2c.account_size_mean": 1.0, "staff.skill_sd_logit": 0.0}
    return load_scenario("b2c").vary_all(values, source="test")


@pytest.fixture(scope="module")
def free(lonely):
    """Calling daily against monthly, with as many agents as it takes."""
    design = made({"monthly": MONTHLY, "daily": DAILY}, "monthly", contacts={"b2c": 700})
    return rehearse(design, lonely, replications=TRIALS, durations_days=(), progress=False, jobs=1)


def test_without_a_difference_as_many_trials_claim_one_as_alpha_allows(free):
    row = free.false_positives.iloc[0]
    # Claims are binomial with p near .05 (Newcombe's interval on 350 contacts an arm): as many as
    # the bound but in one of 30,000 correct programs. None at all has probability .09.
    assert row["claim"] * TRIALS <= stats.binom.isf(3e-5, TRIALS, 0.05)
    arm = free.false_positives.set_index("arm").loc["daily"]
    assert arm["coverage"] >= 1 - stats.binom.isf(3e-5, TRIALS, 0.05) / TRIALS
    assert arm["coverage"] == pytest.approx(1 - row["claim"])  # one arm: two views of one test


def test_power_is_the_formulas_where_the_formula_holds(free):
    row = free.table.iloc[0]
    # Two-sided z-test: power = Φ(δ/se − z) + Φ(−δ/se − z), δ the true difference, se a trial's.
    effect, z = abs(row["truth"]) / row["mean_se"], stats.norm.isf(0.025)
    formula = stats.norm.cdf(effect - z)
    assert 0.5 < formula < 0.98  # a case that could go either way
    # The rehearsed share is binomial (n = TRIALS); δ is known to truth_se.
    slope = stats.norm.pdf(effect - z) / row["mean_se"]
    error = np.hypot(np.sqrt(formula * (1 - formula) / TRIALS), slope * row["truth_se"])
    assert abs(row["power"] - formula) < LUCK * error
    # What trials state as their error is the one they make: a standard deviation of n normal
    # values is known to 1/√(2n − 2) of itself.
    assert row["sd_estimate"] == pytest.approx(row["mean_se"], rel=LUCK / np.sqrt(2 * (TRIALS - 1)))
    # Those who find something find too much: E|x| over |x| > z se, over δ, from the normal law.
    x = stats.norm(effect).rvs(400_000, random_state=np.random.default_rng(1))
    exaggeration = np.abs(x[np.abs(x) > z]).mean() / effect
    half = (row["exaggeration_high"] - row["exaggeration_low"]) / 2
    error = np.hypot(half / 1.99, exaggeration * row["truth_se"] / abs(row["truth"]))
    assert abs(row["exaggeration"] - exaggeration) < LUCK * error


def test_without_scarcity_trials_tell_the_truth(free):
    # Contacts of other arms do not matter to anyone: bias is 0 within its Monte Carlo error.
    assert (free.bias["bias"].abs() < LUCK * free.bias["se"]).all()
    row = free.table.iloc[0]
    # Coverage of the truth, known to truth_se besides: nominal 95 %, binomial.
    assert row["coverage"] >= 1 - stats.binom.isf(3e-5, TRIALS, 0.07) / TRIALS
    load = free.load.set_index("arm")
    # Alone and in the trial each contact is dialled as often.
    error = (load["dials_per_contact_high"] - load["dials_per_contact_low"]) / 2
    assert (
        (load["dials_per_contact"] - load["dials_per_contact_alone"]).abs() < 2 * LUCK * error
    ).all()


def test_scarce_agents_who_are_shared_bias_the_trial_and_own_agents_do_not(lonely):
    # Planted: one agent for 4,800 contacts. Daily calling alone gets through half of its calls; in
    # a trial beside monthly calling it takes what monthly leaves, and is twice as dense.
    design = made(
        {"monthly": MONTHLY, "daily": DAILY},
        "monthly",
        horizon_days=30.0,
        contacts={"b2c": 9600},
        guardrails={"opt_out": {"b2c": 0.5}},
    )
    found = compare_capacity(
        design, lonely, agents=2, replications=5, truth_replications=5, progress=False, jobs=1
    )
    shared, own = (
        one.bias.set_index("outcome").loc["opt_out"] for one in (found.shared, found.own)
    )
    # More calls, more opt-outs: t with 4 degrees beyond 10 errors comes once in 1,700 by luck.
    assert shared["bias"] > 10 * shared["se"]
    assert abs(own["bias"]) < 10 * own["se"]
    daily = found.shared.load.set_index("arm").loc["daily"]
    assert daily["dials_per_contact"] > 1.5 * daily["dials_per_contact_alone"]
    assert found.table["agents"].tolist() == ["shared by all arms", "each arm its own"]
    assert "agents shared by all arms" in found.sentence()
    assert "daily, contacts who opted out: trials are off by +" in "\n".join(
        found.shared.sentences()
    )


def test_a_short_trial_picks_daily_calling_and_a_long_one_the_years_best():
    # Bundled b2c: sales over 30 days are highest for daily calling, over a year for weekly (§ 10
    # of the model). With 800 contacts an arm about 2 and 2.4 errors apart: wrong in about 98 % and
    # 1 % of trials, a difference of .97 that 8 trials tell with a standard error of .06.
    design = made(
        {"daily": DAILY, "weekly": WEEKLY},
        "daily",
        horizon_days=30.0,
        contacts={"b2c": 1600},
    )
    found = rehearse(
        design,
        load_scenario("b2c"),
        replications=8,
        durations_days=(30, 365),
        progress=False,
        jobs=1,
    )
    rows = found.durations.set_index("horizon_days")
    assert rows.loc[30, "best_then"] == "daily"
    assert set(rows["best_of_year"]) == {"weekly"}
    assert rows.loc[30, "too_short"]
    assert rows.loc[30, "wrong"] - rows.loc[365, "wrong"] > 0.5
    assert rows.loc[30, "loss_highest"] > rows.loc[365, "loss_highest"]
    assert found.run_for["b2c"] in (None, 365.0)
    assert "daily is truly the best arm by contacts who bought" in "\n".join(found.sentences())
