"""Segments that the arm itself has made: each as large as chance makes it, all together not."""

import numpy as np
import pandas as pd

from simkit.trial import evaluate


def test_segments_in_which_the_arms_parts_differ_fail_together() -> None:
    """164 against 123, and 136 against 177: p .016 and .020, and 7 in 10,000 for both at once."""
    sizes = {("x", "a"): 164, ("x", "b"): 123, ("y", "a"): 136, ("y", "b"): 177}
    rows = pd.DataFrame(
        [name for name, n in sizes.items() for _ in range(n)], columns=["tier", "arm"]
    )
    rows["value"] = np.random.default_rng(1).normal(size=len(rows))
    asked = {"control": "a", "outcomes": ["value"]}
    found = evaluate(rows, **asked, segment="tier")
    each = found.checks[found.checks["check"] == "sample ratio"]
    assert each["verdict"].tolist() == ["ok", "ok"]
    (told,) = found.checks[found.checks["check"] == "sample ratio by segment"].itertuples()
    # Pearson's without Yates' correction: n (ad − bc)² / (the product of the margins), 1 df.
    a, b, c, d = sizes.values()
    assert 0.0005 < told.p_value < 0.001
    assert (a * d - b * c) ** 2 * 600 / (287 * 313 * 300 * 300) > 10.83  # the .001 point
    assert not found.trustworthy
    assert "the arm itself has made it" in found.sentence()
    # As totals too; and where a segment has arms of its own nothing is compared.
    totals = rows.groupby(["tier", "arm"]).size().rename("n").reset_index().assign(sale=20)
    assert not evaluate(totals, control="a", outcomes=["sale"], segment="tier").trustworthy
    own = rows.assign(arm=rows["arm"].where((rows["tier"] == "x") | (rows["arm"] == "a"), "c"))
    assert "sample ratio by segment" not in set(
        evaluate(own, **asked, segment="tier").checks["check"]
    )
