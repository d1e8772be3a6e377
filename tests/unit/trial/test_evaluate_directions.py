"""Which way an outcome is better, where no one says so: a guardrail is a harm."""

import pandas as pd
import pytest
from made_trial import POLICIES

from simkit.errors import InputError
from simkit.trial import Evaluation, evaluate
from simkit.trial.design import TrialDesign

HARMS = ["do_not_call", "Opt-Out", "opt out", "churn_rate", "n_complaints", "clienti_persi"]
HARMS += ["OPT_OUT", "Cancelled ", "Beschwerden", "reclami_30_giorni", "no_of_complaints"]
#: Good things, harm that is denied, how long it took, and what may be of either kind: a few of
#: those of test_direction.
UNTOLD = ["consent", "no_complaints", "disdetta_revocata", "insoluti_pagati", "days_to_churn"]
UNTOLD += ["cost_savings", "returned_customers", "attempts"]


def trial(name: str, events: dict[str, int] | None = None) -> pd.DataFrame:
    """1,000 contacts an arm; by the new arm 200 buy against 100, and the harm is the other way."""
    harmed = events or {"now": 20, "new": 300}
    return pd.DataFrame(
        {"arm": ["now", "new"], "n": 1_000, "sale": [100, 200], name: list(harmed.values())}
    )


def guarded(name: str, margin: float = 0.01, **more: object) -> Evaluation:
    return evaluate(
        trial(name), outcomes=["sale", name], control="now", guardrails={name: margin}, **more
    )


@pytest.mark.parametrize("name", HARMS)
def test_harm_of_28_points_is_vetoed_whatever_the_guardrail_is_called(name: str) -> None:
    found = guarded(name)
    assert found.vetoes["state"].tolist() == ["veto"]
    assert found.winners["winner"].tolist() == [None]
    assert "(guardrail, less is better, margin +1.00 percentage points: veto" in " ".join(
        found.sentences()
    )


def test_a_guardrail_known_to_be_a_gain_is_hurt_by_less_of_it() -> None:
    table = pd.DataFrame(
        {"arm": ["now", "new"], "n": 1_000, "visits": [100, 200], "Net-Sale": [300, 20]}
    )
    found = evaluate(
        table, outcomes=["visits", "Net-Sale"], control="now", guardrails={"Net-Sale": 0.01}
    )
    assert found.vetoes["state"].tolist() == ["veto"]
    assert "more is better" in " ".join(found.sentences())
    own = evaluate(
        table.rename(columns={"Net-Sale": "stays"}),
        outcomes=["visits", "stays"],
        control="now",
        guardrails={"stays": 0.01},
        higher_is_better=["stays"],
    )
    assert own.vetoes["state"].tolist() == ["veto"]


@pytest.mark.parametrize("name", ["cancelled_orders", "reclami_gravi"])
def test_a_primary_outcome_that_sounds_like_harm_is_not_won_by_more_of_it(name: str) -> None:
    found = evaluate(trial(name), outcomes=[name], control="now")
    assert found.table["verdict"].tolist() == ["worse"]
    assert any(text.startswith(f"less of {name} is taken as better") for text in found.warnings)


def test_a_primary_outcome_of_unknown_direction_is_said_to_be_taken_as_a_gain() -> None:
    found = evaluate(trial("walks"), outcomes=["walks"], control="now")
    assert found.table[["verdict", "better"]].to_numpy().tolist() == [["better", "higher"]]
    assert any(text.startswith("more of walks is taken as better") for text in found.warnings)


@pytest.mark.parametrize(
    ("name", "less"), [("cancelled_orders", True), ("no_complaints", True), ("walks", False)]
)
def test_answer_and_choice_say_that_the_direction_is_a_guess(name: str, less: bool) -> None:
    found = evaluate(trial(name), outcomes=[name], control="now")
    assert found.table["verdict"].tolist() == ["worse" if less else "better"]
    word = "less" if less else "more"
    assert f" ({word} of it is taken as better: a guess)" in found.sentence().split(".")[0]
    # Once: what to do about it is told after it, and nowhere again.
    everything = " ".join(found.lines())
    assert everything.count("taken as better") == 1
    assert everything.count(f"Name {name} in lower_is_better or higher_is_better") == 1
    said = f"{word} of {name} is taken as better: a guess"
    assert said in found.gist()
    choice = found.regret().sentence()
    assert choice.startswith(f"{said.capitalize()[0]}{said[1:]}, and if it is the other way round")
    given = {"lower_is_better" if less else "higher_is_better": [name]}
    named = evaluate(trial(name), outcomes=[name], control="now", **given)
    for text in (named.sentence(), named.regret().sentence(), named.gist()):
        assert "a guess" not in text


@pytest.mark.parametrize(
    "name", ["insoluti", "n_complaints", "lost_customers", "opt_out_30d", "sale"]
)
def test_of_a_known_name_nothing_is_guessed(name: str) -> None:
    table = trial("visits").rename(columns={"sale": "s"}).rename(columns={"visits": name})
    found = evaluate(table, outcomes=[name], control="now")
    assert "guess" not in found.sentence() + found.regret().sentence()
    assert found.table["verdict"].tolist() == ["better" if name == "sale" else "worse"]


def test_turning_a_registered_outcome_round_is_a_deviation_that_decides() -> None:
    design = TrialDesign(
        name="t",
        arms={"all": POLICIES["b2c"]},
        control={"all": "7 days"},
        unit="contact",
        salt="s",
        horizon_days=30,
        primary="sale",
        guardrails={"harm": {"all": 0.01}},
    )
    table = trial("harm").assign(arm=["7 days", "14 days"])
    plain = evaluate(table, design=design)
    assert plain.vetoes["state"].tolist() == ["veto"]
    turned = evaluate(table, design=design, higher_is_better=["harm"])
    assert not turned.trustworthy
    assert "higher_is_better" in turned.sentence()


@pytest.mark.parametrize("name", UNTOLD)
def test_a_guardrail_whose_name_tells_no_harm_must_be_given_its_direction(name: str) -> None:
    with pytest.raises(InputError, match="does not tell whether more of it is harm"):
        guarded(name)


def test_a_guardrail_whose_direction_is_given_watches_what_was_said() -> None:
    name = "senza_disdetta"
    assert guarded(name, lower_is_better=[name]).vetoes["state"].tolist() == ["veto"]
    assert guarded(name, higher_is_better=[name]).vetoes["state"].tolist() == ["within margin"]


def test_a_design_too_asks_which_way_what_it_holds_is_better() -> None:
    """Its primary outcome decides as registered, so that no evaluation is to choose the way."""
    fields = {
        "name": "t",
        "arms": {"all": POLICIES["b2c"]},
        "control": {"all": "7 days"},
        "unit": "contact",
        "salt": "s",
        "horizon_days": 30,
        "primary": "esito",
        "guardrails": {"consenso": {"all": 0.01}},
    }
    with pytest.raises(InputError) as refused:
        TrialDesign(**fields)
    assert {(one.field, one.value) for one in refused.value.problems} == {
        ("primary", "esito"),
        ("guardrails", "consenso"),
    }
    whole = TrialDesign(**fields, higher_is_better=("esito", "consenso"))
    assert not whole.less_is_better("esito")
    # A trial that runs can be read, and the answer says that the direction is a guess.
    before = TrialDesign.as_it_stands({**fields, "guardrails": {}})
    table = trial("esito").assign(arm=["7 days", "14 days"])
    assert "(more of it is taken as better: a guess)" in evaluate(table, design=before).sentence()


def test_a_direction_that_was_registered_is_no_choice_of_the_evaluation() -> None:
    fields = {
        "name": "t",
        "arms": {"all": POLICIES["b2c"]},
        "control": {"all": "7 days"},
        "unit": "contact",
        "salt": "s",
        "horizon_days": 30,
        "primary": "sale",
        "guardrails": {"returning": {"all": 0.01}},
    }
    design = TrialDesign(**fields, higher_is_better=("returning",))
    table = trial("returning").assign(arm=["7 days", "14 days"])
    found = evaluate(table, design=design)
    assert found.vetoes["state"].tolist() == ["within margin"]
    assert not any("is taken as better" in text for text in found.warnings)
    again = evaluate(table, design=design, higher_is_better=["returning"])
    assert again.trustworthy == found.trustworthy
    turned = evaluate(table, design=design, lower_is_better=["returning"])
    assert not turned.trustworthy
    with pytest.raises(InputError, match="must be an outcome"):
        TrialDesign(**fields, lower_is_better=("visits",))


def test_a_harm_that_is_taken_for_a_gain_is_questioned_beside_the_answer() -> None:
    table = pd.DataFrame(
        {"arm": ["a", "b"] * 1000, "complaints": [0, 1, 0, 0] * 500, "sale": [1, 0, 0, 1] * 500}
    )
    asked = {"arm": "arm", "control": "a", "outcomes": ["complaints", "sale"]}
    turned = evaluate(table, **asked, higher_is_better=["complaints"], lower_is_better=["sale"])
    for text in ("more of complaints is taken", "less of sale is taken"):
        assert any(text in one for one in turned.warnings)
        assert text in turned.sentence().replace("More of", "more of").replace("Less of", "less of")
    plain = evaluate(table, **asked)
    assert not any("its name says the opposite" in one for one in plain.warnings)
