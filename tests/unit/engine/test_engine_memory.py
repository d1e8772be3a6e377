"""Memory: what there is, what a run needs, and what is said when it is too little."""

import numpy as np
import pytest

from simkit.engine import memory, simulate, simulate_to
from simkit.engine.memory import CONTACT_BYTES, available_bytes, watched
from simkit.engine.record import ATTEMPT
from simkit.errors import InputError
from simkit.policy import Caps, RecallPolicy
from simkit.scenario import load_scenario

B2C = load_scenario("b2c")
WEEKLY = RecallPolicy.every(days=7)
GB = 10**9


def machine(folder, files):
    """Write the files in which a system says how much memory there is."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
    return folder


# proc(5), "meminfo": in kB of 1024 bytes.
FREE_2_GIB = {"proc/meminfo": "MemTotal: 9000000 kB\nMemFree: 5 kB\nMemAvailable: 2097152 kB"}
GROUP = "sys/fs/cgroup"
# Control Group v2 in the kernel's documentation: one line "0::/path"; "max" is no limit; what is
# used includes the cache of files, which is given back. Version 1: one line a controller.
MACHINES = {
    "a machine without groups": (FREE_2_GIB, 2 * 2**30),
    "groups without a limit": (
        FREE_2_GIB
        | {
            "proc/self/cgroup": "0::/user.slice",
            f"{GROUP}/user.slice/memory.max": "max",
            f"{GROUP}/user.slice/memory.current": "100",
        },
        2 * 2**30,
    ),
    "a limit of the group itself": (
        FREE_2_GIB
        | {
            "proc/self/cgroup": "0::/user.slice/job",
            f"{GROUP}/user.slice/job/memory.max": "1000000",
            f"{GROUP}/user.slice/job/memory.current": "700000",
            f"{GROUP}/user.slice/job/memory.stat": "anon 5\ninactive_file 200000\nslab 3",
        },
        500_000,
    ),
    "a limit of a group above": (
        FREE_2_GIB
        | {
            "proc/self/cgroup": "0::/user.slice/job",
            f"{GROUP}/user.slice/memory.max": "1000000",
            f"{GROUP}/user.slice/memory.current": "400000",
            f"{GROUP}/user.slice/job/memory.max": "max",
            f"{GROUP}/user.slice/job/memory.current": "700000",
        },
        600_000,
    ),
    "a container": (
        FREE_2_GIB
        | {
            "proc/self/cgroup": "0::/",
            f"{GROUP}/memory.max": "1000000",
            f"{GROUP}/memory.current": "1200000",
        },
        0,
    ),
    "a container of version 1, which sees another path": (
        FREE_2_GIB
        | {
            "proc/self/cgroup": "5:cpu:/\n4:memory:/docker/f00d\n0::/",
            f"{GROUP}/memory/memory.limit_in_bytes": "1000000",
            f"{GROUP}/memory/memory.usage_in_bytes": "900000",
            f"{GROUP}/memory/memory.stat": "cache 9\ninactive_file 1\ntotal_inactive_file 50000",
        },
        150_000,
    ),
    "no limit in version 1": (
        FREE_2_GIB
        | {
            "proc/self/cgroup": "4:memory:/",
            f"{GROUP}/memory/memory.limit_in_bytes": "9223372036854771712",
            f"{GROUP}/memory/memory.usage_in_bytes": "900000",
        },
        2 * 2**30,
    ),
}


@pytest.mark.parametrize(("files", "free"), MACHINES.values(), ids=MACHINES.keys())
def test_what_is_free_is_the_least_of_machine_and_groups(tmp_path, files, free):
    assert available_bytes(machine(tmp_path, files)) == free


def test_a_machine_that_does_not_say_what_is_free_has_what_it_has(tmp_path, monkeypatch):
    monkeypatch.setattr(memory.os, "sysconf_names", {"SC_PHYS_PAGES": 1}, raising=False)
    monkeypatch.setattr(memory.os, "sysconf", {"SC_PHYS_PAGES": 3, "SC_PAGE_SIZE": 4096}.get)
    assert available_bytes(tmp_path) == 3 * 4096
    monkeypatch.setattr(memory.os, "sysconf_names", {})
    assert available_bytes(tmp_path) is None


def test_this_machine_has_memory_for_this_test():
    free = available_bytes()
    assert free is None or free > 0


def free(monkeypatch, count: int | None) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: count)


def told(run) -> str:
    with pytest.raises(InputError) as caught:
        run()
    (problem,) = caught.value.problems
    assert (problem.where, problem.field) == ("simulate", "contacts")
    return problem.rule


# Contacts × CONTACT_BYTES: 280 bytes.
def test_contacts_that_cannot_fit_are_refused_before_the_run(tmp_path, monkeypatch):
    free(monkeypatch, GB)
    rule = told(lambda: simulate_to(tmp_path / "log", B2C, WEEKLY, contacts=10**7))
    assert rule == (
        "must fit into memory: they need 2.8 GB, and 1.0 GB are free; simulate fewer contacts"
    )
    assert list(tmp_path.iterdir()) == []


def test_by_segment_they_are_counted_together(tmp_path, monkeypatch):
    free(monkeypatch, GB)
    counts = {"b2c": 9_000_000, "b2b": 1_000_000}
    with pytest.raises(InputError) as caught:
        simulate_to(tmp_path / "log", load_scenario("trial"), WEEKLY, contacts=counts)
    (problem,) = caught.value.problems
    assert problem.value == counts
    assert "they need 2.8 GB" in problem.rule


def test_their_tables_and_a_rolling_cap_need_room_too(tmp_path, monkeypatch):
    free(monkeypatch, GB)
    # 4 bytes for each call that a cap allows, 150 for the rows of contacts and truth.
    capped = RecallPolicy.every(days=7, caps=Caps(per_30_days=5, per_year=100))
    assert "need 6.8 GB" in told(lambda: simulate_to(tmp_path / "log", B2C, capped, contacts=10**7))
    assert "need 4.3 GB" in told(lambda: simulate(B2C, WEEKLY, contacts=10**7))
    assert "need 21.5 GB" in told(lambda: simulate(B2C, WEEKLY, contacts=10**7, engine="simpy"))


def test_where_nothing_is_known_nothing_is_refused(monkeypatch):
    free(monkeypatch, None)
    assert len(simulate(B2C, WEEKLY, contacts=10, days=30).contacts) == 10


def test_a_small_run_does_not_ask(monkeypatch):
    free(monkeypatch, 0)
    assert len(simulate(B2C, WEEKLY, contacts=10, days=30).contacts) == 10


def test_attempts_whose_table_would_not_fit_end_the_run(monkeypatch):
    """150 bytes each: the third million would need 0.45 GB."""
    free(monkeypatch, 4 * GB // 10)
    rows = np.zeros(10**6, dtype=ATTEMPT)
    blocks = []

    def played():
        for day in (10, 20, 30):
            blocks.append(day)
            rows["dialled_s"] = day * 86_400 + 5
            yield rows

    passed = watched(played(), 1000, 365)
    next(passed)
    next(passed)
    rule = told(lambda: next(passed))
    assert rule == (
        "must fit into memory with their attempts: 3,000,000 up to day 31 of 365 need 0.5 GB more "
        "as a table, and 0.4 GB are free; simulate fewer contacts or days, or write the log to a "
        "folder while it is played, by simkit.engine.simulate_to"
    )
    assert blocks == [10, 20, 30]


def test_simulate_watches_its_attempts_and_simulate_to_need_not(tmp_path, monkeypatch):
    free(monkeypatch, 0)
    monkeypatch.setattr(memory, "TRIFLE_BYTES", 50 * (CONTACT_BYTES["compiled"] + 150))
    arguments = {"contacts": 50, "days": 365}
    assert "with their attempts" in told(lambda: simulate(B2C, WEEKLY, **arguments))
    simulate_to(tmp_path / "log", B2C, WEEKLY, **arguments)


def test_memory_that_runs_out_is_told_and_leaves_nothing(tmp_path, monkeypatch):
    def run_out(*arguments):
        raise MemoryError

    monkeypatch.setattr("simkit.engine.stream.truth_table", run_out)
    monkeypatch.setattr("simkit.engine.record.truth_table", run_out)
    rule = told(lambda: simulate_to(tmp_path / "log", B2C, WEEKLY, contacts=9, days=30))
    assert rule == "must fit into memory, which ran out; simulate fewer contacts"
    assert list(tmp_path.iterdir()) == []
    rule = told(lambda: simulate(B2C, WEEKLY, contacts=9, days=30))
    assert rule.startswith("must fit into memory, which ran out; simulate fewer contacts or days")
