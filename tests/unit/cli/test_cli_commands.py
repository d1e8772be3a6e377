"""simulate, sweep, import, audit, evaluate: what they print and what they write."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from simkit.calllog import read_call_log
from simkit.trial import evaluate

# Small enough for a test; what is simulated is not judged here.
FAST = ("--contacts-per-run", 20, "--replications", 2, "--jobs", 1, "--no-progress")


def test_simulate_writes_the_log_that_it_describes(files, simkit):
    call = ("simulate", "--every", "7 days", "--contacts", 30, "--days", 40, "--agents", 2)
    result = simkit(*call, "--out", "weekly")
    assert result.exit_code == 0, result.output
    log = read_call_log("weekly")
    assert result.stdout == f"{log.sentence()}\nCall log: weekly\n"
    assert len(log.contacts) == 30
    assert log.header.policy == {"b2c": {"all": "every 7 days"}}
    assert log.attempts["agent_id"].nunique() <= 2


def test_simulate_shows_the_days_played_apart_from_the_result(files, simkit):
    call = ("simulate", "--contacts", 20, "--days", 40, "--replace", "--out", "log")
    shown, quiet = simkit(*call), simkit(*call, "--no-progress")
    assert "days simulated: 40 of 40" in shown.stderr
    assert quiet.stderr == ""
    assert shown.stdout == quiet.stdout


def test_simulate_says_what_to_do_when_a_log_in_csv_does_not_fit_into_memory(
    files, simkit, monkeypatch
):
    monkeypatch.setattr("simkit.engine.memory.available_bytes", lambda: 0)
    monkeypatch.setattr("simkit.engine.memory.TRIFLE_BYTES", 20_000)
    call = ("simulate", "--contacts", 40, "--days", 365, "--out", "log-of-a-year")
    assert simkit(*call).exit_code == 0
    result = simkit(*call, "--csv", "--replace")
    assert result.exit_code == 2
    assert "--contacts == 40, must fit into memory with their attempts" in result.stderr
    assert "simulate fewer contacts or days, or leave --csv out" in result.stderr
    assert (files / "log-of-a-year" / "attempts.parquet").exists()


def test_simulate_names_the_log_that_it_cannot_count(files, simkit, monkeypatch):
    def run_out(folder):
        raise MemoryError

    monkeypatch.setattr("simkit.calllog.extent.Extent.of_folder", run_out)
    result = simkit("simulate", "--contacts", 20, "--days", 40, "--out", "huge")
    assert result.exit_code == 0
    assert "too large to be counted" in result.stdout
    assert result.stdout.endswith("Call log: huge\n")
    assert len(read_call_log("huge").contacts) == 20


def test_simulate_says_so_when_memory_runs_out_while_it_writes_csv(files, simkit, monkeypatch):
    def run_out(*arguments):
        raise MemoryError

    monkeypatch.setattr("simkit.calllog.store.format_times", run_out)
    before = sorted(path.name for path in files.iterdir())
    result = simkit("simulate", "--contacts", 40, "--days", 60, "--csv", "--out", "huge")
    assert result.exit_code == 2
    assert "--contacts == 40, must fit into memory, which ran out" in result.stderr
    assert "leave --csv out" in result.stderr
    assert sorted(path.name for path in files.iterdir()) == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "kill"]
)
def test_simulate_interrupted_ends_at_once_and_leaves_nothing(tmp_path, number, code):
    # Large enough to be interrupted whatever the machine, once it has begun to write attempts.
    process = subprocess.Popen(
        [sys.executable, "-m", "simkit", "simulate", "--contacts", "20000", "--days", "20000"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A parent that ignores Ctrl-C (a background job) would hand that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        while not list(tmp_path.glob(".simkit-log.*/new/attempts.parquet")):
            assert process.poll() is None
            time.sleep(0.01)
        os.kill(process.pid, number)
        output, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == code
    assert "Traceback" not in output + errors
    assert list(tmp_path.iterdir()) == []


def test_simulate_twice_gives_the_same_bytes(files, simkit):
    for out in ("one", "two"):
        assert (
            simkit("simulate", "--contacts", 20, "--days", 30, "--csv", "--out", out).exit_code == 0
        )
    names = sorted(path.name for path in (files / "one").iterdir())
    assert "attempts.csv" in names
    for name in names:
        assert (files / "one" / name).read_bytes() == (files / "two" / name).read_bytes()


def test_simulated_contacts_enter_over_the_days_that_are_named(files, simkit):
    call = ("simulate", "--contacts", 60, "--days", 40, "--entry-days", 20, "--out", "soon")
    assert simkit(*call).exit_code == 0
    entered = read_call_log("soon").contacts["entered_at"]
    assert 10 < (entered.max() - entered.min()).days < 20
    wrong = simkit("simulate", "--contacts", 60, "--entry-days", -1, "--out", "other")
    assert wrong.exit_code == 2
    assert "entry_spread_days == -1.0" in wrong.stderr.replace("\n", " ")


def test_simulate_a_whole_trial_with_agents_for_each_arm(files, simkit):
    call = ("simulate", "--scenario", "b2b", "--policies", "policies.toml", "--contacts", 40)
    result = simkit(*call, "--days", 40, "--agents", "current=1", "--agents", "long=2")
    assert result.exit_code == 0, result.output
    log = read_call_log("simkit-log")
    assert set(log.contacts["arm"]) == {"current", "long"}
    arms = log.attempts.merge(log.contacts, on="contact_id").groupby("arm")["agent_id"]
    assert set(arms.unique()["current"]).isdisjoint(arms.unique()["long"])


def test_simulate_segments_under_policies_of_their_own(files, simkit):
    result = simkit(
        *("simulate", "--scenario", "trial", "--every", "b2c=5 working days"),
        *("--every", "b2b=practice_b2b", "--contacts", 20, "--days", 40),
    )
    assert result.exit_code == 0, result.output
    assert read_call_log("simkit-log").header.policy == {
        "b2c": {"all": "every 5 working days"},
        "b2b": {"all": "every 20 working days"},
    }


def test_sweep_prints_each_interval_and_writes_the_tables(files, simkit):
    intervals = ("--every", "10 working days", "--every", "20 working days")
    result = simkit(
        "sweep", "--scenario", "b2b", *intervals, *FAST, "--days", 60, "--out", "tables"
    )
    assert result.exit_code == 0, result.output
    assert "b2b: over 60 days net value is best when called every" in result.stdout
    shown = [line for line in result.stdout.splitlines() if line.startswith("b2b  ")]
    assert [line.split()[1:4] for line in shown] == [["every", n, "working"] for n in ("10", "20")]
    table = pd.read_csv(files / "tables" / "sweep.csv")
    assert set(table["interval"]) == {"every 10 working days", "every 20 working days"}


def test_sweep_tries_several_numbers_of_agents(files, simkit):
    call = ("sweep", "--scenario", "b2b", "--every", "5 working days", *FAST, "--days", 60)
    result = simkit(*call, "--every", "1 working day", "--agents", 1, "--agents", "all")
    assert result.exit_code == 0, result.output
    assert "With 1 agent: b2b: over 60 days" in result.stdout
    assert "With as many agents as it takes: b2b" in result.stdout


def test_sweep_keeps_its_runs_and_goes_on(files, simkit):
    call = ("sweep", "--scenario", "b2b", "--every", "5 working days", *FAST[:-1], "--days", 60)
    first = simkit(*call, "--keep", "kept")
    assert first.exit_code == 0, first.output
    assert len(list((files / "kept").rglob("*.json"))) == 2
    again = simkit(*call, "--every", "10 working days", "--keep", "kept")
    assert len(list((files / "kept").rglob("*.json"))) == 4
    assert "2 of 4 were done before" in again.stderr


def test_sweep_adds_replications_until_the_best_is_known(files, simkit):
    grid = ("--every", "1 working day", "--every", "20 working days")
    call = ("sweep", "--scenario", "b2c", *grid, "--days", 60, "--contacts-per-run", 40)
    result = simkit(*call, "--replications", 3, "--indifference", 0.01, "--most-replications", 5)
    assert result.exit_code == 0, result.output
    assert "0.01 EUR" in result.stdout
    assert "replications" in result.stdout


def test_sensitivity_says_what_the_interval_hangs_on_and_goes_on_where_it_was(files, simkit):
    intervals = ("--every", "5wd", "--every", "15wd", "--every", "40wd")
    call = ("sensitivity", "--scenario", "b2b", *intervals, *FAST, "--days", 60)
    call = (*call, "--vary", "need_per_year", "--vary", "dial_eur", "--trajectories", 2)
    result = simkit(*call, "--keep", "kept", "--out", "assumptions")
    assert result.exit_code == 0, result.output
    assert "b2b: over these ranges the best interval, about" in result.stdout
    assert sorted(path.name for path in (files / "assumptions").iterdir()) == [
        *("sensitivity.csv", "sensitivity.json", "sensitivity.png", "sensitivity_points.csv")
    ]
    table = pd.read_csv(files / "assumptions" / "sensitivity.csv")
    assert set(table["parameter"]) == {"b2b.need_per_year", "b2b.dial_eur"}
    # Two points as assumed, and two trajectories of four.
    assert len(list((files / "kept").rglob("*.json"))) == 2 + 2 * 4
    again = simkit(*call, "--keep", "kept", "--out", "again")
    assert again.stdout.replace("again", "assumptions") == result.stdout


def test_sweep_takes_the_users_prices(files, simkit):
    call = ("sweep", "--scenario", "b2b", "--every", "5 working days", *FAST, "--days", 40)
    for out, prices in (("own", ()), ("theirs", ("--prices", "prices.toml"))):
        assert simkit(*call, *prices, "--out", out).exit_code == 0
    dials = {}
    for out in ("own", "theirs"):
        table = pd.read_csv(files / out / "sweep.csv").set_index(["measure", "horizon_days"])
        dials[out] = table["mean"].xs(40, level="horizon_days")
    assert dials["own"]["attempts"] == dials["theirs"]["attempts"]
    # prices.toml: an agent's hour costs 30 EUR; the scenario's costs 32 EUR.
    ratio = dials["theirs"]["agent_cost_eur"] / dials["own"]["agent_cost_eur"]
    assert ratio == pytest.approx(30 / 32)


def test_import_writes_the_log_and_tells_what_is_unknown(files, simkit):
    result = simkit(
        *("import", "--log", "calls.txt", "--mapping", "vicidial", "--contacts", "contacts.csv"),
        *("--timezone", "Europe/Rome", "--out", "imported"),
    )
    assert result.exit_code == 0, result.output
    log = read_call_log("imported")
    assert log.header.source == "field"
    assert len(log.contacts) == 90
    assert len(log.attempts) == len(read_call_log("log").attempts)
    assert "not in the export, so null: due_at, pushed" in result.stdout
    assert "0 rows left out" in result.stdout


def test_import_leaves_out_only_what_it_is_told_to_and_counts_it(files, simkit):
    lines = (files / "contacts.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (files / "contacts.csv").write_text("".join(lines[:51]), encoding="utf-8")
    call = ("import", "--log", "calls.txt", "--mapping", "vicidial", "--contacts", "contacts.csv")
    assert simkit(*call).exit_code == 2
    result = simkit(*call, "--leave-out", "unknown-contacts")
    assert result.exit_code == 0, result.output
    left = len(read_call_log("log").attempts) - len(read_call_log("simkit-log").attempts)
    assert f"({left:,} rows left out: contact not in the contacts file: {left:,})" in result.stdout


def test_import_by_a_mapping_of_five_lines(files, simkit):
    (files / "my.toml").write_text(
        'contact_id = "Lead"\ndialled_at = "Called"\ndisposition = "Result"\n'
        '[dispositions]\n"No answer" = "no_answer"\n',
        encoding="utf-8",
    )
    (files / "my.csv").write_text(
        "Lead,Called,Result\n7,2026-03-02 10:00,No answer\n", encoding="utf-8"
    )
    call = ("import", "--log", "my.csv", "--mapping", "my.toml", "--observed-until", "2026-06-01")
    result = simkit(*call)
    assert result.exit_code == 0, result.output
    assert list(read_call_log("simkit-log").contacts["contact_id"]) == [7]


def test_audit_without_arms_says_that_fatigue_is_not_identified(files, simkit):
    contacts = pd.read_csv(files / "contacts.csv").drop(columns="arm")
    contacts.to_csv(files / "contacts.csv", index=False)
    result = simkit(
        *("audit", "--log", "calls.txt", "--mapping", "vicidial", "--contacts", "contacts.csv"),
        *("--attempts", 3, "--out", "audit.csv"),
    )
    assert result.exit_code == 0, result.output
    assert "Not identified: nobody assigned at random" in result.stdout
    assert list(pd.read_csv(files / "audit.csv")["attempt_no"]) == [1, 2, 3]


def test_evaluate_gives_what_the_package_gives(files, simkit):
    result = simkit("evaluate", "--log", "log", "--scenario", "b2b", "--out", "arms.csv")
    assert result.exit_code == 0, result.output
    from simkit.scenario import load_scenario

    found = evaluate(
        read_call_log("log"), control="current", economics=load_scenario("b2b").economics()
    )
    assert "\n".join(found.paragraphs()) in result.stdout
    assert [text for text in found.sentences() if text not in result.stdout] == []
    written = pd.read_csv(files / "arms.csv")
    assert list(written["estimate"]) == pytest.approx(list(found.table["estimate"]))
    assert list(written.columns) == list(found.table.columns)


def test_evaluate_draws_its_arms_and_writes_files_before_it_tells(files, simkit, monkeypatch):
    asked = ("evaluate", "--log", "log", "--scenario", "b2b", "--out", "arms.csv")
    result = simkit(*asked, "--picture", "new/arms.png")
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith(f"Table: arms.csv\nPicture: {Path('new/arms.png')}\n")
    assert (files / "new" / "arms.png").read_bytes().startswith(b"\x89PNG")
    assert " made, none failed, " in result.stdout
    refused = simkit(*asked, "--picture", "log")
    assert refused.exit_code == 2
    assert "--picture == 'log', must be a file, not a folder" in " ".join(refused.output.split())
    (files / "arms.csv").unlink()

    def unprintable(self):
        assert (files / "arms.csv").is_file()
        raise RuntimeError("nobody reads on")

    monkeypatch.setattr("simkit.trial.Evaluation.paragraphs", unprintable)
    assert isinstance(simkit(*asked).exception, RuntimeError)


def test_evaluate_without_prices_says_that_money_is_left_out(files, simkit):
    result = simkit("evaluate", "--log", "log", "--control", "b2b=long", "--horizon", 30)
    assert result.exit_code == 0, result.output
    assert "No prices, so no net value" in result.stdout
    assert "current against long" in result.stdout
    assert "at 30 days" in result.stdout


def test_evaluate_a_table_of_one_row_a_contact(files, simkit):
    # 10 of 40 against 20 of 40: a difference of 25 percentage points.
    rows = [("none", int(i < 10)) for i in range(40)] + [("mail", int(i < 20)) for i in range(40)]
    table = pd.DataFrame(rows, columns=["group", "bought"])
    table.to_csv(files / "people.csv", index=False, sep=";")
    result = simkit(
        *("evaluate", "--table", "people.csv", "--arm", "group", "--outcome", "bought"),
        *("--control", "none"),
    )
    assert result.exit_code == 0, result.output
    assert "mail against 'none': bought +25.00 percentage points" in result.stdout


def test_the_arm_named_current_is_the_control_where_no_other_is_named(files, simkit):
    rows = [("current", int(i < 10)) for i in range(40)] + [("ten", int(i < 20)) for i in range(40)]
    table = pd.DataFrame(rows, columns=["arm", "bought"]).assign(account_id=[*range(40)] * 2)
    table.to_csv(files / "people.csv", index=False)
    asked = ("evaluate", "--table", "people.csv", "--outcome", "bought")
    result = simkit(*asked)
    assert result.exit_code == 0, result.output
    assert "Control: current, since --control names no other." in result.stdout
    assert "ten against current: bought +25.00 percentage points" in result.stdout
    # What Python would be told is told in the words of the command line too.
    assert "(--cluster account_id)" in result.stdout
    named = simkit(*asked, "--control", "ten")
    assert "since --control names no other" not in named.stdout
    assert "current against ten: " in named.stdout


def test_evaluate_is_told_which_way_is_better_and_a_refusal_is_no_choice(files, simkit):
    # 10 of 40 against 30 of 40.
    rows = [("none", int(i < 10)) for i in range(40)] + [("mail", int(i < 30)) for i in range(40)]
    table = pd.DataFrame(rows, columns=["arm", "calls_back"])
    table.to_csv(files / "people.csv", index=False)
    asked = ("--outcome", "calls_back", "--control", "none")
    guessed = simkit("evaluate", "--table", "people.csv", *asked)
    guess = " ".join(guessed.output.split())
    assert "ore of calls_back is taken as better" in guess
    assert "(--lower-is-better, --higher-is-better)" in guess
    assert "mail wins on calls back" in guessed.output
    turned = simkit("evaluate", "--table", "people.csv", *asked, "--lower-is-better", "calls_back")
    assert "Keep 'none': on calls back, mail is worse" in turned.output
    assert "taken as better" not in turned.output
    kept = simkit("evaluate", "--table", "people.csv", *asked, "--higher-is-better", "calls_back")
    assert "mail wins on calls back" in kept.output
    alone = pd.concat([table.head(2), table.tail(2)]).assign(calls_back=[0, 0, 1, 1])
    alone.to_csv(files / "few.csv", index=False)
    few = " ".join(simkit("evaluate", "--table", "few.csv", *asked).output.split())
    assert few.endswith("No choice between arms: an arm of two contacts tells too little.")


def test_evaluate_reads_names_as_they_are_written(files, simkit):
    """01 and 1 are two arms; a cell without an arm is still told."""
    rows = [f"{arm},{int(place < 10)}" for arm in ("01", "1", "2") for place in range(40)]
    (files / "people.csv").write_text("\n".join(["arm,bought", *rows]), encoding="utf-8")
    asked = ("--outcome", "bought", "--control", "01")
    result = simkit("evaluate", "--table", "people.csv", *asked)
    assert result.exit_code == 0, result.output
    assert "1 against 01: bought +0.00 percentage points" in result.stdout
    (files / "people.csv").write_text("\n".join(["arm,bought", *rows, ",1"]), encoding="utf-8")
    result = simkit("evaluate", "--table", "people.csv", *asked)
    assert result.exit_code == 2
    assert "arm == None, must be known for each row (row 122)" in " ".join(result.output.split())


def test_evaluate_refuses_counts_that_may_be_read_in_two_ways(files, simkit):
    table = "Braccio;n;Vendite\nA;25.000;12\nNessuno;25.000;10\n"
    (files / "tabella.csv").write_text(table, encoding="utf-8")
    asked = ("--arm", "Braccio", "--outcome", "Vendite", "--control", "Nessuno", "--n", "n")
    result = simkit("evaluate", "--table", "tabella.csv", *asked)
    assert result.exit_code == 2
    told = " ".join(result.output.split())
    assert "tabella.csv: n == '25.000', may be 25 or 25000 where ; stands between the" in told
    assert "write numbers without thousands separators (rows 2, 3)" in told
    (files / "tabella.csv").write_text(table.replace("25.000", "25000"), encoding="utf-8")
    assert simkit("evaluate", "--table", "tabella.csv", *asked).exit_code == 0


def test_evaluate_a_table_of_totals_by_segment(files, simkit):
    (files / "totals.csv").write_text(
        "place,arm,people,sale\nnorth,a,200,20\nnorth,b,200,60\nsouth,a,100,10\nsouth,c,100,12\n",
        encoding="utf-8",
    )
    result = simkit(
        *("evaluate", "--table", "totals.csv", "--outcome", "sale", "--n", "people"),
        *("--segment", "place", "--control", "north=b", "--control", "a"),
    )
    assert result.exit_code == 0, result.output
    assert "north · a against b: contacts who bought −20.00 percentage points" in result.stdout
    assert "south · c against a: contacts who bought +2.00 percentage points" in result.stdout


def test_arms_that_were_dealt_two_to_one_are_held_against_these_parts(files, simkit):
    (files / "totals.csv").write_text("arm,n,sale\ncurrent,2000,100\nlong,1000,60\n")
    asked = ("evaluate", "--table", "totals.csv", "--outcome", "sale")
    assert "Check failed: sample ratio (current 2,000, long 1,000)" in simkit(*asked).stdout
    dealt = simkit(*asked, "--expected-share", "current=2", "--expected-share", "long=1")
    assert dealt.exit_code == 0, dealt.output
    assert "Check failed" not in dealt.stdout
    turned = simkit(*asked, "--expected-share", "current=1", "--expected-share", "long=2")
    assert "Check failed: sample ratio" in turned.stdout


def test_a_refused_comparison_is_counted_beside_checks_that_found_nothing(files, simkit):
    # Of 40 in each arm the control lacks 20 values, the other none.
    rows = [("current", "" if i < 20 else i % 2) for i in range(40)]
    rows += [("long", i % 2) for i in range(40)]
    pd.DataFrame(rows, columns=["arm", "bought"]).to_csv(files / "people.csv", index=False)
    told = simkit("evaluate", "--table", "people.csv", "--outcome", "bought").stdout
    assert "bought: refused: missing for 25.0 % of the contacts" in told
    assert "none failed, 2 warned. But 1 comparison refused, as said above." in told


def test_answer_comparisons_and_warnings_stand_apart(files, simkit):
    (files / "totals.csv").write_text("arm,n,sale\ncurrent,2000,100\nlong,2000,120\n")
    result = simkit("evaluate", "--table", "totals.csv", "--outcome", "sale")
    blocks = [block.splitlines() for block in result.stdout.split("\n\n")]
    answer, comparisons, warnings, checks, choice = blocks
    assert len(answer) == 3  # the control, the answer, and that no design was given
    assert comparisons[0] == "Each comparison"
    assert warnings[0] == "What to know"
    assert checks == ["Checks: 2 made, none failed, 1 warned."]
    # 5 against 6 %: p = .17.
    assert choice[0].startswith("No arm was shown to be best, so this describes and chooses")
    assert "long leads with probability" in choice[0]
