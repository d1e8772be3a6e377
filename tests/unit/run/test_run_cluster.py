"""Tasks on a real Dask cluster of several processes, of which some are killed on the way."""

import os
import signal
import subprocess
import sys
import threading
import time

import dask
import distributed
import pandas as pd
import pytest

from simkit.errors import InputError
from simkit.run import cluster, replicate
from simkit.scenario import load_scenario
from simkit.sweep import sensitivity, sweep

SWEEP = {"replications": 3, "contacts": 40, "days": 60, "horizons": [30, 60], "progress": False}
NO_PORT = "127.0.0.1:0"  # any that is free
INTERVALS = {"b2c": ["2wd", "10wd"], "b2b": ["5wd", "20wd"]}


@pytest.fixture(scope="module")
def workers():
    """A cluster of two processes, each with one thread."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=NO_PORT
    ) as found:
        yield found


@pytest.fixture
def client(workers):
    with distributed.Client(workers, set_as_default=False) as found:
        workers.scale(2)
        found.wait_for_workers(2, timeout=60)
        yield found


def process_of(number):
    time.sleep(0.05)
    return number, os.getpid()


def killing(task):
    """Kill the worker that has the second task, the first time."""
    number, flag = task
    if number == 1 and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number**2


def test_results_come_in_the_order_of_the_tasks_and_from_other_processes(client):
    found = replicate(range(12), process_of, client=client)
    assert [number for number, _ in found] == list(range(12))
    processes = {process for _, process in found}
    assert len(processes) > 1
    assert os.getpid() not in processes


def test_what_the_function_raises_comes_out_as_it_is(client):
    with pytest.raises(ZeroDivisionError):
        replicate([1, 0, 2], reciprocal, client=client)


def reciprocal(number):
    return 1 / number


def test_a_sweep_is_the_same_on_a_cluster_and_here(client):
    scenario = load_scenario("trial")
    here = sweep(scenario, INTERVALS, jobs=1, **SWEEP)
    there = sweep(scenario, INTERVALS, client=client, **SWEEP)
    for name in ("table", "differences", "runs"):
        pd.testing.assert_frame_equal(getattr(there, name), getattr(here, name), check_exact=True)


def test_a_screening_is_the_same_on_a_cluster_and_here(client):
    few = {"parameters": ["need_per_year", "spark_prob"], "intervals": ["1wd", "5wd", "20wd"]}
    small = few | {"trajectories": 2, "contacts": 30, "days": 60, "progress": False}
    here = sensitivity(load_scenario("b2c"), **small)
    there = sensitivity(load_scenario("b2c"), client=client, **small)
    pd.testing.assert_frame_equal(there.points, here.points, check_exact=True)


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
def test_the_tasks_of_a_worker_that_is_killed_are_done_by_others(client, tmp_path):
    flag = tmp_path / "killed"
    found = replicate([(number, flag) for number in range(20)], killing, client=client)
    assert flag.exists()
    assert found == [number**2 for number in range(20)]


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
def test_a_sweep_that_loses_a_worker_in_the_middle_is_the_same(client, tmp_path):
    few = load_scenario("b2c")
    many_runs = {**SWEEP, "replications": 40, "contacts": 400}
    here = sweep(few, ["2wd", "10wd"], **many_runs)
    victim = min(client.run(os.getpid).values())
    finished_then = []

    def kill_once_some_are_done():
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and len(list(tmp_path.glob("simkit-runs/*/*.json"))) < 5:
            time.sleep(0.01)
        finished_then.append(len(list(tmp_path.glob("simkit-runs/*/*.json"))))
        os.kill(victim, signal.SIGKILL)

    killer = threading.Thread(target=kill_once_some_are_done)
    killer.start()
    there = sweep(few, ["2wd", "10wd"], client=client, keep=tmp_path, **many_runs)
    killer.join()
    assert 5 <= finished_then[0] < 80
    pd.testing.assert_frame_equal(there.table, here.table, check_exact=True)


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
def test_a_task_that_kills_its_worker_is_given_up_with_a_word():
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=NO_PORT
        ) as one,
        distributed.Client(one, set_as_default=False) as client,
        pytest.raises(InputError, match="must have memory enough for a run"),
    ):
        replicate([1], suicidal, client=client)


def suicidal(_):
    os.kill(os.getpid(), signal.SIGKILL)


def test_workers_that_run_other_code_are_refused(client, monkeypatch):
    here = os.getpid()
    monkeypatch.setattr(cluster, "run_identity", lambda: str(os.getpid() == here))
    with pytest.raises(InputError, match="must run what runs here") as caught:
        replicate(range(3), process_of, client=client)
    assert len(caught.value.problems) == 2


def test_a_worker_of_other_code_that_joins_on_the_way_is_refused():
    with pytest.raises(InputError, match="must run what runs here"):
        cluster._Checked(process_of, "code of another version")(1)


def test_what_is_done_is_not_done_again_when_its_worker_is_lost(client, tmp_path):
    tasks = [(number, tmp_path / f"{number}") for number in range(30)]
    numbered = cluster.on_cluster(tasks, counted, client)
    first = [next(numbered) for _ in range(10)]
    for process in client.run(os.getpid).values():
        os.kill(process, signal.SIGKILL)
    rest = list(numbered)
    assert sorted(first + rest) == [(number, number) for number in range(30)]
    for number, _ in first:
        assert (tmp_path / f"{number}").read_text() == "."


def counted(task):
    number, path = task
    with path.open("a") as file:
        file.write(".")
    time.sleep(0.05)
    return number


def test_a_cluster_that_is_lost_is_said():
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=NO_PORT
        ) as lost,
        distributed.Client(lost, set_as_default=False) as client,
    ):
        numbered = cluster.on_cluster([(number, 0.05) for number in range(50)], slow, client)
        next(numbered)
        client.close()
        with pytest.raises(InputError, match="cluster == 'lost'"):
            list(numbered)


def slow(task):
    time.sleep(task[1])
    return task[0]


def test_a_cluster_without_workers_is_refused():
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=NO_PORT) as nobody,
        distributed.Client(nobody, set_as_default=False) as client,
        pytest.raises(InputError, match="must have at least one worker"),
    ):
        replicate(range(3), process_of, client=client)


def test_an_address_that_nobody_answers_is_refused():
    with pytest.raises(InputError, match="must be the address of a Dask scheduler"):
        cluster.connect("tcp://127.0.0.1:9", timeout_s=1.0)
    with pytest.raises(InputError, match="must be the address of a Dask scheduler"):
        cluster.connect("nonsense://", timeout_s=1.0)
    with pytest.raises(InputError, match="must be the address of a Dask scheduler"):
        cluster.connect("junk")


def test_without_dask_it_is_said_what_to_install():
    script = """
import sys
sys.modules["distributed"] = None
from simkit.errors import InputError
from simkit.run.cluster import connect
try:
    connect("tcp://127.0.0.1:8786")
except InputError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "pip install 'simkit[cluster]'" in run.stdout
