"""Guardrails named on the command line: shown as a design's are, refused all at once."""

import pandas as pd
import pytest

from simkit.cli.number_options import Guardrails, guardrails_of
from simkit.errors import InputError
from simkit.policy.arms import load_arms
from simkit.scenario import load_prices
from simkit.trial import evaluate
from simkit.trial.design import TrialDesign

ASKED = ("evaluate", "--table", "people.csv", "--control", "none")


@pytest.fixture
def people(files):
    """400 contacts an arm, in two places: more of the mailed buy, none of them unsubscribes."""
    rows = [
        (arm, ("north", "south")[i % 2], int(i < bought), int(i < 4), i % 5)
        for arm, bought in (("none", 40), ("mail", 90))
        for i in range(400)
    ]
    table = pd.DataFrame(rows, columns=["arm", "place", "bought", "unsubscribed", "visits"])
    table.to_csv(files / "people.csv", index=False)
    return table


def told(result) -> str:
    assert result.exit_code == 2, result.output
    return " ".join(result.stderr.split())


def test_a_guardrail_is_compared_and_judged_as_the_package_does(files, people, simkit):
    asked = ("--outcome", "bought", "--guardrail", "unsubscribed=0.05", "--out", "arms.csv")
    result = simkit(*ASKED, *asked)
    assert result.exit_code == 0, result.output
    found = evaluate(
        people,
        outcomes=["bought", "unsubscribed"],
        control="none",
        guardrails={"unsubscribed": 0.05},
    )
    assert "guardrail, less is better, margin +5.00 percentage points" in result.stdout
    assert [text for text in found.sentences() if text not in result.stdout] == []
    assert "\n".join(found.paragraphs()) in result.stdout
    written = pd.read_csv(files / "arms.csv").set_index("outcome")
    assert written["role"].to_dict() == {"bought": "primary", "unsubscribed": "guardrail"}
    assert written.loc["unsubscribed", "margin"] == 0.05


def test_a_guardrail_of_calls_reads_as_that_of_a_design(files, simkit):
    asked = ("evaluate", "--log", "log", "--prices", "prices.toml", "--horizon", 60)
    named = simkit(*asked, "--control", "long", "--guardrail", "opt_out=0.05", "--out", "n.csv")
    TrialDesign(
        name="ninety contacts",
        arms=load_arms(files / "policies.toml"),
        control={"b2b": "long"},
        salt="ninety",
        horizon_days=60.0,
        guardrails={"opt_out": {"b2b": 0.05}},
        prices=load_prices(files / "prices.toml", ["b2b"]),
    ).write(files / "trial.toml")
    registered = simkit(*asked, "--design", "trial.toml", "--out", "r.csv")
    assert (named.exit_code, registered.exit_code) == (0, 0)
    sentences = [
        [line for line in result.stdout.splitlines() if "(guardrail, less is better" in line]
        for result in (named, registered)
    ]
    assert sentences[0] == sentences[1]
    assert len(sentences[0]) == 1
    of_calls, of_design = (pd.read_csv(files / name) for name in ("n.csv", "r.csv"))
    rows = [table[table["role"] == "guardrail"] for table in (of_calls, of_design)]
    same = ["outcome", "margin", "ci_low", "ci_high", "verdict"]
    pd.testing.assert_frame_equal(*(row[same].reset_index(drop=True) for row in rows))


def test_segments_may_have_margins_of_their_own(files, people, simkit):
    asked = ("--segment", "place", "--outcome", "bought", "--out", "arms.csv")
    margins = ("--guardrail", "unsubscribed=0.05", "--guardrail", "south=unsubscribed=0.02")
    result = simkit(*ASKED, *asked, *margins)
    assert result.exit_code == 0, result.output
    rows = pd.read_csv(files / "arms.csv").query("outcome == 'unsubscribed'")
    assert rows.set_index("segment")["margin"].to_dict() == {"north": 0.05, "south": 0.02}
    unknown = simkit(*ASKED, *asked, "--guardrail", "west=unsubscribed=0.02")
    assert "'west=unsubscribed=0.02', must begin with a segment (north, south) and =" in told(
        unknown
    )
    part = simkit(*ASKED, *asked, "--guardrail", "south=unsubscribed=0.02")
    assert "--guardrail unsubscribed == 'north', must have a margin for each segment" in told(part)


def test_a_guardrail_of_gain_is_told_its_direction(files, people, simkit):
    """Margins of counts are in the count's unit; nobody can guess which way a gain is harm."""
    people.rename(columns={"visits": "kept_visits"}).to_csv(files / "people.csv", index=False)
    asked = ("--outcome", "bought", "--guardrail", "kept_visits=1.5")
    message = told(simkit(*ASKED, *asked))
    assert "--guardrail == 'kept_visits', must be named in --lower-is-better or --higher" in message
    for option, less in (("--higher-is-better", "more"), ("--lower-is-better", "less")):
        result = simkit(*ASKED, *asked, option, "kept_visits")
        assert result.exit_code == 0, result.output
        assert f"guardrail, {less} is better, margin" in result.stdout


def test_a_loss_that_is_written_as_a_gain_is_refused_until_its_direction_is_named(people, simkit):
    asked = (*ASKED, "--worth", "bought=40", "--worth", "unsubscribed=15")
    message = told(simkit(*asked))
    assert "--worth unsubscribed == 15.0, must be below 0: by its name it is harm" in message
    assert "write what one costs as -15; if one truly brings money, name it in --higher" in message
    meant = simkit(*asked, "--higher-is-better", "unsubscribed")
    assert meant.exit_code == 0, meant.output
    assert "More of unsubscribed is taken as better, as was asked" in meant.output


def test_all_that_is_wrong_with_margins_is_told_at_once_and_before_reading(files, simkit):
    given = ("opt_out", "left=-1", "left=nan", "left=much", "a=b=c=1", "=1", "x=1", "x=2")
    options = [part for text in given for part in ("--guardrail", text)]
    worth = ("--worth", "bought", "--worth", "left=1", "--worth", "left=2")
    message = told(simkit("evaluate", "--table", "nowhere.csv", *options, *worth))
    assert "9 problems" in message
    for text in ("opt_out", "a=b=c=1", "=1"):
        assert f"--guardrail == '{text}', must be OUTCOME=MARGIN, as opt_out=0.01" in message
    for text in ("left=-1", "left=nan", "left=much"):
        assert f"--guardrail == '{text}', must end in a number, 0 or more" in message
    assert "--guardrail == 'x=2', must be given once" in message
    assert "--worth == 'bought'" in message
    assert "--worth == 'left=2', must be given once" in message


def test_a_margin_of_a_share_must_be_one_and_the_primary_outcome_has_none(people, simkit):
    message = told(simkit(*ASKED, "--outcome", "bought", "--guardrail", "unsubscribed=5"))
    assert "--guardrail unsubscribed == 5.0, must be below 1: it is a share" in message
    message = told(simkit(*ASKED, "--outcome", "bought", "--guardrail", "bought=0.1"))
    assert "--guardrail == 'bought', must not be the primary outcome" in message


def test_none_takes_the_guardrail_of_the_prices_away_but_none_that_was_registered(files, simkit):
    asked = ("evaluate", "--log", "log", "--prices", "prices.toml")
    assert "(guardrail, less" in simkit(*asked).stdout
    alone = simkit(*asked, "--guardrail", "none")
    assert alone.exit_code == 0, alone.output
    assert "(guardrail, less" not in alone.stdout
    refused = simkit(*asked, "--guardrail", "none", "--design", "policies.toml")
    assert "--guardrail == 'none', must not be given with --design" in told(refused)


def test_a_guardrail_beside_a_design_is_evaluated_and_said_to_be_named_afterwards(files, simkit):
    TrialDesign(
        name="ninety contacts",
        arms=load_arms(files / "policies.toml"),
        control={"b2b": "long"},
        salt="ninety",
        horizon_days=60.0,
        guardrails={"opt_out": {"b2b": 0.05}},
        prices=load_prices(files / "prices.toml", ["b2b"]),
    ).write(files / "trial.toml")
    asked = ("evaluate", "--log", "log", "--prices", "prices.toml", "--design", "trial.toml")
    result = simkit(*asked, "--guardrail", "complaint=0.1", "--out", "arms.csv")
    assert result.exit_code == 0, result.output
    roles = pd.read_csv(files / "arms.csv").set_index("outcome")["role"]
    assert roles[["opt_out", "complaint"]].tolist() == ["guardrail", "guardrail"]
    assert "complaint was not registered: a guardrail named afterwards" in " ".join(
        result.stdout.split()
    )


def test_margins_are_shared_or_of_a_segment():
    assert guardrails_of(None) is None
    assert guardrails_of(["none"]) == Guardrails({}, {})
    found = guardrails_of(["opt_out = 0.01", "b2b=opt_out=0.02", "b2b=complaint=0"])
    assert found.outcomes == ("opt_out", "complaint")
    assert found.margins(["b2c", "b2b"]) == {
        "opt_out": {"b2c": 0.01, "b2b": 0.02},
        "complaint": {"b2b": 0.0},
    }
    with pytest.raises(InputError, match="must begin with a segment"):
        found.margins(["b2c"])
