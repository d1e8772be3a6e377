"""Errors that follow a second grouping of the contacts: the agents who called them."""

import dataclasses
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.stats.tests as tests_of_statsmodels
from autumn import design
from least_squares import cluster_cov, two_way_cov
from scipy import stats
from statsmodels.stats.sandwich_covariance import cov_cluster_2groups

from simkit.calllog import CallLog
from simkit.cli.evaluated import tell
from simkit.errors import InputError
from simkit.trial import evaluate
from simkit.trial.design import load_design
from simkit.trial.design.cautions import of_second_cluster
from simkit.trial.effects.guardrails import OPEN
from simkit.trial.effects.means import means_of_contacts
from simkit.trial.effects.trend import trend
from simkit.trial.read.agents import second_clusters
from simkit.trial.read.trial import read_trial


def called(seed: int = 1, agents: int = 12, accounts: int = 60) -> pd.DataFrame:
    """Contacts of accounts, of agents who are unlike each other and call for both arms."""
    random = np.random.default_rng(seed)
    account = np.repeat(np.arange(accounts), random.geometric(0.3, accounts))
    agent = random.integers(0, agents, len(account))
    value = random.normal(size=agents)[agent] + random.normal(size=accounts)[account]
    return pd.DataFrame(
        {
            "account": account,
            "arm": np.where(account % 2 == 0, "a", "b"),
            "agent": agent.astype(float),
            "value": value + random.normal(size=len(account)),
        }
    )


def opposed(agents: int = 12) -> pd.DataFrame:
    """Contacts of accounts whose agents make both arms and all accounts more alike than chance.

    Each agent has two contacts of each account, whose values the account moves up and down by as
    much: agents differ in nothing, so that V_agents is 0 and V_pairs is not.
    """
    accounts = np.arange(20)
    account = np.repeat(accounts, 2 * agents)
    agent = np.tile(np.repeat(np.arange(agents), 2), len(accounts))
    # 1 and −1 in turn, in one way by account and in the other by agent: their sums by agent are 0.
    sign = np.where((account // 2 + agent) % 2 == 0, 1.0, -1.0)
    value = sign * (2 + agent % 3) + np.random.default_rng(4).normal(size=20)[account] * 0.2
    return pd.DataFrame(
        {"account": account, "arm": np.where(account % 2 == 0, "a", "b"), "agent": agent * 1.0}
    ).assign(value=value)


ASKED: dict[str, Any] = {"outcomes": ["value"], "control": "b", "cluster": "account"}


def test_both_groupings_as_statsmodels_has_them() -> None:
    """Cameron, Gelbach and Miller 2011; statsmodels' gives Petersen's published .0536.

    Each agent calls for one arm, and agents are unlike: they add to the error of each arm.
    """
    table = called()
    table["agent"] = 2 * table["agent"] + (table["arm"] == "a")
    row = evaluate(table, second_cluster="agent", errors="cr1", **ASKED).table.iloc[0]
    x = sm.add_constant((table["arm"] == "a").astype(float))
    fit = sm.OLS(table["value"], x).fit()
    account, agent = (table[name].to_numpy().astype(int) for name in ("account", "agent"))
    both = cov_cluster_2groups(fit, account, agent)[0]
    assert row["se"] == pytest.approx(np.sqrt(both[1, 1]))
    # Satterthwaite's of the variances by agent, of which each arm has 12.
    about = table["value"] - table.groupby("arm")["value"].transform("mean")
    by_agent = about.groupby([table["arm"], table["agent"]]).sum()
    own = (by_agent**2).groupby("arm").sum() / table.groupby("arm").size() ** 2
    assert row["df"] == pytest.approx(own.sum() ** 2 / (own**2 / 11).sum())
    assert row["method"].startswith("OLS, CR1 by account and by second cluster")
    alone = evaluate(table, **ASKED).table.iloc[0]
    assert row["estimate"] == pytest.approx(alone["estimate"])
    assert row["se"] > alone["se"]


@pytest.mark.parametrize("errors", ["cr1", "cr2", "crv3"])
def test_agents_who_have_less_than_nothing_in_common_leave_the_error_of_accounts(
    errors: str,
) -> None:
    """Cameron, Gelbach and Miller's is smaller here than that by accounts alone, as is shown."""
    table = opposed()
    x = np.column_stack([np.ones(len(table)), table["arm"] == "a"]).astype(float)
    y, account, agent = (table[name].to_numpy() for name in ("value", "account", "agent"))
    residuals = y - x @ np.linalg.lstsq(x, y)[0]
    by_account = np.sqrt(cluster_cov(x, residuals, account, errors)[1, 1])
    both = np.sqrt(two_way_cov(x, residuals, account, agent.astype(int), errors)[1, 1])
    assert both < 0.8 * by_account
    row = evaluate(table, second_cluster="agent", errors=errors, **ASKED).table.iloc[0]
    assert row["se"] == pytest.approx(by_account)
    assert row["df"] == 11  # 12 agents


def test_no_contrast_of_arms_has_a_smaller_error_by_two_groupings_than_by_accounts() -> None:
    """Of 40 trials whose agents have nothing in common; the usual errors were below in most."""
    random, below = np.random.default_rng(6), 0
    for _ in range(40):
        account = np.repeat(np.arange(60), random.geometric(0.3, 60))
        arm, agent = account % 3, random.integers(0, 8, len(account))
        value = random.normal(size=60)[account] + random.normal(size=len(account))
        alone = means_of_contacts(value, arm, ("a", "b", "c"), account, errors="cr2")
        found = means_of_contacts(value, arm, ("a", "b", "c"), account, second=agent, errors="cr2")
        # A difference of covariances without a value below 0: no contrast is smaller.
        assert np.linalg.eigvalsh(found.cov - alone.cov).min() > -1e-12
        for one, other in ((0, 1), (0, 2), (1, 2)):
            names = (found.arms[one], found.arms[other])
            assert found.difference(*names).se >= (1 - 1e-9) * alone.difference(*names).se
            assert found.difference(*names).df <= alone.difference(*names).df
        assert trend(found, {"a": 0.0, "b": 1.0, "c": 2.0}).df <= 7  # of 8 agents
        dummies = (arm[:, None] == np.arange(3)).astype(float)
        both = two_way_cov(dummies, value - alone.mean[arm], account, agent, "cr2")
        below += bool(both[0, 0] + both[1, 1] - 2 * both[0, 1] < alone.difference("a", "b").se ** 2)
    assert below > 20


def test_shares_scaled_to_what_accounts_tell_are_not_surer_by_agents() -> None:
    """Where an arm has no event at all, and where few have one, of a guardrail too."""
    table = opposed().assign(opt_out=lambda t: (t["value"] > 3.9).astype(int))
    for events in (table["opt_out"], table["opt_out"] * (table["arm"] == "a")):
        trial = table[["account", "arm", "agent"]].assign(opt_out=events, sale=1 - events)
        asked: dict[str, Any] = ASKED | {"outcomes": ["sale"], "guardrails": {"opt_out": 0.05}}
        alone, both = (
            evaluate(trial, second_cluster=name, **asked).table.set_index("outcome").loc["opt_out"]
            for name in (None, "agent")
        )
        assert both["ci_high_adjusted"] >= alone["ci_high_adjusted"]
        assert both["ci_low_adjusted"] <= alone["ci_low_adjusted"]


@pytest.mark.parametrize("method", ["lin", "cuped"])
def test_adjusted_means_follow_agents_too(method: Any) -> None:
    """Each agent calls for one arm, and agents are unlike: errors by account alone miss that."""
    table = called(accounts=200)
    table["agent"] = 2 * table["agent"] + (table["arm"] == "a")
    noise = np.random.default_rng(8).normal(size=len(table))
    table["calls_before"] = table["value"] + 3 * noise
    asked = ASKED | {"adjust": ["calls_before"], "adjust_method": method}
    alone = evaluate(table, **asked).table.iloc[0]
    both = evaluate(table, second_cluster="agent", **asked).table.iloc[0]
    assert both["se"] > 1.5 * alone["se"]
    assert 11 < both["df"] < 22  # Satterthwaite's, of 12 agents an arm
    assert "by second cluster" in both["method"]
    crossing = opposed().assign(calls_before=lambda t: np.arange(len(t)) % 7)
    few = {name: evaluate(crossing, second_cluster=name, **asked) for name in (None, "agent")}
    (alone, both) = (found.table.iloc[0] for found in few.values())
    assert both["se"] >= (1 - 1e-9) * alone["se"]
    assert both["df"] == 11


def test_means_of_an_arm_with_one_agent_are_not_adjusted_and_refused() -> None:
    table = called(accounts=200).assign(calls_before=lambda t: np.arange(len(t)) % 7)
    table.loc[table["arm"] == "a", "agent"] = 1.0
    row = evaluate(table, second_cluster="agent", adjust=["calls_before"], **ASKED).table.iloc[0]
    assert row["verdict"] == "refused"
    assert "all contacts of a belong to one second cluster" in row["reason"]
    assert np.isnan(row["ratio_low"])


def test_petersens_panel() -> None:
    """Petersen (2009), Review of Financial Studies 22, table of his test data: y on x.

    b 1.034833; standard errors OLS .0286, White .0284, by firm .0506, by firm and year .0536. The
    panel, 500 firms by 10 years, comes with statsmodels' own tests.
    """
    file = Path(tests_of_statsmodels.__file__).parent / "test_data.txt"
    if not file.is_file():
        pytest.skip("this statsmodels comes without its tests' data")
    firm, year, x, y = np.loadtxt(file).T
    regressors = np.column_stack([np.ones(len(x)), x])
    b, *_ = np.linalg.lstsq(regressors, y)
    residuals = y - regressors @ b
    firms, years, rows = firm.astype(int), year.astype(int), np.arange(len(y))
    assert b[1] == pytest.approx(1.034833, abs=5e-7)
    covs = {
        0.0284: cluster_cov(regressors, residuals, rows, "cr1"),
        0.0506: cluster_cov(regressors, residuals, firms, "cr1"),
        0.0536: two_way_cov(regressors, residuals, firms, years),
    }
    for published, cov in covs.items():
        assert np.sqrt(cov[1, 1]) == pytest.approx(published, abs=5e-5)
    plain = residuals @ residuals / (len(y) - 2) * np.linalg.inv(regressors.T @ regressors)
    assert np.sqrt(plain[1, 1]) == pytest.approx(0.0286, abs=5e-5)


def test_contacts_without_an_agent_share_only_their_account() -> None:
    """One agent each would say the same of them, were accounts of one contact."""
    table = called().drop_duplicates("account").reset_index(drop=True)
    table.loc[::3, "agent"] = np.nan
    codes = table["agent"].fillna(-1).to_numpy().astype(int)
    alone = np.where(codes < 0, 100 + np.arange(len(codes)), codes)
    arm = (table["arm"] == "a").to_numpy().astype(int)
    found = [
        means_of_contacts(table["value"].to_numpy(), arm, ("b", "a"), None, second=each)
        for each in (codes, alone)
    ]
    # As statsmodels' factor for the number of agents counts those groups, both count them.
    assert found[0].cov == pytest.approx(found[1].cov)
    assert found[0].others is not None
    assert found[1].others is not None
    assert found[0].others.sizes.accounts < found[1].others.sizes.accounts


def test_an_agent_for_each_arm_leaves_nothing_to_tell_from() -> None:
    table = called()
    table["agent"] = np.where(table["arm"] == "a", "Anna", "Ben")
    row = evaluate(
        table, outcomes=["value"], control="b", cluster="account", second_cluster="agent"
    ).table.iloc[0]
    assert row["verdict"] == "refused"
    assert row["reason"] == (
        "all contacts of a and b belong to one second cluster, so what the arm does cannot be told "
        "from what that one does: no error can be had"
    )
    assert np.isnan([row["se"], row["ci_low"], row["ci_high"], row["p_value"]]).all()
    assert not np.isnan(row["estimate"])


def test_a_control_that_nobody_called_has_no_agent_rather_than_one() -> None:
    asked: dict[str, Any] = {"outcomes": ["value"], "control": "b", "cluster": "account"}
    table = called()
    table.loc[table["arm"] == "b", "agent"] = np.nan
    found = evaluate(table, second_cluster="agent", **asked)
    row = found.table.iloc[0]
    assert row["verdict"] == "refused"
    assert row["reason"] == (
        "no contact of b has a second cluster (nobody called there, or who did is not known), so "
        "errors cannot follow it; without second_cluster they follow what was assigned"
    )
    assert "no contact of b has a second cluster" in found.regret().sentence()
    # As the reason advises.
    assert evaluate(table, **asked).table["se"].iloc[0] > 0
    table.loc[table["arm"] == "a", "agent"] = 1.0
    reason = evaluate(table, second_cluster="agent", **asked).table["reason"].iloc[0]
    assert reason.startswith("all contacts of a belong to one second cluster")
    assert "; no contact of b has a second cluster" in reason
    nobody = table.assign(agent=np.nan)
    reason = evaluate(nobody, second_cluster="agent", **asked).table["reason"].iloc[0]
    assert reason.startswith("no contact of a and b has a second cluster")


def test_a_log_whose_control_was_never_called_says_so(trial_log: CallLog) -> None:
    assert trial_log.attempts is not None
    arms = trial_log.contacts.set_index("contact_id")["arm"]
    called_for = trial_log.attempts["contact_id"].map(arms)
    attempts = trial_log.attempts[called_for != "14 days"].reset_index(drop=True)
    found = evaluate(
        replace(trial_log, attempts=attempts),
        control="14 days",
        outcomes=["sale"],
        second_cluster="agent_id",
    )
    row = found.table[found.table["role"] == "primary"].iloc[0]
    assert row["verdict"] == "refused"
    assert "no contact of 14 days has a second cluster (nobody called there" in row["reason"]


def test_one_agent_in_one_arm_is_refused_as_a_guardrail_too() -> None:
    table = called()
    table.loc[table["arm"] == "a", "agent"] = 1.0
    table["opt_out"] = np.random.default_rng(3).random(len(table)) < 0.2
    found = evaluate(
        table,
        outcomes=["value", "opt_out"],
        control="b",
        cluster="account",
        second_cluster="agent",
        guardrails={"opt_out": 0.05},
    )
    assert "all contacts of a belong to one second cluster" in found.table["reason"].iloc[1]
    assert found.vetoes["state"].iloc[0].startswith("open")


def test_accounts_cannot_be_resampled_beside_a_second_cluster() -> None:
    with pytest.raises(InputError, match="must not resample accounts"):
        evaluate(
            called(),
            outcomes=["value"],
            control="b",
            cluster="account",
            second_cluster="agent",
            errors="wild",
        )


def test_totals_hold_no_agents() -> None:
    totals = pd.DataFrame({"arm": ["a", "b"], "n": [50, 50], "sale": [5, 8]})
    with pytest.raises(InputError, match="second_cluster == 'agent', must be None"):
        evaluate(totals, outcomes=["sale"], control="b", second_cluster="agent")


def test_a_contact_of_a_log_has_the_agent_who_dialled_it_most(
    call_log: Callable[..., CallLog],
) -> None:
    """First by dials, then by who dialled first; dials after the horizon do not count."""
    days = {
        1: [(1, "Anna"), (2, "Ben"), (3, "Ben")],
        2: [(1, "Ben"), (2, "Anna")],  # as often: Ben was first
        3: [(1, "Anna"), (40, "Ben"), (41, "Ben")],  # within 30 days only Anna
        4: [(1, None)],  # a machine
        5: [],
    }
    people = [{"contact_id": number, "arm": "a"} for number in days]
    usual = {"disposition": "no_answer", "ring_s": 20, "talk_s": 0, "wrap_s": 0}
    calls = [
        usual | {"contact_id": number, "dialled_at": day, "agent_id": agent}
        for number, made in days.items()
        for day, agent in made
    ]
    found = second_clusters(call_log(people, calls), "agent_id", 30).codes
    ben, anna = found[0], found[2]
    assert found.tolist() == [ben, ben, anna, -1, -1]
    assert ben != anna


def test_a_log_whose_arms_have_an_agent_each_is_refused(trial_log: CallLog) -> None:
    assert trial_log.attempts is not None
    one_each = (trial_log.attempts["agent_id"] + 3) // 4
    log = replace(trial_log, attempts=trial_log.attempts.assign(agent_id=one_each))
    found = evaluate(log, control="14 days", outcomes=["sale"], second_cluster="agent_id")
    rows = found.table[found.table["role"] != "secondary"]
    assert set(rows["verdict"]) == {"refused"}
    assert "all contacts of 7 days and 14 days belong to one" in rows["reason"].iloc[0]
    assert found.winners["winner"].tolist() == [None]
    assert "No answer" in found.sentence()


def test_a_second_cluster_that_a_log_does_not_have_is_named(trial_log: CallLog) -> None:
    with pytest.raises(InputError, match="must be agent_id or a column of contacts"):
        evaluate(trial_log, control="14 days", second_cluster="team")


@pytest.mark.parametrize("errors", ["auto", "cr1", "cr2", "crv3"])
def test_one_agent_for_all_arms_is_refused_with_any_errors(errors: str) -> None:
    table = called().assign(agent=1)
    found = evaluate(
        table,
        outcomes=["value"],
        control="b",
        cluster="account",
        second_cluster="agent",
        errors=errors,
    )
    assert found.table["verdict"].tolist() == ["refused"]
    assert "belong to one second cluster" in found.sentence()
    assert found.regret().table.empty


def test_a_log_dialled_by_one_agent_is_refused(trial_log: CallLog) -> None:
    assert trial_log.attempts is not None
    calls = trial_log.attempts.assign(agent_id=trial_log.attempts["agent_id"] * 0 + 1)
    found = evaluate(
        dataclasses.replace(trial_log, attempts=calls),
        control="14 days",
        outcomes=["sale"],
        second_cluster="agent_id",
    )
    assert found.table.loc[found.table["role"] == "primary", "verdict"].tolist() == ["refused"]


def test_a_registered_second_cluster_is_what_errors_follow(trial_log: CallLog) -> None:
    registered = design().replace(second_cluster="agent_id")
    found = evaluate(trial_log, design=registered)
    asked = evaluate(
        trial_log,
        control="14 days",
        outcomes=["net_sale_expected", "opt_out", "attempts"],
        guardrails={"opt_out": 0.5},
        horizon_days=60,
        second_cluster="agent_id",
    )
    numbers = ["estimate", "se", "df", "ci_low", "ci_high", "method"]
    pd.testing.assert_frame_equal(found.table[numbers], asked.table[numbers])
    assert not any("second_cluster" in text for text in found.warnings)


def test_a_second_cluster_that_was_not_registered_decides_nothing(trial_log: CallLog) -> None:
    found = evaluate(trial_log, design=design(), second_cluster="agent_id")
    assert not found.trustworthy
    assert any("second_cluster: agent_id instead of none" in text for text in found.warnings)


def test_a_registered_second_cluster_can_be_left_out_and_that_is_told(trial_log: CallLog) -> None:
    registered = design().replace(second_cluster="agent_id")
    found = evaluate(trial_log, design=registered, second_cluster="")
    plain = evaluate(trial_log, design=design())
    numbers = ["estimate", "se", "df", "ci_low", "ci_high", "method"]
    pd.testing.assert_frame_equal(found.table[numbers], plain.table[numbers])
    assert not found.trustworthy
    assert any("second_cluster: none instead of agent_id" in text for text in found.warnings)
    asked_for_none = evaluate(trial_log, design=design(), second_cluster="")
    assert not any("second_cluster" in text for text in asked_for_none.warnings)


def test_a_design_without_a_second_cluster_keeps_the_identity_it_had(tmp_path: Path) -> None:
    # Reports and records of assignments name designs by it, and looks are held against it.
    plain = design()
    assert "second_cluster" not in plain.to_dict()
    crossed = plain.replace(second_cluster="agent_id")
    assert crossed.identity() != plain.identity()
    assert load_design(crossed.write(tmp_path / "trial.toml")) == crossed


def test_few_agents_are_called_agents_however_many_accounts_there_are() -> None:
    table = called(agents=6, accounts=748)
    table["value"] += 5.0 * (table["arm"] == "a")
    found = evaluate(
        table, outcomes=["value"], control="b", cluster="account", second_cluster="agent"
    )
    assert found.table["verdict"].tolist() == ["better"]
    told = "far too few groups of agent (6 an arm"
    for said in (found.warnings[0], found.sentence().lower(), found.regret().sentence()):
        assert told in said
        assert "it takes 10 an arm at the very least" in said
        assert "too few accounts" not in said


def test_few_accounts_are_called_accounts_beside_a_second_cluster_too() -> None:
    table = called(agents=40, accounts=12)
    found = evaluate(
        table, outcomes=["value"], control="b", cluster="account", second_cluster="agent"
    )
    assert "far too few accounts" in found.regret().sentence()


def test_without_an_event_agents_show_nothing_and_accounts_alone_bound_the_harm() -> None:
    """Newcombe's upper bound of 0 of n each is Wilson's, z² ÷ (n + z²)."""
    table = called(agents=6, accounts=900).assign(complaint=0, sale=0)
    table.loc[::7, "sale"] = 1
    sizes = table.groupby(["arm", "account"]).size()
    n = [float(own.sum() ** 2 / (own**2).sum()) for _, own in sizes.groupby(level=0)]
    found = evaluate(
        table[["account", "arm", "agent", "sale", "complaint"]],
        outcomes=["sale", "complaint"],
        control="b",
        cluster="account",
        second_cluster="agent",
        guardrails={"complaint": 0.05},
    )
    row = found.table.set_index("outcome").loc["complaint"]
    z = stats.norm.isf(0.025)
    assert row["ci_high"] == pytest.approx(z**2 / (n[0] + z**2))
    assert row["ci_high_adjusted"] < 0.05  # and yet:
    assert row["verdict"] == "cannot tell"
    assert "; 0 events in both arms: how far groups of agent differ cannot" in row["reason"]
    assert "with probability" not in row["reason"]
    assert found.vetoes["state"].tolist() == [OPEN]


@pytest.mark.parametrize("agents", [6, {"7 days": 2, "14 days": 4}])
def test_a_design_says_how_little_few_agents_leave_to_tell_from(agents: Any) -> None:
    crossed = design(second_cluster="agent_id")
    (told,) = of_second_cluster(crossed.replace(agents=agents))
    assert "6 agents leave at most 5 degrees of freedom" in told
    assert "degrees of freedom" not in "".join(of_second_cluster(crossed))


@pytest.mark.parametrize(("dials", "doubted"), [(1, True), (2, True), (10, False)])
def test_contacts_that_several_agents_call_are_doubted_to_belong_to_one(
    call_log: Callable[..., CallLog], dials: int, doubted: bool
) -> None:
    """Of ``dials + 1`` dials of each contact its main agent makes all but one: 50, 67, 91 %."""
    people = [{"contact_id": number, "arm": "ab"[number % 2]} for number in range(8)]
    usual = {"disposition": "no_answer", "ring_s": 20, "talk_s": 0, "wrap_s": 0}
    calls = [
        usual | {"contact_id": n, "dialled_at": 1 + day, "agent_id": "AB"[(day == dials) ^ n // 4]}
        for n in range(8)
        for day in range(dials + 1)
    ]
    data = read_trial(
        call_log(people, calls),
        arm="arm",
        outcomes=["sale"],
        control="b",
        horizon_days=30,
        second_cluster="agent_id",
    )
    rule = "a contact counts as the agent's who made most of its dials"
    told = [text for text in (*data.doubts, *data.warnings) if rule in text]
    assert len(told) == 1
    assert (told[0] in data.doubts) is doubted
    part = f"{100 * dials / (dials + 1):.0f} %"
    assert (f"only {part} of them (a {part}, b {part})" in told[0]) is doubted
    assert (f"({part} of them on average)" in told[0]) is not doubted
    assert ("team or shift" in told[0]) is doubted


def test_few_agents_of_a_log_are_told_once_in_plain_words(
    trial_log: CallLog, capsys: pytest.CaptureFixture[str]
) -> None:
    """Five agents in two segments: not tested, and no choice, for one reason."""
    assert trial_log.attempts is not None
    random = np.random.default_rng(2)
    places = np.where(random.random(120) < 0.5, "north", "south")  # of accounts
    agents = random.integers(1, 6, 240)  # of contacts
    log = replace(
        trial_log,
        contacts=trial_log.contacts.assign(segment=places[trial_log.contacts["account_id"]]),
        attempts=trial_log.attempts.assign(agent_id=agents[trial_log.attempts["contact_id"]]),
    )
    found = evaluate(log, control="14 days", outcomes=["sale"], second_cluster="agent_id")
    tell(found)
    said = " ".join(capsys.readouterr().out.split())
    assert "agent_id" not in said
    assert said.count("it takes 10 an arm") == 1
    assert "was not tested: north has far too few agents (" in said
    assert "; south has far too few agents (" in said
    assert said.count("far too few agents (") == 2
    assert said.endswith(
        "north and south · No choice between arms: far too few agents, as said above."
    )
    assert "far too few agents (" in found.regret().sentence()  # which stands by itself
