"""A trial that ended early stays usable: evaluate says again what its end claimed, and no more."""

import dataclasses
from pathlib import Path

import pytest
from scipy import stats
from two_speeds import PLANNED, SEGMENTS, VERDICTS, Sights, both, design, look, look_of, table

from simkit.trial import Evaluation, evaluate
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.looks.history import spends_error
from simkit.trial.looks.ledger import Look, write_ledger
from simkit.trial.monitor.decisions import ENDED, NO_CLAIM, Course, decide
from simkit.trial.sequential.anytime import multiplier

AT_FIRST, AT_THE_END = both(120, 200), both(250, 500)
ENDED_ON = "2026-03-09"


def run(path: Path, by: TrialDesign, sizes: dict[str, int], z: Sights) -> Evaluation:
    return evaluate(table(sizes, z), design=by, segment="segment", ledger=path)


def ended(path: Path, by: TrialDesign, first: Look, z: Sights) -> list[Look]:
    """Two looks, of which the second ends the trial with fewer contacts than planned."""
    write_ledger(path, by, [first])
    end = look_of(run(path, by, AT_THE_END, z), AT_THE_END, 9, final=True)
    assert end.cut_short
    write_ledger(path, by, [first, end])
    return [first, end]


@pytest.mark.parametrize("spending", ["pocock", "obrien_fleming"])
@pytest.mark.parametrize(
    ("first", "end"),
    [
        (both(1.0, 0.5), both(1.5, 0.5)),
        # Enough for one look that comes alone, and not for these.
        (both(1.0, 0.5), both(2.1, 2.0)),
        # One is claimed at the end, and spares the other Holm's correction.
        (both(1.0, 0.5), both(3.6, 2.5)),
        (both(1.0, 0.5), both(-3.6, 1.0)),
        # Claimed at the first look, and it would not be at the end.
        (both(4.9, 0.5), both(1.2, 0.5)),
    ],
)
def test_of_the_same_contacts_it_says_what_the_end_claimed(
    tmp_path: Path, first: Sights, end: Sights, spending: str
) -> None:
    by = design(looks=Looks(fractions=(1 / 3, 2 / 3, 1.0), spending=spending))
    path = tmp_path / "looks.toml"
    made = ended(path, by, look(1, AT_FIRST, first), end)
    found = run(path, by, AT_THE_END, end)
    rows = [row for row in decide(Course(by, made, by_spending=True)) if row.look == len(made)]
    assert len(rows) == len(SEGMENTS)
    for row in rows:
        own = found.table[found.table["segment"] == row.segment].iloc[0]
        assert own["p_adjusted"] == pytest.approx(row.p_adjusted, abs=1e-6)
        assert own["verdict"] == VERDICTS.get(row.decision, "cannot tell")
        # The repeated interval: the estimate ± its error at the bound, by its own t.
        half = stats.t.isf(stats.norm.sf(row.bound), own["df"]) * own["se"]
        ends = [own["estimate"] - half, own["estimate"] + half]
        assert [own["ci_low_adjusted"], own["ci_high_adjusted"]] == pytest.approx(ends, abs=1e-6)
        assert [row.ci_low, row.ci_high] == pytest.approx(ends, abs=1e-6)
        # A verdict beside an interval that holds 0 is explained.
        apart = own["ci_low_adjusted"] * own["ci_high_adjusted"] > 0
        assert apart or own["verdict"] == "cannot tell" or "shown at the look" in own["reason"]
    this = f"before (2026-03-01); this is the very look of {ENDED_ON}, with 62 % of the planned "
    assert f"{this}contacts followed to the horizon, which ended the trial early" in found.looks
    registered = found.checks[found.checks["check"] == "registration"]
    assert set(registered["verdict"]) == {"ok"}
    assert registered["meaning"].str.contains(f"the look of {ENDED_ON} saw just these").all()
    # What a decision needs is there.
    choice = found.regret()
    assert set(choice.together or choice.table["segment"]) == set(SEGMENTS)


def test_contacts_that_came_after_the_end_claim_nothing_new(tmp_path: Path) -> None:
    by, path = design(), tmp_path / "looks.toml"
    ended(path, by, look(1, AT_FIRST, both(1.0, 0.5)), both(3.6, 0.5))
    for sizes in (both(300, 600), PLANNED, both(500, 900)):
        found = run(path, by, sizes, both(1.0, 6.0))
        rows = found.table.set_index("segment")
        assert rows["verdict"].to_dict() == {"b2c": "better", "b2b": "cannot tell"}
        b2c, b2b = rows.loc["b2c"], rows.loc["b2b"]
        assert b2c["reason"] == f"shown at the look of {ENDED_ON}, and not anew by this evaluation"
        assert f"it ended with the look of {ENDED_ON}, and no difference" in b2b["reason"]
        # The intervals describe, and hold however often one looks; so one lies beyond 0.
        assert b2c["ci_low_adjusted"] < 0 < b2b["ci_low_adjusted"]
        alone = 2 * stats.norm.sf(multiplier(sizes["b2b"] / PLANNED["b2b"], by.alpha))
        half = stats.t.isf(alone / 2, b2b["df"]) * b2b["se"]
        assert b2b["ci_high_adjusted"] == pytest.approx(b2b["estimate"] + half)
        said = found.sentence()
        assert "b2c · short wins on visits at 30 days." in said
        assert f"That short is better was shown at the look of {ENDED_ON}, and not anew by" in said
        assert "b2b · Cannot tell whether any arm beats long on visits" in said
        assert f"B2c and b2b ended with the look of {ENDED_ON}" not in said
        assert f"b2c and b2b ended with the look of {ENDED_ON}: other contacts than it saw" in said
        assert "what decides is claimed" not in said
        assert found.winners.set_index("segment")["winner"].to_dict() == {
            "b2c": "short",
            "b2b": None,
        }
        choice = found.regret()
    assert set(choice.together or choice.table["segment"]) == set(SEGMENTS)


def test_who_goes_on_after_an_early_end_and_looks_again_says_that_look_again(
    tmp_path: Path,
) -> None:
    """An early end spends what its information allows, and monitor counts what comes after."""
    by, path = design(), tmp_path / "looks.toml"
    made = ended(path, by, look(1, AT_FIRST, both(1.0, 0.5)), both(1.0, 0.5))
    z = both(2.0, 4.0)
    last = look_of(run(path, by, PLANNED, z), PLANNED, 20, final=True, complete=True)
    write_ledger(path, by, [*made, last])
    found = run(path, by, PLANNED, z)
    rows = [row for row in decide(Course(by, [*made, last], by_spending=True)) if row.look == 3]
    verdicts = [VERDICTS.get(row.decision, "cannot tell") for row in rows]
    assert found.table["verdict"].tolist() == verdicts
    assert "better" in verdicts
    assert found.table["p_adjusted"].tolist() == pytest.approx(
        [row.p_adjusted for row in rows], abs=1e-6
    )


def test_a_look_before_the_end_is_said_again_of_just_its_contacts(tmp_path: Path) -> None:
    """Who stopped for benefit at a look has not said that it was the end."""
    by, path = design(), tmp_path / "looks.toml"
    z = both(3.6, 1.0)
    write_ledger(path, by, [])
    seen = look_of(run(path, by, AT_THE_END, z), AT_THE_END, 9)
    write_ledger(path, by, [seen])
    again, more = run(path, by, AT_THE_END, z), run(path, by, both(260, 500), z)
    (row, _) = decide(Course(by, [seen], by_spending=True))
    own = again.table.iloc[0]
    assert (own["verdict"], own["reason"]) == ("better", "")
    assert own["ci_low_adjusted"] == pytest.approx(row.ci_low, abs=1e-6)
    # Of contacts that no look saw only what always holds is claimed anew; the look's claim stands.
    assert more.table.iloc[0]["verdict"] == "better"
    assert more.table.iloc[0]["corrected_for"] == "2 comparisons and fewer contacts than planned"


def test_without_registered_looks_a_first_look_that_ends_the_trial_has_all_the_error(
    tmp_path: Path,
) -> None:
    by, path = design(looks=None), tmp_path / "looks.toml"
    z = both(2.4, 0.0)
    write_ledger(path, by, [])
    end = look_of(run(path, by, AT_THE_END, z), AT_THE_END, 9, final=True)
    write_ledger(path, by, [end])
    found = run(path, by, AT_THE_END, z)
    # Holm's first step of two: .05 ÷ 2.
    assert found.table.iloc[0]["p_value"] < by.alpha / 2
    assert found.table.iloc[0]["verdict"] == "better"
    assert found.table.iloc[0]["corrected_for"] == "2 comparisons"
    # A look that is made after all claims nothing, and takes nothing back.
    late = dataclasses.replace(look(20, PLANNED, both(0.0, 6.0)), complete=True)
    said = [row.decision for row in decide(Course(by, [end, late], by_spending=True))]
    assert said == ["stop: better", ENDED, "stop: better", NO_CLAIM]
    assert spends_error([end, late], registered=False)
    assert not spends_error([look(1, AT_FIRST, z), end], registered=False)


def test_an_early_end_ends_a_trial_whose_looks_were_not_registered(tmp_path: Path) -> None:
    by, path = design(looks=None), tmp_path / "looks.toml"
    first, z = look(1, AT_FIRST, both(1.0, 0.5)), both(4.5, 0.5)
    made = ended(path, by, first, z)
    found = run(path, by, AT_THE_END, z)
    rows = decide(Course(by, made, by_spending=False))[-2:]
    assert found.table["verdict"].tolist() == ["better", "cannot tell"]
    assert found.table["ci_low_adjusted"].tolist() == pytest.approx([row.ci_low for row in rows])
    later = run(path, by, PLANNED, both(0.5, 6.0)).table
    assert later["verdict"].tolist() == ["better", "cannot tell"]
    # A look that was no end ends nothing: what holds however often one looks is claimed.
    write_ledger(path, by, [first, dataclasses.replace(made[1], final=False)])
    on = run(path, by, PLANNED, both(0.5, 6.0)).table
    assert on["verdict"].tolist() == ["better", "better"]


def test_an_end_that_does_not_say_what_it_saw_leaves_nothing(tmp_path: Path) -> None:
    by, path = design(), tmp_path / "looks.toml"
    write_ledger(path, by, [Look(f"{ENDED_ON} 00:00:00+01:00", 0.6, True, ())])
    found = run(path, by, AT_THE_END, both(6.0, 6.0))
    assert set(found.table["verdict"]) == {"cannot tell"}
    assert f"the trial was looked at before ({ENDED_ON}), which ended the trial early" in (
        found.looks
    )


def test_nothing_is_to_come_after_an_end_so_that_no_bound_ahead_has_one_behind_it() -> None:
    """Which is why what may come is computed without asking which look was an end."""
    by = design(looks=Looks(fractions=(1 / 3, 2 / 3, 1.0), futility=True))
    looks = [look(1, AT_FIRST, both(1.0, 0.5)), look(9, AT_THE_END, both(1.0, 0.5), final=True)]
    for made in (looks, [*looks, look(20, both(300, 600), both(1.0, 0.5))]):
        plan = Course(by, made, by_spending=True)
        for number in range(len(made)):
            for key in plan.keys:
                ahead, (_, final) = plan.to_come(number, key), plan.history(number, key)
                assert not (ahead and any(final))
                assert bool(ahead) == (plan.ended_at(number, key) == 0)
