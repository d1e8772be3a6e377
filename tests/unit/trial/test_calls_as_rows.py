"""A row for each call is no table of contacts, whatever its columns are called."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from simkit.trial import Evaluation, evaluate

ROWS = 800
RANDOM = np.random.default_rng(41)
FIRST = pd.Timestamp("2026-03-02")
#: Numbers of calls of contacts who are called until they buy: each is rarer than the one before it.
NUMBERS = RANDOM.geometric(0.4, ROWS)
IDS = np.arange(ROWS) + 51_000
MOMENTS = FIRST + pd.to_timedelta(RANDOM.integers(0, 5_000_000, ROWS), "s")
DAYS = MOMENTS.normalize()
SECONDS = RANDOM.integers(0, 400, ROWS)
ENDED = MOMENTS + pd.to_timedelta(SECONDS, "s")
AT_NOON = FIRST + pd.Timedelta("12h") + pd.to_timedelta(RANDOM.integers(0, 9_000, ROWS), "s")
ENDED_AT_NOON = AT_NOON + pd.to_timedelta(SECONDS, "s")
AGENTS = RANDOM.choice(["Anna", "Bruno", "Carla"], ROWS)
ENDINGS = RANDOM.choice(["vendita", "non risponde", "rifiuto"], ROWS)


def rows(**columns: object) -> pd.DataFrame:
    """Rows in which arm b sells twice as often."""
    random = np.random.default_rng(42)
    arm = random.permutation(["a", "b"] * (ROWS // 2))
    sale = (random.random(ROWS) < np.where(arm == "b", 0.3, 0.15)).astype(int)
    return pd.DataFrame({"arm": arm, "sale": sale, **columns})


def compared(table: pd.DataFrame, **more: object) -> Evaluation:
    return evaluate(table, outcomes=["sale"], control="a", **more)


def refused(table: pd.DataFrame, **more: object) -> str:
    """Return why a table is refused; empty where it is not."""
    row = compared(table, **more).table.iloc[0]
    return str(row["reason"]) if row["verdict"] == "refused" else ""


ONE_CALL_EACH = {
    "id": [
        *[{name: IDS} for name in ("call_id", "callId", "id_chiamata", "ID chiamata", "CallID")],
        *[{name: IDS} for name in ("Anruf-ID", "id_llamada", "id_appel", "conversation_id")],
        *[{"codice_telefonata": [f"T{one}" for one in IDS]}, {"telefonata": IDS}],
    ],
    "number": [
        *[{name: NUMBERS} for name in ("tentativo", "n_tentativo", "numero_tentativo", "Attempt")],
        *[{name: NUMBERS} for name in ("telefonata", "call_no", "Attempt number", "n. chiamata")],
        *[{name: NUMBERS} for name in ("Wahlversuch", "Anruf Nr.", "intento", "tentative")],
        *[{name: NUMBERS} for name in ("callback_no", "nth_call", "n_richiamo", "n° appel")],
        *[{"tentativo": NUMBERS.astype(str)}, {"n_tentativo": np.arange(1, ROWS + 1)}],
        {"tentativo": pd.Categorical(NUMBERS)},
    ],
    "moment": [
        {"call_date": DAYS, "duration_s": SECONDS, "agent": AGENTS},
        {"ora_chiamata": MOMENTS.strftime("%H:%M"), "esito_chiamata": ENDINGS},
        {"data_chiamata": DAYS.strftime("%d/%m/%Y"), "durata": SECONDS, "operatore": AGENTS},
        {"Data e ora chiamata": MOMENTS, "x": ENDINGS},
        {"calldate": MOMENTS, "billsec": SECONDS, "status": ENDINGS},
        {"chiamata": MOMENTS.strftime("%d/%m/%Y"), "esito": ENDINGS},
        {"Anrufzeit": MOMENTS, "Dauer": SECONDS},
        {"fecha_llamada": DAYS, "duracion": SECONDS},
        {"date_appel": DAYS, "duree_s": SECONDS},
        {"call_date": DAYS, "talk_s": np.where(SECONDS > 200, SECONDS, np.nan)},
    ],
    "span": [
        {"start_time": MOMENTS, "end_time": ENDED},
        {"call_start": MOMENTS.astype(str), "call_end": ENDED.astype(str)},
        {"inizio": MOMENTS.strftime("%d/%m/%Y %H:%M"), "fine": ENDED.strftime("%d/%m/%Y %H:%M")},
        {"ora_inizio": AT_NOON.strftime("%H:%M"), "ora_fine": ENDED_AT_NOON.strftime("%H:%M")},
    ],
}
EACH = [columns for tables in ONE_CALL_EACH.values() for columns in tables]


@pytest.mark.parametrize("columns", EACH, ids=lambda columns: "-".join(columns))
def test_a_table_with_what_one_call_has_in_each_row_is_refused(columns: dict[str, object]) -> None:
    table = rows(**columns)
    (name, *_) = columns
    why = refused(table)
    assert why.startswith(f"the table holds a row for each call: {name}")
    assert "contacts were assigned, not calls" in why
    assert "give one row to every assigned contact" in why
    assert compared(table).sentence().startswith("No answer on")


@pytest.mark.parametrize("name", ["call_id", "tentativo"])
def test_calls_are_refused_beside_an_id_of_contacts_that_repeats_and_whatever_is_clustered(
    name: str,
) -> None:
    random = np.random.default_rng(43)
    who = np.sort(random.integers(0, 300, ROWS))
    arm = random.permutation(["a", "b"] * 150)[who]
    number = pd.Series(who).groupby(who).cumcount() + 1
    values = number if name == "tentativo" else IDS
    table = rows(id_cliente=who, **{name: values}).assign(arm=arm)
    assert refused(table).startswith("the table holds a row for each call")
    assert refused(table, cluster="id_cliente").startswith("the table holds a row for each call")


HONEST = [
    {"n_tentativi": NUMBERS, "data_ultima_chiamata": DAYS, "agent": AGENTS},
    {"n_tentativi": NUMBERS, "esito_ultima_chiamata": ENDINGS, "operatore": AGENTS},
    {"calls": NUMBERS - 1, "last_call_date": DAYS, "last_call_duration_s": SECONDS},
    {"first_call_at": MOMENTS, "agent_id": AGENTS, "status": ENDINGS},
    {"letzter_anruf_datum": DAYS, "anzahl_anrufe": NUMBERS, "dauer": SECONDS},
    {"call_center": AGENTS, "call_reason": ENDINGS, "fascia_chiamata": ENDINGS},
    {"best_call_time": MOMENTS.strftime("%H:%M"), "durata": NUMBERS},
    {"call_time": RANDOM.choice(["morning", "evening"], ROWS), "esito": ENDINGS},
    {"call_count": NUMBERS, "telefono": IDS},
    {"data": DAYS, "durata": NUMBERS},  # of a contract
    {"data_inizio": DAYS, "data_fine": DAYS + pd.to_timedelta(90, "D")},
    {"start": MOMENTS, "end": MOMENTS + pd.to_timedelta(NUMBERS, "D")},
    {"versuch": AGENTS, "n_contatti": NUMBERS - 1, "callback_number": IDS + 3_330_000_000},
    {"n_contatto": np.arange(ROWS) + 1},
    {"tentativo": NUMBERS - 1},  # with those never called: how many there were
    {"telefonata": NUMBERS > 1},
    {"numero_chiamata": IDS + 3_330_000_000},  # a telephone
    {"data_contatto": DAYS, "agente": AGENTS},
    {"call_attempts": NUMBERS - 1, "durata_chiamata": SECONDS, "agente": AGENTS},
    {"data_attivazione": DAYS, "durata_contratto": NUMBERS, "operatore": AGENTS},
    {"chiamate_precedenti": NUMBERS, "data_iscrizione": DAYS, "agente": AGENTS},
    # Half of them were never called: what a call has is unknown of them.
    {"call_id": np.where(SECONDS > 200, IDS, np.nan), "esito": ENDINGS},
    {"tentativo": np.where(SECONDS > 200, NUMBERS, np.nan)},
    {"call_date": pd.Series(DAYS).where(SECONDS > 200), "duration_s": SECONDS},
]


@pytest.mark.parametrize("columns", HONEST, ids=lambda columns: "-".join(columns))
def test_contacts_with_what_is_counted_or_was_last_are_no_calls(columns: dict[str, object]) -> None:
    found = compared(rows(**columns))
    assert found.table["verdict"].tolist() == ["better"]
    assert not any("rows may be calls" in text for text in found.doubts)


@pytest.mark.parametrize("columns", EACH, ids=lambda columns: "-".join(columns))
@pytest.mark.parametrize("name", ["contact_id", "id_cliente", "telefono"])
def test_rows_with_an_id_of_contacts_each_are_contacts_who_were_all_called(
    columns: dict[str, object], name: str
) -> None:
    found = compared(rows(**columns, **{name: IDS}))
    assert found.table["verdict"].tolist() == ["better"]
    assert sum("has been called at least once" in text for text in found.doubts) >= 1


@pytest.mark.parametrize(
    ("columns", "because"),
    [
        ({"call_date": DAYS}, "call_date tells of one call in each"),
        ({"call_date": DAYS, "agent": AGENTS}, "call_date tells of one call in each"),
        (
            {"data": DAYS, "durata": SECONDS, "operatore": AGENTS},
            "data, durata, operatore are what calls have",
        ),
        ({"start": MOMENTS, "duration": SECONDS, "agent": AGENTS}, "start, duration, agent are"),
        ({"created": MOMENTS, "length": SECONDS, "agent_id": AGENTS}, "created, length, agent_id"),
        ({"timestamp": MOMENTS, "duration": SECONDS, "x": ENDINGS}, "timestamp, duration, x are"),
        ({"data": MOMENTS, "durata": SECONDS}, "data, durata are what calls have"),
        ({"data": MOMENTS, "esito": ENDINGS}, "data, esito are what calls have"),
        ({"Versuch": NUMBERS}, "Versuch may number calls from 1 on"),
        ({"versuch_nr": NUMBERS}, "versuch_nr may number calls from 1 on"),
        ({"contatto_n": NUMBERS}, "contatto_n may number calls from 1 on"),
        ({"data_contatto": DAYS, "esito_contatto": ENDINGS}, "data_contatto, esito_contatto are"),
        (
            {"CallDurationInSeconds": SECONDS, "CallDisposition": ENDINGS},
            "CallDurationInSeconds, CallDisposition are",
        ),
    ],
)
def test_rows_that_may_be_calls_are_doubted_until_contacts_have_ids(
    columns: dict[str, object], because: str
) -> None:
    table = rows(**columns)
    found = compared(table)
    (told,) = [text for text in found.doubts if "rows may be calls" in text]
    assert because in told
    assert told[1:] in found.sentence()
    named = compared(table.assign(contact_id=IDS))
    assert not any("rows may be calls" in text for text in named.doubts)


def test_numbers_that_are_not_rarer_each_are_how_often_contacts_were_called() -> None:
    """Where 1 is rarer than 4, somebody was called a fourth time without a first."""
    often = np.random.default_rng(44).poisson(4, ROWS) + 1
    found = compared(rows(tentativo=often))
    assert found.table["verdict"].tolist() == ["better"]
    assert any("called at least once (tentativo)" in text for text in found.doubts)


@pytest.mark.parametrize(
    "columns", [{"tentativo": NUMBERS}, {"dialled_at": MOMENTS}, {"call_date": DAYS, "durata_s": 9}]
)
def test_of_rows_that_are_calls_nothing_is_said_of_contacts_who_were_all_called_or_reached(
    columns: dict[str, object],
) -> None:
    found = compared(rows(**columns))
    assert found.table["verdict"].tolist() == ["refused"]
    assert found.doubts == ()


def test_a_trial_that_is_called_versuch_counts_no_calls() -> None:
    found = compared(rows(versuch=NUMBERS + 1, contact_id=IDS))
    assert found.table["verdict"].tolist() == ["better"]
    assert found.doubts == ()


def test_calls_from_the_second_on_are_refused_too() -> None:
    assert "called at least 2 times (n_tentativo" in refused(rows(n_tentativo=NUMBERS + 1))


def test_the_calls_of_a_log_are_refused_as_rows(trial_log: Callable[..., object]) -> None:
    """With the columns' names of a dialler, and without those that a log has by itself."""
    calls = trial_log.attempts.merge(trial_log.contacts[["contact_id", "arm"]], on="contact_id")
    table = pd.DataFrame(
        {
            "arm": calls["arm"].astype(str),
            "sale": (calls["disposition"] == "sale").astype(int),
            "tentativo": calls["attempt_no"],
        }
    )
    found = evaluate(table, outcomes=["sale"], control="14 days")
    assert found.table["verdict"].tolist() == ["refused"]
    assert "tentativo numbers calls from 1 on" in found.table["reason"].iloc[0]
