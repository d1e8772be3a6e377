"""A look's claim is of the contacts that it saw and of their results: others are told apart."""

import dataclasses
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from two_speeds import both, design, look_of, table

from simkit.calllog import CallLog
from simkit.calllog.stored import open_call_log
from simkit.policy import RecallPolicy
from simkit.trial import Evaluation, evaluate
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.looks.ledger import read_ledger, write_ledger
from simkit.trial.monitor import monitor
from simkit.trial.read.marks import hash_of_ids, marks_of

OTHERS = "saw other contacts than are here, or other results of them"
HALF = both(200, 400)
DAY = "2026-02-20"


# -- tables, by their estimates ------------------------------------------------------------------


def claimed(path: Path, by: TrialDesign) -> None:
    """A ledger with a look at half of the contacts: z is 3.6, and the bound 2.16 (ldbounds)."""
    z = both(3.6, 1.0)
    write_ledger(path, by, [])
    found = evaluate(table(HALF, z), design=by, segment="segment", ledger=path)
    write_ledger(path, by, [look_of(found, HALF, 9)])


def verdict(found: Evaluation) -> tuple[str, str]:
    row = found.table[found.table["segment"] == "b2c"].iloc[0]
    return row["verdict"], row["reason"]


def test_other_results_of_as_many_contacts_have_no_claim_of_the_look(tmp_path: Path) -> None:
    by, path = design(), tmp_path / "looks.toml"
    claimed(path, by)
    same = evaluate(table(HALF, both(3.6, 1.0)), design=by, segment="segment", ledger=path)
    other = evaluate(table(HALF, both(1.0, 1.0)), design=by, segment="segment", ledger=path)
    assert verdict(same) == ("better", "")
    assert not any(OTHERS in text for text in (*same.doubts, same.sentence()))
    told, why = verdict(other)
    assert told == "cannot tell"
    assert f"the look of 2026-03-09 {OTHERS}" in why
    (said,) = (text for text in other.doubts if OTHERS in text)
    assert said.startswith(f"in b2c the look of 2026-03-09 {OTHERS} (was the export corrected?)")
    assert said.endswith("what the looks claimed is of what they saw, and is not claimed here")
    assert said[1:] in other.sentence()
    assert said in other.warnings


def test_after_the_end_other_results_are_not_told_that_its_claim_stands(tmp_path: Path) -> None:
    by, path = design(), tmp_path / "looks.toml"
    claimed(path, by)
    (made,) = read_ledger(path, by)
    write_ledger(path, by, [dataclasses.replace(made, final=True)])
    other = evaluate(table(HALF, both(1.0, 1.0)), design=by, segment="segment", ledger=path)
    ended = "b2c ended with the look of 2026-03-09: what is not just what it saw claims nothing new"
    assert ended in other.looks
    told = (other.sentence(), *other.checks["meaning"])
    assert not any("by then stands" in text for text in told)
    assert verdict(other)[0] == "cannot tell"


def test_what_a_rewritten_file_loses_of_its_digits_is_no_other_result(tmp_path: Path) -> None:
    by, path = design(), tmp_path / "looks.toml"
    claimed(path, by)
    rounded = table(HALF, both(3.6, 1.0)).round({"visits": 6})
    found = evaluate(rounded, design=by, segment="segment", ledger=path)
    assert verdict(found) == ("better", "")


# -- logs, by ids and by what came of each contact -----------------------------------------------

DAYS = {f"{days} days": RecallPolicy.every(days=days) for days in (7, 14)}


def registered(**changes: Any) -> TrialDesign:
    fields: dict[str, Any] = {
        "name": "spring",
        "arms": {"b2c": DAYS},
        "control": {"b2c": "14 days"},
        "salt": "spring",
        "horizon_days": 30.0,
        "primary": "sale",
        "unit": "account",
        "looks": Looks(fractions=(0.5, 1.0)),
        "contacts": {"b2c": 480},
    }
    return TrialDesign(**{**fields, **changes})


def others(log: CallLog) -> CallLog:
    """As many contacts, and everybody did as before; one of them is somebody else."""
    contacts, attempts = log.contacts.copy(), log.attempts.copy()
    for rows in (contacts, attempts):
        rows["contact_id"] = rows["contact_id"].replace({7: 7_000})
    return dataclasses.replace(log, contacts=contacts, attempts=attempts)


def corrected(log: CallLog) -> CallLog:
    """One sale was none."""
    attempts = log.attempts.copy()
    sale = attempts.index[attempts["disposition"] == "sale"][0]
    attempts.loc[sale, "disposition"] = "no_answer"
    return dataclasses.replace(log, attempts=attempts)


def repriced(log: CallLog) -> CallLog:
    """One sale was worth a cent."""
    attempts = log.attempts.copy()
    sale = attempts.index[attempts["disposition"] == "sale"][0]
    worth = attempts["value_cents"].astype("Int64")
    worth.loc[sale] = 1
    return dataclasses.replace(log, attempts=attempts.assign(value_cents=worth))


def doubted(log: Any, path: Path) -> list[str]:
    found = evaluate(log, design=registered(), ledger=path, checks="assignment")
    return [text for text in found.doubts if OTHERS in text]


@pytest.fixture
def ledger(trial_log: CallLog, tmp_path: Path) -> Path:
    path = tmp_path / "looks.toml"
    monitor(trial_log, registered(), as_of=DAY, ledger=path)
    return path


@pytest.mark.parametrize(
    ("change", "count"), [(None, 0), (others, 1), (corrected, 1), (repriced, 1)]
)
def test_a_log_of_others_or_a_corrected_one_is_told_from_what_a_look_saw(
    trial_log: CallLog, ledger: Path, tmp_path: Path, change: Any, count: int
) -> None:
    log = trial_log if change is None else change(trial_log)
    assert len(doubted(log, ledger)) == count
    assert len(doubted(open_call_log(log.write(tmp_path / "log")), ledger)) == count


def test_who_came_after_a_look_does_not_hide_that_others_stand_in_for_whom_it_saw(
    trial_log: CallLog, tmp_path: Path
) -> None:
    contacts, path = trial_log.contacts.copy(), tmp_path / "looks.toml"
    late, attempts = contacts.tail(40).index, trial_log.attempts
    contacts.loc[late, "entered_at"] += pd.Timedelta(days=15)
    made = attempts[~attempts["contact_id"].isin(contacts.loc[late, "contact_id"])]
    log = dataclasses.replace(trial_log, contacts=contacts, attempts=made.reset_index(drop=True))
    seen = monitor(log, registered(), as_of=DAY, ledger=path).last
    assert seen["n"].iloc[0] + seen["n_control"].iloc[0] == 200
    assert not doubted(log, path)
    assert len(doubted(others(log), path)) == 1


def test_a_ledger_written_before_looks_had_marks_is_read_and_judged_by_its_estimates(
    trial_log: CallLog, ledger: Path
) -> None:
    by = registered()
    (made,) = read_ledger(ledger, by)
    assert all(len(row.mark) == 32 for row in made.seen)
    bare = tuple(dataclasses.replace(row, mark="") for row in made.seen)
    write_ledger(ledger, by, [dataclasses.replace(made, seen=bare)])
    content = ledger.read_text().replace('mark = ""\n', "")
    assert "mark" not in content
    assert not doubted(trial_log, ledger)
    assert len(doubted(corrected(trial_log), ledger)) == 1


def test_monitor_says_where_the_log_holds_others_for_the_day_of_a_look(
    trial_log: CallLog, ledger: Path
) -> None:
    by, kept = registered(), ledger.read_text()
    said = f"the look of {DAY} saw other contacts than this log holds for that day"
    anew = f"the look of {DAY} stood in the ledger with other contacts, or other results"
    for log, day, text in (
        (others(trial_log), "2026-03-01", said),
        (corrected(trial_log), DAY, anew),
    ):
        ledger.write_text(kept)
        assert text in monitor(log, by, as_of=day, ledger=ledger).warnings[0]
    ledger.write_text(kept)
    for day in (DAY, "2026-03-01"):
        warnings = monitor(trial_log, by, as_of=day, ledger=ledger).warnings
        assert not any(f"the look of {DAY}" in text for text in warnings)


# -- marks ---------------------------------------------------------------------------------------


def test_marks_do_not_hang_on_order_or_on_how_ids_are_written(trial_log: CallLog) -> None:
    moments = [pd.Timestamp(f"{DAY} 00:00:00+01:00")]
    marks = marks_of(trial_log, 30.0, moments)
    assert marks[0] == marks[1]
    assert set(marks[0]) == {("b2c", "7 days"), ("b2c", "14 days")}
    turned = trial_log.contacts.iloc[::-1].reset_index(drop=True)
    assert marks_of(dataclasses.replace(trial_log, contacts=turned), 30.0, moments) == marks
    contacts, attempts = trial_log.contacts.copy(), trial_log.attempts.copy()
    for rows in (contacts, attempts):
        rows["contact_id"] = rows["contact_id"].astype(str)
    as_text = dataclasses.replace(trial_log, contacts=contacts, attempts=attempts)
    assert marks_of(as_text, 30.0, moments) == marks
    # Nobody was followed for 30 days by then.
    assert set(marks_of(trial_log, 30.0, [moments[0] - pd.Timedelta(days=20)])[0].values()) == {
        "0" * 16
    }


def test_sales_that_are_cancelled_after_a_look_are_no_other_results(trial_log: CallLog) -> None:
    attempts = trial_log.attempts.copy()
    sale = attempts.index[attempts["disposition"] == "sale"][0]
    attempts.loc[sale, "cancelled_at"] = attempts.loc[sale, "dialled_at"] + pd.Timedelta(days=9)
    later = dataclasses.replace(trial_log, attempts=attempts)
    assert marks_of(later, 30.0, []) == marks_of(trial_log, 30.0, [])


def test_ids_have_hashes_of_their_own() -> None:
    ids = ["1", "01", "-1", "A1", "10000000000000000000", "", "1.0", "A1\0", "A-0000001", "è"]
    found = hash_of_ids(pa.array(ids))
    assert len(set(found.tolist())) == len(ids)
    assert hash_of_ids(pa.array(ids)[3:]).tolist() == found[3:].tolist()
    assert found[0] == hash_of_ids(pa.array([1]))[0]
    assert found[2] == hash_of_ids(pa.array([-1]))[0]
    # Splitmix64 of state 0 and of state 1, as of the authors' code (prng.di.unimi.it): the first
    # number of the generator that is seeded with it.
    first = hash_of_ids(pa.array([0, 1])).tolist()
    assert first == [0xE220A8397B1DCDAF, 0x910A2DEC89025CC1]
