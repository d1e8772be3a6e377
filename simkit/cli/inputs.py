"""What the commands are given, read into objects; every problem is told as an InputError."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from simkit.errors import InputError, Problem, Together

if TYPE_CHECKING:
    from distributed import Client

    from simkit.calllog import CallLog
    from simkit.calllog.stored import StoredLog
    from simkit.scenario import Scenario

WITHOUT_SEGMENT = "all"
"""The segment of a log whose export and contacts name none (see `simkit.calllog.adapters`)."""


CURRENT = "current"
"""The arm that is taken as today's policy where nobody says which it is."""


BUNDLED_SCENARIO = "trial"
"""The scenario that the bundled trial was made from, with both segments."""


class LeaveOut(StrEnum):
    """Calls that may be left out of an import, counted, where they would else be an error."""

    UNKNOWN_CONTACTS = "unknown-contacts"
    OUTSIDE_OBSERVATION = "outside-observation"
    AFTER_END = "after-end"


#: Attempts up to which a folder is read into memory, where every rule is checked. It takes some
#: 300 bytes for each; a log of more is read in passing, with the same result.
MOST_IN_MEMORY = 5_000_000


@dataclass(frozen=True)
class LogInput:
    """A call log's folder, or a dialler's export with what belongs to it.

    Parameters
    ----------
    log
        The folder or the export; None where there is none, then all else must be missing too.
    mapping, contacts, timezone, observed_until, currency, leave_out
        As ``simkit.calllog.adapters.import_log`` takes them; for an export only.
    needed
        Whether the command cannot do without a log.
    """

    log: Path | None
    mapping: str | None = None
    contacts: Path | None = None
    timezone: str | None = None
    observed_until: str | None = None
    currency: str = "EUR"
    leave_out: Sequence[LeaveOut] = ()
    needed: bool = False

    def problems(self) -> list[Problem]:
        """Return what is wrong with the options alone; only the mapping is read for it."""
        from simkit.calllog.adapters import bundled_mappings, load_mapping

        together = Together()
        if self.mapping is not None:
            with together:
                load_mapping(self.mapping)
        problems = [*together.problems, *missing_files({"--contacts": self.contacts})]
        given = {
            "--mapping": self.mapping,
            "--contacts": self.contacts,
            "--timezone": self.timezone,
            "--observed-until": self.observed_until,
        }
        given = {option: value for option, value in given.items() if value is not None}
        if self.log is None and self.needed:
            rule = "must be given: a dialler's export, or a folder that simkit wrote"
            problems.append(Problem("command line", "--log", None, rule))
        elif self.log is None:
            rule = f"must be given with {' and '.join(given)}"
            problems += [Problem("command line", "--log", None, rule)] if given else []
        elif not self.log.exists():
            rule = "must be a call log's folder or a dialler's export that exists"
            problems.append(Problem("command line", "--log", str(self.log), rule))
        elif self.log.is_dir():
            rule = f"must not be given with a call log's folder ({self.log}): it says so itself"
            problems += [
                Problem("command line", option, str(value), rule) for option, value in given.items()
            ]
        elif self.mapping is None:
            rule = (
                "must be given with an export: what the dialler calls things, one of "
                f"{', '.join(bundled_mappings())} or a TOML file of your own"
            )
            problems.append(Problem("command line", "--mapping", None, rule))
        return problems

    def stored(self) -> StoredLog | None:
        """Return the log unread, where it is a folder of Parquet files and large; else None."""
        from simkit.calllog.stored import ATTEMPTS_FILE, open_call_log

        if self.problems() or self.log is None or not (self.log / ATTEMPTS_FILE).is_file():
            return None
        found = open_call_log(self.log)
        return found if found.attempts() > MOST_IN_MEMORY else None

    def read(self) -> CallLog:
        """Return the log.

        Raises
        ------
        InputError
            With everything that is wrong.
        """
        from simkit.calllog import read_call_log
        from simkit.calllog.adapters import import_log

        problems = self.problems()
        if problems:
            raise InputError(problems)
        assert self.log is not None  # a command without a log has none to read
        if self.log.is_dir():
            return read_call_log(self.log)
        assert self.mapping is not None  # as problems() has made sure
        how = {choice: "leave_out" if choice in self.leave_out else "error" for choice in LeaveOut}
        return import_log(
            self.log,
            self.mapping,
            contacts=self.contacts,
            timezone=self.timezone,
            observed_until=self.observed_until,
            currency=self.currency,
            unknown_contacts=how[LeaveOut.UNKNOWN_CONTACTS],  # type: ignore[arg-type]
            outside_observation=how[LeaveOut.OUTSIDE_OBSERVATION],  # type: ignore[arg-type]
            after_end=how[LeaveOut.AFTER_END],  # type: ignore[arg-type]
        )


@contextmanager
def cluster_of(address: str | None) -> Iterator[Client | None]:
    """Give a client of a Dask cluster, closed at the end; None where no address is given."""
    if address is None:
        yield None
        return
    from simkit.run.cluster import connect

    client = connect(address)
    try:
        yield client
    finally:
        client.close()


def missing_files(given: Mapping[str, Path | None]) -> list[Problem]:
    """Return a problem for each option whose file does not exist.

    Parameters
    ----------
    given
        Option → its file; None where it is not given.
    """
    return [
        Problem("command line", option, str(path), "must be a file that exists")
        for option, path in given.items()
        if path is not None and not path.is_file()
    ]


def scenario_of(scenario: str | None, *, own_log: bool) -> Scenario:
    """Return the scenario of a study.

    Parameters
    ----------
    scenario
        Its name or file; None where it was not given.
    own_log
        Whether there are calls of the user's own: only they know which scenario is theirs.

    Raises
    ------
    InputError
        It cannot be read, or must be given.
    """
    from simkit.scenario import bundled_scenarios, load_scenario

    if scenario is None and own_log:
        rule = (
            "must be given with --log: what is assumed about your contacts, one of "
            f"{', '.join(bundled_scenarios())} or a TOML file of your own"
        )
        raise InputError([Problem("command line", "--scenario", None, rule)])
    return load_scenario(BUNDLED_SCENARIO if scenario is None else scenario)


def segments_of(log: CallLog, scenario: Scenario) -> tuple[CallLog, tuple[str, ...], str | None]:
    """Match a log's segments with a scenario's.

    Parameters
    ----------
    log, scenario
        The two.

    Returns
    -------
    log
        The log; one that names no segment is taken to be of a scenario's only one.
    segments
        The log's segments in the scenario's order.
    note
        What was assumed, or None.

    Raises
    ------
    InputError
        Naming each segment of the log that the scenario lacks, with its number of contacts.
    """
    from simkit.calllog import CallLog
    from simkit.scenario import segment_rule

    counts = log.contacts["segment"].value_counts(sort=False)
    known = tuple(scenario.segments)
    if list(counts.index) == [WITHOUT_SEGMENT] and len(known) == 1:
        contacts = log.contacts.assign(segment=known[0]).astype({"segment": "str"})
        named = CallLog(log.header, contacts, log.attempts, log.truth, log.left_out)
        return named, known, f"the log names no segment: all contacts are taken as {known[0]}"
    there = [str(name) for name in counts.index]
    problems = [
        Problem(
            *("log", "segment", name),
            f"{segment_rule(str(name), scenario, there)} ({count:,} contacts)",
        )
        for name, count in counts.items()
        if name not in known
    ]
    if problems:
        raise InputError(problems)
    return log, tuple(name for name in known if name in counts.index), None


def by_segment(
    option: str, given: Iterable[str], segments: Iterable[str], *, bundled: bool = False
) -> dict[str, str]:
    """Return segment → value of an option written ``VALUE`` or ``SEGMENT=VALUE``.

    Parameters
    ----------
    option
        Its name, for messages.
    given
        Its values; one without a segment is for all that have none of their own.
    segments
        The segments.
    bundled
        Whether segments that are not known may be those of another bundled scenario, which is said.

    Raises
    ------
    InputError
        Naming each segment that is not known, and each value given twice.
    """
    from simkit.scenario import bundled_with
    from simkit.scenario.validation import did_you_mean

    known = list(segments)
    own: dict[str, str] = {}
    shared: list[str] = []
    problems = []
    for text in given:
        segment, separator, value = text.partition("=")
        if not separator:
            shared.append(text.strip())
            continue
        name = segment.strip()
        if name not in known:
            rule = f"must begin with a segment ({', '.join(known)}) and ="
            elsewhere = bundled_with([*known, name]) if bundled else ""
            rule += f"; {elsewhere}" if elsewhere else did_you_mean(name, known)
            problems.append(Problem("command line", option, text, rule))
        elif name in own:
            problems.append(Problem("command line", option, text, "must be given once a segment"))
        own[name] = value.strip()
    if len(shared) > 1:
        rule = "must be given once, or once a segment as SEGMENT=VALUE"
        problems.append(Problem("command line", option, ", ".join(shared), rule))
    if problems:
        raise InputError(problems)
    return {name: own.get(name, *shared) for name in known if name in own or shared}
