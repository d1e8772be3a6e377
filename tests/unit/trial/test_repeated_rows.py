"""Rows that are calls, or the same contacts twice, are found whatever their columns are called."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simkit.errors import InputError
from simkit.trial import Evaluation, evaluate

CONTACTS = 2_000
SAID = "give every assigned contact one row"


def people() -> pd.DataFrame:
    """Contacts assigned one by one, with the columns that honest tables have."""
    random = np.random.default_rng(11)
    born = pd.Timestamp("1950-01-01") + pd.to_timedelta(random.integers(0, 15_000, CONTACTS), "D")
    return pd.DataFrame(
        {
            "arm": random.permutation(["a", "b"] * (CONTACTS // 2)),
            "age": random.integers(18, 80, CONTACTS),
            "region": random.choice(list("ABCDEFGH"), CONTACTS),
            "cap": random.integers(10_000, 11_000, CONTACTS).astype(str),
            "born": born,
            "day": born.astype(str),
            "company_id": random.integers(0, 500, CONTACTS),
            "id_agente": random.integers(0, 30, CONTACTS),
            "cliente": random.choice(["nuovo", "vecchio"], CONTACTS),
            "spend": random.lognormal(size=CONTACTS).round(2),
            "sale": (random.random(CONTACTS) < 0.1).astype(int),
        }
    )


def calls(name: str) -> pd.DataFrame:
    """900 contacts assigned one by one, with a row for each of their calls."""
    random = np.random.default_rng(12)
    who = np.repeat(np.arange(900), random.integers(1, 9, 900))
    arm = random.permutation(["a", "b"] * 450)[who]
    table = pd.DataFrame({"arm": arm, name: who + 3_331_000_000, "sale": who % 7 == 0})
    return table.assign(durata=random.random(len(table)))


def compared(table: pd.DataFrame, **more: object) -> Evaluation:
    return evaluate(table, outcomes=["sale"], control="a", **more)


def told(found: Evaluation) -> list[str]:
    return [text for text in found.warnings if SAID in text]


def test_an_honest_table_is_said_nothing_about() -> None:
    assert told(compared(people())) == []
    assert told(compared(people().assign(id_cliente=range(CONTACTS)))) == []
    assert told(compared(people(), cluster="company_id")) == []


@pytest.mark.parametrize("name", ["id_cliente", "Customer ID", "telefono", "codiceCliente", "id"])
def test_rows_of_calls_are_told_by_their_id(name: str) -> None:
    table = calls(name)
    found = compared(table)
    (text,) = told(found)
    assert f"rows, {name} (900 different values in {len(table):,} rows): rows may be" in text
    assert text[1:] in found.sentence()
    assert told(compared(table, cluster=name)) == []


def test_rows_of_calls_are_told_though_nothing_is_called_an_id() -> None:
    """Rows that were assigned on their own would stand in both arms."""
    (text,) = told(compared(calls("pratica")))
    assert "values of pratica, each wholly in one arm" in text
    assert "where its rows are calls, or the same contacts twice" in text
    assert 'cluster="pratica"' in text


def test_accounts_assigned_as_a_whole_are_told_until_they_are_named() -> None:
    random = np.random.default_rng(13)
    firm = np.repeat(np.arange(200), 5)
    table = pd.DataFrame({"azienda": firm, "arm": random.permutation(["a", "b"] * 100)[firm]})
    table["sale"] = random.integers(0, 2, 1_000)
    table["p_iva"] = (firm + 1_000_000).astype(str)  # what is of the account is no id of contacts
    table["telefono"] = (firm + 2_000_000).astype(str)
    assert told(compared(table, cluster="azienda")) == []
    (text,) = told(compared(table.drop(columns="telefono")))
    assert text.startswith("200 values of azienda, each wholly in one arm")


def test_rows_that_are_copied_with_their_id_are_refused() -> None:
    table = people().assign(id_cliente=range(CONTACTS))
    with pytest.raises(InputError, match=r"id_cliente == 0, must stand in one row only.*3995 more"):
        compared(pd.concat([table, table]))
    with pytest.raises(InputError, match=r"id_cliente == 3, must .* \(rows 5, 2002\)"):
        compared(pd.concat([table, table.iloc[[3]]]))


def test_a_table_read_twice_is_told_without_any_id() -> None:
    table = people()[["arm", "age", "sale"]]
    (text,) = told(compared(pd.concat([table, table])))
    assert text.startswith("every row of the table stands 2 times (4,000 rows)")
    assert told(compared(pd.concat([table, table.iloc[:-1]]))) == []


def test_names_and_surnames_are_no_ids() -> None:
    random = np.random.default_rng(14)
    names = [f"Mario Rossi {number}" for number in random.integers(0, 1_500, CONTACTS)]
    assert told(compared(people().assign(cliente=names))) == []


ENDINGS = ["nessuna risposta", "occupato", "rifiuto", "vendita"]


def with_times(table: pd.DataFrame, time: str = "ora", ending: str = "esito") -> pd.DataFrame:
    """Each row at a time of its own, with one of the endings of a call."""
    random = np.random.default_rng(16)
    times = pd.Timestamp("2026-03-02") + pd.to_timedelta(
        np.sort(random.choice(5_000_000, len(table), replace=False)), "s"
    )
    return table.assign(**{time: times, ending: random.choice(ENDINGS, len(table))})


@pytest.mark.parametrize(
    ("name", "time", "ending"),
    [
        ("id_cliente", "data_ora", "esito"),
        ("Customer ID", "started", "call outcome"),
        ("telefono", "inizio", "esito_chiamata"),
    ],
)
@pytest.mark.parametrize("text", [False, True])
def test_rows_that_are_plainly_calls_are_refused(
    name: str, time: str, ending: str, text: bool
) -> None:
    table = with_times(calls(name), time, ending)
    if text:
        table[time] = table[time].dt.strftime("%d/%m/%Y %H:%M:%S")
    found = compared(table)
    assert set(found.table["verdict"]) == {"refused"}
    (why,) = set(found.table["reason"])
    assert why.startswith(
        f"the table holds a row for each call: {name} stands in several rows (900"
    )
    assert f"({time})" in why
    assert f"({ending})" in why
    assert told(found) == []
    # Who says that whole groups were assigned says that rows are contacts.
    assert set(compared(table, cluster=name).table["verdict"]) != {"refused"}


def test_contacts_of_one_customer_are_no_calls_though_each_was_called() -> None:
    """Times, endings, agents and accounts repeat in tables of contacts too."""
    honest = with_times(people(), "created", "esito")
    assert "refused" not in set(compared(honest).table["verdict"])
    table = with_times(calls("customer_id"), "last_call_at", "esito")
    # Telephones of their own, arms of their own, or only one of the two that calls have.
    phones = table.assign(telefono=np.arange(len(table)) + 3_330_000_000)
    random = np.random.default_rng(17)
    arms = table.assign(arm=random.choice(["a", "b"], len(table)))
    for other in (phones, arms, table.drop(columns="esito"), table.drop(columns="last_call_at")):
        found = compared(other)
        assert "refused" not in set(found.table["verdict"])
        assert any("customer_id" in text for text in told(found))


@pytest.mark.parametrize(
    ("name", "endings"),
    [
        ("outcome", ["no answer", "sale"]),
        ("result", ["Voicemail", "Sale", "refused"]),
        ("status", ["NO_ANSWER", "SALE"]),
        ("Ergebnis", ["nicht erreicht", "Verkauf"]),
        ("résultat", ["pas de réponse", "vente"]),
        ("stato", ["Non risponde", "venduto"]),
        ("resultado", ["no contesta", "venta"]),
    ],
)
def test_endings_of_calls_are_known_by_what_they_say(name: str, endings: list[str]) -> None:
    table = with_times(calls("customer_id"), "when", "x").drop(columns="x")
    said = np.random.default_rng(18).choice(endings, len(table))
    found = compared(table.assign(**{name: said}))
    assert set(found.table["verdict"]) == {"refused"}
    assert f"ending of its own ({name})" in found.table["reason"].iloc[0]
    # The same column of contacts who stand once each, in accounts and with agents, is no matter.
    honest = with_times(people(), "when", name)
    honest[name] = np.random.default_rng(19).choice(endings, len(honest))
    for other in (honest, honest.assign(account_id=honest["company_id"], contact_id=honest.index)):
        assert told(compared(other)) == []
        assert "refused" not in set(compared(other).table["verdict"])


def test_contracts_of_one_customer_have_a_status_and_are_no_calls() -> None:
    table = with_times(calls("customer_id"), "created_at", "status")
    table["status"] = np.random.default_rng(20).choice(["active", "cancelled"], len(table))
    found = compared(table)
    assert "refused" not in set(found.table["verdict"])
    assert any("customer_id" in text for text in told(found))


@pytest.mark.parametrize(("again", "verdict"), [(1, "told"), (200, "told"), (400, "refused")])
def test_a_table_is_one_of_calls_only_where_most_rows_stand_beside_others(
    again: int, verdict: str
) -> None:
    """So many of 600 contacts stand twice: 2 ÷ 601, 400 ÷ 800 and 800 ÷ 1,000 of the rows."""
    random = np.random.default_rng(21)
    who = np.concatenate([np.arange(600), np.arange(again)])
    arm = random.permutation(["a", "b"] * 300)[who]
    table = with_times(pd.DataFrame({"arm": arm, "id_cliente": who, "sale": who % 7 == 0}))
    # The second call ends otherwise than the first.
    table["esito"] = np.where(np.arange(len(who)) < 600, "occupato", "vendita")
    found = compared(table)
    assert ("refused" in set(found.table["verdict"])) == (verdict == "refused")
    assert (told(found) != []) == (verdict == "told")


@pytest.mark.parametrize(
    ("file", "arm", "outcome"),
    [
        ("hillstrom.csv", "segment", "conversion"),
        ("bank-full.csv", "arm", "y"),
        ("bank-additional-full.csv", "arm", "y"),
    ],
)
def test_real_tables_are_said_nothing_about(
    real_data: Callable[[str], Path], file: str, arm: str, outcome: str
) -> None:
    table = pd.read_csv(real_data(file), sep=None, engine="python")
    if arm not in table:  # the bank's contacts were assigned to nothing: here at random
        table[arm] = np.random.default_rng(15).choice(["No E-Mail", "other"], len(table))
        table[outcome] = (table[outcome] == "yes").astype(int)
    found = evaluate(table, arm=arm, outcomes=[outcome], control="No E-Mail")
    assert told(found) == []
