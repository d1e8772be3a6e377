"""Names of columns, in the languages of those who call: what tells of calls, and what does not."""

import numpy as np
import pandas as pd
import pytest

from simkit.errors import InputError
from simkit.trial import evaluate
from simkit.trial.vocabulary import (
    counts_assigned,
    counts_calls,
    is_rate_of_calls,
    names_a_contact,
    plain_name,
    told_of_calls,
)

AFTER = [
    *("calls", "n_calls", "attempts", "talk_s", "Callbacks", "call_duration", "reached"),
    *("chiamate", "nChiamate", "N. Chiamate", "telefonate", "tentativi", "richiami", "richiamo"),
    *("raggiunti", "contattati", "conversazioni", "risposte", "risposto", "esito", "esiti"),
    *("durata_chiamata", "durata_prima_chiamata", "esito ultima chiamata", "contatti_utili"),
    *("anrufe", "Gespräche", "llamadas", "appels", "appels répondu"),
    # Made, received, had: nothing says when; "passés" are those made, "prima" here is the first.
    *("chiamate fatte", "calls_made", "Anrufe erhalten", "llamadas_hechas", "appels passés"),
    *("n_appels_passes", "chiamate prima settimana", "chiamate_prima_fase", "esito prima chiamata"),
    # Already, of the contact or in the trial: it may have been counted there.
    *("già chiamato", "già contattato", "already_called", "bereits erreicht", "ya_contactado"),
    *("chiamate già fatte nel test", "calls already made during the trial", "calls_so_far"),
]
BEFORE_OR_ELSE = [
    *("calls_before", "callsBefore", "prior_calls", "calls_last_year", "attempts_last_12_months"),
    *("chiamate_prima", "chiamate_precedenti", "chiamate_ultimi_12_mesi", "storico_chiamate"),
    *("chiamate_anno_scorso", "Anrufe vorher", "llamadas_previas", "appels_précédents"),
    *("chiamate già fatte", "chiamate_gia_ricevute", "telefonate già avute", "chiamate passate"),
    *("chiamate pregresse", "contatti utili già avuti", "già fatte: chiamate", "chiamate prima"),
    *("calls already made", "calls_made_already", "calls_already_received", "past_calls"),
    *("bereits getätigte Anrufe", "Anrufe schon erhalten", "Anrufe im letzten Jahr"),
    *("frühere Anrufe", "Anrufe der letzten 12 Monate", "Anrufe im Vorjahr", "Anrufe zuvor"),
    *("llamadas ya hechas", "llamadas_ya_recibidas", "llamadas pasadas", "llamadas año pasado"),
    *("appels déjà passés", "appels déjà reçus", "appels de l'année dernière", "appels avant"),
    *("appels des 12 derniers mois", "appels antérieurs", "chiamate già fatte prima della prova"),
    *("call_center", "call_reason", "fascia_chiamata", "contacts_made", "callable", "recalled"),
    *("region", "age", "durata_contratto", "esito_credito", "spend", "orders_before", "prima"),
]


@pytest.mark.parametrize("name", AFTER)
def test_what_is_counted_in_the_trial_is_known_by_its_name(name: str) -> None:
    assert told_of_calls(name)


@pytest.mark.parametrize("name", BEFORE_OR_ELSE)
def test_what_was_before_the_trial_or_is_something_else_stays_allowed(name: str) -> None:
    assert not told_of_calls(name)


@pytest.mark.parametrize(
    "name",
    [
        *("sale_per_call", "salePerCall", "sales_among_the_reached", "vendite_per_chiamata"),
        *("vendite su chiamate", "venduto_se_risposto", "vendite_tra_i_raggiunti"),
        *("verkauf_pro_anruf", "ventas_por_llamada", "ventes_par_appel", "vendite_per_ora"),
    ],
)
def test_rates_per_call_are_known_in_each_language(name: str) -> None:
    assert is_rate_of_calls(name)


@pytest.mark.parametrize("name", ["vendite_per_contatto", "sale_per_contact", "costo_per_cliente"])
def test_rates_per_contact_are_no_rates_per_call(name: str) -> None:
    assert not is_rate_of_calls(name)


@pytest.mark.parametrize("name", ["n", "contacts", "nContatti", "assegnati", "Clienti assegnati"])
def test_a_number_of_those_assigned_is_known_by_its_name(name: str) -> None:
    assert counts_assigned(name)
    assert not counts_calls(name)


@pytest.mark.parametrize("name", ["n_x", "size", "totale", "contacts_made", "n_valid"])
def test_a_number_of_nobody_knows_what_is_not(name: str) -> None:
    assert not counts_assigned(name)
    assert not counts_calls(name)


@pytest.mark.parametrize("name", ["id", "id_cliente", "idCliente", "codice cliente", "customer_no"])
def test_an_id_of_contacts_is_known_by_its_name(name: str) -> None:
    assert names_a_contact(name)


@pytest.mark.parametrize("name", ["company_id", "id_regione", "zip_code", "customer_age", "valid"])
def test_other_ids_and_what_is_said_of_contacts_are_none(name: str) -> None:
    assert not names_a_contact(name)


def test_names_are_written_alike_whatever_their_case_marks_and_accents() -> None:
    alike = ("Opt-Out", "opt out", "optOut", "OPT_OUT ", "Ópt.Out")
    assert {plain_name(name) for name in alike} == {"opt_out"}


# -- what comes of it in an evaluation ---------------------------------------------------------


@pytest.mark.parametrize("size", ["chiamate", "contatti_raggiunti", "nTelefonate", "llamadas"])
def test_totals_per_call_are_refused_in_each_language(size: str) -> None:
    totals = pd.DataFrame({"arm": ["a", "b"], size: [880, 760], "sale": [43, 390]})
    found = evaluate(totals, outcomes=["sale"], control="a", n=size)
    assert found.table["verdict"].tolist() == ["refused"]
    assert "number of contacts assigned to each arm" in found.sentence()


@pytest.mark.parametrize(("size", "told"), [("n_x", 1), ("contatti", 0), ("n", 0)])
def test_a_number_whose_name_tells_nothing_is_said(size: str, told: int) -> None:
    totals = pd.DataFrame({"arm": ["a", "b"], size: [880, 760], "sale": [43, 390]})
    found = evaluate(totals, outcomes=["sale"], control="a", n=size)
    said = [text for text in found.warnings if f"whether {size} counts the contacts" in text]
    assert (found.table["verdict"].tolist(), len(said)) == (["better"], told)


def rows(name: str) -> pd.DataFrame:
    random = np.random.default_rng(7)
    table = pd.DataFrame({"arm": ["a", "b"] * 200, "sale": random.integers(0, 2, 400)})
    return table.assign(**{name: random.integers(0, 3, 400)})


@pytest.mark.parametrize("name", ["richiami", "chiamate", "talk_s", "calls", "durata_chiamata"])
def test_what_the_arm_brought_about_is_no_segment_and_no_covariate(name: str) -> None:
    rule = (
        "must be known before the assignment.*says so in its name, as calls_before or "
        "chiamate_precedenti"
    )
    with pytest.raises(InputError, match=f"segment == '{name}', {rule}"):
        evaluate(rows(name), outcomes=["sale"], control="a", segment=name)
    with pytest.raises(InputError, match=f"adjust == '{name}', {rule}"):
        evaluate(rows(name), outcomes=["sale"], control="a", adjust=[name])


@pytest.mark.parametrize("name", ["chiamate_prima", "calls_before", "call_center"])
def test_what_was_before_splits_and_adjusts(name: str) -> None:
    assert len(evaluate(rows(name), outcomes=["sale"], control="a", segment=name).table) == 3
    assert evaluate(rows(name), outcomes=["sale"], control="a", adjust=[name]).trustworthy


@pytest.mark.parametrize("name", ["reclami", "Disdette", "Beschwerden", "quejas", "n_reclami"])
def test_harm_is_harm_in_each_language(name: str) -> None:
    totals = pd.DataFrame({"arm": ["a", "b"], "n": 1_000, "vendite": [100, 200], name: [20, 300]})
    found = evaluate(totals, outcomes=["vendite", name], control="a").table
    assert found["verdict"].tolist() == ["better", "worse"]
