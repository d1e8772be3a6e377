"""The files of an assignment: one for the dialler, and beside it how it was made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from simkit.calllog.textfile import Dialect
from simkit.calllog.whole import whole_file
from simkit.errors import InputError, Problem
from simkit.trial.assign.randomise import digest

FORM = "simkit assignment 1"
COLUMNS = ("contact_id", "account_id", "segment", "arm")
BLOCKS = "blocks"
YES, NO = "yes", "no"
KEYS = frozenset(
    ("form", "trial", "design", "salt", "method", "unit", "strata", "parts", "again", "digest")
)


def write_assignment(
    table: pd.DataFrame, record: Mapping[str, Any], path: Path, dialect: Dialect
) -> Path:
    """Write an assignment; see `Assignment.write_csv`.

    Parameters
    ----------
    table
        Its contacts.
    record
        How it was made: what `KEYS` name, but for the file's own.
    path
        The file for the dialler.
    dialect
        How it is written: delimiter and encoding.
    """
    aside = beside(path)
    rule = "must not exist: an assignment is not overwritten, give another name"
    problems = [
        Problem(str(place), "(file)", place.name, rule) for place in (path, aside) if place.exists()
    ]
    dealt_first, digest_here = record["method"] == BLOCKS and record["first"], table_digest(table)
    known = {record["salt"], *(one["salt"] for one in record["again"])}
    for place in sorted(path.parent.glob("*.json")) if path.parent.is_dir() else ():
        found = sidecar(place)
        if not found or found["trial"] != record["trial"]:
            continue
        rule = ""
        if found["salt"] not in known:
            rule = (
                f"has assigned trial {record['trial']!r} with another salt: give it as the "
                "earlier assignment, and say why again; or give the trial another name"
            )
        elif dealt_first and found["method"] == BLOCKS and found["digest"] != digest_here:
            rule = (
                f"has assigned trial {record['trial']!r} by blocks: give it as the earlier "
                "assignment (earlier, --earlier), since without it contacts of both lists get "
                "other arms"
            )
        if rule:
            problems.append(Problem(str(place), "(file)", place.name, rule))
    if problems:
        raise InputError(problems)
    content = {
        "form": FORM,
        **record,
        "contacts": len(table),
        "digest": digest_here,
    }
    shown = table.assign(on_list=table["on_list"].map({True: YES, False: NO}))
    with whole_file(aside) as fresh:
        text = json.dumps(content, indent=2, ensure_ascii=False)
        fresh.write_text(f"{text}\n", encoding="utf-8", newline="\n")
    with whole_file(path) as fresh:
        shown.to_csv(
            fresh,
            index=False,
            sep=dialect.delimiter,
            encoding=dialect.encoding,
            lineterminator="\n",
        )
    return path


def beside(path: Path) -> Path:
    """Return the place of the record of how an assignment was made."""
    return path.parent / f"{path.stem}.json"


def sidecar(path: Path) -> dict[str, Any] | None:
    """Return what a file says of an assignment; None where it is no such file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(content, dict) or content.get("form") != FORM or not content.keys() >= KEYS:
        return None
    return content


def table_digest(table: pd.DataFrame) -> str:
    """Return a short text that changes with any contact's account, segment or arm, in any order."""
    rows = table[list(COLUMNS)].astype("str").sort_values("contact_id")
    return digest("\t".join(row) for row in rows.itertuples(index=False, name=None))
