"""A name tells which way is better only if every word of it is understood; else it is asked for."""

import pytest

from simkit.errors import InputError
from simkit.trial.direction import asked_of, less_is_better, tells_harm, told_direction
from simkit.trial.read.worth import check_worth

HARM = """
    opt_out Opt-Out OptOut30D opt_outs_30d n_opt_outs opted_out do_not_call do_not_call_requests dnc
    unsubscribed pct_unsubscribed unsubs_q1 unsubscribed_from_emails
    complaints n_complaints no_of_complaints any_complaint complaint_flag complaint_count
    complaints_per_contact complaints_per_1000_conversations contacts_who_complained
    complaints_2026 opt_out_day_30 opt_out_or_complaint
    complaints_received reclami_ricevuti customers_cancelled phone_complaints
    cancelled cancellations_within_14_days cancellations_in_the_first_14_days cancellation_rate
    reclami n_reclami reclami_30_giorni reclamiUltimi30Giorni reclami_su_100_clienti
    numero_di_reclami clienti_con_reclami disdetta disdette_entro_90_giorni disdette_al_mese
    tasso_disdetta ha_disdetto reclami_e_disdette richieste_di_recesso disiscrizioni cancellazioni
    Beschwerden Kündigungen kündigungen_in_30_Tagen Beschwerdequote anzahl_abmeldungen
    quejas quejas_por_contacto cancelaciones plaintes plaintes_sous_30_jours taux_de_plaintes
"""
LOSS = """
    churn_rate lost_customers clienti_persi refused abandoned_calls on_blacklist unpaid insoluti
    rata_insoluta impagos cost cost_eur cost_per_contact agent_cost_eur complaint_cost cost_of_calls
    costo costo_chiamate_eur costo_per_contatto_eur costo_reclami Kosten Anrufkosten couts
"""
GAIN = """
    sale Net-Sale net_sale sales_per_contact bought customers_who_bought sold_in_30_days
    conversion_rate orders orders_and_contracts order_value_eur revenue_eur net_value attended
    appointments renewed
    vendite n_vendite_30_giorni contratti rinnovi fatturato valore_eur Umsatz ventas achats
"""

#: Harm or gain that is denied, undone or less; how long it took; what may be of either kind.
ASKED = """
    no_complaints noComplaints complaint_free complaint_no complaint_0 not_cancelled beschwerdefrei
    senza_disdetta non_disdetto mai_reclamato sin_quejas sans_plainte no_cost
    disdetta_revocata revoca_disdetta disdetta_rifiutata disdette_evitate unsubscribe_confirmed
    clienti_da_disdetta opt_out_reversed refused_to_cancel opt_out_refused cancelled_complaints
    riduzione_reclami calo_reclami meno_reclami fewer_complaints complaint_decrease churn_reduction
    cost_savings kosten_gespart cancelled_costs reclami_chiusi reclami_risolti complaints_handled
    insoluti_pagati insoluti_incassati arrears_paid rimborsi_negati
    days_to_churn giorni_alla_disdetta churn_days churn_in_days giorni_disdetta
    cost_within_100 costo_entro_50_eur kosten_unter_100 complaints_below_2
    customers_per_complaint calls_per_opt_out cost_per_sale attempts_per_sale
    lost_sales no_sale cancelled_orders not_renewed value_after_churn still_there_after_complaint
    returns returned returned_customers customers_returned return_visits resi lost persi blocked
    failed ko esito_ko storni revocati chargeback penale contestazioni bad_debt perdite spam_reports
    hangups consent consenso ok clienti_attivi walks Klagor attempts callbacks
"""


@pytest.mark.parametrize("name", [*HARM.split(), *LOSS.split()])
def test_less_is_better_of_what_is_harm_or_cost_in_every_word_that_counts(name: str) -> None:
    assert told_direction(name) == "lower"
    assert asked_of(name) == ""


@pytest.mark.parametrize("name", GAIN.split())
def test_more_is_better_of_what_is_gain_in_every_word_that_counts(name: str) -> None:
    assert told_direction(name) == "higher"
    assert asked_of(name) == ""


@pytest.mark.parametrize("name", ASKED.split())
def test_a_name_with_one_word_that_may_turn_it_round_is_asked_for(name: str) -> None:
    assert asked_of(name).startswith("must be named in lower_is_better or higher_is_better: its")


@pytest.mark.parametrize(
    "name",
    [
        "!complaint",
        "-cost",
        "100-churn",
        "contacts - complaints",
        "contacts/complaint",
        "costs < 9",
    ],
)
def test_a_sign_turns_a_name_round_as_a_word_does(name: str) -> None:
    assert told_direction(name) is None
    assert not tells_harm(name)


@pytest.mark.parametrize("name", ["Opt-Out", "30-day churn", "reclami (30 giorni)", "n. reclami"])
def test_marks_that_stand_in_usual_labels_change_nothing(name: str) -> None:
    assert told_direction(name) == "lower"


def test_a_primary_outcome_may_be_better_in_no_direction_but_not_of_unknown_one() -> None:
    assert asked_of("attempts", decides=True) == ""
    assert asked_of("disdetta_revocata", decides=True).endswith(
        "which way it is better, and it decides"
    )


def test_harm_done_to_contacts_is_no_cost_and_nothing_that_is_asked_for() -> None:
    assert [name for name in HARM.split() if not tells_harm(name)] == []
    assert [name for name in (LOSS + GAIN + ASKED).split() if tells_harm(name)] == []


def test_a_guess_does_not_take_more_of_what_may_be_harm_for_a_gain() -> None:
    """It is said to be one wherever it is made."""
    for name in ("cancelled_orders", "reclami_gravi", "days_to_churn"):
        assert less_is_better(name)
    for name in ("walks", "attempts", "sale"):
        assert not less_is_better(name)


def test_a_long_name_is_read_in_no_time() -> None:
    """Of ways to read a part that multiply with each part, these would be 2 to the 400th."""
    assert told_direction("of_the_contacts_in_the_last_30_days_per_1000_" * 400 + "walks") is None


@pytest.mark.parametrize("worth", [40.0, -40.0])
@pytest.mark.parametrize(
    "name", ["lost_sales", "chargeback", "penale", "contestazioni", "bad_debt", "disdetta_revocata"]
)
def test_what_one_is_worth_needs_a_direction_that_its_name_tells_or_that_is_named(
    name: str, worth: float
) -> None:
    with pytest.raises(InputError, match="its name does not tell whether more of it is harm"):
        check_worth({name: worth}, [name])
    named = {"higher_is_better" if worth > 0 else "lower_is_better": [name]}
    check_worth({name: worth}, [name], **named)


@pytest.mark.parametrize(
    ("name", "worth"), [("sale", 40.0), ("vendite", 40.0), ("n_complaints", -15.0), ("costi", -1.0)]
)
def test_what_is_told_by_its_name_is_not_asked_for(name: str, worth: float) -> None:
    check_worth({name: worth}, [name])
    with pytest.raises(InputError, match="by its name it is"):
        check_worth({name: -worth}, [name])
