"""Checks that need no calls: strata, entry, balance, people; and the words around them."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simkit.policy import RecallPolicy
from simkit.trial import evaluate
from simkit.trial.checked import Checks
from simkit.trial.checks.assignment import assignment_checks, sample_ratio
from simkit.trial.checks.balance import balance_table
from simkit.trial.checks.check import Check, checks_table, homogeneity, worst_first
from simkit.trial.checks.clock import clock_changes, jumps
from simkit.trial.checks.opened import opened_days
from simkit.trial.checks.weeks_of_entry import entry_checks
from simkit.trial.read.data import TrialData
from simkit.trial.read.persons import known_before, person_columns, same_person


def trial(table: pd.DataFrame, **more: object) -> TrialData:
    """Contacts with columns arm, cluster and covariates."""
    arms = tuple(sorted(table["arm"].unique()))
    rows = table[["arm"]].assign(segment="all", followed=True)
    rows["cluster"] = table.get("cluster", pd.Series(range(len(table))))
    settings: dict[str, object] = {
        "where": "table",
        "arms": {"all": arms},
        "control": {"all": arms[0]},
        "contacts": rows,
        "values": pd.DataFrame(index=rows.index),
        "outcomes": (),
        "clustered": bool(rows["cluster"].duplicated().any()),
        "unit": "contact",
        "left_out": pd.DataFrame(columns=["reason", "count"]),
        "covariates": table.drop(columns=["arm", "cluster"], errors="ignore"),
    }
    return TrialData(**settings | more)  # type: ignore[arg-type]


def test_sample_ratio_of_a_published_case() -> None:
    # Kohavi, Tang, Xu 2020, Trustworthy Online Controlled Experiments, ch. 21: p = 1.8e-6.
    p_value, found = sample_ratio({"control": 821_588, "treatment": 815_482})
    assert p_value == pytest.approx(1.8e-6, abs=0.05e-6)
    assert found == "control 821,588, treatment 815,482"


def test_sample_ratio_of_four_arms_of_unequal_parts() -> None:
    # Mendel's peas. R: chisq.test(c(315, 108, 101, 32), p = c(9, 3, 3, 1)/16): χ² .47002, p .9254.
    seen = {"round yellow": 315, "round green": 108, "wrinkled yellow": 101, "wrinkled green": 32}
    p_value, _ = sample_ratio(seen, dict(zip(seen, (9, 3, 3, 1), strict=True)))
    assert round(p_value, 4) == 0.9254


@pytest.mark.parametrize(
    ("first", "said"),
    # Pearson's χ² of 1,000 in two arms: p = .53, .027 and .0019 (normal, z = .63, 2.21 and 3.10).
    [
        (510, "arms are as large as assigned by chance"),
        (535, "(p = 0.027; of tests where nothing is wrong 1 in 20 finds as much)"),
        (549, "(p = 0.0019; worth a look at how contacts came into the arms)"),
    ],
)
def test_what_chance_does_not_usually_make_is_not_said_to_be_as_chance_makes_it(
    first: int, said: str
) -> None:
    table = pd.DataFrame({"arm": ["a"] * first + ["b"] * (1000 - first)})
    row = next(one for one in assignment_checks(trial(table), None) if one.check == "sample ratio")
    assert row.verdict == "ok"
    assert said in row.meaning
    assert ("as assigned by chance" in row.meaning) == (row.p_value >= 0.05)


def test_homogeneity_of_a_two_by_two_table() -> None:
    # χ² = n (ad − bc)² ÷ (row and column sums), on 1 degree of freedom.
    statistic = 100 * (30 * 30 - 20 * 20) ** 2 / 50**4
    assert homogeneity(np.array([[30, 20], [20, 30]])) == pytest.approx(stats.chi2.sf(statistic, 1))
    assert np.isnan(homogeneity(np.array([[30, 20], [0, 0]])))


def test_a_stratum_with_another_ratio_fails_though_the_whole_is_even() -> None:
    arm = ["a"] * 130 + ["b"] * 70 + ["a"] * 70 + ["b"] * 130
    data = trial(pd.DataFrame({"arm": arm, "town": ["north"] * 200 + ["south"] * 200}))
    found = {check.check: check for check in assignment_checks(data, None, ("town",))}
    assert found["sample ratio"].verdict == "ok"
    row = found["sample ratio by town"]
    assert (row.verdict, row.found) == ("fail", "2 values of town; north: a 130, b 70")
    # 400 (130² − 70²)² ÷ 200⁴
    assert row.p_value == pytest.approx(stats.chi2.sf(400 * 12_000**2 / 200**4, 1))


def test_weeks_of_entry_are_joined_until_they_can_be_tested() -> None:
    """One arm closed after three of six weeks; 4 contacts a week are too few for a test each."""
    week = np.repeat(np.arange(6), 8)
    arm = np.where((np.arange(48) % 2 == 0) | (week >= 3), "a", "b")
    entered = pd.Series(pd.Timestamp("2026-01-12") + pd.to_timedelta(7 * week, unit="D"))
    table = pd.DataFrame({"arm": arm})
    entered = entered.dt.tz_localize("Europe/Rome")
    (check,) = entry_checks(trial(table), entered)
    # 12 b of 48 need 20 contacts for 5 expected: 24 and 24, with 12 and 0 b.
    assert check.found.startswith("2 periods of entry from the week of 2026-01-12")
    expected = stats.chi2.sf(48 * (12 * 24) ** 2 / (24 * 24 * 36 * 12), 1)
    assert check.p_value == pytest.approx(expected)
    assert check.verdict == "fail"


def test_balance_is_told_in_standard_deviations() -> None:
    """Means 2 and 3 with variances 2/3 each; shares 1/3 and 0 of a town."""
    table = pd.DataFrame(
        {
            "arm": ["a", "a", "a", "b", "b", "b"],
            "age": [1.0, 2.0, 3.0, 2.0, 3.0, 4.0],
            "town": ["north", "south", "south", "south", "south", "south"],
        }
    )
    found = balance_table(trial(table)).set_index("covariate")["difference"]
    assert found["age"] == pytest.approx(1 / np.sqrt(2 / 3))
    assert found["town = north"] == pytest.approx(-(1 / 3) / np.sqrt((2 / 9 + 0) / 2))
    assert found["town = south"] == pytest.approx(-found["town = north"])


def test_what_is_missing_is_a_covariate_of_its_own() -> None:
    table = pd.DataFrame({"arm": ["a", "a", "b", "b"], "age": [1.0, 2.0, np.nan, 3.0]})
    found = balance_table(trial(table)).set_index("covariate")
    assert found.loc["age = missing", "mean"] == 0.5
    assert found.loc["age", "mean"] == 3.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+39 02 1234567", "0039021234567"),
        ("02-123.4567", "021234567"),
        ("Anna@Example.it ", "anna@example.IT"),
        ("RSSMRA80A01H501U", "rssmra80a01 h501u"),
    ],
)
def test_one_person_written_in_two_ways(one: str, other: str) -> None:
    first, second = same_person(pd.Series([one, other]))
    assert first == second


def test_what_identifies_nobody_is_nobody() -> None:
    assert same_person(pd.Series(["-", "n/a", "0000000", "  ", None])).isna().all()
    # 39 without + or 00 may be the beginning of a number.
    assert same_person(pd.Series(["390212345"])).iloc[0] == "390212345"
    assert same_person(pd.Series([3331234567.0, np.nan])).iloc[0] == "3331234567"


def test_columns_of_people_are_known_by_name_and_values() -> None:
    table = pd.DataFrame(
        {
            "Telefono": [f"02{n:07d}" for n in range(10)],
            "P.IVA": [f"IT{n:011d}" for n in range(10)],
            "phone_2": ["021234567"] * 10,
            "cellar": [f"cellar {n}" for n in range(10)],
            "contact_id": range(100_000, 100_010),
        }
    )
    assert person_columns(table) == ("Telefono", "P.IVA")


def test_what_tells_persons_apart_is_no_covariate_unless_it_was_registered() -> None:
    numbers = np.arange(90)
    table = pd.DataFrame(
        {
            "arm": ["a", "b", "a"] * 30,
            "age": numbers,
            "telefono": 390212345000 + numbers,  # each its own
            "phone_2": 390212345000 + numbers // 3,  # three of each: not mostly unique
            "email": [f"{n}@example.it" for n in numbers],
            "has_email": numbers % 2 == 0,
            "n_mobile": numbers % 4,
        }
    )
    assert known_before(table, {"arm"}) == ["age", "has_email", "n_mobile"]
    assert "telefono" in known_before(table, {"arm"}, ["telefono"])


def test_people_in_a_table_of_contacts() -> None:
    table = pd.DataFrame({"arm": ["a", "b"] * 200, "sale": np.arange(400) % 3 == 0})
    table["tax_code"] = [f"code{n:06d}" for n in range(400)]
    names = {"outcomes": ["sale"], "control": "a"}
    fine = evaluate(table, **names).checks.set_index("check").loc["people by tax_code"]
    assert fine["verdict"] == "ok"
    table.loc[[0, 1, 2, 4], "tax_code"] = ["Same 1", "same1", "Same 2", "same2"]
    found = evaluate(table, **names)
    row = found.checks.set_index("check").loc["people by tax_code"]
    assert row["verdict"] == "warning"
    assert "1 people stand in different arms and 1 more than once in one arm" in row["found"]
    assert any("they got both intervals" in text for text in found.warnings)


def test_colleagues_may_share_a_telephone() -> None:
    table = pd.DataFrame({"firm": np.arange(400) // 2, "arm": ["a", "a", "b", "b"] * 100})
    table["phone"] = [f"02{firm:07d}" for firm in table["firm"]]
    table["sale"] = np.arange(400) % 3 == 0
    found = evaluate(table, outcomes=["sale"], control="a", cluster="firm", person=["phone"])
    assert found.checks.set_index("check").loc["people by phone", "verdict"] == "ok"


def test_clock_changes_of_rome() -> None:
    days = [int((pd.Timestamp(day) - pd.Timestamp(0)).days) for day in ("2026-03-29", "2026-10-25")]
    # Summer time: from the last Sunday of March to that of October (directive 2000/84/EC).
    assert clock_changes("Europe/Rome", days[0] - 80, days[1] + 60) == {days[0]: 1.0, days[1]: -1.0}
    assert clock_changes("UTC", days[0], days[1]) == {}


def test_a_short_day_is_no_jump() -> None:
    """100 dials a day from 9 to 18; two short days, then one an hour later."""
    hours = np.zeros((28, 24))
    hours[:, 9:18] = 100 / 9
    hours[17, 13:18] = 0
    hours[18, 9:14] = 0
    assert jumps(hours) == []
    hours[26] = np.roll(hours[20], 1)
    assert jumps(hours) == [(26, 1)]


def test_open_days_are_read_from_the_dials() -> None:
    """Two weeks of 30 dials a day, Saturdays 10, one Wednesday none."""
    first = int((pd.Timestamp("2026-01-12") - pd.Timestamp(0)).days)
    made = np.array([30, 30, 30, 30, 30, 10, 0] * 2)
    made[9] = 0
    days = pd.Series(first + np.arange(14))
    days, dials = days[made > 0], pd.Series(made)[made > 0]
    found = opened_days(days, dials, dials > 0)
    assert found.weekdays == (True,) * 6 + (False,)
    assert found.closed.astype(str).tolist() == ["2026-01-21"]
    # A segment without those of the Saturdays has no calls on them, and the same holiday.
    other = opened_days(days, dials, dials > 10)
    assert other.weekdays == (True,) * 5 + (False,) * 2
    assert other.closed.tolist() == found.closed.tolist()


def test_weekdays_without_calls_are_no_holidays() -> None:
    """Six weeks of calls from Wednesday to Friday: a week still has five working days."""
    first = int((pd.Timestamp("2026-01-12") - pd.Timestamp(0)).days)
    days = pd.Series([first + 7 * week + day for week in range(6) for day in (2, 3, 4)])
    found = opened_days(days, pd.Series(30, index=days.index), days > 0)
    assert found.weekdays == (False, False, True, True, True, False, False)
    assert len(found.closed) == 0
    wednesday = np.array(["2026-01-14"], dtype="datetime64[D]")
    five, seven = RecallPolicy.every(working_days=5), RecallPolicy.every(working_days=7)
    assert found.after(wednesday, five.interval).astype(str).tolist() == ["2026-01-21"]
    # Seven working days on it is Friday; eight Monday, and Wednesday is the next with calls.
    assert found.after(wednesday, seven.interval).astype(str).tolist() == ["2026-01-23"]
    eight = RecallPolicy.every(working_days=8).interval
    assert found.after(wednesday, eight).astype(str).tolist() == ["2026-01-28"]
    # A few calls on three days of one week do not tell that the others are closed.
    few = opened_days(days[:3], pd.Series(3, index=days.index[:3]), days[:3] > 0)
    assert few.weekdays == (True,) * 5 + (False,) * 2


def test_the_worst_stands_first_and_says_what_to_do() -> None:
    rows = [
        Check("a", "all", "x", 0.5, "ok", "fine"),
        Check("b", "b2c", "y", 0.5, "warning", "odd", "look"),
        Check("c", "all", "z", 0.5, "fail", "wrong", "stop"),
    ]
    assert worst_first(checks_table(rows))["check"].tolist() == ["c", "b", "a"]
    assert rows[1].sentence() == "b, b2c (y): odd; what to do: look"


def test_as_many_warnings_are_counted_as_are_listed() -> None:
    """What two segments share is said once, and counted once."""
    late = ("late", "2 of 9", np.nan, "warning", "some came late", "wait")
    rows = [Check(late[0], segment, *late[1:]) for segment in ("north", "south")]  # type: ignore[arg-type]
    rows.append(Check("gaps", "north", "1 of 9", np.nan, "warning", "gaps are long", "look"))
    none = pd.DataFrame()
    found = Checks(checks_table(rows), none, none, none)
    assert len(found.sentences()) == 2
    assert "3 checks, none failed; there are 2 warnings: late, gaps" in found.sentence()


def test_contacts_taken_out_of_one_arm_show_in_the_size_of_its_accounts() -> None:
    """300 accounts an arm of 1 to 5 contacts; one contact in five leaves one arm only."""
    random = np.random.default_rng(8)
    sizes = random.integers(1, 6, 600)
    account = np.repeat(np.arange(600), sizes)
    table = pd.DataFrame({"account": account, "arm": np.where(account % 2 > 0, "long", "now")})
    table["sale"] = 0
    gone = (table["arm"] == "long") & (random.random(len(table)) < 0.2)
    given = {"control": "now", "outcomes": ["sale"], "cluster": "account"}
    for data, verdict in ((table, "ok"), (table[~gone], "fail")):
        checks = evaluate(data.reset_index(drop=True), **given).checks.set_index("check")
        assert checks.loc["contacts per account", "verdict"] == verdict
        assert checks.loc["sample ratio", "verdict"] == "ok"
