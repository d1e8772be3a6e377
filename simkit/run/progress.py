"""How far a long piece of work has come, said where somebody may be looking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

QUARTERS = 4


@contextmanager
def progress_of(
    description: str, total: int, *, shown: bool, console: Console | None = None
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
    console
        Where to show it; None for the standard error stream.
    """
    console = Console(stderr=True) if console is None else console
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
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        if done * QUARTERS // total > (done - 1) * QUARTERS // total:
            console.print(f"{description}: {done} of {total}", highlight=False)

    return advance
