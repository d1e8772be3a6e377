"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path to write to; it becomes `path` when the block ends well.

    After an error or an interruption the temporary file is gone and `path` is as it was.

    Parameters
    ----------
    path
        The file's final name; missing folders above it are made.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as room:
        fresh = Path(room) / target.name
        yield fresh
        fresh.replace(target)


@contextmanager
def whole_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give an empty temporary folder to fill; it becomes `path` when the block ends well.

    After an error or an interruption the temporary folder is gone and `path` is as it was.
    A folder that stands at `path` is replaced as a whole: whoever calls must have made sure
    that it may be.

    Parameters
    ----------
    path
        The folder's final name; missing folders above it are made.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as room:
        fresh, old = Path(room) / "new", Path(room) / "old"
        fresh.mkdir()
        yield fresh
        try:
            if target.exists():
                target.rename(old)
            fresh.rename(target)
        except BaseException:
            if old.exists() and not target.exists():
                old.rename(target)
            raise
