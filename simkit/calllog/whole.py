"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
def whole_files(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """Give an empty temporary folder; its files move to `folder` when the block ends well.

    So several files appear together or not at all, beside what else stands in the folder. After an
    error or an interruption `folder` is as it was, and not there if it was not.

    Parameters
    ----------
    folder
        Where the files belong; missing folders are made. Files of the same name are replaced.

    Raises
    ------
    OSError
        The folder cannot be written, or a folder stands where a file belongs.
    """
    target = Path(folder)
    new = not target.exists()
    target.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=".new.", dir=target) as room:
            yield Path(room)
            files = sorted(Path(room).iterdir())
            for file in files:
                if (target / file.name).is_dir():
                    raise IsADirectoryError(
                        errno.EISDIR, "a folder stands where a file belongs", target / file.name
                    )
            for file in files:
                file.replace(target / file.name)
    except BaseException:
        if new:
            with suppress(OSError):  # what else was put there meanwhile stays
                target.rmdir()
        raise


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
