"""Tasks on a Dask cluster: many machines, of which some may be lost on the way."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from simkit.errors import InputError, Problem
from simkit.run.code import rooms_of, run_identity

if TYPE_CHECKING:
    from distributed import Client

WHERE = "dask"
ADDRESS = r"[a-z]+://[^/:]+:\d+"
POLL_S = 0.05
PATIENCE_S = 60.0
"""How long the work waits for a worker when there is none."""


def connect(address: str, *, timeout_s: float = 10.0) -> Client:
    """Return a client of the Dask scheduler at an address.

    Parameters
    ----------
    address
        As ``tcp://host:8786``.
    timeout_s
        How long to try.

    Raises
    ------
    InputError
        If Dask is not installed, or no scheduler answers.
    """
    rule = "must be the address of a Dask scheduler, as tcp://host:8786"
    if re.fullmatch(ADDRESS, address) is None:
        raise InputError([Problem(WHERE, "address", address, rule)])
    try:
        from distributed import Client
    except ImportError:
        missing = "must be installed: pip install 'simkit[cluster]'"
        raise InputError([Problem(WHERE, "distributed", None, missing)]) from None
    try:
        return Client(address, timeout=timeout_s, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError([Problem(WHERE, "address", address, f"{rule}: {error}")]) from None


@dataclass(frozen=True)
class _Checked:
    """A function for workers, who must run the same code: also those who join on the way."""

    function: Callable[[Any], Any]
    identity: str

    def __call__(self, task: Any) -> Any:
        here = _identity_of_this_process(*rooms_of(self.function))
        if here != self.identity:
            raise InputError([Problem(WHERE, "worker", here, _SAME.format(self.identity))])
        return self.function(task)


@cache
def _identity_of_this_process(*rooms: str) -> str:
    """Return it as found with the first task: to read all files takes as long as a small run."""
    return run_identity(*rooms)


_SAME = "must run what runs here ({}), or results would depend on who works"


def on_cluster(
    tasks: Sequence[Any], function: Callable[[Any], Any], client: Client
) -> Generator[tuple[int, Any], None, None]:
    """Yield the number and the result of each task as it is done.

    A task whose worker is lost is given to another one, as often as the scheduler's setting
    ``allowed-failures`` has it.

    Parameters
    ----------
    tasks, function
        As in `replicate`; they travel to the workers.
    client
        The cluster.

    Raises
    ------
    InputError
        If no worker is there, or one runs other code; if a task has lost its worker again and
        again; or if the cluster is lost.
    """
    from distributed import KilledWorker, as_completed
    from distributed.client import FutureCancelledError

    rooms = rooms_of(function)
    _check_workers(client, *rooms)
    checked = _Checked(function, run_identity(*rooms))
    futures = client.map(checked, tasks, pure=False, batch_size=1000)
    number_of = {future.key: number for number, future in enumerate(futures)}
    finished = as_completed(futures, loop=client.loop)
    left, alone_since = len(futures), 0.0
    try:
        while left:
            batch = finished.next_batch(block=False)
            for future in batch:
                left -= 1
                yield number_of[future.key], future.result()
                # What is here need not be there: nor is it computed again when a worker is lost.
                future.release()
            if not batch:
                time.sleep(POLL_S)
                alone_since = _patience(client, alone_since)
    except KilledWorker as error:
        rule = f"must have memory enough for a run: {error}"
        raise InputError([Problem(WHERE, "workers", "lost again and again", rule)]) from None
    except (OSError, FutureCancelledError) as error:
        raise InputError([Problem(WHERE, "cluster", "lost", f"must stay: {error}")]) from None
    finally:
        if client.status == "running":
            client.cancel([future for future in futures if not future.done()])


def _check_workers(client: Client, *rooms: str) -> None:
    """Raise InputError unless workers are there and run the code that runs here."""
    found = client.run(run_identity, *rooms)
    if not found:
        rule = "must have at least one worker: dask worker ADDRESS"
        raise InputError([Problem(WHERE, "workers", 0, rule)])
    here = run_identity(*rooms)
    problems = [
        Problem(WHERE, f"worker {name}", there, _SAME.format(here))
        for name, there in found.items()
        if there != here
    ]
    if problems:
        raise InputError(problems)


def _patience(client: Client, alone_since: float) -> float:
    """Return since when no worker is there, 0 while one is; give up after PATIENCE_S."""
    if client.scheduler_info(n_workers=-1)["workers"]:
        return 0.0
    now = time.monotonic()
    if alone_since and now - alone_since > PATIENCE_S:
        rule = f"must not all be gone for {PATIENCE_S:g} s"
        raise InputError([Problem(WHERE, "workers", 0, rule)])
    return alone_since or now
