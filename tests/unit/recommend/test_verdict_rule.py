"""The rule of decision where there is nothing to decide on."""

from simkit.recommend.verdict import CANNOT_TELL, FAILED, Failure, Ruling, rule


def test_without_another_arm_nothing_is_kept_or_adopted():
    # "Every arm is too small" is true of no arms, and yet says nothing for today's policy.
    assert rule([], worthwhile_eur=1.0) == Ruling(CANNOT_TELL, None, {})
    failure = Failure("sample ratio", "900 and 1,100", "arms were dealt unevenly", "find out why")
    assert rule([], 1.0, [failure]) == Ruling(FAILED, None, {}, (failure,))
