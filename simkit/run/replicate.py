"""One function over many tasks, in parallel; the results do not depend on who computed them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, closing, nullcontext
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from joblib import effective_n_jobs

from simkit.errors import InputError, Problem
from simkit.run.processes import on_processes
from simkit.run.progress import progress_of

if TYPE_CHECKING:
    from distributed import Client

Task = TypeVar("Task")
Result = TypeVar("Result")
Numbered = Generator[tuple[int, Any], None, None]


class Keeper(Protocol):
    """Where results of earlier runs are found, and new ones kept as soon as they are there."""

    def find(self, task: Any) -> Any | None:
        """Return the result of a task that is kept; None where there is none."""

    def keep(self, task: Any, result: Any) -> None:
        """Keep a result."""


def replicate(
    tasks: Sequence[Task],
    function: Callable[[Task], Result],
    *,
    jobs: int = -1,
    threads: bool = False,
    client: Client | None = None,
    keeper: Keeper | None = None,
    progress: bool | Callable[[], None] = False,
    description: str = "runs",
) -> list[Result]:
    """Apply a function to every task, in parallel.

    Parameters
    ----------
    tasks
        What to work on. A task carries all that its result depends on (its seed too), so that the
        results are the same whoever works on it. With processes or a cluster, a task and the
        function must be picklable.
    function
        Gives a task's result. It should be small: it travels.
    jobs
        How many tasks at once on this machine; −1 for one a core, −2 for one less, and so on; 1
        for one after the other in this process.
    threads
        Threads instead of processes: for functions that let go of the interpreter, as compiled
        code does. They need no start-up, and nothing travels.
    client
        A Dask cluster that does the work instead of this machine.
    keeper
        Where results are kept: what it finds is not computed again, and every new result is kept
        at once, so that what is interrupted goes on where it was.
    progress
        Whether to show a bar in a terminal or a notebook. Elsewhere a line at each quarter is
        written to the standard error stream. Or a function to be called for each result, kept ones
        too: of a bar that counts further tasks as well.
    description
        What the tasks are, for the bar.

    Returns
    -------
    list
        One result a task, in the order of the tasks.

    Raises
    ------
    InputError
        If ``jobs`` is no whole number other than 0, or the cluster cannot do the work.
    Exception
        The first that the function raises; the other tasks are then given up.
    KeyboardInterrupt
        When interrupted: processes are stopped first, threads finish the task that they are at.
    """
    problems = jobs_problems(jobs)
    if problems:
        raise InputError(problems)
    results: dict[int, Result] = {}
    if keeper is not None:
        kept = ((number, keeper.find(task)) for number, task in enumerate(tasks))
        results = {number: result for number, result in kept if result is not None}
    left = [number for number in range(len(tasks)) if number not in results]
    todo = [tasks[number] for number in left]
    numbered = _workers(todo, function, jobs, threads, client)
    if callable(progress):
        for _ in results:
            progress()
        bar: AbstractContextManager[Callable[[], None]] = nullcontext(progress)
    else:
        bar = progress_of(description, len(todo), shown=progress, done_before=len(results))
    with bar as advance, closing(numbered):
        for place, result in numbered:
            results[left[place]] = result
            if keeper is not None:
                keeper.keep(todo[place], result)
            advance()
    return [results[number] for number in range(len(tasks))]


def jobs_problems(jobs: object) -> list[Problem]:
    """Return what is wrong with a number of jobs, as `replicate` takes it."""
    if isinstance(jobs, int) and not isinstance(jobs, bool) and jobs != 0:
        return []
    rule = "must be a whole number other than 0 (−1 for all cores)"
    return [Problem("replicate", "jobs", jobs, rule)]


def _workers(
    tasks: Sequence[Any],
    function: Callable[[Any], Any],
    jobs: int,
    threads: bool,
    client: Client | None,
) -> Numbered:
    if client is not None and tasks:
        from simkit.run.cluster import on_cluster

        return on_cluster(tasks, function, client)
    workers = min(effective_n_jobs(jobs), max(len(tasks), 1))
    if workers == 1:
        return _here(tasks, function)
    return (_on_threads if threads else on_processes)(tasks, function, workers)


def _here(tasks: Sequence[Any], function: Callable[[Any], Any]) -> Numbered:
    for number, task in enumerate(tasks):
        yield number, function(task)


def _on_threads(tasks: Sequence[Any], function: Callable[[Any], Any], workers: int) -> Numbered:
    with ThreadPoolExecutor(workers) as pool:
        begun = {pool.submit(function, task): number for number, task in enumerate(tasks)}
        try:
            for done in as_completed(begun):
                yield begun[done], done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
