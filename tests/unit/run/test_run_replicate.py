"""Many runs: the same results whoever computes them, and nothing left behind."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from simkit.errors import InputError
from simkit.run import replicate
from simkit.run.progress import progress_of

ROOT = Path(__file__).parents[3]


def slow_square(task):
    number, seconds = task
    time.sleep(seconds)
    return number**2, os.getpid()


def fail_at_three(number):
    if number == 3:
        raise ValueError("three is not allowed")
    return number


def test_results_come_in_the_order_of_the_tasks_and_from_other_processes():
    # The first task is the last to finish.
    tasks = [(0, 0.3), *((number, 0.0) for number in range(1, 6))]
    apart = replicate(tasks, slow_square, jobs=2)
    here = replicate(tasks, slow_square, jobs=1)
    assert [square for square, _ in apart] == [square for square, _ in here]
    assert [square for square, _ in here] == [0, 1, 4, 9, 16, 25]
    assert os.getpid() not in {process for _, process in apart}
    assert {process for _, process in here} == {os.getpid()}


def test_no_task_gives_no_result():
    assert replicate([], slow_square, progress=True) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_the_function_raises_comes_out_as_it_is(jobs):
    with pytest.raises(ValueError, match="three is not allowed"):
        replicate(range(6), fail_at_three, jobs=jobs)
    assert replicate([1, 2], fail_at_three, jobs=jobs) == [1, 2]


@pytest.mark.parametrize("jobs", [0, 1.5, True, "all"])
def test_jobs_must_be_a_whole_number(jobs):
    with pytest.raises(InputError, match="must be a whole number other than 0"):
        replicate([1], fail_at_three, jobs=jobs)


def group_is_gone_within(group, seconds):
    """Whether the last process of a group ends (and has been reaped) in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def holds_interrupts(_):
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows holds no signals")
def test_only_this_process_is_interrupted():
    # Each process begun answers that it holds Ctrl-C back; the one that began them does not.
    assert replicate(range(4), holds_interrupts, jobs=2) == [True] * 4
    assert not holds_interrupts(None)


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
@pytest.mark.parametrize("when", ["while they begin", "while they work"])
def test_an_interrupt_stops_the_processes_and_is_passed_on(tmp_path, when):
    begun = tmp_path / "begun"
    # The processes begin at once after this is written, and take tenths of a second to be ready.
    first = f"pathlib.Path({str(begun)!r}).touch()" if when == "while they begin" else ""
    script = f"""
import pathlib, signal, time
from simkit.run import replicate

# A shell that runs the tests in the background lets them ignore interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

def task(number):
    pathlib.Path({str(begun)!r}).touch()
    time.sleep(60)

{first}
try:
    replicate(range(4), task, jobs=2)
except KeyboardInterrupt:
    print("interrupted")
"""
    run = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not begun.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert begun.exists()
        asked = time.monotonic()
        os.killpg(run.pid, signal.SIGINT)  # as a terminal does: the whole group
        out, errors = run.communicate(timeout=40)
        assert time.monotonic() - asked < 30  # the tasks would have slept for a minute
        assert (out, errors) == ("interrupted\n", "")
        assert group_is_gone_within(run.pid, seconds=10)
    finally:
        run.kill()


def shown(total, **console):
    stream = io.StringIO()
    with progress_of("runs", total, shown=True, console=Console(file=stream, **console)) as step:
        for _ in range(total):
            step()
    return stream.getvalue()


def test_a_file_gets_a_line_at_each_quarter_and_a_terminal_a_bar():
    lines = shown(10).splitlines()
    assert lines == ["runs: 3 of 10", "runs: 5 of 10", "runs: 8 of 10", "runs: 10 of 10"]
    assert shown(1) == "runs: 1 of 1\n"
    assert "10/10" in shown(10, force_terminal=True, width=80)


def test_nothing_is_shown_unless_asked_for(capsys):
    replicate([1, 2], fail_at_three, jobs=1)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
