"""Guardrails veto, pass or stay open, by one-sided bounds of their own."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from simkit.calllog import CallLog
from simkit.calllog.stored import open_call_log
from simkit.errors import InputError
from simkit.trial import Evaluation, evaluate
from simkit.trial.effects.means import means_of_contacts
from simkit.trial.read.trial import read_trial
from simkit.trial.unrecorded import Unrecorded

OPEN = "open, not shown to be within the margin"


def guarded(opt_outs: dict[str, int], margin: float, n: int = 1_000) -> Evaluation:
    table = pd.DataFrame(
        {
            "arm": list(opt_outs),
            "n": n,
            "sale": [round(0.1 * n), *[round(0.2 * n)] * (len(opt_outs) - 1)],
            "opt_out": list(opt_outs.values()),
        }
    )
    return evaluate(
        table, outcomes=["sale", "opt_out"], control="now", guardrails={"opt_out": margin}
    )


@pytest.mark.parametrize(
    ("opt_outs", "margin", "state", "verdict"),
    [
        (20, 0.02, "within margin", "not worse"),
        (5, 0.02, "within margin", "better"),
        (90, 0.02, "veto", "worse"),
        (22, 0.005, "open, not shown to be within the margin", "cannot tell"),
    ],
)
def test_a_guardrail_has_three_states(
    opt_outs: int, margin: float, state: str, verdict: str
) -> None:
    found = guarded({"now": 20, "more": opt_outs}, margin)
    assert found.vetoes["state"].tolist() == [state]
    row = found.table.set_index("outcome").loc["opt_out"]
    assert (row["role"], row["verdict"]) == ("guardrail", verdict)
    assert row["reason"].startswith(state)


def test_a_harm_that_is_recorded_of_nobody_is_not_shown_to_be_within_its_margin():
    found = guarded({"now": 0, "more": 0}, 0.02)
    assert found.vetoes["state"].tolist() == ["open, not shown to be within the margin"]
    assert (
        "no contacts who opted out in any arm"
        in found.table.set_index("outcome").loc["opt_out", "reason"]
    )
    assert "No contacts who opted out in any arm" in found.sentence()
    assert "leads on contacts who bought, but is not to be adopted yet" in found.sentence()
    # One who opted out shows that it can be seen.
    assert guarded({"now": 0, "more": 1}, 0.02).vetoes["state"].tolist() == ["within margin"]


def in_segments(opt_outs: dict[str, tuple[int, int]], n: int = 1_000) -> pd.DataFrame:
    """Totals by segment: opt-outs in arms *now* and *more*, of whom twice as many buy."""
    rows = [
        {"segment": segment, "arm": arm, "n": n, "sale": sales, "opt_out": number}
        for segment, numbers in opt_outs.items()
        for arm, sales, number in zip(("now", "more"), (100, 200), numbers, strict=True)
    ]
    return pd.DataFrame(rows)


def test_a_harm_that_a_segment_would_show_by_the_others_share_is_doubted():
    def doubted(opt_outs: dict[str, tuple[int, int]]) -> list[str]:
        found = evaluate(
            in_segments(opt_outs),
            outcomes=["sale", "opt_out"],
            control="now",
            segment="segment",
            guardrails={"opt_out": 0.02},
        )
        assert set(found.vetoes["state"]) == {"within margin"}  # people there may be harmed less
        return [text for text in found.doubts if "no contacts who opted out" in text]

    (told,) = doubted({"homes": (40, 40), "firms": (0, 0)})
    assert told.startswith(
        "no contacts who opted out in any arm of firms, where the 4 % of the other segments would "
        "make 80 of 2,000: that may be so, but a harm that is not recorded cannot be shown to stay "
        "within its margin, and"
    )
    assert told.count("recorded") == 1
    # One in the segment shows that it can be seen; 14 of 1,000 would make 28, too few to tell.
    assert not doubted({"homes": (40, 40), "firms": (0, 1)})
    assert not doubted({"homes": (14, 14), "firms": (0, 0)})


def test_a_harm_that_an_arm_would_show_by_the_others_share_is_doubted():
    found = guarded({"now": 31, "more": 0}, 0.02)
    assert found.vetoes["state"].tolist() == ["within margin"]  # it may call so much less
    told = "no contacts who opted out in more, where the 3.1 % of the other arms would make 31 of"
    assert any(doubt.startswith(told) for doubt in found.doubts)
    assert "No contacts who opted out in more" in found.sentence()
    assert not guarded({"now": 29, "more": 0}, 0.02).table["missed"].any()
    # A harm of an arm stands, whatever its control shows.
    assert guarded({"now": 0, "more": 90}, 0.02).vetoes["state"].tolist() == ["veto"]


@pytest.mark.parametrize(("dials", "many"), [(4.0, True), (0.4, False)])
def test_of_a_log_an_arm_without_a_harm_is_held_against_its_dials(
    trial_log: CallLog, dials: float, many: bool
) -> None:
    """31 of 1,000 at 4 dials a contact make 31 at as many dials, and 3 at a tenth of them."""
    opt_out = np.repeat([0.0, 0.0, 1.0], [1_000, 969, 31])
    means = means_of_contacts(opt_out, np.repeat([0, 1], 1_000), ["more", "now"], None)
    data = read_trial(trial_log, control="14 days")
    exposure = pd.DataFrame({"segment": "b2c", "arm": ["more", "now"]})
    data = replace(data, exposure=exposure.assign(dials_per_contact=[dials, 4.0]))
    unseen, missed = Unrecorded(data, "opt_out", {"b2c": means}).of_arm("b2c", "more")
    assert not missed
    assert bool(unseen) == many
    if many:
        assert "the 3.1 % (by number of dials) of the other arms would make 31 of 1,000" in unseen


def small_accounts(opt_outs: dict[str, tuple[int, int]], *, over: bool = False) -> pd.DataFrame:
    """240 contacts in each arm of a segment, two an account that act as one, of whom some opt out.

    Where accounts go over segments, those of a number and an arm are one.
    """
    rows = [
        {
            "contact_id": f"{segment} {arm} {place}",
            "account_id": f"{'' if over else segment} {arm} {place // 2}",
            "segment": segment,
            "arm": arm,
            "sale": int(place % 10 < (3 if arm == "more" else 1)),
            "opt_out": int(place < number),
        }
        for segment, numbers in opt_outs.items()
        for arm, number in zip(("now", "more"), numbers, strict=True)
        for place in range(240)
    ]
    return pd.DataFrame(rows)


def held_over(opt_outs: dict[str, tuple[int, int]], *, over: bool = False) -> Evaluation:
    return evaluate(
        small_accounts(opt_outs, over=over),
        outcomes=["sale", "opt_out"],
        control="now",
        segment="segment",
        cluster="account_id",
        guardrails={"opt_out": 0.05},
    )


def test_an_arm_is_held_over_all_segments_where_each_is_too_small() -> None:
    """40 of 240 contacts are 20 of 120 accounts: too few in a segment, 40 in both together."""
    found = held_over({"homes": (40, 0), "firms": (40, 0)})
    told = (
        "no contacts who opted out in more, where the shares of the other arms, segment by "
        "segment, would make 80 of 480: that may be so, but"
    )
    guards = found.table[found.table["role"] == "guardrail"]
    assert guards["segment"].tolist() == ["homes", "firms"]
    assert guards["missed"].str.startswith(told).all()  # each row has it, the answer once
    assert [doubt.startswith(told) for doubt in found.doubts].count(True) == 1
    assert found.sentence().count("o contacts who opted out in more") == 1


@pytest.mark.parametrize(
    ("opt_outs", "over"),
    [
        ({"homes": (40, 0), "firms": (40, 1)}, False),  # it can be seen
        ({"homes": (28, 0), "firms": (28, 0)}, False),  # 28 accounts in both
        ({"homes": (40, 0), "firms": (40, 0)}, True),  # the same accounts twice
    ],
)
def test_an_arm_is_not_held_over_all_segments(
    opt_outs: dict[str, tuple[int, int]], *, over: bool
) -> None:
    assert not held_over(opt_outs, over=over).table["missed"].any()


def test_an_arm_in_which_nothing_is_seen_has_that_in_each_of_its_segments() -> None:
    """Firms, where nothing is seen in any arm, are too few to be doubted as a segment."""
    found = evaluate(
        pd.concat([in_segments({"homes": (40, 0)}), in_segments({"firms": (0, 0)}, n=400)]),
        outcomes=["sale", "opt_out"],
        control="now",
        segment="segment",
        guardrails={"opt_out": 0.02},
    )
    missed = found.table.loc[found.table["role"] == "guardrail", "missed"]
    assert missed.str.startswith("no contacts who opted out in more of homes, where the 4 %").all()


def test_of_a_log_in_segments_it_is_held_against_a_harm_in_memory_and_on_disk(
    call_log: Callable[..., CallLog], tmp_path: Path
) -> None:
    people = small_accounts({"b2c": (40, 0), "b2b": (40, 0)})
    people["contact_id"] = np.arange(len(people))
    people["account_id"] = people["contact_id"] // 2
    rows = people.to_dict("records")
    log = call_log(
        [
            {name: row[name] for name in ("contact_id", "account_id", "segment", "arm")}
            for row in rows
        ],
        [
            {
                "contact_id": row["contact_id"],
                "dialled_at": 0.4,
                "disposition": "opt_out"
                if row["opt_out"]
                else "sale"
                if row["sale"]
                else "no_answer",
            }
            for row in rows
        ],
    )
    asked: dict[str, Any] = {
        "control": "now",
        "horizon_days": 30,
        "outcomes": ["sale", "opt_out"],
        "guardrails": {"opt_out": 0.05},
    }
    for data in (log, open_call_log(log.write(tmp_path / "log"))):
        found = evaluate(data, **asked)
        guards = found.table[found.table["role"] == "guardrail"]
        assert found.vetoes["state"].tolist() == [OPEN, OPEN]
        (told,) = guards["unseen"].unique()
        assert told.startswith(
            "no contacts who opted out in more, where the shares (by number of dials) of the "
            "other arms, segment by segment, would make 80 of 480: a harm that is not recorded"
        )
        assert found.sentence().count("o contacts who opted out in more") == 1


def test_a_few_contacts_beside_many_do_not_show_that_a_harm_is_not_recorded() -> None:
    """Two of 20 would make 100 of 1,000, but both are the others' by chance in (20 ÷ 1,020)²."""
    table = pd.DataFrame({"arm": ["now", "more"], "n": [20, 1_000], "sale": [5, 300]})
    for events, doubted in ((2, False), (3, True)):
        found = evaluate(
            table.assign(opt_out=[events, 0]),
            outcomes=["sale", "opt_out"],
            control="now",
            guardrails={"opt_out": 0.02},
        )
        assert found.table["missed"].any() == doubted  # (20 ÷ 1,020)³ = 7.5·10⁻⁶


def test_what_everybody_has_shows_no_harm_either():
    table = pd.DataFrame({"arm": ["now", "more"], "n": 1_000, "sale": [100, 200], "kept": 1_000})
    found = evaluate(
        table,
        outcomes=["sale", "kept"],
        control="now",
        guardrails={"kept": 0.02},
        higher_is_better=["kept"],
    )
    assert found.vetoes["state"].tolist() == [OPEN]
    assert "Kept holds for everybody in every arm" in found.sentence()


def test_a_guardrail_need_not_be_named_among_the_outcomes(trial_log: CallLog) -> None:
    table = pd.DataFrame({"arm": ["now", "more"], "n": 1_000, "vendita": [100, 150]})
    table["opt_out"] = [20, 22]
    asked: dict[str, Any] = {"control": "now", "guardrails": {"opt_out": 0.01}}
    both, one = (
        evaluate(table, outcomes=names, **asked) for names in (["vendita", "opt_out"], ["vendita"])
    )
    pd.testing.assert_frame_equal(both.table, one.table)
    assert one.table["role"].tolist() == ["primary", "guardrail"]
    of_worth = evaluate(table, worth_eur={"vendita": 40.0}, **asked)
    assert of_worth.primary == "net_value_eur"
    assert of_worth.vetoes["outcome"].tolist() == ["opt_out"]
    of_log = evaluate(
        trial_log,
        control="14 days",
        horizon_days=60,
        outcomes=["net_sale_expected"],
        guardrails={"complaint": 0.1},
    )
    roles = of_log.table.drop_duplicates("outcome").set_index("outcome")["role"]
    assert roles["complaint"] == "guardrail"


def test_a_vetoed_arm_does_not_win() -> None:
    found = guarded({"now": 20, "more": 90}, 0.02)
    assert found.table.set_index("outcome").loc["sale", "verdict"] == "better"
    assert found.winners["winner"].tolist() == [None]
    assert found.sentence().startswith(
        "Keep now: on contacts who bought, more is better, but a guardrail stops it. "
    )
    assert "more is vetoed by a guardrail: contacts who opted out" in found.sentence()


def test_a_guardrail_is_one_sided_and_not_corrected_for_the_arms() -> None:
    one = guarded({"now": 20, "a": 25}, 0.02).vetoes.iloc[0]
    three = guarded({"now": 20, "a": 25, "b": 25, "c": 25}, 0.02).vetoes.iloc[0]
    assert one["upper"] == three["upper"]
    # Farrington and Manning 1990: z = (difference − bound) ÷ the error of the likeliest shares that
    # differ by the bound. The one-sided 95 % bound is where z reaches −1.644854.
    bound = one["upper"]

    def log_likelihood(share: float) -> float:
        laws = stats.binom(1_000, share + bound), stats.binom(1_000, share)
        return float(laws[0].logpmf(25) + laws[1].logpmf(20))

    found = optimize.minimize_scalar(
        lambda share: -log_likelihood(share), bounds=(0.001, 0.1), method="bounded"
    )
    p1, p0 = found.x + bound, found.x
    z = (0.005 - bound) / np.sqrt((p1 * (1 - p1) + p0 * (1 - p0)) / 1_000)
    assert z == pytest.approx(-1.644854, abs=1e-4)


def test_a_guardrail_of_shares_tells_its_p_value_and_method() -> None:
    """83/88 against 69/76 with the event that counts, margin .10: the design document's p."""
    totals = pd.DataFrame({"arm": ["now", "new"], "n": [76, 88], "reached_goal": [69, 83]})
    totals["sale"] = [10, 12]
    found = evaluate(
        totals,
        outcomes=["sale", "reached_goal"],
        control="now",
        guardrails={"reached_goal": 0.1},
        higher_is_better=["reached_goal"],
    )
    row = found.vetoes.iloc[0]
    assert round(row["p_value"], 7) == 0.0015525
    assert row["state"] == "within margin"
    how = "Farrington-Manning's score test, bounds by its inversion"
    assert row["method"] == f"{how}; p not below that of an exact test"


def test_a_guardrail_of_accounts_keeps_its_t() -> None:
    random = np.random.default_rng(6)
    account = np.repeat(np.arange(120), 5)
    table = pd.DataFrame({"arm": np.where(account < 60, "now", "new"), "account": account})
    table["sale"] = random.random(600) < 0.3
    table["opt_out"] = random.random(600) < 0.1
    found = evaluate(
        table,
        outcomes=["sale", "opt_out"],
        control="now",
        cluster="account",
        guardrails={"opt_out": 0.05},
    )
    row, veto = found.table.iloc[1], found.vetoes.iloc[0]
    assert veto["method"] == "OLS, CR2 by account, t with Bell-McCaffrey's degrees of freedom"
    t = (row["estimate"] - 0.05) / row["se"]
    assert veto["p_value"] == pytest.approx(stats.t.cdf(t, row["df"]))
    assert (veto["p_value"] < 0.05) == (veto["state"] == "within margin")


def test_the_power_of_a_guardrail_is_told() -> None:
    """2 % opt-outs in both arms of 1,000: se .00626; P(z < .02/.00626 − 1.645) = .939."""
    found = guarded({"now": 20, "a": 20}, 0.02)
    se = np.sqrt(2 * 0.02 * 0.98 / 1_000)
    power = stats.norm.cdf(0.02 / se - stats.norm.isf(0.05))
    # Newcombe's interval, from which the error is read, is a little wider than Wald's.
    assert found.vetoes.iloc[0]["power"] == pytest.approx(power, abs=0.02)
    # It says why an arm is still open, and nothing of one that has passed.
    assert found.table.iloc[-1]["reason"] == "within margin"
    still = guarded({"now": 20, "a": 22}, 0.005)
    power = still.vetoes.iloc[0]["power"]
    assert still.table.iloc[-1]["reason"].endswith(
        f"shows an arm that does no harm to be within it with probability {power:.2f}"
    )


def test_a_guardrail_that_cannot_be_read_stays_open(
    trial_log: CallLog,
) -> None:
    found = evaluate(
        trial_log,
        control="14 days",
        horizon_days=90,
        outcomes=["sale", "opt_out"],
        guardrails={"opt_out": 0.01},
    )
    assert found.vetoes["state"].str.startswith("open").all()
    assert found.table.set_index("outcome").loc["opt_out", "verdict"] == "refused"


@pytest.mark.parametrize("name", ["opt_out", "reclami_30_giorni"])
def test_a_harm_without_a_margin_cannot_veto_and_that_is_said(name: str) -> None:
    table = pd.DataFrame({"arm": ["now", "a"], "n": 1_000, "sale": [100, 200], name: [20, 90]})
    found = evaluate(table, outcomes=["sale", name], control="now")
    assert found.vetoes.empty
    assert any(f"no margin was named beforehand for {name}" in text for text in found.warnings)


def test_a_guardrail_on_something_good_watches_its_fall() -> None:
    table = pd.DataFrame({"arm": ["now", "a"], "n": 1_000, "sale": [100, 200], "stay": [900, 700]})
    asked = {"outcomes": ["sale", "stay"], "control": "now", "guardrails": {"stay": 0.02}}
    found = evaluate(table, **asked, higher_is_better=["stay"])
    assert found.vetoes["state"].tolist() == ["veto"]
    with pytest.raises(InputError, match="does not tell whether more of it is harm"):
        evaluate(table, **asked)
