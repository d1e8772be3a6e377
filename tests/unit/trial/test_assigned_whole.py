"""Groups that were assigned as a whole are told by their rows, whatever their column is called."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simkit.calllog import CallLog
from simkit.calllog.stored import open_call_log
from simkit.trial import evaluate
from simkit.trial.read.assigned_whole import groups_assigned, unit_doubts

SEEDS = range(20)


def trial(seed: int, *, one_by_one: bool = False, name: str = "company_id") -> pd.DataFrame:
    """60 companies of 20 contacts who buy alike; no arm does anything."""
    random = np.random.default_rng(seed)
    company = np.repeat(np.arange(60), 20)
    arm = random.permutation(np.arange(60) % 2)[company]
    buys = random.random(len(company)) < random.beta(1.5, 8, 60)[company]
    if one_by_one:
        arm = random.permutation(arm)
    return pd.DataFrame(
        {name: company, "arm": np.where(arm == 0, "a", "b"), "sale": buys.astype(int)}
    )


def doubts(table: pd.DataFrame, names: list[str], **more: Any) -> tuple[str, ...]:
    labels = table.assign(segment="all") if "segment" not in table else table
    return unit_doubts(table, names, labels[["segment", "arm"]], None, **more)


@pytest.mark.parametrize("name", ["company_id", "azienda", "X"])
def test_companies_assigned_as_a_whole_are_told_at_once_and_contacts_of_them_are_not(
    name: str,
) -> None:
    """60 values of 20 rows lie in one arm each by chance in (2 · .5²⁰)⁶⁰ of the trials."""
    for seed in SEEDS:
        (told,) = doubts(trial(seed, name=name), [name])
        assert told.startswith(f"60 values of {name}, each wholly in one arm")
        assert f'cluster="{name}", --cluster {name}' in told
        assert told.endswith("the intervals are far too narrow")
        assert doubts(trial(seed, one_by_one=True, name=name), [name]) == ()


def test_the_answer_begins_with_it_until_the_cluster_is_named() -> None:
    table = trial(3)
    found = evaluate(table, control="a", outcomes=["sale"])
    assert found.doubts[0].startswith("60 values of company_id")
    assert "60 values of company_id, each wholly in one arm" in found.sentence()
    assert evaluate(table, control="a", outcomes=["sale"], cluster="company_id").doubts == ()


def test_accounts_by_their_own_name_are_told_once_and_with_the_proof() -> None:
    found = evaluate(trial(3, name="account_id"), control="a", outcomes=["sale"])
    (told,) = [text for text in found.doubts if "account" in text]
    assert told.startswith("contacts share accounts, but cluster was not given: 60 values of")


@pytest.mark.parametrize("cluster", ["contact_id", "reparto"])
@pytest.mark.parametrize("few", [False, True])
def test_a_cluster_finer_than_the_accounts_silences_nothing(cluster: str, few: bool) -> None:
    """Contacts, or two departments of each account; 60 accounts, or two of 600 contacts."""
    for seed in SEEDS[:5]:
        table = trial(seed, name="account_id")
        table["contact_id"] = np.arange(len(table))
        if few:
            table["account_id"] = table["arm"].map({"a": 1, "b": 2})
        if cluster == "reparto":
            within = table["contact_id"] % (40 if few else 2)
            table["reparto"] = table["account_id"] * 100 + within
        found = evaluate(table, control="a", outcomes=["sale"], cluster=cluster)
        (told,) = [text for text in found.doubts if "account" in text]
        assert told.startswith(f"contacts share accounts, but cluster is {cluster}: ")
        assert "each wholly in one arm, which is no chance" in told
        assert 'cluster="account_id", --cluster account_id' in told
        assert told[1:] in found.sentence()


@pytest.mark.parametrize("cluster", ["contact_id", "reparto", "region", "azienda"])
def test_a_cluster_that_was_dealt_or_joins_accounts_is_not_doubted(cluster: str) -> None:
    """Contacts or departments dealt one by one split their accounts; regions hold whole ones."""
    for seed in SEEDS[:5]:
        table = trial(seed, name="account_id")
        table["contact_id"] = np.arange(len(table))
        table["reparto"] = table["account_id"] * 2 + table["contact_id"] % 2
        table["region"] = table["account_id"] // 3
        table["azienda"] = "firm " + table["account_id"].astype(str)
        units = table[cluster].unique()
        dealt = np.random.default_rng(seed).permutation(np.arange(len(units)) % 2)
        table["arm"] = (
            table[cluster].map(dict(zip(units, dealt, strict=True))).map({0: "a", 1: "b"})
        )
        kept = ["contact_id", "account_id", "arm", "sale", *({cluster} - {"contact_id"})]
        found = evaluate(table[kept], control="a", outcomes=["sale"], cluster=cluster)
        assert found.doubts == ()


def test_a_few_accounts_of_two_may_lie_whole_by_chance() -> None:
    """Three pairs of colleagues lie whole once in eight times, and hardly matter."""
    table = trial(4, one_by_one=True, name="company").drop(columns="company")
    table["contact_id"] = np.arange(len(table))
    table["account_id"] = table["contact_id"]
    for pair in range(3):
        mates = table.index[table["arm"] == "ab"[pair % 2]][2 * pair : 2 * pair + 2]
        table.loc[mates, "account_id"] = -1 - pair
    assert table["account_id"].duplicated().sum() == 3
    labels = table.assign(segment="all")[["segment", "arm"]]
    assert unit_doubts(table, (), labels, "contact_id", rows_told=True) == ()


def test_what_the_arm_says_of_itself_is_no_group() -> None:
    """Two scripts an arm; planned gaps of one arm longer than all of the other."""
    random = np.random.default_rng(1)
    arm = random.choice(["a", "b"], 1200)
    which = random.integers(0, 9, 1200)
    table = pd.DataFrame({"arm": arm, "sale": 0})
    table["script"] = [f"{one}{number % 2}" for one, number in zip(arm, which, strict=True)]
    table["gap"] = np.where(arm == "a", which, which + 10)
    table["reason"] = np.where(arm == "a", "none", which.astype(str))
    assert doubts(table, ["script", "gap", "reason"]) == ()


def test_groups_are_looked_for_within_segments() -> None:
    """A firm of two segments may stand in another arm of each, as each drew its own."""
    table = pd.concat(
        [trial(seed).assign(segment=name) for seed, name in ((1, "b2b"), (2, "b2c"))],
        ignore_index=True,
    )
    (told,) = doubts(table, ["company_id"])
    assert told.startswith("60 values of company_id")


def test_of_groups_within_groups_the_larger_are_named_and_not_what_only_describes_them() -> None:
    table = trial(5)
    table["size"] = table["company_id"].clip(lower=1) * 7  # two firms are alike in it, or none
    labels = table.assign(segment="all")[["segment", "arm"]]
    names = ["size", "company_id"]
    one_firm = table["company_id"].isin((0, 1))
    table.loc[one_firm, "arm"] = labels.loc[one_firm, "arm"] = "a"
    found = groups_assigned(table, names, labels, None)
    assert found is not None
    assert (found.name, found.several) == ("company_id", 60)
    # 12 regions of five firms each, assigned as a whole.
    table["region"] = table["company_id"] // 5
    labels["arm"] = np.where(table["region"] % 2 == 0, "a", "b")
    found = groups_assigned(table, [*names, "region"], labels, None)
    assert found is not None
    assert found.name == "region"
    # Of clusters that are named, those counted once lie in larger ones that were assigned.
    wider = groups_assigned(table, ["size", "region"], labels, "company_id")
    assert wider is not None
    assert wider.name == "region"
    assert groups_assigned(table, ["size", "company_id"], labels, "region") is None


def test_a_log_tells_the_companies_of_its_contacts(trial_log: CallLog) -> None:
    """120 accounts of two, an arm by turns: a company of two neighbours of one arm."""
    pair = trial_log.contacts["account_id"].rank(method="dense").astype(int) - 1
    arms = trial_log.contacts["arm"]
    company = arms.astype(str) + "/" + (pair // 4).astype(str)
    contacts = trial_log.contacts.assign(company=company)
    log = CallLog(trial_log.header, contacts, trial_log.attempts)
    asked: dict[str, Any] = {"control": "14 days", "outcomes": ["sale"]}
    assert "values of company, each wholly in one arm" in evaluate(log, **asked).doubts[0]
    assert not any("wholly in one arm" in one for one in evaluate(trial_log, **asked).doubts)
    named = evaluate(log, cluster="company", **asked)
    assert not any("wholly in one arm" in one for one in named.doubts)


def test_a_log_tells_that_its_accounts_were_assigned_also_from_disk(
    trial_log: CallLog, tmp_path: Path
) -> None:
    """120 accounts of two, whole by arm: a chance of .5¹²⁰ had contacts been dealt."""
    asked: dict[str, Any] = {"control": "14 days", "outcomes": ["sale"], "cluster": "contact_id"}
    trial_log.write(tmp_path / "log")
    for log in (trial_log, open_call_log(tmp_path / "log")):
        (told,) = [one for one in evaluate(log, **asked).doubts if "share accounts" in one]
        assert told.startswith("contacts share accounts, but cluster is contact_id: 120 values of")
    # As dealt one by one: one colleague in each arm, or chance.
    chance = np.random.default_rng(2).permutation(trial_log.contacts["arm"].to_numpy())
    dealt = CallLog(trial_log.header, trial_log.contacts.assign(arm=chance), trial_log.attempts)
    dealt.write(tmp_path / "dealt")
    for log in (dealt, open_call_log(tmp_path / "dealt")):
        assert not any("share accounts" in one for one in evaluate(log, **asked).doubts)
