"""Evaluating a trial whose log is larger than memory, against a bare scan of the same columns.

Each measurement runs in a process of its own, in turn: a bare DuckDB scan of the columns that the
evaluation reads (those of attempts and of contacts, each read once), then the whole evaluation,
and once more all measures in all segments without the checks of calls and people.
Wall seconds and peaks of memory are told, and the ratio of the two, which travels better than
seconds.

The ratio is that of a warm process: each work is done several times in its own, and the median of
all but the first counts. What the first takes besides, for the scan as for the evaluation, is what
a process loads once, and what a virtual machine takes to hand memory out that its host had taken
back; it is told too, and so is the peak of memory by then.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from simkit.calllog import Header, schema
from simkit.calllog.store import write_parts
from simkit.calllog.stored import open_call_log
from simkit.scenario import load_scenario
from simkit.trial import evaluate
from simkit.trial.models import logit
from simkit.trial.read.trial import read_trial

START = pd.Timestamp("2024-01-01")
TIMEZONE = "Europe/Rome"
DAY_S = 86_400
SEGMENTS = 8
INTERVAL_DAYS = {"current": 7, "long": 14, "longer": 30}
PER_ACCOUNT = 10
AGENTS_PER_ARM = 400
GROUP = 1 << 18
#: How calls end, and how often; none of these people is real.
ENDINGS = {
    "no_answer": 0.55,
    "machine": 0.18,
    "answered_other": 0.06,
    "not_now": 0.08,
    "refused": 0.05,
    "undecided": 0.03,
    "callback_requested": 0.02,
    "sale": 0.02,
    "opt_out": 0.009,
    "complaint": 0.001,
}
#: What the evaluation reads of each table.
COLUMNS = {
    "attempts": (
        *("contact_id", "attempt_no", "dialled_at", "agent_id", "disposition"),
        *("ring_s", "talk_s", "wrap_s", "cancelled_at", "value_cents"),
    ),
    "contacts": (
        *("contact_id", "account_id", "segment", "arm"),
        *("entered_at", "observed_until"),
    ),
}
TIMES = ("dialled_at", "cancelled_at", "entered_at", "observed_until")
#: Columns of texts, and one that occurs.
TEXTS = {"disposition": "sale", "segment": "s1", "arm": "long"}
RUNS = 3
#: Contacts, and days that they are called: about 10 million attempts each. A year is what intervals
#: are compared over; in ten weeks as many attempts are those of four times the contacts, and it is
#: contacts, not attempts, that most of the work goes into.
SIZES = ((550_000, 365), (2_000_000, 67))
#: Times that each work is done in its process; the first is told by itself.
REPEATS = 4
PRICES = load_scenario("b2c").economics()["b2c"]


def make_log(folder: Path, contacts: int, days: int, *, text_ids: bool = False) -> Path:
    """Write a trial of 8 segments × 3 arms, accounts of ten, day by day: nothing is held whole."""
    rng = np.random.default_rng(4)
    number = np.arange(contacts, dtype=np.int64)
    account = number // PER_ACCOUNT
    arms = rng.permutation(np.arange(account[-1] + 1) % len(INTERVAL_DAYS))[account]
    header = Header("field", START, TIMEZONE, withdrawal_days=None)
    tables = {
        "contacts": _contacts(number, account, arms, days, text_ids=text_ids),
        "attempts": _attempts(rng, arms, days, text_ids=text_ids),
    }
    return write_parts(folder, header, tables)


def _contacts(
    number: np.ndarray, account: np.ndarray, arms: np.ndarray, days: int, *, text_ids: bool
) -> Iterator[pd.DataFrame]:
    for first in range(0, len(number), GROUP):
        rows = slice(first, first + GROUP)
        segment = account[rows] % SEGMENTS
        table = pd.DataFrame(
            {
                "contact_id": _ids("c", number[rows], text_ids=text_ids),
                "account_id": _ids("a", account[rows], text_ids=text_ids),
                "segment": np.array([f"s{k}" for k in range(SEGMENTS)])[segment],
                "arm": np.array(list(INTERVAL_DAYS))[arms[rows]],
                "entered_at": START.tz_localize(TIMEZONE),
                "observed_until": (START + pd.Timedelta(days=days)).tz_localize(TIMEZONE),
            }
        )
        yield schema.conform(table, schema.CONTACTS, TIMEZONE)


def _attempts(
    rng: np.random.Generator, arms: np.ndarray, days: int, *, text_ids: bool
) -> Iterator[pd.DataFrame]:
    interval = np.array(list(INTERVAL_DAYS.values()))[arms]
    phase = rng.integers(0, interval)
    count = np.zeros(len(arms), dtype=np.int32)
    ended = np.zeros(len(arms), dtype=np.bool_)
    names = np.array(list(ENDINGS))
    edges = np.cumsum(list(ENDINGS.values()))
    yield schema.empty_attempts(TIMEZONE, text_ids=text_ids)
    for day in range(days):
        due = np.flatnonzero(~ended & (day % interval == phase))
        if not len(due):
            continue
        due = rng.permutation(due)
        second = np.sort(rng.integers(9 * 3600, 18 * 3600, len(due)))
        count[due] += 1
        how = np.searchsorted(edges, rng.random(len(due)) * edges[-1])
        final = np.isin(names[how], ("sale", "opt_out", "complaint"))
        ended[due[final]] = True
        sale = names[how] == "sale"
        civil = START.to_datetime64() + (day * DAY_S + second).astype("timedelta64[s]")
        at = pd.Series(civil.astype("datetime64[us]")).dt.tz_localize(TIMEZONE)
        gone = sale & (rng.random(len(due)) < 0.1)
        talk = np.where(how >= 2, rng.integers(10, 300, len(due)), 0)
        table = pd.DataFrame(
            {
                "contact_id": _ids("c", due, text_ids=text_ids),
                "attempt_no": count[due],
                "due_at": at,
                "dialled_at": at,
                "agent_id": arms[due] * AGENTS_PER_ARM + rng.integers(0, AGENTS_PER_ARM, len(due)),
                "channel": "phone",
                "disposition": names[how],
                "pushed": pd.array(np.zeros(len(due), dtype=np.bool_), dtype="boolean"),
                "ring_s": rng.integers(5, 30, len(due)),
                "talk_s": talk,
                "wrap_s": np.where(how >= 2, 20, 0),
                "callback_at": pd.NaT,
                "cancelled_at": (at + pd.Timedelta(days=3)).where(gone),
                "value_cents": pd.array(rng.integers(2_000, 40_000, len(due)), dtype="Int64"),
            }
        )
        table["value_cents"] = table["value_cents"].where(sale)
        if text_ids:
            table["agent_id"] = _ids("g", table["agent_id"].to_numpy(), text_ids=True)
        yield schema.conform(table, schema.ATTEMPTS, TIMEZONE)


def _ids(letter: str, numbers: np.ndarray, *, text_ids: bool) -> Any:
    if not text_ids:
        return numbers
    return letter + pd.Series(numbers).astype("str")


def least(column: str) -> str:
    """Return the cheapest aggregate for which DuckDB must look at each value of a column.

    The largest and the smallest value, and how many there are, it takes from the file's statistics.
    """
    if column in TEXTS:
        return f"count(*) FILTER ({column} = '{TEXTS[column]}')"
    return f"max(epoch_us({column}))" if column in TIMES else f"bit_xor({column})"


def scan(folder: Path) -> None:
    """Read all columns that an evaluation reads, of attempts and of contacts; do the least with it.

    DuckDB unpacks them with all cores. What it needs to be imported is not counted, as that of the
    evaluation is not.
    """
    with duckdb.connect(":memory:") as database:
        for table, columns in COLUMNS.items():
            query = f"SELECT {', '.join(map(least, columns))} FROM read_parquet($file)"
            database.execute(query, {"file": str(folder / f"{table}.parquet")}).fetchall()


def evaluation(folder: Path) -> None:
    """Evaluate the trial: all outcomes, all segments, by account, with prices."""
    prices = {f"s{number}": PRICES for number in range(SEGMENTS)}
    evaluate(open_call_log(folder), control="current", economics=prices)


def effects(folder: Path) -> None:
    """Evaluate all measures in all segments, without the checks of calls and people."""
    prices = {f"s{number}": PRICES for number in range(SEGMENTS)}
    log = open_call_log(folder)
    evaluate(log, control="current", economics=prices, checks="assignment")


def odds(folder: Path) -> None:
    """Read the trial and give the odds of a sale."""
    logit(read_trial(open_call_log(folder), control="current"), "sale")


WORKS: dict[str, Callable[[Path], None]] = {
    "scan": scan,
    "evaluation": evaluation,
    "effects": effects,
    "odds": odds,
}


def peak_mb() -> float:
    """Return the most memory that this process has held, its imports included [MB]."""
    status = Path("/proc/self/status")
    if status.exists():  # what the system calls its maximum may be that of the parent
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(work: str, folder: Path) -> dict[str, float]:
    """Do a work several times in a process of its own; return what that says of it.

    Parameters
    ----------
    work, folder
        Name of the work, and the log.

    Returns
    -------
    dict
        ``first_s``, wall seconds of the first time, and ``mb``, the peak of memory by then [MB];
        ``wall_s`` and ``processor_s``, medians of the other times.
    """
    command = [sys.executable, __file__, "--work", work, "--folder", str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def repeated(work: Callable[[Path], None], folder: Path) -> dict[str, float]:
    """Do a work several times here, as `measured` has it done."""
    times = []
    for _ in range(REPEATS):
        gc.collect()  # the search for garbage among all that was imported is not the work's
        start, start_cpu = time.perf_counter(), time.process_time()
        work(folder)
        times.append((time.perf_counter() - start, time.process_time() - start_cpu))
        if len(times) == 1:
            peak = peak_mb()
    return {
        "first_s": times[0][0],
        "mb": peak,
        "wall_s": statistics.median(wall for wall, _ in times[1:]),
        "processor_s": statistics.median(processor for _, processor in times[1:]),
    }


def compared(folder: Path, runs: int) -> list[dict[str, float]]:
    """Measure the scan and the evaluation in turn; one entry a run."""
    rows = []
    for _ in range(runs):
        floor, whole, alone = (measured(work, folder) for work in ("scan", "evaluation", "effects"))
        rows.append(
            {
                "scan_s": floor["wall_s"],
                "scan_mb": floor["mb"],
                "evaluation_s": whole["wall_s"],
                "evaluation_mb": whole["mb"],
                "ratio": whole["wall_s"] / floor["wall_s"],
                "processor_ratio": whole["processor_s"] / floor["processor_s"],
                "effects_ratio": alone["wall_s"] / floor["wall_s"],
                "first_s": whole["first_s"],
            }
        )
    return rows


def show(console: Console, sizes: Sequence[tuple[int, int]] = SIZES, runs: int = RUNS) -> None:
    """Make logs, measure and print a table.

    Parameters
    ----------
    console
        Where to print.
    sizes
        Contacts and days of each log.
    runs
        Repetitions; medians are told.
    """
    table = Table(
        *("contacts", "days", "attempts", "scan s", "MB", "evaluation s", "MB", "ratio"),
        *("CPU ratio", "effects alone", "first in a process s"),
        title="a trial evaluated on disk, against a bare scan of the same columns",
    )
    with tempfile.TemporaryDirectory() as room:
        for contacts, days in sizes:
            folder = make_log(Path(room) / f"{contacts}-{days}", contacts, days)
            rows = compared(folder, runs)
            middle = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
            table.add_row(
                *(f"{contacts:,}", f"{days:,}", f"{open_call_log(folder).attempts():,}"),
                *(f"{middle['scan_s']:.2f}", f"{middle['scan_mb']:.0f}"),
                *(f"{middle['evaluation_s']:.2f}", f"{middle['evaluation_mb']:.0f}"),
                *(f"{middle['ratio']:.1f}", f"{middle['processor_ratio']:.1f}"),
                f"{middle['effects_ratio']:.1f}",
                f"{middle['first_s']:.2f}",
            )
    console.print(table)


def main() -> None:
    """Print the table; or, in a process of its own, do one work and say what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, help="one log of so many instead of the two")
    parser.add_argument("--days", type=int, default=67, help="days that they are called")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--work", choices=list(WORKS), help="measure one work on --folder")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.work is None:
        sizes = SIZES if options.contacts is None else [(options.contacts, options.days)]
        show(Console(width=120), sizes, options.runs)
        return
    print(json.dumps(repeated(WORKS[options.work], options.folder)))


if __name__ == "__main__":
    main()
