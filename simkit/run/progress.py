"""How far a long piece of work has come, said where somebody may be looking."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

QUARTERS = 4
WORTH_SAYING_S = 10.0


@contextmanager
def progress_of(
    description: str,
    total: int,
    *,
    shown: bool,
    done_before: int = 0,
    console: Console | None = None,
) -> Iterator[Callable[[], None]]:
    """Give a function to be called after each of ``total`` steps.

    Parameters
    ----------
    description
        What the steps are.
    total
        How many there are.
    shown
        False shows nothing.
    done_before
        How many others there are that need not be done again.
    console
        Where to show it; None for the standard error stream.
    """
    console = Console(stderr=True) if console is None else console
    if shown and done_before:
        text = f"{description}: {done_before} of {total + done_before} were done before"
        console.print(text, highlight=False)
    if not shown or total == 0:
        yield _nothing
    elif console.is_terminal or console.is_jupyter:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(description, total=total)
            yield lambda: bar.advance(task)
    else:
        yield _quarters(description, total, console)


def _nothing() -> None:
    pass


def _quarters(description: str, total: int, console: Console) -> Callable[[], None]:
    """Print a line at each quarter: a log file has no use for a bar."""
    done, begun_s = 0, time.monotonic()

    def advance() -> None:
        nonlocal done
        done += 1
        if done * QUARTERS // total > (done - 1) * QUARTERS // total:
            left_s = (time.monotonic() - begun_s) / done * (total - done)
            console.print(f"{description}: {done} of {total}{_in_words(left_s)}", highlight=False)

    return advance


def _in_words(left_s: float) -> str:
    """Return how long it will take yet, where that is worth a word."""
    if left_s < WORTH_SAYING_S:
        return ""
    return f", about {left_s:.0f} s left" if left_s < 100 else f", about {left_s / 60:.0f} min left"
