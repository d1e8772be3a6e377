"""A trial read from Parquet in passing says what the same trial says in memory."""

from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from simkit.calllog import CallLog, read_call_log
from simkit.calllog.stored import open_call_log
from simkit.cli import inputs
from simkit.cli.application import app
from simkit.engine import simulate
from simkit.errors import InputError
from simkit.measures import contact_outcomes
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial import check_trial, evaluate
from simkit.trial.design import TrialDesign
from simkit.trial.models import (
    count_ratio,
    cumulative_incidence,
    gee,
    hazard_ratios,
    robust_value,
)
from simkit.trial.read import lots
from simkit.trial.read.trial import read_trial

ARMS = {
    segment: {"current": RecallPolicy.every(days=7), "long": RecallPolicy.every(days=21)}
    for segment in ("b2c", "b2b")
}


@pytest.fixture(scope="module")
def trial():
    """A simulated trial with everything that makes reading it hard."""
    world = load_scenario("trial")
    log = simulate(world, ARMS, contacts=400, days=110, seed=5)
    rng = np.random.default_rng(3)
    contacts, attempts = log.contacts.copy(), log.attempts.copy()
    contacts.loc[rng.random(len(contacts)) < 0.05, "arm"] = None
    # Who entered on a third of the days was observed for 80 days only: later calls are not known.
    short = contacts["entered_at"].dt.day_of_year % 3 == 0
    until = contacts["entered_at"] + pd.Timedelta(days=80)
    contacts.loc[short, "observed_until"] = until[short]
    ends = contacts.set_index("contact_id")["observed_until"]
    attempts = attempts[
        (attempts["dialled_at"] <= ends.reindex(attempts["contact_id"]).to_numpy())
    ].reset_index(drop=True)
    attempts.loc[rng.random(len(attempts)) < 0.1, "ring_s"] = None
    attempts.loc[rng.random(len(attempts)) < 0.05, "agent_id"] = None
    contacts["region"] = np.where(contacts["account_id"] % 3 > 0, "north", "south")
    contacts["age"] = rng.integers(20, 80, len(contacts))
    return CallLog(log.header, contacts, attempts, log.truth).validate()


@pytest.fixture(scope="module")
def economics():
    return load_scenario("trial").economics()


def as_text(log):
    """The same log with texts for ids, which are looked up in another way."""
    contacts, attempts, truth = log.contacts.copy(), log.attempts.copy(), log.truth.copy()
    for table, names in (
        (contacts, ("contact_id", "account_id")),
        (attempts, ("contact_id", "agent_id")),
        (truth, ("contact_id",)),
    ):
        for name in names:
            known = table[name].notna()
            table[name] = ("x" + table[name].astype("str")).where(known, None).astype("str")
    return CallLog(log.header, contacts, attempts, truth).validate()


def far_apart(log):
    """The same log with ids far from one another, which no table can hold."""
    contacts, attempts, truth = log.contacts.copy(), log.attempts.copy(), log.truth.copy()
    for table in (contacts, attempts, truth):
        table["contact_id"] = table["contact_id"] * 1_000_003 + 7
    return CallLog(log.header, contacts, attempts, truth).validate()


def assert_same(found, expected):
    # Sums are added in another order: some 1e-16 of them, more in a difference of two.
    pd.testing.assert_frame_equal(found.table, expected.table, rtol=1e-9, atol=1e-12)
    pd.testing.assert_frame_equal(found.exposure, expected.exposure, rtol=1e-9)
    pd.testing.assert_frame_equal(found.left_out, expected.left_out)
    pd.testing.assert_frame_equal(found.winners, expected.winners, rtol=1e-9)
    # What needs the calls or the covariates in memory is said to be unchecked.
    unchecked = found.checks["check"] == "calls"
    assert unchecked.sum() == 1
    made = found.checks[~unchecked].reset_index(drop=True)
    checks = expected.checks[expected.checks["check"].isin(made["check"])]
    pd.testing.assert_frame_equal(made, checks.reset_index(drop=True), rtol=1e-9)
    own = ("not checked", "agents called for more than one arm")
    told = [text for text in found.warnings if not any(words in text for words in own)]
    assert set(told) <= set(expected.warnings)


@pytest.fixture(scope="module")
def in_memory(trial, economics):
    """The evaluation of the trial in memory by the name of its settings, made once each."""

    @cache
    def evaluated(name="with prices"):
        return evaluate(trial, **{"control": "current", "economics": economics} | SETTINGS[name])

    return evaluated


SETTINGS = {
    "with prices": {},
    "another horizon": {"horizon_days": 100.5},
    "longer than anybody was followed": {"horizon_days": 300},
    "each contact alone": {"cluster": "contact_id"},
    "figures of calls": {"outcomes": ["attempts", "reached", "agent_s", "followed_days", "age"]},
    "another segment": {"segment": "region", "economics": None},
    "without prices": {"economics": None},
}


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("lot", [1 << 21, 217], ids=["one lot", "several lots"])
def test_the_rows_are_those_of_the_log_in_memory(
    trial, economics, in_memory, tmp_path, monkeypatch, name, lot
):
    monkeypatch.setattr(lots, "LOT", lot)
    folder = trial.write(tmp_path / "log")
    given = {"control": "current", "economics": economics} | SETTINGS[name]
    assert_same(evaluate(open_call_log(folder), **given), in_memory(name))


def test_money_in_unequal_arms_is_doubted_where_memory_assigns_contacts_anew(
    trial, economics, tmp_path
):
    contacts = trial.contacts.copy()
    moved = (contacts["arm"] == "long") & (contacts["contact_id"] % 10 > 0)
    contacts.loc[moved, "arm"] = "current"
    log = CallLog(trial.header, contacts, trial.attempts, trial.truth)
    given = {"control": "current", "economics": economics, "cluster": "contact_id"}
    stored, held = (
        evaluate(data, **given).table.set_index(["outcome", "segment"]).loc["net_value_eur"]
        for data in (open_call_log(log.write(tmp_path / "log")), log)
    )
    assert (stored["verdict"] == "cannot tell").all()
    assert stored["reason"].str.contains("a log in memory").all()
    assert held["method"].str.startswith("permutation of contacts").all()
    assert np.allclose(stored[["estimate", "se"]], held[["estimate", "se"]])


@pytest.mark.parametrize("change", [as_text, far_apart])
def test_the_kind_of_ids_does_not_matter(trial, economics, in_memory, tmp_path, change):
    folder = change(trial).write(tmp_path / "log")
    found = evaluate(open_call_log(folder), control="current", economics=economics)
    assert_same(found, in_memory())


def test_columns_without_a_sign_may_lack_values(trial, economics, in_memory, tmp_path):
    folder = trial.write(tmp_path / "log")
    path = folder / "attempts.parquet"
    rows = pq.read_table(path)
    for name in ("attempt_no", "ring_s", "talk_s", "wrap_s", "value_cents"):
        place = rows.schema.get_field_index(name)
        rows = rows.set_column(place, name, rows.column(name).cast(pa.uint32()))
    assert rows.column("ring_s").null_count
    pq.write_table(rows, path)
    stored = open_call_log(folder)
    assert_same(evaluate(stored, control="current", economics=economics), in_memory())


def test_the_bundled_trial_is_the_same(tmp_path):
    log = read_call_log("data/trial")
    given = {"control": "current", "economics": load_scenario("trial").economics()}
    found = evaluate(open_call_log(log.write(tmp_path / "log")), **given)
    assert_same(found, evaluate(log, **given))


BROKEN = {
    "an unknown disposition": ("attempts", 3, {"disposition": "sold"}),
    "a contact that nobody knows": ("attempts", 3, {"contact_id": 10**6}),
    "a number out of turn": ("attempts", 3, {"attempt_no": 9}),
    "a call before entry": ("attempts", 0, {"dialled_at": "2001-01-01", "due_at": None}),
    "a call after observation": ("attempts", -1, {"dialled_at": "2041-01-01"}),
    "a call before the row above": ("attempts", 40, {"dialled_at": "first", "due_at": None}),
    "a value without a sale": ("attempts", "no sale", {"value_cents": 100}),
    "seconds below 0": ("attempts", 3, {"talk_s": -1}),
    "seconds below 0 where others are not known": ("attempts", 3, {"ring_s": -1}),
    "a contact twice": ("contacts", 3, {"contact_id": 0}),
    "observed before entry": ("contacts", 3, {"observed_until": "2001-01-01"}),
    "an account in two segments": ("contacts", 0, {"account_id": "last"}),
    "a contact without account": ("contacts", 3, {"segment": None}),
}


@pytest.mark.parametrize(("table", "row", "values"), BROKEN.values(), ids=BROKEN)
def test_a_broken_row_is_named_as_in_memory(trial, tmp_path, table, row, values):
    folder = trial.write(tmp_path / "log")
    path = folder / f"{table}.parquet"
    rows = pd.read_parquet(path)
    if row == "no sale":
        row = int(np.flatnonzero(rows["disposition"] == "no_answer")[0])
    for name, given in values.items():
        column = rows[name].copy()
        if given in ("first", "last"):
            given = column.iloc[0 if given == "first" else -1]
        elif name.endswith("_at") or name == "observed_until":
            given = pd.NaT if given is None else pd.Timestamp(given, tz="Europe/Rome")
        column.iloc[row] = given
        rows[name] = column
    rows.to_parquet(path, index=False)
    with pytest.raises(InputError) as in_memory:
        read_call_log(folder)
    with pytest.raises(InputError) as in_passing:
        evaluate(open_call_log(folder), control="current")
    # Truth, which an evaluation does not validate, may be named in memory besides.
    expected = {str(problem) for problem in in_memory.value.problems}
    found = {str(problem) for problem in in_passing.value.problems}
    assert found
    assert found <= expected


def test_a_folder_that_is_no_such_log_says_all_that_is_wrong(trial, tmp_path):
    folder = trial.write(tmp_path / "log")
    rows = pd.read_parquet(folder / "attempts.parquet")
    rows["ring_s"] = rows["ring_s"].astype("float64")
    rows.drop(columns="channel").assign(mood="good").to_parquet(folder / "attempts.parquet")
    (folder / "contacts.parquet").write_text("no parquet")
    with pytest.raises(InputError) as raised:
        open_call_log(folder)
    told = str(raised.value)
    assert all(word in told for word in ("ring_s", "channel", "mood", "must be a Parquet file"))


def test_a_sale_without_value_is_named(trial, economics, tmp_path):
    folder = trial.write(tmp_path / "log")
    path = folder / "attempts.parquet"
    rows = pd.read_parquet(path)
    sale = int(np.flatnonzero(rows["disposition"] == "sale")[0])
    rows.loc[sale, "value_cents"] = None
    rows.to_parquet(path, index=False)
    prices = {
        name: price.model_copy(update={"sale_value_eur": None}) for name, price in economics.items()
    }
    with pytest.raises(InputError, match="sale_value_eur") as raised:
        evaluate(open_call_log(folder), control="current", economics=prices)
    assert raised.value.problems[0].rows == (sale,)


def test_the_command_line_reads_a_large_folder_in_passing(trial, tmp_path, monkeypatch):
    folder = trial.write(tmp_path / "log")
    command = ["evaluate", "--log", str(folder), "--scenario", "trial", "--out"]
    told = []
    for limit in (10**9, 0):
        monkeypatch.setattr(inputs, "MOST_IN_MEMORY", limit)
        ran = CliRunner().invoke(app, [*command, str(tmp_path / f"{limit}.csv")])
        assert ran.exit_code == 0, ran.output
        told.append(pd.read_csv(tmp_path / f"{limit}.csv"))
    monkeypatch.setattr(inputs.LogInput, "read", None)  # it must not be read into memory
    assert CliRunner().invoke(app, [*command, str(tmp_path / "again.csv")]).exit_code == 0
    pd.testing.assert_frame_equal(*told, rtol=1e-9, atol=1e-12)


def test_what_needs_the_contacts_values_is_refused(trial, economics, tmp_path):
    stored = open_call_log(trial.write(tmp_path / "log"))
    read = read_trial(stored, control="current")
    given = {"control": "current", "horizon_days": 60}
    works = {
        "adjust": lambda: evaluate(stored, control="current", adjust=["age"]),
        "errors of contacts alone": lambda: evaluate(
            stored, control="current", cluster="contact_id", errors="permutation"
        ),
        "second cluster": lambda: evaluate(stored, control="current", second_cluster="agent_id"),
        "gee of a log": lambda: gee(stored, "sale"),
        "gee of sums": lambda: gee(read, "sale"),
        "count ratio": lambda: count_ratio(read, "sale"),
        "robust value": lambda: robust_value(read, "sale"),
        "incidence": lambda: cumulative_incidence(stored, **given),
        "hazards": lambda: hazard_ratios(stored, **given),
        "checks": lambda: check_trial(stored, control="current"),
        "outcomes": lambda: contact_outcomes(stored),
    }
    for work in works.values():
        with pytest.raises(InputError, match="read_call_log"):
            work()


@pytest.mark.parametrize("fit", [gee, count_ratio, robust_value])
def test_a_model_names_what_is_no_trial(trial, fit):
    with pytest.raises(InputError, match="read_trial"):
        fit(trial, "sale")


def test_a_contact_without_segment_is_named_alike(trial, tmp_path):
    contacts = trial.contacts.copy()
    contacts.loc[contacts["arm"].notna().idxmax(), "region"] = None
    log = CallLog(trial.header, contacts, trial.attempts, trial.truth).validate()
    told = []
    for data in (log, open_call_log(log.write(tmp_path / "log"))):
        with pytest.raises(InputError, match="1 are without one") as raised:
            evaluate(data, control="current", segment="region")
        told.append(raised.value.problems)
    assert told[0] == told[1]


@pytest.mark.parametrize("split", [False, True], ids=["whole", "split"])
def test_accounts_may_lie_in_several_cells(trial, tmp_path, split):
    """Sums are kept by account, or by pairs of account and cell: both as in memory."""
    contacts = trial.contacts.copy()
    if split:
        contacts["arm"] = np.where(contacts.index % 2 > 0, "current", "long")
    log = CallLog(trial.header, contacts, trial.attempts, trial.truth).validate()
    stored = open_call_log(log.write(tmp_path / "log"))
    assert_same(evaluate(stored, control="current"), evaluate(log, control="current"))


def test_an_account_that_is_not_known_is_refused(trial, tmp_path):
    contacts = trial.contacts.copy()
    contacts["company"] = (contacts["account_id"] // 2).astype("Int64").mask(contacts.index < 5)
    log = CallLog(trial.header, contacts, trial.attempts, trial.truth).validate()
    stored = open_call_log(log.write(tmp_path / "log"))
    with pytest.raises(InputError, match="company"):
        evaluate(stored, control="current", cluster="company")


def test_two_dials_within_the_hour_that_autumn_repeats_have_no_gap_below_zero(trial, tmp_path):
    # 02:50 before the clock goes back, and 20 minutes later 02:10 after it.
    dials = pd.DatetimeIndex(["2026-10-25T00:50Z", "2026-10-25T01:10Z"]).tz_convert("Europe/Rome")
    contacts = trial.contacts.dropna(subset=["arm"]).reset_index(drop=True)
    contacts["entered_at"] = pd.Timestamp("2026-10-20", tz="Europe/Rome").as_unit("us")
    contacts["observed_until"] = pd.Timestamp("2026-11-25", tz="Europe/Rome").as_unit("us")
    missed = trial.attempts[trial.attempts["disposition"] == "no_answer"].head(len(contacts))
    assert len(missed) == len(contacts)
    parts = []
    for number, at in enumerate(dials.as_unit("us"), start=1):
        ids = contacts["contact_id"].to_numpy()
        parts.append(missed.assign(contact_id=ids, attempt_no=number, dialled_at=at, due_at=at))
    attempts = pd.concat(parts, ignore_index=True).astype({"attempt_no": "int32"})
    log = CallLog(trial.header, contacts, attempts, None).validate()
    log.write(tmp_path / "log")
    asked = {"control": "current", "outcomes": ["sale"]}
    here, there = (evaluate(data, **asked) for data in (log, open_call_log(tmp_path / "log")))
    assert (here.exposure["median_days_between_dials"] == 0).all()
    pd.testing.assert_frame_equal(there.exposure, here.exposure)


def test_segments_stand_in_the_order_of_the_design_else_of_the_data(tmp_path, trial, monkeypatch):
    """Whatever their names are: b2c is met first here, and the design names b2b first."""
    monkeypatch.setattr(lots, "LOT", 50)
    contacts = trial.contacts.sort_values("segment", ascending=False, kind="stable")
    log = CallLog(trial.header, contacts.reset_index(drop=True), trial.attempts).validate()
    stored = open_call_log(log.write(tmp_path / "log"))
    asked = {"outcomes": ["sale"], "horizon_days": 60.0}
    for data in (log, stored):
        found = evaluate(data, control="current", checks="assignment", **asked)
        for table in (found.table, found.exposure, found.winners):
            assert list(dict.fromkeys(table["segment"])) == ["b2c", "b2b"]
    design = TrialDesign(
        name="turned",
        arms={segment: ARMS[segment] for segment in ("b2b", "b2c")},
        control=dict.fromkeys(ARMS, "current"),
        salt="turned",
        horizon_days=60.0,
        primary="sale",
        secondary=(),
        guardrails={},
    )
    for data in (log, stored):
        found = evaluate(data, design=design, checks="assignment")
        for table in (found.table, found.exposure, found.winners):
            assert list(dict.fromkeys(table["segment"])) == ["b2b", "b2c"]
        assert found.sentence().index("b2b · ") < found.sentence().index("b2c · ")
    plain = evaluate(log, control="current", checks="assignment", **asked).table
    turned = evaluate(log, design=design, checks="assignment").table
    numbers = ["segment", "arm", "estimate", "ci_low", "p_adjusted", "n"]
    first, other = (table[table["outcome"] == "sale"][numbers] for table in (plain, turned))
    pd.testing.assert_frame_equal(first.sort_values("segment", ignore_index=True), other)
    checked = check_trial(log, design=design)
    assert list(dict.fromkeys(checked.exposure["segment"])) == ["b2b", "b2c"]


def test_sales_are_counted_for_a_net_value_also_where_nobody_asks_for_them(
    trial, economics, tmp_path
):
    """In 60 days 4 of the households buy, and 10 of the companies' contacts."""
    disk = open_call_log(trial.write(tmp_path / "log"))
    asked, alone, stored = (
        evaluate(
            log, control="current", economics=economics, horizon_days=60, outcomes=list(outcomes)
        ).table
        for log, outcomes in (
            (trial, ("net_value_eur", "sale")),
            (trial, ("net_value_eur",)),
            (disk, ("net_value_eur",)),
        )
    )
    few = asked[asked["outcome"] == "net_value_eur"].set_index("segment")["rare"]
    assert set(few != "") == {True, False}
    for found in (alone, stored):
        money = found[found["outcome"] == "net_value_eur"].set_index("segment")
        assert money["rare"].to_dict() == few.to_dict()
        assert set(found["outcome"]) == set(asked["outcome"]) - {"sale"}
