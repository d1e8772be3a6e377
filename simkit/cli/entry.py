"""From the shell into the commands and back: exit codes, messages, interruptions."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType
from typing import Any

import typer
from typer.core import TyperGroup

from simkit.cli import interrupted
from simkit.cli.interrupted import is_interruption
from simkit.cli.output import complain, complain_of_inputs
from simkit.errors import InputError

BAD_INPUT = 2
INTERRUPTED = 128 + signal.SIGINT


class Door(TyperGroup):
    """The group of commands: what a user got wrong ends in a message, never in a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            complain_of_inputs(error)
            raise typer.Exit(BAD_INPUT) from None
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            complain(f"{place}{error.strerror or error}")
            raise typer.Exit(BAD_INPUT) from None
        except (KeyboardInterrupt, Exception) as error:
            if not is_interruption(error):
                raise
            told = str(error) if isinstance(error, KeyboardInterrupt) else ""
            complain(told or interrupted.INTERRUPTED)
            raise typer.Exit(INTERRUPTED) from None


def main() -> None:
    """Run the command line, as ``simkit`` does."""
    with _terminating():
        try:
            from simkit.cli.application import app
        except KeyboardInterrupt:  # before there is a Door
            raise SystemExit(INTERRUPTED) from None
        app()


@contextlib.contextmanager
def _terminating() -> Iterator[None]:
    """Let a `kill` end the program as an exit does, so that temporary files are cleared away."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
