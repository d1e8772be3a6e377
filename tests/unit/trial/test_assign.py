"""Who gets which arm: by chance that can be had again, and nobody ever moves."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.trial.assign import assign, load_assignment, read_contact_list
from simkit.trial.assign.randomise import block_of, by_blocks, uniform
from simkit.trial.design import TrialDesign

ARMS = {
    "current": RecallPolicy.every(working_days=5),
    "long": RecallPolicy.every(working_days=10),
}


def made(**changes):
    fields = {
        "name": "autumn",
        "arms": {"b2c": ARMS, "b2b": ARMS},
        "control": {"b2c": "current", "b2b": "current"},
        "salt": "autumn-2026",
        "horizon_days": 98.0,
    }
    return TrialDesign(**{**fields, **changes})


def contacts_of(accounts, size=2, seed=1):
    """A list of accounts of the same size, each in one segment and region, in random order."""
    rng = np.random.default_rng(seed)
    account = np.repeat(np.arange(accounts), size)
    frame = pd.DataFrame(
        {
            "contact_id": np.arange(len(account)) + 100_000,
            "account_id": account,
            "segment": np.where(account % 3 == 0, "b2b", "b2c"),
            "region": np.array(["north", "south", "west"])[account % 7 % 3],
            "age": rng.normal(40, 10, len(account)),
            "source": rng.choice(["web", "fair"], len(account)),
        }
    )
    return frame.sample(frac=1, random_state=seed)


def arms_of(assignment):
    return assignment.table.set_index("contact_id")["arm"]


def test_the_number_of_an_id_can_be_computed_by_anybody():
    # FIPS 180-4, example: SHA-256("abc") begins ba7816bf 8f01cfea.
    assert uniform("abc") == (0xBA7816BF8F01CFEA >> 11) / 2**53


def test_numbers_are_uniform_and_two_salts_have_nothing_in_common():
    # Pearson's χ² on fixed ids; a good hash fails each of the two once in 1,000 choices of ids.
    ids = range(20_000)
    one, two = (np.array([uniform(f"{salt}:{i}") for i in ids]) for salt in ("spring", "autumn"))
    assert stats.chisquare(np.bincount((one * 50).astype(int))).pvalue > 0.001
    table = np.histogram2d(one, two, bins=8, range=[[0, 1], [0, 1]])[0]
    assert stats.chi2_contingency(table).pvalue > 0.001


def test_arms_get_their_parts():
    # 3,000 accounts, three quarters long: binomial, 4.5 standard errors are 107 (once in 150,000).
    found = assign(contacts_of(3000), made(shares={"current": 1.0, "long": 3.0}))
    units = found.table.drop_duplicates("account_id")["arm"].value_counts()
    assert units["long"] == pytest.approx(2250, abs=107)
    assert set(found.balance["expected"]) == {0.25, 0.75}


def test_arms_do_not_hang_on_the_order_in_which_they_are_named():
    other = {"b2c": dict(reversed(ARMS.items())), "b2b": dict(reversed(ARMS.items()))}
    listed = contacts_of(200)
    assert arms_of(assign(listed, made())).equals(arms_of(assign(listed, made(arms=other))))


@pytest.mark.parametrize("unit", ["account", "contact"])
def test_a_whole_account_gets_one_arm_and_contacts_their_own(unit):
    found = assign(contacts_of(400, size=3), made(unit=unit)).table
    arms = found.groupby("account_id")["arm"].nunique()
    # Of 400 accounts of three assigned one by one, three quarters hold both arms.
    assert (arms == 1).all() if unit == "account" else 250 < (arms == 2).sum() < 350


@settings(max_examples=12)
@given(
    st.lists(st.sets(st.integers(0, 60), min_size=1), min_size=2, max_size=4),
    st.sampled_from(["hash", "blocks"]),
    st.integers(0, 10_000),
)
def test_nobody_moves_however_the_list_grows_and_shrinks(lists, method, seed):
    everybody = contacts_of(61, seed=seed)[["contact_id", "account_id", "segment", "region"]]
    design = made(strata=("region",))
    arms = {}
    earlier = None
    for number, accounts in enumerate(lists):
        listed = everybody[everybody["account_id"].isin(accounts)].sample(
            frac=1, random_state=seed + number
        )
        # Part of an account may come later than the rest.
        listed = listed.iloc[: max(1, len(listed) - number)]
        earlier = assign(listed, design, method=method, earlier=earlier)
        for contact, arm in arms_of(earlier).items():
            assert arms.setdefault(contact, arm) == arm
        pairs = earlier.table[["account_id", "arm"]].drop_duplicates()
        assert pairs["account_id"].is_unique
        if method == "hash":
            alone = assign(listed, design, method="hash")
            assert (arms_of(alone) == arms_of(earlier)[arms_of(alone).index]).all()
        else:
            units = earlier.table.drop_duplicates("account_id")
            counts = pd.crosstab([units["segment"], units["region"]], units["arm"])
            counts = counts.reindex(columns=list(ARMS), fill_value=0)
            assert (counts["current"] - counts["long"]).abs().max() <= 1


def test_blocks_are_even_within_each_stratum_and_a_hash_is_not():
    listed = contacts_of(600)
    design = made(strata=("region",))
    even, by_chance = assign(listed, design), assign(listed, design, method="hash")
    assert (even.method, by_chance.method) == ("blocks", "hash")
    gaps = even.balance.groupby(["segment", "stratum"])["units"].agg(np.ptp)
    assert gaps.max() <= 1
    assert by_chance.balance.groupby(["segment", "stratum"])["units"].agg(np.ptp).max() > 1
    assert assign(listed, made()).method == "hash"


def test_blocks_hold_unequal_parts_exactly():
    assert block_of({"a": 0.5, "b": 0.25, "c": 0.25}) == ("a", "a", "b", "c")
    assert block_of({"a": 1 / 3, "b": 2 / 3}) == ("a", "b", "b")
    assert block_of({"a": 0.31415926, "b": 0.68584074}) is None
    with pytest.raises(InputError, match="ratio of small whole numbers"):
        assign(contacts_of(9), made(shares={"current": 1.0, "long": 3.14159}), method="blocks")


def test_the_order_in_which_blocks_deal_is_not_that_of_the_list():
    # Of two contacts of a stratum dealt one after the other, either may come first: over 400
    # salts the first of the list gets current in half, give or take 4.5 standard errors of 10.
    first = [
        by_blocks(["a", "b"], str(salt), "b2c", ("current", "long"), 0)["a"] == "current"
        for salt in range(400)
    ]
    assert sum(first) == pytest.approx(200, abs=45)


def test_balance_is_shown_for_what_was_known_before():
    listed = contacts_of(1000)
    found = assign(listed, made())
    table = found.table.merge(listed.astype({"contact_id": str})[["contact_id", "age"]])
    here = table[table["segment"] == "b2c"]
    row = found.covariates.query("segment == 'b2c' and covariate == 'age'").iloc[0]
    a, c = (here.loc[here["arm"] == arm, "age"] for arm in ("long", "current"))
    assert row["mean"] == pytest.approx(a.mean())
    expected = (a.mean() - c.mean()) / np.sqrt((a.var(ddof=0) + c.var(ddof=0)) / 2)
    assert row["standardised"] == pytest.approx(expected)
    assert 0 < row["p_value"] < 1
    assert {"source: fair", "source: web"} <= set(found.covariates["covariate"])
    assert found.balance["contacts"].sum() == len(listed)
    assert found.balance["share"].groupby(found.balance["segment"]).sum().tolist() == [1.0, 1.0]
    assert "2,000 contacts of 1,000 accounts assigned by hash" in found.sentence()
    assert "<table" in found._repr_html_()


def test_a_covariate_that_tells_the_arms_apart_is_seen():
    listed = contacts_of(300)
    arms = arms_of(assign(listed, made()))
    listed["leak"] = (listed["contact_id"].astype(str).map(arms) == "long") * 1.0
    found = assign(listed, made())
    assert (found.checks.query("check == 'balance of covariates'")["p_value"] < 0.001).all()
    assert "arms differ in what was known at assignment" in found.sentence()


def test_an_account_in_two_segments_or_strata_is_refused_with_its_rows(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(
        "contact_id,account_id,segment,region\n1,A,b2c,north\n2,A,b2b,north\n3,B,b2c,north\n"
        "4,B,b2c,south\n5,C,b2c,south\n"
    )
    with pytest.raises(InputError) as told:
        assign(path, made(strata=("region",)))
    assert [(p.where, p.field, p.rows) for p in told.value.problems] == [
        ("list.csv", "segment", (2, 3)),
        ("list.csv", "region", (4, 5)),
    ]
    # The values that differ are shown as those of the column, and whose they are in words.
    segment, region = told.value.problems
    assert (segment.value, region.value) == ("b2c and b2b", "north and south")
    assert segment.rule.endswith("unlike in account A")
    assert region.rule.endswith("unlike in account B")


def test_everything_wrong_with_a_list_is_told_at_once(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("contact_id;account_id;segment\n1;A;b2c\n1;B;b2x\n;C;b2b\n4;;b2b\n")
    with pytest.raises(InputError) as told:
        assign(path, made(), method="dice", again="so")
    found = {(p.field, p.rows) for p in told.value.problems}
    assert found == {
        ("method", ()),
        ("again", ()),
        ("contact_id", (2, 3)),
        ("contact_id", (4,)),
        ("account_id", (5,)),
        ("segment", (3,)),
    }
    with pytest.raises(InputError) as told:
        assign(contacts_of(3)[["contact_id"]], made(strata=("shop",)))
    assert [p.field for p in told.value.problems] == ["account_id", "shop", "segment"]


def test_a_list_that_has_arms_is_not_assigned_over():
    listed = contacts_of(5).assign(arm="current")
    with pytest.raises(InputError, match="have arms already"):
        assign(listed, made())


def test_a_missing_stratum_is_one_of_its_own():
    listed = contacts_of(80)
    listed.loc[listed["account_id"] % 5 == 0, "region"] = None
    found = assign(listed, made(strata=("region",)))
    assert "(missing)" in set(found.balance["stratum"])
    assert found.balance.groupby(["segment", "stratum"])["units"].agg(np.ptp).max() <= 1


def test_an_assignment_comes_back_from_its_file(tmp_path):
    found = assign(contacts_of(50), made(strata=("region",)))
    path = found.write_csv(tmp_path / "assignment.csv")
    again = load_assignment(path)
    assert again.table.astype(str).equals(found.table.astype(str))
    for name in ("trial", "design", "salt", "method", "unit", "strata", "parts", "again"):
        assert getattr(again, name) == getattr(found, name)
    assert made().salt not in (tmp_path / "assignment.json").read_text()
    with pytest.raises(InputError, match="not overwritten"):
        found.write_csv(path)


def test_a_spreadsheet_may_save_the_file_anew_but_not_change_it(tmp_path):
    listed = contacts_of(30).assign(contact_id=[f"00{i}" for i in range(60)])
    path = assign(listed, made()).write_csv(tmp_path / "assignment.csv")
    table = pd.read_csv(path, dtype=str)
    table.sample(frac=1, random_state=1).to_csv(path, sep=";", index=False)
    assert len(load_assignment(path).table) == 60
    for change in (
        {"arm": "long"},
        {"contact_id": table["contact_id"].astype(int).astype(str)},
    ):
        table.assign(**change).to_csv(path, index=False)
        with pytest.raises(InputError, match="changed afterwards"):
            load_assignment(path)
    (tmp_path / "assignment.json").unlink()
    with pytest.raises(InputError, match="how the assignment was made"):
        load_assignment(path)


def test_assigning_again_is_refused_or_kept_on_record(tmp_path):
    listed = contacts_of(200)
    first = assign(listed, made()).write_csv(tmp_path / "first.csv")
    other = made(salt="better luck")
    with pytest.raises(InputError, match="another salt: contacts would move"):
        assign(listed, other, earlier=first)
    with pytest.raises(InputError, match="another salt"):
        assign(listed, other).write_csv(tmp_path / "second.csv")
    found = assign(listed, other, earlier=first, again="the list was the wrong one")
    path = found.write_csv(tmp_path / "second.csv")
    (record,) = load_assignment(path).again
    # Half of 200 accounts of two move, give or take 4.5 standard errors of 14.
    assert record.moved == pytest.approx(200, abs=64)
    assert record.both == 400
    assert "Reason given: the list was the wrong one." in found.sentence()
    # And a third time, with both on record.
    third = assign(listed, made(salt="c"), earlier=path, again="once more")
    assert [one.reason for one in third.again] == ["the list was the wrong one", "once more"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"unit": "contact"}, "accounts as units"),
        ({"shares": {"current": 1.0, "long": 2.0}}, "other arms or shares"),
        ({"strata": ("region",)}, "other strata"),
    ],
)
def test_whatever_arms_hang_on_may_not_change(change, words):
    first = assign(contacts_of(20), made(), method="hash")
    with pytest.raises(InputError, match=words):
        assign(contacts_of(20), made(**change), method="hash", earlier=first)
    # What they do not hang on may.
    same = assign(contacts_of(20), made(horizon_days=120.0), method="hash", earlier=first)
    assert arms_of(same).equals(arms_of(first))


def test_again_without_anything_changed_is_refused():
    first = assign(contacts_of(20), made())
    with pytest.raises(InputError, match="nothing has changed since"):
        assign(contacts_of(20), made(), earlier=first, again="luck")
    with pytest.raises(InputError, match="must come with the earlier assignment"):
        assign(contacts_of(20), made(), again="luck")


def test_contacts_that_leave_the_list_or_change_stratum_stay_as_assigned():
    listed = contacts_of(90)
    design = made(strata=("region",))
    first = assign(listed, design)
    later = listed[listed["account_id"] >= 10].replace({"region": {"north": "south"}})
    second = assign(later, design, earlier=first)
    assert arms_of(second).sort_index().equals(arms_of(first).sort_index())
    assert (~second.table["on_list"]).sum() == 20
    before = first.table.set_index("contact_id")["region"]
    after = second.table.set_index("contact_id")["region"]
    assert after.sort_index().equals(before.sort_index())
    assert any("20 contacts assigned earlier and no longer on the list" in n for n in second.notes)
    assert any("in another segment or stratum" in note for note in second.notes)
    assert second.balance["contacts"].sum() == 160


def test_contacts_of_two_arms_brought_into_one_account_are_refused():
    first = assign(contacts_of(40), made())
    arms = first.table.drop_duplicates("account_id").set_index("account_id")["arm"]
    one, other = arms.index[arms == "current"][0], arms.index[arms == "long"][0]
    later = contacts_of(40).astype({"account_id": str}).replace({"account_id": {other: one}})
    later["segment"] = "b2c"
    with pytest.raises(InputError, match="contacts have moved between accounts"):
        assign(later, made(), earlier=first)


def test_a_list_is_read_as_spreadsheets_write_it(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("contact_id;segment;spent\n007;b2c;1,5\n;;\n8;b2c;2,5\n", encoding="utf-8-sig")
    table, source = read_contact_list(path)
    assert table["contact_id"].tolist() == ["007", "8"]
    assert table["spent"].tolist() == [1.5, 2.5]
    assert source.numbers.tolist() == [2, 4]
    path.write_text("contact_id\n1\n2\n")
    assert len(read_contact_list(path)[0]) == 2


def test_few_accounts_that_come_out_uneven_are_said_to_be_and_blocks_are_not():
    # Of 20 accounts by hash 7 or fewer are in one of two arms with probability 0.26 (binomial), and
    # in none of 40 trials with probability 5e-6.
    contacts = contacts_of(20).assign(segment="b2c")
    design = made(arms={"b2c": ARMS}, control={"b2c": "current"})
    trials = [design.replace(salt=f"salt {number}") for number in range(40)]
    told = [assign(contacts, design=trial).sentence() for trial in trials]
    uneven = [text for text in told if "uneven by chance" in text]
    assert uneven
    assert all("of 10 meant" in text and "as large as meant" not in text for text in uneven)
    even = assign(contacts, design=design, method="blocks").sentence()
    assert "uneven" not in even


def test_a_longer_list_dealt_by_blocks_without_the_earlier_assignment_is_told_and_refused(tmp_path):
    design, people = made(method="blocks", unit="contact"), contacts_of(400)
    first = assign(people.iloc[:600], design)
    first.write_csv(tmp_path / "first.csv")
    assert any("dealt by blocks without an earlier assignment" in text for text in first.notes)
    assert load_assignment(tmp_path / "first.csv").first
    anew = assign(people, design)
    # Who is dealt anew has moved to the other of two arms about every second time.
    assert (arms_of(anew)[arms_of(first).index] != arms_of(first)).mean() > 0.3
    with pytest.raises(InputError, match="by blocks: give it as the earlier assignment"):
        anew.write_csv(tmp_path / "anew.csv")
    again = assign(people, design, earlier=tmp_path / "first.csv")
    again.write_csv(tmp_path / "second.csv")
    assert not any("without an earlier" in text for text in again.notes)
    assert not load_assignment(tmp_path / "second.csv").first
    assert (arms_of(again)[arms_of(first).index] == arms_of(first)).all()


def test_the_same_list_dealt_twice_and_arms_drawn_by_hash_move_nobody_and_are_written(tmp_path):
    people = contacts_of(100)
    for name in ("one", "two"):
        assign(people, made(method="blocks")).write_csv(tmp_path / f"{name}.csv")
    for name, number in (("short", 60), ("long", 200)):
        found = assign(people.sort_values("contact_id").iloc[:number], made(name="winter"))
        found.write_csv(tmp_path / f"{name}.csv")
        assert not any("earlier assignment:" in text for text in found.notes)


def test_a_spreadsheets_line_that_names_the_separator_is_skipped(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("sep=;\ncontact_id;account_id\n01;A\n02;B\n")
    table, source = read_contact_list(path)
    assert table["contact_id"].tolist() == ["01", "02"]
    assert source.numbers.tolist() == [3, 4]
    path.write_text("sep=;\ncontact_id;account_id\n01;A\n02;B;7\n03;C\n")
    with pytest.raises(InputError, match=r"cells in a row.*\(row 4\)"):
        read_contact_list(path)
    path.write_text("contact_id;sep\n01;=\n")  # no such line
    assert read_contact_list(path)[0].columns.tolist() == ["contact_id", "sep"]
