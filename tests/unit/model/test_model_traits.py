"""What contacts are: the laws of their traits, and that nobody else's fate changes them."""

import math

import numpy as np
import pytest
from plain_segment import KEY, segment
from scipy import stats

from simkit.model import account_sizes, draw_traits, run_key, skill_logits
from simkit.model.traits import TraitTable

N = 20_000
CONTACTS = np.arange(N, dtype=np.int64)
ACCOUNTS = CONTACTS // 4


def drawn(**changes: object) -> TraitTable:
    return draw_traits(segment(**changes), KEY, CONTACTS, ACCOUNTS)


@pytest.mark.parametrize(
    ("trait", "parameter"),
    [("buying_offset_logit", "buying_sd_logit"), ("reach_offset_logit", "reach_sd_logit")],
)
def test_offsets_are_normal_around_zero(trait, parameter) -> None:
    offsets = getattr(drawn(**{parameter: 0.7}), trait)
    assert stats.kstest(offsets, stats.norm(0, 0.7).cdf).pvalue > 1e-4


def test_colleagues_share_the_offset_of_their_account() -> None:
    offsets = drawn(account_sd_logit=0.5).account_offset_logit.reshape(-1, 4)
    assert (offsets == offsets[:, :1]).all()
    assert stats.kstest(offsets[:, 0], stats.norm(0, 0.5).cdf).pvalue > 1e-4


@pytest.mark.parametrize("cv", [0.2, 0.7, 1.5])
def test_sensitivity_is_gamma_of_mean_one(cv) -> None:
    sensitivity = drawn(sensitivity_cv=cv).sensitivity
    shape = 1 / cv**2
    assert stats.kstest(sensitivity, stats.gamma(shape, scale=cv**2).cdf).pvalue > 1e-4
    assert abs(sensitivity.mean() - 1.0) < 4 * cv / math.sqrt(N)


def test_sale_values_are_lognormal_in_whole_cents() -> None:
    mean, cv = 200.0, 0.3
    cents = drawn(sale_value_mean_eur=mean, sale_value_cv=cv).sale_value_cents
    assert cents.dtype == np.int64
    assert abs(cents.mean() / 100 - mean) < 4 * mean * cv / math.sqrt(N)
    # The variance's relative error is that of its logarithm's, about sqrt(2/n).
    sd_log = math.sqrt(math.log1p(cv**2))
    assert np.log(cents).std() == pytest.approx(sd_log, rel=4 * math.sqrt(1 / (2 * N)))


def test_without_spread_all_contacts_are_alike() -> None:
    none = dict.fromkeys(
        ["account_sd_logit", "buying_sd_logit", "reach_sd_logit", "sensitivity_cv"], 0.0
    )
    traits = drawn(**none, sale_value_cv=0.0, sale_value_mean_eur=12.34, bad_number_prob=0.0)
    assert set(traits.sensitivity) == {1.0}
    assert set(traits.sale_value_cents) == {1234}
    for offsets in (traits.account_offset_logit, traits.buying_offset_logit):
        assert not offsets.any()
    assert not traits.dead.any()


def test_dead_numbers_have_their_share_and_all_or_none_at_the_ends() -> None:
    share = 0.06
    dead = int(drawn(bad_number_prob=share).dead.sum())
    assert abs(dead - N * share) < 4 * math.sqrt(N * share * (1 - share))
    assert drawn(bad_number_prob=1.0).dead.all()


@pytest.mark.parametrize("which", ["optout_threshold", "sale_threshold"])
def test_thresholds_are_exponential_and_positive(which) -> None:
    thresholds = getattr(drawn(), which)
    assert thresholds.min() > 0.0
    assert stats.kstest(thresholds, "expon").pvalue > 1e-4


def test_traits_of_a_contact_are_unrelated_to_one_another() -> None:
    traits = drawn(sensitivity_cv=0.7)
    table = np.array(
        [
            traits.buying_offset_logit,
            traits.reach_offset_logit,
            traits.sensitivity,
            traits.dead,
            traits.optout_threshold,
            traits.sale_threshold,
            traits.sale_value_cents,
        ],
        dtype=float,
    )
    related = np.corrcoef(table)[np.triu_indices(len(table), k=1)]
    assert np.abs(related).max() < 4.5 / math.sqrt(N)  # 21 pairs: a false alarm in 1 of 7,000


def test_a_contact_is_the_same_in_any_company() -> None:
    few = draw_traits(segment(), KEY, CONTACTS[[7, 3]], ACCOUNTS[[7, 3]])
    all_of_them = drawn()
    for field in vars(few):
        assert getattr(few, field).tolist() == getattr(all_of_them, field)[[7, 3]].tolist()


def test_a_parameter_of_one_trait_moves_no_other() -> None:
    plain, varied = drawn(), drawn(reach_sd_logit=2.0)
    for field in vars(plain):
        same = np.array_equal(getattr(plain, field), getattr(varied, field))
        assert same == (field != "reach_offset_logit")


@pytest.mark.parametrize("mean", [1.0, 1.2, 3.0])
def test_accounts_have_at_least_one_contact_and_their_mean(mean) -> None:
    sizes = account_sizes(mean, KEY, CONTACTS)
    assert sizes.min() == 1
    # 1 + Poisson(mean − 1): variance mean − 1.
    assert abs(sizes.mean() - mean) <= 4 * math.sqrt((mean - 1) / N)


def test_skills_are_normal_and_the_same_however_many_agents_there_are() -> None:
    skills = skill_logits(0.2, KEY, 3000)
    assert stats.kstest(skills, stats.norm(0, 0.2).cdf).pvalue > 1e-4
    assert skill_logits(0.2, KEY, 5).tolist() == skills[:5].tolist()
    assert skill_logits(0.2, run_key(2, 0), 5).tolist() != skills[:5].tolist()
