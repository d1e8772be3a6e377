"""What is refused is told once, and not as what would be read if the checks had passed."""

import numpy as np
import pandas as pd
import pytest

from simkit.trial import Evaluation, evaluate

SEGMENTS = ("b2c", "b2b")
OUTCOMES = ("sale", "opt_out", "complaint")
WHY = "the table holds only contacts who were reached"


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """Households of three, split between three arms."""
    random, number = np.random.default_rng(1), np.arange(1200)
    return pd.DataFrame(
        {
            "account_id": number // 3,
            "segment": np.where(number // 3 % 2 == 0, *SEGMENTS),
            "arm": random.choice(["now", "new", "slow"], len(number)),
            "sale": random.random(len(number)) < 0.2,
            "opt_out": random.random(len(number)) < 0.05,
            "complaint": random.random(len(number)) < 0.02,
        }
    )


def found(rows: pd.DataFrame) -> Evaluation:
    return evaluate(
        rows,
        arm="arm",
        control="now",
        outcomes=OUTCOMES,
        segment="segment",
        cluster="account_id",
        guardrails={"opt_out": 0.02, "complaint": 0.01},
    )


def test_a_reason_is_told_of_the_first_row_that_it_refuses_and_the_others_name_that(
    rows: pd.DataFrame,
) -> None:
    told = found(rows.assign(reached=1)).sentences()
    assert len(told) == len(SEGMENTS) * 2 * len(OUTCOMES)
    assert WHY in told[0]
    as_first = "refused: as b2c · new, contacts who bought, for the same reason."
    assert all(text.endswith(as_first) for text in told[1:])


def test_guardrails_that_one_reason_leaves_unjudged_are_told_at_once(rows: pd.DataFrame) -> None:
    told = [text for text in found(rows.assign(reached=1)).warnings if "not be judged" in text]
    assert len(told) == 1
    assert told[0].startswith(
        "the guardrails on opt_out of new, opt_out of slow, complaint of new, complaint of slow "
        f"could not be judged: {WHY}"
    )


def test_no_answer_is_none_though_all_checks_had_passed(rows: pd.DataFrame) -> None:
    few = rows.assign(reached=1)
    few = few.drop(few.index[few["arm"] == "new"][40:])  # a ratio that fails
    answer = found(few)
    assert not answer.trustworthy
    assert f"b2c · No answer on contacts who bought: {WHY}" in answer.sentence()
    assert "if the checks had passed" not in answer.sentence()
    assert "assigned contact; a check failed" not in answer.sentence()


def test_accounts_of_two_arms_are_counted_once_where_they_are_split(rows: pd.DataFrame) -> None:
    table = found(rows).table
    for row in table[table["outcome"] == "sale"].itertuples(index=False):
        here = (rows["segment"] == row.segment) & rows["arm"].isin([row.arm, "now"])
        assert row.clusters == rows.loc[here, "account_id"].nunique()
