"""Rows that are groups of contacts are no contacts, and a number of contacts gives them away."""

import numpy as np
import pandas as pd
import pytest

from simkit.trial import Evaluation, evaluate

GROUPS = 60
RANDOM = np.random.default_rng(61)
ARM = np.repeat(["a", "b"], GROUPS // 2)
SIZES = RANDOM.integers(20, 40, GROUPS)
SOLD = RANDOM.poisson(np.where(ARM == "b", 6, 3))
BOUGHT = np.tile([0, 1, 1, 0, 1, 0], GROUPS // 6)


def compared(outcome: object, more: dict[str, object], **options: object) -> Evaluation:
    table = pd.DataFrame({"arm": ARM, "vendite": outcome, **more})
    settings = {"outcomes": ["vendite"], "control": "a", "higher_is_better": ["vendite"]}
    return evaluate(table, **settings | options)


NAMES = ["contatti", "n_contatti", "Numero contatti", "contacts", "assigned", "list_size"]


@pytest.mark.parametrize("name", [*NAMES, "Anzahl Kontakte", "contactos", "nominativi"])
def test_rows_with_a_number_of_contacts_each_are_refused_with_what_to_do(name: str) -> None:
    found = compared(SOLD, {name: SIZES})
    (row,) = found.table.itertuples()
    assert row.verdict == "refused"
    low, high = SIZES.min(), SIZES.max()
    assert row.reason.startswith(f"each row holds several contacts ({name} is {low} to {high})")
    assert (
        f"add each arm up to one row, with how many contacts it has (n, --n {name})" in row.reason
    )
    assert found.sentence().startswith("No answer on vendite")


def test_what_it_says_to_do_is_taken_as_totals() -> None:
    table = pd.DataFrame({"arm": ARM, "contatti": SIZES, "vendite": np.minimum(SOLD, SIZES)})
    totals = table.groupby("arm", as_index=False).sum()
    found = evaluate(totals, outcomes=["vendite"], control="a", n="contatti")
    assert found.table["verdict"].tolist() == ["better"]


def test_an_amount_of_each_group_is_refused_too() -> None:
    assert compared(SOLD * 99.5, {"contatti": SIZES}).table["verdict"].tolist() == ["refused"]


@pytest.mark.parametrize(
    "more",
    [
        {"contatti": SIZES % 2},  # whether there was any
        {"contatti": np.arange(GROUPS) + 1},  # a number of the row
        {"n_persone": SIZES},  # a household's
        {"clienti": SIZES},  # a company's
        {"contatti_precedenti": SIZES},
        {"contatti": SIZES, "contact_id": np.arange(GROUPS)},
        {"contatti": np.where(SIZES % 9, 1, SIZES)},  # mostly one each
        {"contatti": SIZES / 7},
    ],
    ids=str,
)
def test_what_counts_no_contacts_of_a_group_is_neither_refused_nor_doubted(
    more: dict[str, object],
) -> None:
    found = compared(SOLD, more)
    assert "refused" not in found.table["verdict"].tolist()
    assert not any("groups of contacts (" in text for text in found.doubts)


def test_how_often_a_contact_was_met_is_doubted_and_not_refused() -> None:
    """Sales that were made or not, of contacts who were met up to eight times."""
    found = compared(BOUGHT, {"contatti": np.resize(np.arange(1, 9), GROUPS)})
    assert "refused" not in found.table["verdict"].tolist()
    (doubt,) = [text for text in found.doubts if "rows may be groups of contacts" in text]
    assert "(contatti is 1 to 8)" in doubt
    assert doubt[1:] in found.sentence()


def test_a_covariate_that_was_named_is_doubted_and_not_refused() -> None:
    found = compared(SOLD, {"contatti": SIZES}, adjust=["contatti"])
    assert "refused" not in found.table["verdict"].tolist()
    assert any("rows may be groups of contacts (contatti is" in text for text in found.doubts)
