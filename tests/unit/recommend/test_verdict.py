"""Which evidence leads to which verdict: a table of cases."""

import itertools
import math
from dataclasses import dataclass, replace

import pandas as pd
import pytest

from simkit.policy import RecallPolicy
from simkit.recommend import recommend
from simkit.trial.compare import ENDED_BEFORE, SHOWN
from simkit.trial.headline import headline

ADOPT, KEEP, CANNOT_TELL = "adopt", "keep", "cannot tell: test longer"
FAILED = "cannot tell: a check failed"


@dataclass(frozen=True)
class Case:
    """A trial of 90 days in b2c against calls every 7 days, and what must follow.

    worthwhile_eur of b2c is 1 EUR a contact-year, 1 × 90/365 = .247 EUR in 90 days. In the
    simulation every 14 days gains 4 EUR over the year, every 28 days loses 5.
    """

    name: str
    arms: tuple[dict, ...]
    verdict: str
    use_days: float = 7.0
    states: tuple[str, ...] = ()
    said: str = ""
    fails: tuple[tuple[str, str], ...] = ()
    noise: float = 0.1


def arm(name: str, estimate: float, half: float, **more) -> dict:
    return {"name": name, "estimate": estimate, "half": half, **more}


CASES = (
    Case(
        "the lower bound is above 0, safe, not reversed",
        (arm("14 days", 3.0, 2.0), arm("28 days", -1.0, 2.0)),
        ADOPT,
        14.0,
        ("passes", "open"),
        "Adopt: call every 14 days instead of every 7 days.",
    ),
    Case(
        "the simulation is too noisy for a sign: the trial decides, and that is said",
        (arm("14 days", 3.0, 2.0),),
        ADOPT,
        14.0,
        ("passes",),
        # 16 EUR between two intervals in a replication against a difference of 4 over the year.
        "neither confirm nor reverse it, for its interval holds 0: +4.00 EUR (−12.79 to +20.79) "
        "per contact over 365 days. So the adoption rests on the trial's 90 days alone.",
        noise=8.0,
    ),
    Case(
        "a gain that far too few show is not adopted: it holds for themselves only",
        (arm("14 days", 3.0, 2.0, few="far too few accounts (5 an arm)"),),
        CANNOT_TELL,
        states=("open",),
        said="Every 14 days: +3.00 EUR (+1.00 to +5.00) per contact in 90 days of trial; far too "
        "few accounts (5 an arm): what they show holds for themselves only, so let nothing be "
        "decided by a verdict on so few; it takes 10 an arm at the very least, to see how much "
        "they differ by chance.",
    ),
    Case(
        "a guardrail vetoes",
        (arm("14 days", 3.0, 2.0, guard="veto", harm=0.02),),
        KEEP,
        states=("vetoed",),
        said="Keep: go on calling every 7 days. Every 14 days: +3.00 EUR (+1.00 to +5.00) per "
        "contact in 90 days of trial, but a guardrail vetoes it: contacts who opted out +2.00 "
        "percentage points",
    ),
    Case(
        "an arm that a guardrail vetoes is not tested longer, whatever it gains",
        (
            arm("14 days", 1.0, 2.0, guard="veto", harm=0.02),
            arm("28 days", -2.0, 1.0, guard="veto", harm=0.02),
        ),
        KEEP,
        states=("vetoed", "vetoed"),
    ),
    Case(
        "vetoed beside one that is too small: nothing is open",
        (arm("14 days", 3.0, 2.0, guard="veto", harm=0.02), arm("28 days", 0.15, 0.05)),
        KEEP,
        states=("vetoed", "too small"),
        said="a guardrail vetoes it",
    ),
    Case(
        "vetoed beside one that is open: the open one is tested longer",
        (arm("14 days", 3.0, 2.0, guard="veto", harm=0.02), arm("28 days", 1.0, 2.0)),
        CANNOT_TELL,
        states=("vetoed", "open"),
    ),
    Case(
        "a guardrail is not shown to be within its margin",
        (arm("14 days", 3.0, 2.0, guard="cannot tell", harm=0.008),),
        CANNOT_TELL,
        states=("not shown safe",),
        said="not shown to be safe",
    ),
    Case(
        "a guardrail without an answer is not passed",
        (arm("14 days", 3.0, 2.0, guard="the trial gives no answer"),),
        CANNOT_TELL,
        states=("not shown safe",),
    ),
    Case(
        "no guardrail was tested: nothing vetoes, and a warning says so",
        (arm("14 days", 3.0, 2.0, guarded=False),),
        ADOPT,
        14.0,
        ("passes",),
        "No guardrail was tested.",
    ),
    Case(
        "the simulation reverses it over the year",
        (arm("28 days", 3.0, 2.0),),
        CANNOT_TELL,
        states=("reversed",),
        said="over 365 days the simulation has the opposite sign: −5.00 EUR",
    ),
    Case(
        "every upper bound is below what is worth a change",
        (arm("14 days", -1.0, 1.2), arm("28 days", -2.0, 1.0)),
        KEEP,
        states=("too small", "too small"),
        said="Keep: go on calling every 7 days.",
    ),
    Case(
        "a sure gain that is not worth a change is kept out",
        (arm("14 days", 0.15, 0.05),),
        KEEP,
        states=("too small",),
    ),
    Case(
        "a sure gain too small beside an open arm is no reason to adopt",
        (arm("14 days", 0.15, 0.05), arm("28 days", 1.0, 2.0)),
        CANNOT_TELL,
        states=("too small", "open"),
    ),
    Case(
        "an interval with room for both",
        (arm("14 days", 1.0, 2.0), arm("28 days", -2.0, 1.0)),
        CANNOT_TELL,
        states=("open", "too small"),
        said="go on calling every 7 days and test longer",
    ),
    Case(
        "what an earlier look showed stands, though the interval holds 0",
        (arm("14 days", 2.0, 2.5, verdict="better", reason=SHOWN.format("2026-03-09")),),
        ADOPT,
        14.0,
        ("passes",),
        "That it gains was shown at the look of 2026-03-09, and not anew by this evaluation.",
    ),
    Case(
        "it is not adopted against what has come since",
        (arm("14 days", -0.5, 2.5, verdict="better", reason=SHOWN.format("2026-03-09")),),
        CANNOT_TELL,
        states=("open",),
        said="that it gains was shown at the look of 2026-03-09, and not anew by this evaluation: "
        "the contacts here speak against it.",
    ),
    Case(
        "an interval above 0 is no claim after the trial's end",
        (
            arm(
                "14 days", 3.0, 2.0, verdict="cannot tell", reason=ENDED_BEFORE.format("2026-03-09")
            ),
        ),
        CANNOT_TELL,
        states=("open",),
        said="+3.00 EUR (+1.00 to +5.00) per contact in 90 days of trial; it ended with the look "
        "of 2026-03-09, and no difference was shown by then",
    ),
    Case(
        "the sample ratio failed, whatever the estimates",
        (arm("14 days", 3.0, 2.0),),
        FAILED,
        states=("not judged",),
        said="Cannot tell: a check of the trial failed (sample ratio). Go on calling every 7 days, "
        "and settle that first. Sample ratio (7 days 900, 14 days 1,100): units were lost. What to "
        "do: find them.",
        fails=(("b2c", "units were lost"),),
    ),
    Case(
        "a check that failed everywhere counts here too",
        (arm("14 days", -3.0, 2.0),),
        FAILED,
        fails=(("all", "units were lost"),),
    ),
    Case(
        "a check that failed in another segment does not",
        (arm("14 days", 3.0, 2.0),),
        ADOPT,
        14.0,
        fails=(("b2b", "units were lost"),),
    ),
    Case(
        "several pass: the highest net value in the field",
        (arm("14 days", 3.0, 2.0), arm("10 days", 4.0, 2.0)),
        ADOPT,
        10.0,
        ("passes", "passes"),
        "Every 14 days passes too; the trial did not compare it with every 10 days.",
    ),
    Case(
        "the best in the field is reversed, the next one passes",
        (arm("14 days", 3.0, 2.0), arm("28 days", 5.0, 2.0)),
        ADOPT,
        14.0,
        ("passes", "reversed"),
    ),
    Case(
        "the trial refused an arm: nothing is kept on the others' account",
        (arm("14 days", -1.0, 1.0), arm("28 days", 0.0, 1.0, refused="one contact")),
        CANNOT_TELL,
        states=("too small", "refused"),
        said="the trial gives no answer (one contact)",
    ),
)


@pytest.fixture
def decide(build, scenario):
    """Run a case through the door that users take."""
    ten_days = RecallPolicy.every(days=10)
    grid = (build.daily, build.weekly, build.fortnightly, build.monthly, ten_days)
    curve = {days: (*values, values[2]) for days, values in build.long_pays.items()}
    opt_outs = (0.2, 0.1, 0.06, 0.04, 0.08)

    def run(case: Case):
        sweep = build.sweep({"b2c": curve}, grid=grid, opt_outs=opt_outs, noise=case.noise)
        arms = [build.arm(**one) for one in case.arms]
        evaluation = build.evaluation(arms, fails=case.fails)
        policies = {"b2c": {**build.arms, "10 days": ten_days}}
        return recommend(scenario, sweep, evaluation=evaluation, policies=policies)

    return run


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_verdict(decide, case):
    found = decide(case)
    (decision,) = found.decisions
    assert decision.verdict == case.verdict
    assert decision.use_now.interval.days == case.use_days
    if case.states:
        assert tuple(found.evidence["state"]) == case.states
    assert case.said in decision.sentence()


FATES = {
    "vetoed": {"estimate": 3.0, "half": 2.0, "guard": "veto", "harm": 0.02},
    "vetoed, open": {"estimate": 1.0, "half": 2.0, "guard": "veto", "harm": 0.02},
    "worse": {"estimate": -2.0, "half": 1.0},
    "too small": {"estimate": 0.15, "half": 0.05},
    "open": {"estimate": 1.0, "half": 2.0},
}


@pytest.mark.parametrize("fates", list(itertools.combinations_with_replacement(FATES, 2)))
def test_the_headline_of_the_trial_keeps_the_control_where_the_verdict_does(
    decide, build, fates: tuple[str, str]
):
    """ "Keep" without "for now" in one exactly where the other asks for no longer test."""
    arms = tuple(
        arm(name, **FATES[fate]) for name, fate in zip(("14 days", "28 days"), fates, strict=True)
    )
    (decision,) = decide(Case("both", arms, KEEP)).decisions
    found = build.evaluation([build.arm(**one) for one in arms])
    # 1 EUR in a year is worth a change; nobody here wins.
    table = found.table.assign(margin=1.0 * 90 / 365, better="higher")
    nobody = {"outcome": "net_value_eur", "segment": "b2c", "winner": None, "runner_up": None}
    (told,) = headline(
        table,
        found.vetoes,
        pd.DataFrame([nobody], dtype=object),
        alpha=0.05,
        horizon_days=90.0,
        failures=(),
        doubts=(),
    )
    kept = "open" not in fates
    assert ("Keep 7 days:" in told) is kept
    assert decision.verdict == (KEEP if kept else CANNOT_TELL)


def test_a_trial_that_failed_a_check_sizes_no_other_and_says_what_failed(decide):
    case = next(one for one in CASES if one.name.startswith("the sample ratio failed"))
    found = decide(replace(case, fails=(*case.fails, ("all", "clocks jumped"))))
    (decision,) = found.decisions
    assert decision.verdict == FAILED
    assert (decision.next_trial, decision.next_step) == (None, "")
    assert decision.headline.startswith("Cannot tell: 2 checks of the trial failed (sample ratio).")
    assert "units were lost" in decision.reason
    assert "clocks jumped" in decision.reason
    assert "contacts in each of" not in decision.sentence()
    # Field and simulation are not held against each other: there is nothing in the field.
    assert not any("disagree" in text or "reverses" in text for text in found.warnings)


def test_data_that_hold_no_effect_fail_like_a_check_and_size_no_trial(build, scenario, long_pays):
    """More contacts of whom only the reached are kept would tell no more; few contacts would."""
    why = "the log holds only contacts who were reached: give a row to every assigned contact"
    arms = [build.arm("14 days", 0.0, 1.0, refused=why)]

    def decision(**more):
        evaluation = build.evaluation(arms, **more)
        policies = {"b2c": build.arms}
        (found,) = recommend(
            scenario, long_pays, evaluation=evaluation, policies=policies
        ).decisions
        return found

    refused = decision(refusals={"net_value_eur": why})
    assert refused.verdict == FAILED
    assert refused.use_now == build.weekly
    assert (refused.next_trial, refused.next_step) == (None, "")
    assert refused.headline == (
        "Cannot tell: the trial's data do not let its arms be compared. Go on calling every 7 days,"
        " and settle that first."
    )
    assert refused.reason.startswith(f"T{why[1:]}; no difference between the arms is then an ")
    both = decision(refusals={"net_value_eur": why}, fails=[("all", "clocks jumped")])
    assert both.headline.startswith(
        "Cannot tell: the trial's data do not let its arms be compared and a check of the trial "
        "failed (sample ratio)."
    )
    # Another outcome's refusal, and a row refused because it has too few contacts, are no failure.
    assert decision(refusals={"sale": why}).verdict == CANNOT_TELL
    assert decision().next_trial is not None


def test_cannot_tell_says_how_long_and_how_many(decide):
    case = next(one for one in CASES if one.name == "an interval with room for both")
    found = decide(case)
    (decision,) = found.decisions
    trial = decision.next_trial
    # Only the open arm is asked again. The winner of 90 days (weekly) is ruled out over the
    # year, so the next trial runs for the year; worthwhile is then 1 EUR.
    assert trial.arms == ("every 7 days", "every 14 days")
    assert trial.days == 365
    assert trial.difference_eur == pytest.approx(1.0)
    # The half-width 2 is 2.24 standard errors of two arms of 1,000 at 90 days: V = 2 se² 1000 / 2;
    # over 365 days V grows with time; (1.959964 + 0.841621)² V for a difference of 1.
    variance = (2 / 2.24) ** 2 * 1000 * 365 / 90
    assert trial.contacts_for_value == math.ceil(7.848880 * variance)
    assert trial.contacts_per_arm == trial.contacts_for_value
    assert "365 days" in decision.next_step


def test_an_unsafe_arm_needs_contacts_for_safety_too(decide):
    case = next(one for one in CASES if "not shown to be within" in one.name)
    (decision,) = decide(case).decisions
    # The one-sided bound is .005 = 1.645 standard errors away; margin .01, 90 days to 365:
    # (1.644854 + 0.841621)² V / .01².
    variance = (0.005 / 1.645) ** 2 * 1000 * 365 / 90
    expected = 6.18256 * variance / 0.01**2
    assert decision.next_trial.contacts_for_safety == math.ceil(expected)


def test_no_number_of_contacts_shows_a_harm_that_is_not_recorded(decide):
    case = next(one for one in CASES if "not shown to be within" in one.name)
    unseen = {
        **case.arms[0],
        "unseen": "no contacts who opted out in any arm: see that it can show",
    }
    (decision,) = decide(replace(case, arms=(unseen,))).decisions
    assert decision.next_trial.contacts_for_safety == 0
    assert "opt-outs within" not in decision.next_step
    assert "No contacts who opted out in any arm" in decision.reason


def test_a_segment_without_a_trial_beside_one_with(build, scenario):
    sweep = build.sweep({"b2c": build.long_pays, "b2b": build.long_pays})
    evaluation = build.evaluation([build.arm("14 days", 3.0, 2.0)])
    found = recommend(scenario, sweep, evaluation=evaluation, policies={"b2c": build.arms})
    assert [one.verdict for one in found.decisions] == ["adopt", "test this interval"]
    assert found.table["verdict"].tolist() == ["adopt", "test this interval"]
