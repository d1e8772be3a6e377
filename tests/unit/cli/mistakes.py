"""What users get wrong: how a small, valid trial's files are spoilt, and what must be told of it.

Each mistake ends in a message that says what and where, never in a traceback. The modules that list
them are split by what is refused.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from simkit.policy.arms import load_arms
from simkit.trial.design import TrialDesign

AUDIT = ("audit", "--log", "log")
EVALUATE = ("evaluate", "--log", "log")
STUDY = ("study", "--log", "log", "--scenario", "b2b")
EXPORT = ("--log", "calls.txt", "--mapping", "vicidial", "--contacts", "contacts.csv")
IMPORT = ("import", *EXPORT, "--out", "imported")
TABLE = ("evaluate", "--table", "contacts.csv", "--control", "current")
DESIGN = ("design", "--scenario", "b2b", "--arms", "policies.toml", "--horizon", "98")
ASSIGN = ("assign", "--design", "design.toml", "--contacts", "contacts.csv")
ATTEMPTS, CONTACTS, CALLS = "log/attempts.csv", "log/contacts.csv", "calls.txt"
STATUS = 'disposition ("status")'

Spoil = Callable[[Path], object]


def text(name: str, content: str | bytes) -> Spoil:
    """Write something else into a file."""
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / name).write_bytes(data)


def lines(name: str, first: int, *, tail: str = "") -> Spoil:
    """Keep the first lines of a file."""

    def spoil(folder: Path) -> None:
        kept = (folder / name).read_text(encoding="utf-8").splitlines(keepends=True)[:first]
        (folder / name).write_text("".join(kept) + tail, encoding="utf-8")

    return spoil


def instead(name: str, old: str, new: str) -> Spoil:
    """Replace a text throughout a file."""

    def spoil(folder: Path) -> None:
        content = (folder / name).read_text(encoding="utf-8")
        assert old in content
        (folder / name).write_text(content.replace(old, new), encoding="utf-8")

    return spoil


def table(name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Spoil:
    """Change a table's cells, all of them texts."""

    def spoil(folder: Path) -> None:
        separator = "\t" if name == CALLS else ","
        path = folder / name
        cells = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False)
        change(cells).to_csv(path, sep=separator, index=False)

    return spoil


def cell(name: str, row: int, column: str, value: str) -> Spoil:
    """Change one cell; the header is row 1, as in a spreadsheet."""

    def change(cells: pd.DataFrame) -> pd.DataFrame:
        cells.loc[row - 2, column] = value
        return cells

    return table(name, change)


def column(name: str, column: str, value: str) -> Spoil:
    """Give all rows of a column one value."""
    return table(name, lambda cells: cells.assign(**{column: value}))


def repeated(name: str, row: int) -> Spoil:
    """Append a copy of a row."""
    return table(name, lambda cells: pd.concat([cells, cells.iloc[[row - 2]]]))


def without(name: str, *columns: str) -> Spoil:
    """Drop columns."""
    return table(name, lambda cells: cells.drop(columns=list(columns)))


def gone(name: str) -> Spoil:
    """Remove a file."""
    return lambda folder: (folder / name).unlink()


def first_arm_only_first(cells: pd.DataFrame) -> pd.DataFrame:
    arms = ["long"] + ["current"] * (len(cells) - 1)
    return cells.assign(arm=arms)


def one_row(folder: Path) -> None:
    """Leave one contact and its only call."""
    lines(ATTEMPTS, 2)(folder)
    dialled = (folder / ATTEMPTS).read_text(encoding="utf-8").splitlines()[1].split(",")[0]
    table(CONTACTS, lambda cells: cells[cells["contact_id"] == dialled])(folder)
    gone("log/truth.csv")(folder)


def callbacks_in_the_past(cells: pd.DataFrame) -> pd.DataFrame:
    named = cells["callback_at"] != ""
    assert named.any()
    early = cells["callback_at"].mask(named, "2026-01-01T10:00:00+01:00")
    return cells.assign(callback_at=early)


def registered(folder: Path) -> None:
    """Register a design for the contacts, and take their arms away."""
    arms = load_arms(folder / "policies.toml")
    fields = {"control": {"b2b": "current"}, "salt": "s", "horizon_days": 98.0}
    TrialDesign(name="n", arms=arms, **fields).write(folder / "design.toml")
    column("contacts.csv", "arm", "")(folder)


def then(*spoils: Spoil) -> Spoil:
    """Spoil in several ways, one after the other."""

    def spoil(folder: Path) -> None:
        for one in spoils:
            one(folder)

    return spoil


def nothing(folder: Path) -> None:
    """Leave the files as they are: the mistake is in the command."""


@dataclass(frozen=True)
class Mistake:
    name: str
    spoil: Spoil
    command: Sequence[str]
    told: Sequence[str]


def assert_told(mistake, files, simkit) -> None:
    """Make the mistake in a folder of files: its message tells it, and no file is touched."""
    (files / "notes").mkdir()
    mistake.spoil(files)
    before = sorted(path.relative_to(files) for path in files.rglob("*"))
    result = simkit(*mistake.command)
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    told = " ".join(result.stderr.split())
    assert [part for part in mistake.told if " ".join(part.split()) not in told] == [], told
    assert "Traceback" not in result.output, result.output
    assert sorted(path.relative_to(files) for path in files.rglob("*")) == before, before
