"""Whether the arms were filled in the same parts all the time that contacts entered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from simkit.calllog.source import many
from simkit.trial.checks.check import (
    ALPHA,
    NO_P_VALUE,
    Check,
    fine_by_chance,
    furthest,
    homogeneity,
    judged,
)
from simkit.trial.checks.in_arms import AccountsInArms
from simkit.trial.read.data import TrialData, positions

MONDAY = pd.Timestamp("1970-01-05")
FEWEST_EXPECTED = 5.0  # units of each arm in each period: the usual rule for Pearson's χ²


def entry_checks(data: TrialData, entered: pd.Series) -> list[Check]:
    """Compare the arms' parts between the weeks in which units entered.

    An arm that began later than the others met other weeks: its contacts differ from theirs by the
    season, though the arms may be of the same size in the end. Weeks are joined until a χ² test
    can be trusted.

    Parameters
    ----------
    data
        The trial, with its contacts.
    entered
        When each of its contacts entered, local time.
    """
    assert data.contacts is not None
    week = (entered.dt.tz_localize(None) - MONDAY).dt.days // 7
    checks = []
    for segment, arms in data.arms.items():
        rows = data.contacts[data.contacts["segment"] == segment]
        units = rows.assign(week=week.loc[rows.index].to_numpy())
        if data.clustered and _accounts(rows, arms).mostly_whole:
            units = units.sort_values("week", kind="stable").drop_duplicates(["cluster", "arm"])
        counts = pd.crosstab(units["week"], units["arm"]).reindex(columns=list(arms), fill_value=0)
        joined = _joined(counts)
        p_value = homogeneity(joined.to_numpy())
        bad = p_value < ALPHA
        worst = joined.rename(index=lambda number: f"{_week(number):%Y-%m-%d}")
        checks.append(
            _entry_check(
                segment,
                len(joined),
                _week(int(joined.index[0])),
                p_value,
                f"; from {furthest(worst)}" if bad else "",
            )
        )
    return checks


def one_week_checks(data: TrialData, entered_us: tuple[int, int]) -> list[Check] | None:
    """Give what `entry_checks` gives where everybody entered in one week; None elsewhere.

    Parameters
    ----------
    data
        The trial.
    entered_us
        The first and the last moment at which a contact entered, civil microseconds.
    """
    weeks = {(pd.Timestamp(us, unit="us") - MONDAY).days // 7 for us in entered_us}
    if len(weeks) > 1:
        return None
    week = _week(weeks.pop())
    return [_entry_check(segment, 1, week, NO_P_VALUE, "") for segment in data.arms]


def _entry_check(
    segment: str, periods: int, first: pd.Timestamp, p_value: float, worst: str
) -> Check:
    return judged(
        "arms over time of entry",
        segment,
        f"{many(periods, 'period')} of entry from the week of {first:%Y-%m-%d}{worst}",
        p_value,
        bad="fail" if p_value < ALPHA else "ok",
        fine=fine_by_chance("the arms were filled in the same parts all along", p_value),
        meaning="the arms' parts changed while contacts entered: an arm began late or was "
        "closed early, so arms differ by season and by how old the list was",
        advice="compare only contacts who entered while all arms were open, or find who "
        "was left out of an arm; assign each batch to all arms at once",
    )


def _week(number: int) -> pd.Timestamp:
    return MONDAY + pd.Timedelta(days=7) * number


def _joined(counts: pd.DataFrame) -> pd.DataFrame:
    """Join weeks with the next ones until each is expected to hold enough units of each arm."""
    smallest = float((counts.sum() / counts.to_numpy().sum()).min())
    needed = FEWEST_EXPECTED / max(smallest, 1e-9)
    group, held, groups = 0, 0.0, []
    for size in counts.sum(axis=1):
        if held >= needed:
            group, held = group + 1, 0.0
        groups.append(group)
        held += float(size)
    if group and held < needed:  # what is left over at the end belongs to the last whole group
        groups = [min(number, group - 1) for number in groups]
    first = counts.index.to_series().groupby(np.array(groups)).first()
    return counts.groupby(np.array(groups)).sum().set_axis(first.to_numpy())


def _accounts(rows: pd.DataFrame, arms: Sequence[str]) -> AccountsInArms:
    account = rows["cluster"].to_numpy()
    return AccountsInArms.of(account, positions(rows["arm"], arms), len(arms))
