"""Net value from what events are worth: of contacts, and of totals with the worst case."""

import numpy as np
import pandas as pd
import pytest

from simkit.errors import InputError
from simkit.trial import evaluate
from simkit.trial.effects.means import means_of_counts
from simkit.trial.effects.scaled import ScaledMeans

WORTH = {"bought": 40.0, "unsubscribed": -15.0}


def people(both: int) -> pd.DataFrame:
    """100 contacts an arm: 20 and 10 buy, 8 and 4 leave; of those so many do both in each arm."""
    parts = []
    for arm, bought, left in (("reminder", 20, 8), ("none", 10, 4)):
        number = np.arange(100)
        # The leavers begin where the buyers end, less those who do both.
        leaves = (number >= bought - both) & (number < bought - both + left)
        parts.append(pd.DataFrame({"arm": arm, "bought": number < bought, "unsubscribed": leaves}))
    return pd.concat(parts, ignore_index=True)


def totals() -> pd.DataFrame:
    return pd.DataFrame(
        {"arm": ["reminder", "none"], "n": [100, 100], "bought": [20, 10], "unsubscribed": [8, 4]}
    )


def test_worth_may_be_numbers_of_numpy() -> None:
    plain, given = (
        evaluate(people(both=0), worth_eur=worth, control="none")
        for worth in (WORTH, {name: np.int64(number) for name, number in WORTH.items()})
    )
    pd.testing.assert_frame_equal(plain.table, given.table)


def test_what_is_worth_one_euro_each_is_money_and_what_is_counted_says_per_what() -> None:
    table = pd.DataFrame({"arm": np.repeat(["new", "none"], 60), "visite": np.arange(120) % 7})
    table["fatturato"] = np.arange(120) % 11 * 1.5
    table["costi"] = np.arange(120) % 5 * 2.5
    found = evaluate(
        table, outcomes=["visite"], worth_eur={"fatturato": 1, "costi": -1}, control="none"
    )
    assert found.table.set_index("outcome")["unit"].to_dict() == {
        "net_value_eur": "EUR per contact",
        "visite": "per contact",
        "fatturato": "EUR per contact",
        "costi": "EUR per contact",
    }
    (said,) = (text for text in found.sentences() if "visite" in text)
    assert " per contact (95 % interval " in said


def test_net_value_decides_and_is_the_sum_of_its_parts() -> None:
    table = people(both=0)
    money = 40.0 * table["bought"] - 15.0 * table["unsubscribed"]
    by_hand = evaluate(
        table.assign(net_value_eur=money), outcomes=["net_value_eur"], control="none"
    )
    found = evaluate(table, worth_eur=WORTH, control="none")
    assert found.primary == "net_value_eur"
    assert found.table["outcome"].tolist() == ["net_value_eur", "bought", "unsubscribed"]
    row, same = found.table.iloc[0], by_hand.table.iloc[0]
    assert row["estimate"] == pytest.approx(40 * 0.1 - 15 * 0.04)
    for name in ("estimate", "se", "p_value", "unit"):
        assert row[name] == same[name] or row[name] == pytest.approx(same[name])


def test_totals_take_the_largest_error_that_they_allow() -> None:
    """Buying and leaving have opposite signs: the error is largest where nobody does both."""
    found = evaluate(totals(), worth_eur=WORTH, control="none")
    errors = [
        evaluate(people(both), worth_eur=WORTH, control="none").table.loc[0, "se"]
        for both in range(5)
    ]
    assert errors == sorted(errors, reverse=True)
    assert found.table.loc[0, "se"] == pytest.approx(errors[0])
    assert any("largest that the totals allow" in text for text in found.warnings)
    assert found.table.loc[0, "estimate"] == pytest.approx(3.4)


def test_with_the_same_sign_the_worst_is_that_the_same_contacts_do_both() -> None:
    asked = {"worth_eur": {"bought": 40.0, "unsubscribed": 15.0}, "control": "none"}
    asked["higher_is_better"] = ["unsubscribed"]
    found = evaluate(totals(), **asked).table.loc[0, "se"]
    assert found == pytest.approx(
        evaluate(people(both=4).assign(unsubscribed=nested()), **asked).table.loc[0, "se"]
    )


def nested() -> np.ndarray:
    """Leavers who all buy."""
    number = np.arange(100)
    return np.concatenate([number < 8, number < 4])


def test_a_reminder_that_brings_buyers_and_leavers_turns_on_what_a_lost_contact_is_worth() -> None:
    """More buyers and more who unsubscribe at once: net lifetime value decides, not sales."""
    table = pd.DataFrame(
        {
            "arm": ["reminder", "none"],
            "n": [20_000, 20_000],
            "bought": [500, 400],
            "unsubscribed": [740, 420],
        }
    )
    cheap = evaluate(table, worth_eur={"bought": 30.0, "unsubscribed": -2.0}, control="none")
    dear = evaluate(table, worth_eur={"bought": 30.0, "unsubscribed": -25.0}, control="none")
    assert cheap.winners["winner"].tolist() == ["reminder"]
    assert dear.table.loc[0, "verdict"] == "worse"
    assert dear.winners["winner"].tolist() == [None]
    sales = dear.table.set_index("outcome").loc["bought", "verdict"]
    assert sales == "better"


def test_everything_wrong_with_worth_is_told() -> None:
    with pytest.raises(InputError, match="must be a number") as told:
        evaluate(
            totals().assign(net_value_eur=1),
            worth_eur={"bought": float("nan"), "unsubscribed": "much"},  # type: ignore[dict-item]
            control="none",
        )
    assert len(told.value.problems) == 3
    with pytest.raises(InputError, match="'sale', must be a column"):
        evaluate(totals(), worth_eur={"sale": 1.0}, control="none")


def test_net_value_of_a_refused_part_is_refused() -> None:
    table = people(both=0).assign(reached=lambda t: t.index % 2 == 0)
    table["bought"] = table["bought"].astype(float).where(table["reached"])
    found = evaluate(table, worth_eur=WORTH, control="none").table.set_index("outcome")
    assert found.loc["net_value_eur", "verdict"] == "refused"
    assert "whom an arm reaches is its own doing" in found.loc["net_value_eur", "reason"]


@pytest.mark.parametrize("worth", [40.0, -40.0, 1.0])
@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("events", [(6, 1), (8, 3), (5, 0), (40, 22)])
def test_what_one_event_is_worth_is_judged_as_the_share_that_has_it(
    worth: float, counted: bool, events: tuple[int, int]
) -> None:
    n = 8 if max(events) <= 8 else 100
    table = pd.DataFrame({"arm": ["new", "none"], "n": n, "bought": events})
    if not counted:
        bought = np.concatenate([np.arange(n) < each for each in events])
        table = pd.DataFrame({"arm": np.repeat(["new", "none"], n), "bought": bought})
    less = ["bought"] if worth < 0 else []
    found = evaluate(table, worth_eur={"bought": worth}, control="none", lower_is_better=less)
    lower = () if worth > 0 else ("bought",)
    alone = evaluate(table, outcomes=["bought"], control="none", lower_is_better=lower)
    money, share = found.table.iloc[0], alone.table.iloc[0]
    for name in ("p_value", "p_adjusted", "verdict", "rare"):
        assert money[name] == share[name]
    assert money["unit"] == "EUR per contact"
    assert money["se"] == pytest.approx(abs(worth) * share["se"])
    for name in ("estimate", "mean_arm", "mean_control"):
        assert money[name] == pytest.approx(worth * share[name])
    for low, high in (("ci_low", "ci_high"), ("ci_low_adjusted", "ci_high_adjusted")):
        ends = sorted(worth * share[name] for name in (low, high))
        assert [money[low], money[high]] == pytest.approx(ends)
    if worth > 0:
        for name in ("ratio", "ratio_low", "ratio_high"):
            assert money[name] == pytest.approx(share[name], nan_ok=True)
    chosen, those = found.regret().table, alone.regret().table
    assert chosen["prob_best"].tolist() == those["prob_best"].tolist()
    assert chosen["regret"].tolist() == pytest.approx((abs(worth) * those["regret"]).tolist())


@pytest.mark.parametrize("worth", [40.0, -40.0])
def test_a_margin_in_money_is_tested_as_that_of_the_share(worth: float) -> None:
    share = means_of_counts(np.array([22.0, 30.0]), np.array([300, 310]), ("new", "none"))
    plain = share.difference("new", "none").against_margin()
    money = ScaledMeans.of(share, share, worth).difference("new", "none").against_margin()
    assert money.estimate == worth * plain.estimate
    low, high = plain.interval(0.1)
    assert money.interval(0.1) == tuple(sorted((worth * low, worth * high)))
    for bound in (-0.05, 0.02):
        above = plain.p_beyond(bound, above=True)
        assert money.p_beyond(worth * bound, above=worth > 0) == above


def harmed() -> pd.DataFrame:
    """The new arm sells as much, and makes 300 of 1,000 opt out instead of 20."""
    return pd.DataFrame(
        {"arm": ["now", "new"], "n": 1_000, "sale": [100, 100], "opt_out": [20, 300]}
    )


def test_harm_that_is_worth_more_than_nothing_and_gain_worth_less_are_refused_at_once() -> None:
    with pytest.raises(InputError) as refused:
        evaluate(harmed(), control="now", worth_eur={"sale": -80, "opt_out": 15, "gifts": -2})
    told = {one.field: one.rule for one in refused.value.problems}
    assert told["worth_eur['opt_out']"] == (
        "must be below 0: by its name it is harm, so write what one costs as -15; if one truly "
        "brings money, name it in higher_is_better"
    )
    assert told["worth_eur['sale']"].startswith("must be above 0: by its name it is a gain, so")
    assert told["worth_eur['gifts']"].endswith("does not tell whether more of it is harm")
    assert told["columns"].startswith("must be a column")
    assert len(told) == 4


@pytest.mark.parametrize("name", ["n_complaints", "Disdette", "rata insoluta", "opt_out_30d"])
def test_the_sign_follows_the_words_of_harm_in_a_name(name: str) -> None:
    table = harmed().rename(columns={"opt_out": name})
    with pytest.raises(InputError, match="must be below 0: by its name it is harm"):
        evaluate(table, control="now", worth_eur={name: 15})
    found = evaluate(table, control="now", worth_eur={"sale": 80, name: -15})
    assert found.table.loc[0, "verdict"] == "worse"


@pytest.mark.parametrize("name", ["walks", "no_complaints", "consenso"])
@pytest.mark.parametrize("worth", [15.0, -15.0])
def test_what_a_name_does_not_tell_may_be_worth_either_and_must_be_named(
    name: str, worth: float
) -> None:
    asked = {"control": "now", "worth_eur": {name: worth}}
    table = harmed().rename(columns={"opt_out": name})
    with pytest.raises(InputError, match="does not tell whether more of it is harm"):
        evaluate(table, **asked)
    found = evaluate(
        table, **asked, **{"higher_is_better" if worth > 0 else "lower_is_better": [name]}
    )
    # The row of the event itself is judged the same way.
    assert found.table["verdict"].tolist() == ["better" if worth > 0 else "worse"] * 2
    assert not any("a guess" in text for text in found.warnings)
    assert "a guess" not in f"{found.sentence()} {found.regret().sentence()}"


def test_a_direction_that_is_named_settles_the_sign_of_what_one_is_worth() -> None:
    asked = {"control": "now", "worth_eur": {"opt_out": 15}}
    found = evaluate(harmed(), **asked, higher_is_better=["opt_out"])
    assert found.table.loc[0, "verdict"] == "better"
    assert "More of opt_out is taken as better, as was asked, although its name says" in (
        found.sentence()
    )
    table = harmed().rename(columns={"opt_out": "walks"})
    for worth, field in ((15, "lower_is_better"), (-15, "higher_is_better")):
        with pytest.raises(InputError, match=f"as asked, so write {-worth}$"):
            evaluate(table, control="now", worth_eur={"walks": worth}, **{field: ["walks"]})
