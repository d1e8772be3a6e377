"""The rule of decision where there is nothing to decide on."""

from simkit.recommend.verdict import CANNOT_TELL, Ruling, rule


def test_without_another_arm_nothing_is_kept_or_adopted():
    # "Every arm is too small" is true of no arms, and yet says nothing for today's policy.
    assert rule([], worthwhile_eur=1.0) == Ruling(CANNOT_TELL, None, {})
    assert rule([], 1.0, ["arms were dealt unevenly"]) == Ruling(
        CANNOT_TELL, None, {}, ("arms were dealt unevenly",)
    )
