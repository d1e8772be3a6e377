"""Tasks on many processes of this machine, for functions that hold the interpreter."""

from __future__ import annotations

import signal
import threading
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any, TypeVar

from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor

MANAGER = "ExecutorManagerThread"
"""Name of the thread in which joblib's loky hands tasks to its processes."""

Task = TypeVar("Task")
Result = TypeVar("Result")


def on_processes(
    tasks: Sequence[Task], function: Callable[[Task], Result], workers: int
) -> Generator[tuple[int, Result], None, None]:
    """Yield the number and the result of each task as it is done.

    Parameters
    ----------
    tasks, function
        As in `replicate`; they travel to the processes.
    workers
        Number of processes.
    """
    # One task a batch: they last from tenths of a second to minutes.
    pool = Parallel(n_jobs=workers, return_as="generator_unordered", batch_size=1)
    outputs: Generator[tuple[int, Result], None, None] | None = None
    finished = False
    try:
        with _interrupts_held():
            outputs = pool(
                delayed(_numbered)(number, function, task) for number, task in enumerate(tasks)
            )
        for output in outputs:  # noqa: UP028  (`yield from` would close it first, with a warning)
            yield output
        finished = True
    finally:
        if not finished:
            # Whoever interrupts wants the processor back now, not when the tasks begun are done,
            # and knows that tasks are given up: joblib need not warn of it.
            with _quiet_manager():
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    if outputs is not None:
                        outputs.close()
                get_reusable_executor(reuse=True).shutdown(wait=True, kill_workers=True)


@contextmanager
def _quiet_manager() -> Iterator[None]:
    """Say nothing of how joblib's manager of the processes ends: it is about to be killed.

    It may be handing out a task at the very moment in which that task is taken from it, and would
    die of a KeyError with a traceback.
    """
    told = threading.excepthook

    def tell_of_others(what: threading.ExceptHookArgs) -> None:
        if what.thread is None or what.thread.name != MANAGER:
            told(what)

    threading.excepthook = tell_of_others
    try:
        yield
    finally:
        threading.excepthook = told


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Let Ctrl-C wait until the block is done; processes begun in it never get one.

    A terminal sends it to the processes too, and one that has just begun would answer with a
    traceback. They inherit, even before they run Python, that the signal is blocked. Here any
    other thread may still receive it, so it is noted, and handled in the end.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or not hasattr(signal, "pthread_sigmask"):  # the latter on Windows
        yield
        return
    noted: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, frame: noted.append(number))
    # Python starts this with the first process, and unblocks the signal after that.
    resource_tracker.ensure_running()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
        if noted:
            signal.raise_signal(signal.SIGINT)


def _numbered(number: int, function: Callable[[Any], Result], task: Any) -> tuple[int, Result]:
    return number, function(task)
