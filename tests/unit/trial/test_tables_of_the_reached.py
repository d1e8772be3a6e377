"""Tables that hold only contacts who were reached or called, whatever their columns are called."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from simkit.trial import evaluate
from simkit.trial.read.only_reached import says_yes

Table = Callable[..., pd.DataFrame]

REACHED = [
    *[(name, 1) for name in ("reached", "risposto", "raggiunto", "Erreicht", "contestado")],
    *[("Ha risposto?", "Sì"), ("answered", True), ("repondu", "oui"), ("n_raggiunti", 3)],
    *[("esito_contatto", "risposto"), ("Esito", "Raggiunto"), ("contatto utile", "x")],
    *[("contact_result", "live person"), ("call result", "RPC"), ("esito", "contatto utile")],
    *[("risposto", "1"), ("n_raggiunti", "3")],
    ("answered_at", pd.Timestamp("2026-05-04 09:30")),
]
BY_DIALLERS = [
    *[(name, 1) for name in ("connected", "was_connected", "call_connected", "rpc", "right_party")],
    *[("Right Party Contact", "Y"), ("live_contact", "yes"), ("picked_up", True)],
    *[("contact_made", "Y"), ("joignable", "oui"), ("Contatto con esito", "sì"), ("erreichbar", 1)],
    *[("contacto efectivo", "sí"), ("never_reached", 0), ("not_reached", False), ("no_answer", 0)],
    *[("unreachable", "no"), ("non_risponde", "no"), ("nicht erreicht", "nein")],
    *[("no contesta", "no"), ("injoignable", "non")],
]
TALKED = [
    *[(name, 12.5) for name in ("talk_seconds", "Talk time", "total_talk_min", "minutes_spoken")],
    *[(name, 1) for name in ("n_talks", "talks", "n_conversations", "conversation_count")],
    *[("minuti_parlati", 2.5), ("minuti_parlati", "2,5"), ("durata_conversazione", "00:02:10")],
    *[("Tempo di conversazione", pd.Timedelta("2 min")), ("ha_parlato", "sì"), ("talked", True)],
    *[("Gesprächsdauer", 75), ("sprechzeit", 75), ("Gesprächszeit (Sekunden)", 75.0)],
    *[("minutos_hablados", 1.5), ("duracion_conversacion", 80), ("tiempo_hablado", 80)],
    *[("Durée de conversation", 80), ("minutes_parlees", 0.5), ("temps_de_conversation", 9)],
]
ANSWERS = [
    *[(name, "SI") for name in ("risposta", "Risposta?", "respuesta", "Antwort", "reponse")],
    *[("answer", "yes"), ("parlato_con", 1), ("ha_parlato_con_cliente", "sì"), ("talked_to", True)],
    *[("gesprochen_mit", "ja"), ("hablado_con", 1), ("parle_avec", "oui"), ("spoken with", "y")],
    *[("secondi", 55), ("Secondi", "55"), ("seconds", 1.5), ("n_secondi", 9), ("total_seconds", 9)],
]
NO_TALK = [
    *[("talk_seconds_before", 12.5), ("minuti_parlati_anno_scorso", 3), ("lingua_parlata", 2)],
    *[("language_spoken", "yes"), ("talk_topic", 4), ("talk_seconds", 0), ("n_parole", 7)],
    *[("secondi", 0), ("seconds_on_site", 40), ("secondi_sul_sito", 40), ("parlato_con", "no")],
    *[("durata", 12), ("durata_contratto", 24), ("duration_months", 12), ("risposta_attesa", 1)],
    *[("non_contattato", 1), ("contattato_prima", 1), ("risposta_campagna_precedente", "si")],
]
NOT_REACHED = [
    *[("risposto_prima", 1), ("reached_last_year", 1), ("non_raggiunto", 1), ("reachable", 1)],
    *[("contattabile", "sì"), ("risposto", 0), ("status", "active"), ("reached_share", 0.5)],
]


@pytest.fixture
def table(contacts_table: Table) -> pd.DataFrame:
    return contacts_table({"a": 60, "b": 60}, {"a": 0.1, "b": 0.5})


@pytest.mark.parametrize(("name", "value"), REACHED + BY_DIALLERS + TALKED + ANSWERS)
def test_a_column_that_says_reached_of_everybody_refuses_the_table(
    table: pd.DataFrame, name: str, value: object
) -> None:
    found = evaluate(table.assign(**{name: value}), outcomes=["sale"], control="a")
    (row,) = found.table.itertuples()
    assert row.verdict == "refused"
    assert f"only contacts who were reached ({name} says so in every row)" in row.reason
    assert "whom an arm reaches is its own doing" in found.sentence()


@pytest.mark.parametrize(("name", "value"), NOT_REACHED + NO_TALK)
def test_what_was_before_or_says_something_else_refuses_nothing(
    table: pd.DataFrame, name: str, value: object
) -> None:
    found = evaluate(table.assign(**{name: value}), outcomes=["sale"], control="a")
    assert found.table["verdict"].tolist() == ["better"]


def test_a_time_of_talk_that_many_have_none_of_is_fine_and_one_that_hardly_anybody_lacks_is_not(
    contacts_table: Table,
) -> None:
    """Of 600 at least 18 are never reached: 3 or fewer have a chance of .000013."""
    many = contacts_table({"a": 300, "b": 300}, {"a": 0.1, "b": 0.5})
    talked = np.where(np.arange(600) % 3 > 0, 42.5, 0.0)
    found = evaluate(many.assign(talk_seconds=talked), outcomes=["sale"], control="a")
    assert found.table["verdict"].tolist() == ["better"]
    assert not any("talk_seconds" in text for text in (*found.warnings, found.sentence()))
    unknown = np.where(talked > 0, talked, np.nan)  # 0 and unknown are both no talk
    blank = evaluate(many.assign(talk_seconds=unknown), outcomes=["sale"], control="a")
    assert blank.table["verdict"].tolist() == ["better"]
    few = np.where(np.arange(600) < 3, 0.0, 42.5)
    doubted = evaluate(many.assign(talk_seconds=few), outcomes=["sale"], control="a")
    assert any("by talk_seconds only 3 of 600 contacts were not" in one for one in doubted.warnings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("connected_devices", 1), ("connected", 0), ("rpc_last_year", 1), ("busy", 0)],
        *[("no_answer", 1), ("never_reached_before", 0), ("voicemail", 0)],
    ],
)
def test_what_only_sounds_like_a_dialler_refuses_nothing(
    table: pd.DataFrame, name: str, value: object
) -> None:
    found = evaluate(table.assign(**{name: value}), outcomes=["sale"], control="a")
    assert found.table["verdict"].tolist() == ["better"]


def test_connected_as_a_mixture_is_fine(table: pd.DataFrame) -> None:
    mixed = table.assign(connected=np.arange(len(table)) % 2, no_answer=np.arange(len(table)) % 3)
    found = evaluate(mixed, outcomes=["sale"], control="a")
    assert found.table["verdict"].tolist() == ["better"]
    assert found.doubts == ()


@pytest.mark.parametrize(
    ("name", "endings", "unanswered"),
    [
        ("last_disposition", ["Sold", "Not interested", "Call back"], "No answer"),
        ("status", ["Sold", "Refused"], "Busy"),
        ("esito", ["venduto", "non interessato", "richiamare"], "segreteria"),
        ("Ergebnis", ["Verkauf", "kein Interesse"], "nicht erreicht"),
        ("status", ["SALE", "CALLBACK"], "NA"),
    ],
)
def test_endings_of_several_hundred_none_of_which_was_unanswered_are_doubted(
    contacts_table: Table, name: str, endings: list[str], unanswered: str
) -> None:
    """Of 300 at least 3 % are never reached: that none is has a chance of .97³⁰⁰ = 1e-4."""
    many = contacts_table({"a": 150, "b": 150}, {"a": 0.1, "b": 0.5})
    said = np.resize(np.array(endings, dtype=object), len(many))
    found = evaluate(many.assign(**{name: said}), outcomes=["sale"], control="a")
    assert found.table["verdict"].tolist() == ["better"]
    assert sum(text.startswith(f"{name} holds how calls ended") for text in found.doubts) == 1
    said[::9] = unanswered
    fine = evaluate(many.assign(**{name: said}), outcomes=["sale"], control="a")
    assert not any("holds how calls ended" in text for text in fine.doubts)


@pytest.mark.parametrize(
    ("name", "value"), [("contacted", 1), ("chiamato", "si"), ("called", True), ("chiamate", 1)]
)
def test_that_everybody_was_called_is_doubted_by_any_name(
    table: pd.DataFrame, name: str, value: object
) -> None:
    found = evaluate(table.assign(**{name: value}), outcomes=["sale"], control="a")
    assert found.table["verdict"].tolist() == ["better"]
    assert sum(f"called at least once ({name})" in text for text in found.warnings) == 1


@pytest.mark.parametrize("fewest", [2, "2"])
@pytest.mark.parametrize(
    "name", ["attempts", "tentativi", "n_chiamate", "Anrufe", "call_attempts", "n_tentativo"]
)
def test_only_contacts_called_twice_are_refused_by_any_name(
    table: pd.DataFrame, name: str, fewest: object
) -> None:
    row = evaluate(table.assign(**{name: fewest}), outcomes=["sale"], control="a").table.iloc[0]
    assert row["verdict"] == "refused"
    assert f"called at least 2 times ({name} says so in every row)" in row["reason"]


def test_an_arm_of_the_reached_alone_beside_a_whole_one_is_doubted(table: pd.DataFrame) -> None:
    """Of b 45 of 60 were reached: that all 60 of a were has a chance of .75⁶⁰ = 3e-8."""
    reached = np.r_[np.ones(60), np.ones(45), np.zeros(15)]
    found = evaluate(table.assign(risposto=reached), outcomes=["sale"], control="a")
    (told,) = [text for text in found.warnings if "were taken out" in text]
    assert "by risposto all 60 contacts of a were reached, and 45 of 60 of b" in told
    # One of sixty not reached: .983⁶⁰ = .36 is chance.
    reached = np.r_[np.ones(60), np.ones(59), np.zeros(1)]
    found = evaluate(table.assign(risposto=reached), outcomes=["sale"], control="a")
    assert not [text for text in found.warnings if "were taken out" in text]


@pytest.mark.parametrize("left", [1, 3])
def test_a_few_left_in_who_were_not_reached_do_not_hide_the_others(
    contacts_table: Table, left: int
) -> None:
    """Of 600 at least 18 are never reached: 3 or fewer have a chance of .000013."""
    many = contacts_table({"a": 300, "b": 300}, {"a": 0.1, "b": 0.5})
    found = evaluate(many.assign(reached=np.arange(600) >= left), outcomes=["sale"], control="a")
    assert sum(f"only {left:,} of 600 contacts were not reached" in text for text in found.warnings)
    alike = evaluate(many.assign(reached=np.arange(600) % 33 > 0), outcomes=["sale"], control="a")
    assert not any("were not reached" in text for text in alike.warnings)


def test_a_large_arm_of_the_reached_alone_is_refused(contacts_table: Table) -> None:
    """Where 3 of 100 are never reached, 300 have none of them in 1 of 9,000 trials."""
    many = contacts_table({"a": 300, "b": 300}, {"a": 0.1, "b": 0.5})
    known = many.assign(reached=many["arm"] == "b")
    row = evaluate(known, outcomes=["sale"], control="a").table.iloc[0]
    assert row["verdict"] == "refused"
    assert "by reached all 300 contacts of b were reached, and 0 of 300 of a" in row["reason"]


@pytest.mark.parametrize(("name", "value"), [("last_campaign", "reached"), ("status", "Reached")])
def test_a_text_that_may_be_of_something_else_is_doubted(
    table: pd.DataFrame, name: str, value: str
) -> None:
    found = evaluate(table.assign(**{name: value}), outcomes=["sale"], control="a")
    assert found.table["verdict"].tolist() == ["better"]
    assert sum(text.startswith(f"{name} is yes in every row") for text in found.warnings) == 1


def test_a_name_that_may_tell_of_something_else_is_doubted(table: pd.DataFrame) -> None:
    found = evaluate(table.assign(answered_survey=1), outcomes=["sale"], control="a")
    assert found.table["verdict"].tolist() == ["better"]
    assert (
        sum(text.startswith("answered_survey is yes in every row") for text in found.warnings) == 1
    )


def test_an_outcome_known_only_of_those_who_answered_is_refused_by_any_name(
    table: pd.DataFrame,
) -> None:
    answered = np.arange(120) % 3 > 0
    known = table.assign(risposto=answered, sale=table["sale"].where(answered))
    row = evaluate(known, outcomes=["sale"], control="a").table.iloc[0]
    assert row["verdict"] == "refused"
    assert "known only for contacts who were reached" in row["reason"]


@pytest.mark.parametrize("name", ["risposta", "Risposta?", "answer", "Antwort", "respuesta"])
@pytest.mark.parametrize("values", [[1, 2, 3, 4, 5], [1, 2], ["1", "2", "3"], [1, 4, None]])
def test_an_answer_of_more_than_yes_and_no_is_one_of_a_survey(
    table: pd.DataFrame, name: str, values: list[object]
) -> None:
    said = pd.Series(values)[np.arange(len(table)) % len(values)].to_numpy()
    found = evaluate(table.assign(**{name: said}), outcomes=["sale"], control="a")
    assert (found.table["verdict"].tolist(), found.doubts) == (["better"], ())


def test_numbers_of_answers_say_who_was_reached(table: pd.DataFrame) -> None:
    for name in ("n_risposte", "numero_risposta", "n_raggiunti"):
        counted = table.assign(**{name: np.arange(len(table)) % 3 + 1})
        found = evaluate(counted, outcomes=["sale"], control="a")
        assert found.table["verdict"].tolist() == ["refused"]


def test_yes_is_read_in_words_numbers_and_times() -> None:
    words = pd.Series(["Sì", "no", None, "ja", "raggiunto", "0", "1"])
    assert says_yes(words).tolist() == [True, False, False, True, True, False, True]
    assert says_yes(pd.Series([1, 0, 2.5, 3, np.nan])).tolist() == [True, False, False, True, False]
    assert says_yes(pd.Series([True, None], dtype="boolean")).tolist() == [True, False]
    assert says_yes(pd.Series(pd.to_datetime(["2026-05-04", None]))).tolist() == [True, False]


@pytest.mark.parametrize("name", ["contattato", "Contattati", "ha contattato", "contactado"])
def test_contacted_is_reached_in_the_languages_that_say_so(table: pd.DataFrame, name: str) -> None:
    found = evaluate(table.assign(**{name: "sì"}), outcomes=["sale"], control="a")
    (row,) = found.table.itertuples()
    assert row.verdict == "refused"
    assert f"only contacts who were reached ({name} says so in every row)" in row.reason
    assert f"if {name} says who was dialled, name it called" in row.reason
    some = table.assign(**{name: np.resize(["sì", "no", "sì"], len(table))})
    fine = evaluate(some, outcomes=["sale"], control="a")
    assert (fine.table["verdict"].tolist(), fine.doubts) == (["better"], ())


@pytest.mark.parametrize(
    "name", ["call_duration", "duration_s", "durata_secondi", "Durata chiamate", "Anruf Dauer"]
)
def test_a_length_of_calls_above_0_in_every_row_is_doubted_since_it_may_hold_the_ringing(
    table: pd.DataFrame, name: str
) -> None:
    found = evaluate(table.assign(**{name: 42}), outcomes=["sale"], control="a")
    assert found.table["verdict"].tolist() == ["better"]
    assert sum(text.startswith(f"{name} is above 0 in every row") for text in found.doubts) == 1
    some = table.assign(**{name: np.arange(len(table)) % 3 * 40})
    assert evaluate(some, outcomes=["sale"], control="a").doubts == ()
