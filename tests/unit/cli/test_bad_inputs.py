"""What users get wrong: each ends in a message that says what and where, never in a traceback.

One row a mistake: how a small, valid trial's files are spoilt, the command, and what its message
must say.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

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


MISTAKES = [
    # A call log's folder.
    Mistake("empty file", text(ATTEMPTS, ""), AUDIT, ["attempts.csv", "must not be empty"]),
    Mistake("header only", lines(ATTEMPTS, 1), AUDIT, ["== 0, must be at least 1"]),
    Mistake(
        "missing column",
        without(ATTEMPTS, "disposition"),
        AUDIT,
        ["attempts.csv: disposition", "must be a column; the file has contact_id, attempt_no"],
    ),
    Mistake(
        "wrong delimiter",
        instead(ATTEMPTS, ",", ";"),
        AUDIT,
        ["attempts.csv: delimiter == ';', must be ',': save the file with it between the cells"],
    ),
    Mistake(
        "mixed time zones",
        cell(ATTEMPTS, 5, "dialled_at", "2026-01-20T10:00:00+05:00"),
        AUDIT,
        ["attempts.csv: dialled_at", "+05:00", "time zones are mixed (row 5)"],
    ),
    Mistake(
        "a time without its zone",
        cell(ATTEMPTS, 5, "dialled_at", "2026-01-20T10:00:00"),
        AUDIT,
        ["dialled_at == '2026-01-20T10:00:00', must have its time zone's offset", "(row 5)"],
    ),
    Mistake(
        "duplicate contact",
        repeated(CONTACTS, 2),
        AUDIT,
        ["contacts.csv: contact_id == 1, must be there once", "(rows 2, 92)"],
    ),
    Mistake(
        "duplicate attempt",
        repeated(ATTEMPTS, 4),
        AUDIT,
        ["attempts.csv: attempt_no == 1, must be there once for a contact", "is the key (rows 4"],
    ),
    Mistake(
        "attempts before their contact entered",
        column(CONTACTS, "entered_at", "2026-04-01T00:00:00+02:00"),
        AUDIT,
        ["attempts.csv: dialled_at", "must not be before the contact's entered_at (rows 2, 3, 4"],
    ),
    Mistake(
        "callback in the past",
        table(ATTEMPTS, callbacks_in_the_past),
        AUDIT,
        ["attempts.csv: callback_at == '2026-01-01", "a callback in the past"],
    ),
    Mistake(
        "all dispositions unknown",
        column(ATTEMPTS, "disposition", "spoken to"),
        AUDIT,
        ["disposition == 'spoken to', must be one of no_answer, busy", " rows) (rows 2, 3"],
    ),
    Mistake(
        "arm with one contact",
        table(CONTACTS, first_arm_only_first),
        EVALUATE,
        ["arm in segment b2b == 'long', must hold at least 2 contacts"],
    ),
    Mistake(
        "only one arm",
        column(CONTACTS, "arm", "current"),
        EVALUATE,
        ["must hold at least two arms"],
    ),
    Mistake("no arms", column(CONTACTS, "arm", ""), EVALUATE, ["without arms there is no trial"]),
    Mistake("1-row log", one_row, EVALUATE, ["must hold at least two arms"]),
    Mistake("no such log", nothing, ("audit", "--log", "lgo"), ["--log == 'lgo'", "that exists"]),
    Mistake("no log", nothing, ("audit",), ["--log == None, must be given"]),
    Mistake(
        "folder without a header", gone("log/header.json"), AUDIT, ["a folder with header.json"]
    ),
    Mistake("broken header", text("log/header.json", "{"), AUDIT, ["header.json", "must be JSON"]),
    Mistake(
        "not a text file",
        text(ATTEMPTS, bytes(range(256)) * 9),
        AUDIT,
        ["attempts.csv: encoding == 'utf-8', must be the file's encoding"],
    ),
    Mistake(
        "options of an export with a folder",
        nothing,
        (*AUDIT, "--mapping", "vicidial"),
        ["--mapping == 'vicidial', must not be given with a call log's folder"],
    ),
    # A dialler's export.
    Mistake("empty export", text(CALLS, ""), IMPORT, ["calls.txt: file == '', must not be empty"]),
    Mistake("export without calls", lines(CALLS, 1), IMPORT, ["calls.txt: rows == 0, must be at"]),
    Mistake(
        "export: missing column",
        without(CALLS, "status"),
        IMPORT,
        ["calls.txt: status == None, must be a column; the file has call_date"],
    ),
    Mistake(
        "export: wrong delimiter",
        instead(CALLS, "\t", ","),
        IMPORT,
        ["calls.txt: delimiter == '\\t', must be ','"],
    ),
    Mistake(
        "export: mixed time zones",
        cell(CALLS, 5, "call_date", "2026-01-20 10:00:00+05:00"),
        IMPORT,
        ["dialled_at (\"call_date\") == '2026-01-20 10:00:00+05:00', must be a time", "(row 5)"],
    ),
    Mistake(
        "export: all codes unknown",
        column(CALLS, "status", "ZZ"),
        IMPORT,
        [f"{STATUS} == 'ZZ'", "none of the 1 here is", " rows): map it in", "[dispositions]"],
    ),
    Mistake(
        "export: a code misspelt",
        cell(CALLS, 5, "status", "SALES"),
        IMPORT,
        [f"{STATUS} == 'SALES'", "(1 row; did you mean 'SALE'?): map it in", "(row 5)"],
    ),
    Mistake(
        "export: calls before entry",
        column("contacts.csv", "entered_at", "2026-04-01"),
        IMPORT,
        ["must not be before the contact's entered_at (or give --leave-out outside-observation)"],
    ),
    Mistake(
        "export: contacts not in the contacts file",
        lines("contacts.csv", 50),
        IMPORT,
        ["must be in the contacts file (or give --leave-out unknown-contacts)"],
    ),
    Mistake(
        "export: 1 row, no contact", lines(CALLS, 2), (*IMPORT[:-4], "--out", "o"), ["--observed"]
    ),
    Mistake(
        "contacts: duplicate",
        repeated("contacts.csv", 3),
        IMPORT,
        ["contacts.csv: contact_id == 2, must be there once: one row a contact (rows 3, 92)"],
    ),
    Mistake(
        "contacts: missing columns, all told",
        without("contacts.csv", "segment", "entered_at"),
        IMPORT,
        ["2 problems", "contacts.csv: segment == None", "contacts.csv: entered_at == None"],
    ),
    Mistake(
        "contacts: mixed time zones",
        cell("contacts.csv", 5, "entered_at", "2026-01-12T00:00:00-05:00"),
        IMPORT,
        ["contacts.csv: entered_at", "time zones are mixed (row 5)"],
    ),
    Mistake(
        "no mapping",
        nothing,
        ("import", *EXPORT[:2], *EXPORT[4:]),
        ["--mapping == None, must be given", "uci_bank", "vicidial"],
    ),
    Mistake(
        "mapping misspelt",
        nothing,
        ("import", *EXPORT[:3], "vicidal", *EXPORT[4:]),
        ["--mapping == 'vicidal', must be a bundled mapping", "vicidial"],
    ),
    Mistake(
        "mapping: unknown key",
        text("my.toml", 'extends = "vicidial"\ncontact = "lead_id"\n'),
        ("import", *EXPORT[:3], "my.toml", *EXPORT[4:]),
        ["my.toml: contact == 'lead_id', is not a key; known are title"],
    ),
    # A table of one row a contact.
    Mistake("table: empty", text("contacts.csv", ""), (*TABLE, "--outcome", "n"), ["not be empty"]),
    Mistake(
        "table: missing column",
        nothing,
        (*TABLE, "--outcome", "sale"),
        ["contacts.csv: columns == 'sale', must be a column; there are: contact_id"],
    ),
    Mistake(
        "table: texts",
        nothing,
        (*TABLE, "--outcome", "segment"),
        ["segment == 'b2b', must be a number"],
    ),
    Mistake(
        "table: no such control",
        nothing,
        (*TABLE[:-1], "now", "--outcome", "account_id"),
        ["control of arm == 'now', must be one of the arms: current, long"],
    ),
    Mistake(
        "table: missing columns and a control that nobody was in, all told",
        nothing,
        (*TABLE[:-1], "now", "--outcome", "sale", "--segment", "place", "--guardrail", "left=1"),
        [
            *("4 problems", "contacts.csv: columns == 'place'", "contacts.csv: columns == 'sale'"),
            "contacts.csv: columns == 'left'",
            "contacts.csv: control of arm == 'now', must be one of the arms: current, long",
        ],
    ),
    Mistake("table without outcome", nothing, TABLE, ["--outcome == None, must be given"]),
    Mistake("neither log nor table", nothing, ("evaluate",), ["one of --log and --table"]),
    # Prices, policies, scenarios.
    Mistake(
        "prices: all problems told",
        text("prices.toml", "[all]\ndial_eur = -1\nfoo = 2\n"),
        (*EVALUATE, "--prices", "prices.toml"),
        ["8 problems", "b2b.dial_eur == -1, must be >= 0", "b2b.foo == 2, is an unknown key"],
    ),
    Mistake(
        "prices: not TOML",
        text("prices.toml", "dial_eur: 3"),
        (*EVALUATE, "--prices", "prices.toml"),
        ["prices.toml: (file)", "must be valid TOML"],
    ),
    Mistake(
        "prices: no such file",
        nothing,
        (*STUDY, "--prices", "price.toml"),
        ["--prices == 'price.toml', must be a file that exists"],
    ),
    Mistake(
        "policies: interval of no days",
        text("policies.toml", "[b2b.current]\ninterval = { working_days = 0 }\n"),
        (*STUDY, "--policies", "policies.toml"),
        ["policies.toml: b2b.current.interval.working_days == 0, must be >= 1"],
    ),
    Mistake(
        "policies: an arm is missing",
        text("policies.toml", "[b2b.current]\ninterval = { working_days = 5 }\n"),
        (*STUDY, "--policies", "policies.toml"),
        ["policies.toml: b2b.long == None, must have a table in the file"],
    ),
    Mistake(
        "segment not in the scenario",
        nothing,
        ("study", "--log", "log", "--scenario", "b2c"),
        ["log: segment == 'b2b', must be a segment of scenario 'b2c'", "(90 contacts)"],
    ),
    Mistake(
        "scenario misspelt",
        nothing,
        ("sweep", "--scenario", "b2d"),
        ["must be a TOML file or a bundled scenario (b2b, b2c, trial)"],
    ),
    # Options.
    Mistake(
        "no such arm",
        nothing,
        (*STUDY, "--current", "now"),
        ["--current == 'now', must be the arm of today's policy in b2b: current, long"],
    ),
    Mistake(
        "no such segment",
        nothing,
        (*STUDY, "--current", "b2c=current"),
        ["--current == 'b2c=current', must begin with a segment (b2b) and ="],
    ),
    Mistake(
        "interval without unit",
        nothing,
        ("sweep", "--every", "weekly", "--every", "7"),
        ["2 problems", "'weekly', must be an interval", "'7', must be an interval"],
    ),
    Mistake("agents", nothing, ("simulate", "--agents", "some"), ["--agents == 'some', must be"]),
    Mistake("contacts", nothing, ("simulate", "--contacts", "-3"), ["--contacts == -3, must be"]),
    Mistake(
        "too few replications",
        nothing,
        ("sweep", "--replications", "1"),
        ["--replications == 1, must be a whole number from 2 to 1048576"],
    ),
    Mistake(
        "two ends of a sweep",
        nothing,
        ("sweep", "--half-width", "2", "--indifference", "-1", "--agents", "few"),
        [
            "3 problems",
            "--indifference == -1.0, must be a number above 0",
            "--half-width and --indifference == (2.0, -1.0), must not be given together",
            "--agents == 'few', must be a whole number, or all",
        ],
    ),
    Mistake(
        "runs kept in a file",
        nothing,
        ("sweep", "--keep", "prices.toml", "--replications", "1"),
        ["2 problems", "--keep == 'prices.toml', must be a folder that can be written"],
    ),
    Mistake(
        "tables of a sweep in a file",
        nothing,
        ("sweep", "--out", "prices.toml", "--replications", "1"),
        ["2 problems", "--out == 'prices.toml', must be a folder that can be written"],
    ),
    Mistake(
        "no cluster for a screening",
        nothing,
        ("sensitivity", "--dask", "junk"),
        ["--dask == 'junk', must be the address of a Dask scheduler"],
    ),
    Mistake(
        "tables of a screening below a file",
        nothing,
        ("sensitivity", "--out", "prices.toml/tables"),
        ["--out == 'prices.toml/tables', must be a folder that can be written"],
    ),
    Mistake(
        "no cluster there",
        nothing,
        ("sweep", "--dask", "nonsense://here"),
        ["--dask == 'nonsense://here', must be the address of a Dask scheduler"],
    ),
    Mistake(
        "ranges: all problems told",
        text(
            "ranges.toml",
            'dial_eur = { low = 2, high = 1, source = "x" }\nwrap_s = { low = 5, high = 60 }\n',
        ),
        ("sensitivity", "--ranges", "ranges.toml", "--vary", "need_per_yaer", "--trajectories", 1),
        [
            *("4 problems", "--trajectories == 1, must be a whole number >= 2"),
            "ranges.toml: dial_eur.low == 2, must be < high (1)",
            "ranges.toml: wrap_s.source == None, must say where the range comes from",
            "b2c.need_per_yaer == None, is an unknown key; did you mean 'need_per_year'?",
        ],
    ),
    Mistake(
        "ranges: without the scenario's own value",
        text("ranges.toml", 'dial_eur = { low = 1, high = 2, source = "x" }\n'),
        ("sensitivity", "--ranges", "ranges.toml"),
        ["range of b2c.dial_eur == '1 to 2', must hold the scenario's own value 0.05"],
    ),
    Mistake(
        "ranges: no such file",
        nothing,
        ("sensitivity", "--ranges", "range.toml"),
        ["--ranges == 'range.toml', must be a file that exists"],
    ),
    Mistake(
        "sensitivity of several segments",
        nothing,
        ("sensitivity", "--scenario", "trial"),
        ["--segment == None, must be one of b2c, b2b"],
    ),
    Mistake(
        "sensitivity: too few intervals",
        nothing,
        ("sensitivity", "--every", "7 days", "--every", "14 days"),
        ["--every == ['every 7 days', 'every 14 days'], must be at least 3 intervals"],
    ),
    Mistake(
        "result over other files",
        nothing,
        (*STUDY, "--out", "log"),
        ["--out == 'log', must be a new or empty folder"],
    ),
    Mistake(
        "recommendation over other files",
        nothing,
        ("recommend", "--out", "log"),
        ["--out == 'log', must be a new or empty folder"],
    ),
    Mistake(
        "call log over other files",
        text("notes/mine.txt", "mine"),
        ("simulate", "--out", "notes"),
        ["folder == 'notes', must be a new folder or a call log"],
    ),
    Mistake(
        "contacts without a log",
        nothing,
        ("study", "--contacts", "contacts.csv"),
        ["--log == None, must be given with --contacts"],
    ),
    # A trial before its first call.
    Mistake(
        "design: nothing given",
        nothing,
        ("design",),
        ["3 problems", "--arms == None", "--horizon == None", "one of --scenario and --log"],
    ),
    Mistake(
        "design: all options told",
        text("trial.toml", "mine"),
        (
            *(*DESIGN, "--guardrail", "opt_out", "--contacts", "b2x=9", "--worthwhile", "much"),
            *("--looks", "0.5,0.4,1", "--share", "long=2", "--share", "long=1", "--agents", "few"),
        ),
        [
            *("7 problems", "--guardrail == 'opt_out', must be OUTCOME=MARGIN"),
            *("--contacts == 'b2x=9', must begin with a segment (b2b)", "'much', must be a number"),
            *("--looks == [0.5, 0.4, 1.0], must rise", "--share == 'long=1'", "whole number"),
            "--out == 'trial.toml', must be a new file",
        ],
    ),
    Mistake(
        "design: an export instead of a log",
        nothing,
        ("design", "--log", "calls.txt", *DESIGN[3:]),
        ["--log == 'calls.txt', must be a folder that simkit wrote: simkit import"],
    ),
    Mistake(
        "design: what is compared does not hang together",
        nothing,
        (*DESIGN, "--control", "now", "--primary", "sales", "--alpha", "2"),
        ["control.b2b == 'now', must be one of the arms", "== 'sales'", "--alpha == 2.0"],
    ),
    Mistake(
        "design: a log without prices",
        nothing,
        ("design", "--log", "log", *DESIGN[3:-1], "60"),
        ["--prices == None, must be given: net value needs prices"],
    ),
    Mistake(
        "design: a share above 1",
        nothing,
        (*DESIGN, "--primary", "sale", "--worthwhile", "0.999"),
        ["--worthwhile b2b == 0.999, must be at most 0."],
    ),
    Mistake("assign: nothing", nothing, ("assign",), ["2 problems", "--design == None"]),
    Mistake("assign: no design", nothing, ASSIGN, ["--design == 'design.toml', must be a file"]),
    Mistake(
        "assign: contacts with arms",
        then(registered, column("contacts.csv", "arm", "long")),
        ASSIGN,
        ["contacts.csv: arm == 'long', must be empty: these contacts have arms already"],
    ),
    Mistake(
        "assign: all rows told",
        then(
            registered,
            repeated("contacts.csv", 3),
            cell("contacts.csv", 5, "segment", "b2x"),
            cell("contacts.csv", 7, "account_id", ""),
        ),
        ASSIGN,
        [
            *("3 problems", "contacts.csv: contact_id == '2', must be there once", "(rows 3, 92)"),
            *(
                "segment == 'b2x', must be a segment of the design: b2b (row 5)",
                "account_id ==",
                "(row 7)",
            ),
        ],
    ),
    Mistake(
        "assign: again without an earlier one",
        registered,
        (*ASSIGN, "--again", "luck"),
        ["--again == 'luck', must come with the earlier assignment"],
    ),
    Mistake(
        "assign: an earlier file that is none",
        registered,
        (*ASSIGN, "--earlier", "contacts.csv"),
        ["contacts.json: (file)", "must be there and tell how the assignment was made"],
    ),
    Mistake(
        "assign: a design changed by hand",
        then(registered, instead("design.toml", "98.0", "9.0")),
        ASSIGN,
        ["design.toml: identity", "it was changed after it was written"],
    ),
    Mistake("option misspelt", nothing, ("evaluate", "--tabel", "x"), ["No such option: --tabel"]),
    Mistake("command misspelt", nothing, ("evalute",), ["No such command 'evalute'"]),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_mistake_is_told(mistake, files, simkit):
    (files / "notes").mkdir()
    mistake.spoil(files)
    before = sorted(path.relative_to(files) for path in files.rglob("*"))
    result = simkit(*mistake.command)
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    told = " ".join(result.stderr.split())
    assert [part for part in mistake.told if " ".join(part.split()) not in told] == [], told
    assert "Traceback" not in result.output
    assert sorted(path.relative_to(files) for path in files.rglob("*")) == before


def test_one_attempt_is_audited_for_what_it_is(files, simkit):
    one_row(files)
    result = simkit(*AUDIT)
    assert result.exit_code == 0
    assert "1 contact in 1 segment and 1 arm, 1 attempt to 1 contact" in result.output
    assert "Not identified" in result.output


def test_spoilt_files_are_valid_before(files, simkit):
    for command in (AUDIT, EVALUATE, IMPORT, (*EVALUATE, "--prices", "prices.toml")):
        result = simkit(*command)
        assert result.exit_code == 0, result.output
