"""How a registered design is written: a TOML file that holds its identity."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from simkit.calllog.whole import whole_file
from simkit.errors import InputError, Problem

HEAD = """\
# A trial, as registered before its first call. simkit reads it when the trial is evaluated, and
# says so where something else is asked than stands here. So change nothing once calls have begun:
# write another design, and say why.
"""
IDENTITY = "identity"


def write_design(content: Mapping[str, Any], identity: str, path: Path) -> Path:
    """Write a design; see `TrialDesign.write`.

    Parameters
    ----------
    content, identity
        The design as plain tables and values, and its identity.
    path
        The file.
    """
    if path.exists():
        rule = "must not exist: a registered design is not overwritten, give another name"
        raise InputError([Problem(str(path), "(file)", path.name, rule)])
    with whole_file(path) as fresh:
        text = f"{HEAD}\n{tomli_w.dumps({IDENTITY: identity, **content})}"
        fresh.write_text(text, encoding="utf-8", newline="\n")
    return path
