"""How often contacts were called is no arm, whatever the column and its values are called."""

import numpy as np
import pandas as pd
import pytest

from simkit.errors import InputError
from simkit.trial import evaluate
from simkit.trial.counted_names import count_of, open_count_of, tells_a_rhythm
from simkit.trial.read.counted_arms import counted_arms, look_counted

COUNTS = [
    *("calls_made", "n_attempts", "calls", "attempts", "call_count", "number of calls", "dials"),
    *("calls_30_days", "attempts_first_week", "calls_made_per_week", "actual_calls", "attempt_no"),
    *("numero_chiamate", "n_tentativi", "chiamate effettuate", "chiamate_30_giorni", "telefonate"),
    *("num_contatti", "n_contacts", "contacts_made", "fascia_chiamate", "calls_group"),
    *("Anzahl Anrufe", "llamadas", "nombre d'appels", "times_called", "volte_chiamato"),
    *("ncalls", "numcalls", "nCalls", "callcount", "ncontacts", "numchiamate", "ntentativi"),
    *("Anrufzahl", "Anrufanzahl", "anzahlanrufe", "numllamadas", "nbappels", "nb_appels"),
    *(
        "avg_calls_per_week",
        "mean_weekly_calls",
        "media_chiamate_al_mese",
        "calls_per_week_average",
    ),
    *("reached", "raggiunto", "risposto", "never_reached", "contacted", "connected", "talk_s"),
]
PLANS = [
    *(
        "arm",
        "interval_days",
        "recall_interval",
        "calls_per_week",
        "calls_per_month",
        "weekly_calls",
    ),
    *(
        "calls_intended",
        "max_calls",
        "planned",
        "policy",
        "calls_per_contact_planned",
        "call_policy",
    ),
    *("days_between_calls", "calls_every_7_days", "assigned_calls", "attempt_limit", "richiamo"),
    *("intervallo", "frequenza_chiamate", "chiamate_previste", "giorni_tra_chiamate", "giorni"),
    *("chiamate_al_mese", "chiamate_ogni_7_giorni", "intervallo_richiamo", "braccio", "gruppo"),
    *("Anrufe pro Woche", "Abstand", "llamadas_por_mes", "appels par mois", "calls_before"),
    *("maxcalls", "avg_calls_planned", "callplan", "recalls", "totalcallers", "callnumbering"),
    *("channel", "script", "agent", "Versuch", "call_arm", "soglia_chiamate"),
]


def refused(arms: list[str], column: str = "arm") -> bool:
    """Tell whether arms of a column, all of one size, are counts."""
    return any(counted_arms("table", column, dict.fromkeys(arms, 500)))


def table(arms: list[object], column: str = "arm", rows: int = 60) -> pd.DataFrame:
    """Contacts dealt to arms in turn, one in four of whom bought."""
    at = np.arange(rows * len(arms))
    bought = (at // len(arms) % 4 == 0).astype(int)
    return pd.DataFrame(
        {"contact_id": at, column: [arms[one % len(arms)] for one in at], "sale": bought}
    )


def falling(sizes: list[int], column: str = "campaign", first: int = 1) -> pd.DataFrame:
    """Contacts of whom so many have each number."""
    numbers = np.repeat(np.arange(first, first + len(sizes)), sizes)
    bought = (np.arange(len(numbers)) % 4 == 0).astype(int)
    return pd.DataFrame({"contact_id": np.arange(len(numbers)), column: numbers, "sale": bought})


@pytest.mark.parametrize("name", COUNTS)
def test_a_column_that_counts_calls_or_tells_who_was_reached_is_no_arm(name: str) -> None:
    assert refused(["1", "2"], name)


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("arms", [["1", "2", "3"], ["7", "14", "30"]])
def test_a_column_of_what_was_planned_may_be_the_arm(name: str, arms: list[str]) -> None:
    assert not refused(arms, name)


@pytest.mark.parametrize(
    "name",
    [
        *("actual_interval", "delivered_interval", "intervallo_effettivo", "avg_gap_days"),
        *("median_gap", "tatsächlicher_Abstand", "intervalo_real", "écart_moyen"),
    ],
)
def test_the_interval_that_came_of_the_calls_is_no_arm(name: str) -> None:
    assert refused(["7", "14"], name)
    assert refused(["7 days", "14 days"], name)


@pytest.mark.parametrize("name", ["intervalo_actual", "interval_days", "intervallo", "gap_days"])
def test_the_interval_that_was_meant_is_one(name: str) -> None:
    assert not refused(["7", "14"], name)


@pytest.mark.parametrize(
    "arms",
    [
        *(["7 days", "14 days"], ["daily", "weekly"], ["1 call a week", "3 calls a week"]),
        *(["ogni 7 giorni", "settimanale"], ["5wd", "20wd"], ["alle 7 Tage", "täglich"]),
    ],
)
@pytest.mark.parametrize("name", ["arm", "calls", "n_chiamate"])
def test_arms_called_after_a_rhythm_are_arms_in_any_column(arms: list[str], name: str) -> None:
    assert not refused(arms, name)


@pytest.mark.parametrize(
    "arms",
    [
        *(["1 call", "2 calls", "3+ calls"], ["1 chiamata", "2 chiamate", "3+ chiamate"]),
        *(["1", "2", "3+"], ["1-2", "3+"], ["0", "1", "more than 1"], ["1", "2", "3 o più"]),
        *(["1", "2", ">=3"], ["1", "2", "oltre 2"], ["1", "2", "3 oder mehr"]),
        *(["reached", "not reached"], ["raggiunti", "non raggiunti"], ["answered", "other"]),
    ],
)
@pytest.mark.parametrize("name", ["arm", "gruppo"])
def test_arms_with_an_open_end_or_of_those_reached_are_counted_not_assigned(
    arms: list[str], name: str
) -> None:
    assert refused(arms, name)
    assert not refused(arms, "calls_planned")


@pytest.mark.parametrize(
    "arms",
    [
        *(["1", "2", "3"], ["7", "14", "30+"], ["1 call", "2 calls"], ["current", "long"]),
        *(["called", "not called"], ["A", "B", "C+"], ["answered by mail", "by phone"]),
    ],
)
def test_arms_that_may_have_been_assigned_are_compared(arms: list[str]) -> None:
    assert not refused(arms)
    assert not refused(arms, "gruppo")


def test_a_comparison_by_number_of_calls_is_refused_with_what_to_name_instead() -> None:
    with pytest.raises(InputError) as error:
        evaluate(table([1, 2], "calls_made"), arm="calls_made", outcomes=["sale"], control="1")
    told = str(error.value)
    assert "arm == 'calls_made', must be what was assigned before the first call" in told
    assert "who buys at the first call is not called again" in told
    assert "Name the column of the arm each contact was assigned to" in told
    assert "expected" not in told


@pytest.mark.parametrize(("name", "arms"), [("calls_per_week", [1, 2, 3]), ("arm", [7, 14, 30])])
def test_numbers_of_what_was_planned_are_evaluated(name: str, arms: list[object]) -> None:
    found = evaluate(table(arms, name), arm=name, outcomes=["sale"], control=str(arms[0]))
    assert set(found.table["arm"]) == {str(arm) for arm in arms[1:]}


def test_totals_by_number_of_calls_are_no_trial() -> None:
    totals = pd.DataFrame({"calls": ["1", "2", "3+"], "n": [900, 900, 900], "sale": [90, 80, 70]})
    with pytest.raises(InputError, match="who buys at the first call is not called again"):
        evaluate(totals, arm="calls", outcomes=["sale"], control="1")


def test_numbers_of_ever_fewer_contacts_are_counts_in_one_message() -> None:
    """Sizes as of numbers of contacts in a campaign: halved by each, one contact at the end."""
    numbers = falling([4000, 2000, 1000, 500, 250, 125, 60, 30, 1, 1, 1])
    with pytest.raises(InputError) as error:
        evaluate(numbers, arm="campaign", outcomes=["sale"], control="1")
    (problem,) = error.value.problems
    assert "ever fewer contacts (1: 4,000, 2: 2,000, 3: 1,000, 4: 500, …)" in problem.rule


@pytest.mark.parametrize(
    "sizes",
    [
        *([900, 900, 880, 910, 905], [500, 300, 200, 150, 120], [900, 60]),
        *([8000, 500, 500, 500, 500], [6000, 1500, 1500, 500, 500], [22, 18, 16, 14, 2]),
    ],
)
def test_numbered_arms_of_sizes_that_trials_have_are_compared(sizes: list[int]) -> None:
    found = evaluate(falling(sizes), arm="campaign", outcomes=["sale"], control="1")
    assert len(found.table) == len(sizes) - 1


def test_a_failed_sample_ratio_of_falling_sizes_asks_for_counts_and_not_for_other_parts() -> None:
    found = evaluate(falling([900, 600, 400]), arm="campaign", outcomes=["sale"], control="1")
    (advice,) = found.checks.loc[found.checks["check"] == "sample ratio", "advice"]
    assert "if these are numbers of calls, how often a contact was called" in advice
    assert "expected" not in advice
    meant = evaluate(
        falling([900, 600, 400]),
        arm="campaign",
        outcomes=["sale"],
        control="1",
        expected_shares={"1": 9, "2": 6, "3": 4},
    )
    (verdict,) = meant.checks.loc[meant.checks["check"] == "sample ratio", "verdict"]
    assert verdict == "ok"


def test_a_failed_sample_ratio_of_other_arms_asks_whether_other_parts_were_meant() -> None:
    found = evaluate(falling([600, 900, 400]), arm="campaign", outcomes=["sale"], control="1")
    (advice,) = found.checks.loc[found.checks["check"] == "sample ratio", "advice"]
    assert "--expected-share" in advice


def test_sizes_fall_from_0_or_1_on_but_for_chance() -> None:
    assert look_counted({"0": 100, "1": 103, "2": 50})
    assert not look_counted({"7": 100, "14": 80, "30": 50})
    assert not look_counted({"1": 100, "2": 50})
    assert not look_counted({"1": 100, "2": 300, "3": 50})


def test_arms_of_one_contact_each_are_told_in_one_line() -> None:
    shown = table(["a", "b"]).assign(arm=["c", "d", *["a", "b"] * 59])
    with pytest.raises(InputError) as error:
        evaluate(shown, outcomes=["sale"], control="a")
    (problem,) = error.value.problems
    assert problem.value == ["c", "d"]
    assert problem.rule == "must each hold at least 2 contacts: one alone shows no spread"


def test_counts_are_read_with_their_ends() -> None:
    assert [count_of(text) for text in ("2", "2.0", "1-2", "2 chiamate", "long")] == [
        *((2, 2), (2, 2), (1, 2), (2, 2), None)
    ]
    open_ended = ("3+", "3+ calls", ">2", ">= 3", "almeno 3", "più di 2", "3 calls or more", "3")
    assert [open_count_of(text) for text in open_ended] == [*[3] * 7, None]


def test_a_rhythm_is_no_number_of_days_in_which_calls_were_counted() -> None:
    assert tells_a_rhythm("calls_per_30_days")
    assert not tells_a_rhythm("calls_30_days")
    assert not tells_a_rhythm("chiamate_primo_mese")


@pytest.mark.parametrize("name", ["ncalls", "avg_calls_per_week", "numchiamate", "nb_appels"])
def test_what_is_called_a_number_of_calls_is_one_whatever_its_arms_are_called(name: str) -> None:
    assert refused(["low", "high"], name)
    assert not refused(["7 days", "14 days"], name)  # which say what they do


def test_a_group_of_calls_may_be_assigned_where_its_arms_are_no_counts() -> None:
    for name in ("gruppo_chiamate", "contacted_group"):
        assert not refused(["A", "B"], name)
        assert refused(["1", "2", "3"], name)
