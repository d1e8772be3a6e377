"""One function over many tasks, in parallel; the results do not depend on who computed them."""

from __future__ import annotations

import signal
import threading
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from multiprocessing import resource_tracker
from typing import Any, TypeVar

from joblib import Parallel, delayed, effective_n_jobs
from joblib.externals.loky import get_reusable_executor

from simkit.errors import InputError, Problem
from simkit.run.progress import progress_of

Task = TypeVar("Task")
Result = TypeVar("Result")


def replicate(
    tasks: Sequence[Task],
    function: Callable[[Task], Result],
    *,
    jobs: int = -1,
    progress: bool = False,
    description: str = "runs",
) -> list[Result]:
    """Apply a function to every task, in parallel processes.

    Parameters
    ----------
    tasks
        What to work on; a task and the function must be picklable. A task carries all that its
        result depends on (its seed too), so that the results are the same for any ``jobs``.
    function
        Gives a task's result. It should be small: it travels between processes.
    jobs
        Number of processes; −1 for one a core, −2 for one less, and so on; 1 for this process.
    progress
        Whether to show a bar in a terminal or a notebook. Elsewhere a line at each quarter is
        written to the standard error stream.
    description
        What the tasks are, for the bar.

    Returns
    -------
    list
        One result a task, in the order of the tasks.

    Raises
    ------
    InputError
        If ``jobs`` is no whole number other than 0.
    Exception
        The first that the function raises; the other tasks are then given up.
    KeyboardInterrupt
        When interrupted: the processes are stopped first.
    """
    problems = jobs_problems(jobs)
    if problems:
        raise InputError(problems)
    workers = min(effective_n_jobs(jobs), max(len(tasks), 1))
    numbered = _here(tasks, function) if workers == 1 else _apart(tasks, function, workers)
    results: dict[int, Result] = {}
    with progress_of(description, len(tasks), shown=progress) as advance, closing(numbered):
        for number, result in numbered:
            results[number] = result
            advance()
    return [results[number] for number in range(len(tasks))]


def jobs_problems(jobs: object) -> list[Problem]:
    """Return what is wrong with a number of processes, as `replicate` takes it."""
    if isinstance(jobs, int) and not isinstance(jobs, bool) and jobs != 0:
        return []
    rule = "must be a whole number other than 0 (−1 for all cores)"
    return [Problem("replicate", "jobs", jobs, rule)]


def _here(
    tasks: Sequence[Task], function: Callable[[Task], Result]
) -> Generator[tuple[int, Result], None, None]:
    for number, task in enumerate(tasks):
        yield number, function(task)


def _apart(
    tasks: Sequence[Task], function: Callable[[Task], Result], workers: int
) -> Generator[tuple[int, Result], None, None]:
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
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if outputs is not None:
                    outputs.close()
            get_reusable_executor(reuse=True).shutdown(wait=True, kill_workers=True)


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
