"""A rate in each row is no outcome of a contact, and no arm wins by it."""

import numpy as np
import pandas as pd
import pytest

from simkit.trial import Evaluation, evaluate
from simkit.trial.rate_names import says_rate

ROWS = 600
RANDOM = np.random.default_rng(31)
ARM = RANDOM.permutation(["a", "b"] * (ROWS // 2))
#: Shares of about .2 in a and .3 in b, as of groups of ten.
SHARES = RANDOM.binomial(10, np.where(ARM == "b", 0.3, 0.2)) / 10
RATES = [
    *("conversion_rate", "saleRate", "rate", "tasso", "tasso_conversione", "pct_vendite", "resa"),
    *("redemption", "percentuale", "conversione", "Vendite %", "Konversionsrate", "Abschlussquote"),
    *("Prozent Verkäufe", "tasa_venta", "porcentaje", "taux de conversion", "conversion"),
]


def compared(name: str, values: object, **more: object) -> Evaluation:
    table = pd.DataFrame({"arm": ARM, name: values})
    return evaluate(table, outcomes=[name], control="a", higher_is_better=[name], **more)


def verdict(name: str, values: object) -> str:
    return str(compared(name, values).table["verdict"].iloc[0])


@pytest.mark.parametrize("times", [1, 100, 87.5])
@pytest.mark.parametrize("name", RATES)
def test_a_rate_or_percent_in_each_row_is_refused_with_what_to_do(name: str, times: float) -> None:
    found = compared(name, SHARES * times)
    (row,) = found.table.itertuples()
    assert (row.verdict, np.isnan(row.estimate)) == ("refused", True)
    assert row.reason.startswith(f"{name} holds a rate in each row (0 to ")
    assert "is the arm's own doing; give every assigned contact one row with 1 or 0" in row.reason
    assert found.sentence().startswith("No answer on")


@pytest.mark.parametrize("name", ["vendite", "sale", "Verkäufe", "n_orders"])
def test_fractions_between_0_and_1_of_what_is_counted_look_like_rates(name: str) -> None:
    assert "what looks like a rate in each row" in compared(name, SHARES).table["reason"].iloc[0]


AMOUNTS = ["y", "result", "gb_used", "kwh", "donation", "rating", "risk", "usage", "quote"]


@pytest.mark.parametrize("name", AMOUNTS)
def test_fractions_alone_may_be_an_amount_and_are_doubted_under_any_other_name(name: str) -> None:
    found = compared(name, SHARES)
    assert found.table["verdict"].tolist() == ["better"]
    (doubt,) = found.doubts
    assert doubt.startswith(f"{name} holds what may be a rate in each row (0 to ")
    assert doubt[1:] in found.sentence()
    assert "give every assigned contact one row with 1 or 0" in doubt


PERCENTS = np.round(SHARES * 400 / 7, 1)


@pytest.mark.parametrize("name", ["conv", "cr", "cvr", "conv_vendite"])
def test_a_short_word_for_a_rate_is_one_where_values_are_no_counts(name: str) -> None:
    assert compared(name, PERCENTS).table["reason"].iloc[0].startswith(f"{name} holds a rate in")
    assert verdict(name, np.round(SHARES * 10)) == "better"


@pytest.mark.parametrize(
    "name",
    ["conversioni", "conversions", "media_vendite", "sale_avg", "mean_sale", "Vendite medie"],
)
def test_what_is_counted_is_not_broken_unless_it_is_a_rate_or_a_mean(name: str) -> None:
    why = compared(name, PERCENTS).table["reason"].iloc[0]
    assert why.startswith(f"{name} holds broken numbers in many rows, as rates and means do (0 to ")
    assert verdict(name, np.round(SHARES * 10)) == "better"
    assert verdict(name, np.round(SHARES * 70)) == "better"


@pytest.mark.parametrize("name", ["vendite", "sales", "ordini"])
def test_sales_may_be_money_and_are_doubted_where_they_may_be_percents(name: str) -> None:
    found = compared(name, PERCENTS)
    assert found.table["verdict"].tolist() == ["better"]
    assert [text.startswith(f"{name} holds what may be a rate") for text in found.doubts] == [True]
    assert compared(f"{name}_eur", PERCENTS).doubts == ()
    assert compared(name, PERCENTS * 9).doubts == ()


@pytest.mark.parametrize("name", ["rate_pagate", "rate_insolute", "Rate pagate totali"])
def test_instalments_that_were_paid_are_no_rate(name: str) -> None:
    found = compared(name, np.round(SHARES * 36))
    assert found.table["verdict"].tolist() == ["better"]
    assert verdict("rate_sold", np.round(SHARES * 100)) == "refused"


@pytest.mark.parametrize("name", RATES)
def test_a_yes_or_no_is_one_whatever_it_is_called(name: str) -> None:
    assert verdict(name, SHARES > 0.2) == "better"


@pytest.mark.parametrize(
    "name",
    [
        *("value", "spesa", "revenue_k", "margine", "sale_score", "hours", "soddisfazione"),
        *("expected_sale", "net_sale_expected", "costo_per_contatto"),
    ],
)
def test_an_amount_or_a_score_of_each_contact_is_none(name: str) -> None:
    assert verdict(name, SHARES) == "better"


@pytest.mark.parametrize("name", ["conversione", "rate", "n_rate", "resa", "orders", "numero_rate"])
def test_counts_are_none_though_their_name_may_say_a_rate(name: str) -> None:
    assert verdict(name, np.round(SHARES * 10)) == "better"


def test_instalments_are_counted_under_a_name_that_says_so() -> None:
    assert verdict("n_rate", np.round(SHARES * 36)) == "better"


def test_a_few_slips_between_0_and_1_make_no_rate() -> None:
    sold = (SHARES > 0.2).astype(float)
    sold[:9] = 0.5
    assert verdict("sale", sold) == "better"


def test_a_net_value_with_a_rate_in_it_is_refused_too() -> None:
    table = pd.DataFrame({"arm": ARM, "resa": SHARES, "sale": SHARES > 0.2})
    asked = {"worth_eur": {"sale": 40, "resa": 5}, "higher_is_better": ["resa"]}
    found = evaluate(table, outcomes=["sale", "resa"], control="a", **asked).table
    found = found.set_index("outcome")["verdict"]
    assert found[["net_value_eur", "resa", "sale"]].tolist() == ["refused", "refused", "better"]


@pytest.mark.parametrize("name", ["corporate", "separate_orders", "quote", "shares", "rateo"])
def test_words_that_only_look_like_rates_are_none(name: str) -> None:
    assert not says_rate(name)
