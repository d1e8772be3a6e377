"""Tasks on threads: the same results, given up on an error, ended before an interrupt goes on."""

import threading
import time

import pytest

from simkit.run import replicate


def test_results_come_in_the_order_of_the_tasks_and_from_this_process():
    both = threading.Barrier(2, timeout=20)

    def together(number):
        both.wait()  # would never end if one thread did all
        return number**2

    assert replicate(range(6), together, jobs=2, threads=True) == [0, 1, 4, 9, 16, 25]


def test_what_the_function_raises_comes_out_and_later_tasks_are_given_up():
    begun = []

    def fail(number):
        begun.append(number)
        if number == 1:
            raise ValueError("one is not allowed")
        time.sleep(0.05)
        return number

    with pytest.raises(ValueError, match="one is not allowed"):
        replicate(range(50), fail, jobs=2, threads=True)
    assert len(begun) < 50


def test_an_interrupt_is_passed_on_once_the_tasks_begun_are_done():
    begun, done = [], []

    def interrupted(number):
        begun.append(number)
        if number == 2:
            raise KeyboardInterrupt
        time.sleep(0.02)
        done.append(number)
        return number

    with pytest.raises(KeyboardInterrupt):
        replicate(range(50), interrupted, jobs=2, threads=True)
    assert len(begun) < 50
    assert sorted(done) == sorted(set(begun) - {2})
