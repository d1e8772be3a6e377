"""The logit from counts is the logit of contacts with errors by account."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from simkit.calllog import read_call_log
from simkit.calllog.stored import open_call_log
from simkit.errors import InputError
from simkit.trial.models import logit
from simkit.trial.read.trial import read_trial


@pytest.fixture(scope="module")
def table():
    """20,000 contacts in 2,000 accounts of very different sizes, which have much in common."""
    rng = np.random.default_rng(8)
    sizes = rng.geometric(0.1, 2_000)
    account = np.repeat(np.arange(len(sizes)), sizes)
    arm = rng.integers(0, 3, len(sizes))[account]
    segment = rng.integers(0, 4, len(sizes))[account]
    lean = -1.5 + 0.3 * arm - 0.2 * segment + rng.normal(0, 1, len(sizes))[account]
    return pd.DataFrame(
        {
            "account": account,
            "arm": np.array(["a", "b", "c"])[arm],
            "segment": np.array(["s0", "s1", "s2", "s3"])[segment],
            "sale": (rng.random(len(account)) < 1 / (1 + np.exp(-lean))).astype(int),
        }
    )


def of_contacts(table, design):
    """What statsmodels says of the contacts themselves."""
    return sm.Logit(table["sale"], design.astype(float)).fit(
        disp=0, tol=1e-12, cov_type="cluster", cov_kwds={"groups": table["account"]}
    )


@pytest.mark.parametrize("by_segment", [True, False])
def test_counts_give_the_fit_of_contacts_to_six_digits(table, by_segment):
    trial = read_trial(table, control="a", outcomes=["sale"], cluster="account", segment="segment")
    found = logit(trial, "sale", by_segment=by_segment).table
    segments = pd.get_dummies(table["segment"])
    arms = pd.get_dummies(table["arm"])[["b", "c"]]
    if by_segment:
        arms = pd.concat([arms.mul(segments[name], axis=0) for name in segments], axis=1)
    expected = of_contacts(
        table, pd.concat([segments, arms], axis=1).set_axis(range(4 + arms.shape[1]), axis=1)
    )
    found = found.sort_values(["segment", "arm"])  # as the formula has them
    np.testing.assert_allclose(found["log_odds_ratio"], expected.params.to_numpy()[4:], rtol=1e-6)
    np.testing.assert_allclose(found["se"], expected.bse.to_numpy()[4:], rtol=1e-6)
    np.testing.assert_allclose(found["p_value"], expected.pvalues.to_numpy()[4:], rtol=1e-5)


def test_collapsed_rows_would_give_other_errors(table):
    # The known defect that account sums avoid: clustering counts of cells counts rows.
    trial = read_trial(table, control="a", outcomes=["sale"], cluster="account")
    found = logit(trial, "sale").table
    alone = logit(read_trial(table, control="a", outcomes=["sale"]), "sale").table
    assert (found["se"] > 1.5 * alone["se"]).all()


def test_a_log_on_disk_gives_the_same(tmp_path):
    log = read_call_log("data/trial")
    stored = open_call_log(log.write(tmp_path / "log"))
    found, expected = (logit(read_trial(data, control="current"), "sale") for data in (stored, log))
    pd.testing.assert_frame_equal(found.table, expected.table, rtol=1e-9)
    assert found.accounts == expected.accounts
    assert "odds of sale" in found.sentence()


def test_what_has_no_odds_is_refused(table):
    nobody = table.assign(sale=table["sale"].where(table["arm"] != "b", 0), value=2.5)
    trial = read_trial(nobody, control="a", outcomes=["sale", "value"], cluster="account")
    with pytest.raises(InputError, match="must be had by some"):
        logit(trial, "sale")
    with pytest.raises(InputError, match="yes or no"):
        logit(trial, "value")
