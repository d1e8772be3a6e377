"""Two shares of trials that claim something where nothing is: it is said why they differ."""

from types import SimpleNamespace

import pandas as pd
import pytest

from simkit.trial.design import Looks
from simkit.trial.rehearse.montecarlo import named
from simkit.trial.rehearse.words import false_positives_sentence


def told(looks: Looks | None) -> str:
    found = SimpleNamespace(
        design=SimpleNamespace(looks=looks, alpha=0.05),
        false_positives=pd.DataFrame([named("claim", (0.02, 0.0, 0.13))]),
        stops=pd.DataFrame([named("false_claim", (0.05, 0.01, 0.17))]),
    )
    return false_positives_sentence(found)


def test_with_looks_the_claims_of_the_end_alone_stand_beside_those_of_any_look() -> None:
    assert told(Looks(fractions=(0.5, 1.0))) == (
        "Where no arm differs, 2 % (0 to 13 %) of trials call one better or worse by the end "
        "alone, at the bound that the looks before leave to it; by any of the looks, the end among "
        "them, 5 % (1 to 17 %) claim an effect. 5 % are allowed in all."
    )


@pytest.mark.parametrize("looks", [None, Looks(fractions=(1.0,))])
def test_without_a_look_before_the_end_there_is_one_share(looks: Looks | None) -> None:
    assert told(looks) == (
        "Where no arm differs, 2 % (0 to 13 %) of trials call one better or worse; 5 % are allowed."
    )
