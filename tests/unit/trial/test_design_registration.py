"""A design that does not show that it was registered before the first call is said not to."""

import dataclasses
from datetime import date, datetime
from pathlib import Path

import pytest
from made_trial import POLICIES, START, made

from simkit.calllog import CallLog
from simkit.calllog.stored import open_call_log
from simkit.errors import InputError
from simkit.trial import check_trial, evaluate
from simkit.trial.checks.registration import DESIGN_FILE, REGISTERED_ON
from simkit.trial.design import TrialDesign, load_design
from simkit.trial.monitor import monitor
from simkit.trial.read.began import Began, began

FIRST_DAY = START.date()  # contacts enter, and are called, from the first Monday on


def design(registered_on: date | str | None = date(2026, 1, 9)) -> TrialDesign:
    return TrialDesign(
        name="winter",
        arms=POLICIES,
        control={"b2c": "7 days"},
        salt="winter",
        horizon_days=90.0,
        primary="sale",
        contacts={"b2c": 800},
        registered_on=registered_on,
    )


def hand_written(folder: Path) -> Path:
    path = design().write(folder / "trial.toml")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("identity")), "utf-8")
    return path


@pytest.fixture(scope="module")
def log() -> CallLog:
    return made().log()


def verdicts(found: object, name: str) -> list[str]:
    checks = found.table if hasattr(found, "passed") else found.checks  # type: ignore[attr-defined]
    return list(checks.loc[checks["check"] == name, "verdict"])


def test_a_file_written_by_hand_is_told_wherever_results_are_read(
    log: CallLog, tmp_path: Path
) -> None:
    path = hand_written(tmp_path)
    evaluated = evaluate(log, design=path)
    looked = monitor(log, path, earlier=[])
    checked = check_trial(log, design=path)
    for found in (evaluated, looked, checked):
        assert verdicts(found, DESIGN_FILE) == ["warning"]
    said = "nothing shows that it is the file that was registered"
    assert said in evaluated.sentence()
    for told in (evaluated.warnings, looked.warnings, checked.sentences()):
        assert sum(said in text for text in told) == 1


def test_a_file_as_it_was_written_is_not_told_of(log: CallLog, tmp_path: Path) -> None:
    path = design().write(tmp_path / "trial.toml")
    assert verdicts(evaluate(log, design=path), DESIGN_FILE) == []
    assert verdicts(check_trial(log, design=path), DESIGN_FILE) == []


def test_a_copy_of_a_design_written_by_hand_is_no_better(tmp_path: Path) -> None:
    found = load_design(hand_written(tmp_path))
    assert found.without_identity
    assert found.replace(alpha=0.1).without_identity
    assert found.only(["b2c"]).without_identity
    assert not load_design(found.write(tmp_path / "registered.toml")).without_identity


@pytest.mark.parametrize(
    ("day", "verdict"),
    [
        (date(2026, 1, 9), "ok"),
        (FIRST_DAY, "ok"),  # a day has no hours
        (date(2026, 1, 13), "fail"),
        (date(2026, 5, 1), "fail"),
        (None, "warning"),
    ],
)
def test_a_design_must_be_registered_before_the_first_call(
    log: CallLog, day: date | None, verdict: str
) -> None:
    found = evaluate(log, design=design(day))
    assert verdicts(found, REGISTERED_ON) == [verdict]
    assert found.trustworthy == (verdict != "fail")
    assert verdicts(check_trial(log, design=design(day)), REGISTERED_ON) == [verdict]
    looked = monitor(log, design(day), earlier=[])
    assert verdicts(looked, REGISTERED_ON) == [verdict]
    assert looked.trustworthy == (verdict != "fail")


def test_a_late_registration_stands_first_in_the_sentence(log: CallLog) -> None:
    found = evaluate(log, design=design(date(2026, 2, 1)))
    sentence = found.sentence()
    # 1 February is 20 days after 12 January.
    said = "the design was registered 20 days after calls had begun"
    assert sentence.startswith(f"Do not act on these results: {said}")
    assert sentence.count(said) == 1


def test_without_a_day_a_warning_is_all(log: CallLog) -> None:
    found = evaluate(log, design=design(None))
    assert any("does not say on which day" in text for text in found.warnings)
    assert "on which day" not in found.sentence()


def test_a_design_between_the_first_contact_and_the_first_call_is_warned_about() -> None:
    tables = made()
    tables.attempts = tables.attempts[tables.attempts["dialled_at"] >= "2026-01-14"]
    found = evaluate(tables.log(), design=design(date(2026, 1, 14)))
    assert verdicts(found, REGISTERED_ON) == ["warning"]
    assert "2 days after the trial's first contact entered (2026-01-12)" in found.sentence()


def test_calls_to_contacts_outside_the_trial_do_not_make_a_registration_late() -> None:
    tables = made()
    early = tables.contacts["entered_at"] < "2026-01-14"
    tables.contacts.loc[early, "arm"] = None
    inside = tables.contacts.loc[~early, "entered_at"].min().date()
    found = check_trial(tables.log(), design=design(inside))
    assert verdicts(found, REGISTERED_ON) == ["ok"]


def test_days_of_a_simulated_log_make_no_registration_late(log: CallLog) -> None:
    simulated = dataclasses.replace(log, header=dataclasses.replace(log.header, source="simulated"))
    for day in (None, date(2027, 1, 1)):
        assert verdicts(evaluate(simulated, design=design(day)), REGISTERED_ON) == ["ok"]


def test_the_day_belongs_to_the_identity_and_its_absence_leaves_that_as_it_was() -> None:
    undated = design(None)
    assert "registered_on" not in undated.to_dict()
    assert undated.identity() != design().identity()
    assert design("2026-01-09") == design(date(2026, 1, 9))


@pytest.mark.parametrize("day", ["9.1.2026", "2026-13-01", 20260109, datetime(2026, 1, 9, 8)])
def test_what_is_no_day_is_refused(day: object) -> None:
    with pytest.raises(InputError, match=r"registered_on == .*, must be a day, as 2026-01-12"):
        design(day)  # type: ignore[arg-type]


def test_a_log_on_disk_began_on_the_same_days(log: CallLog, tmp_path: Path) -> None:
    stored = open_call_log(log.write(tmp_path / "log"))
    assert began(stored, "arm") == began(log, "arm") == Began(FIRST_DAY, FIRST_DAY)
    tables = made()
    tables.contacts.loc[tables.contacts["entered_at"] < "2026-01-14", "arm"] = None
    part = tables.log()
    stored = open_call_log(part.write(tmp_path / "part"))
    # Whose the calls of its file are it would take a pass to tell.
    assert began(stored, "arm") == Began(began(part, "arm").entered, None)
