"""From evidence to a decision: how often to call, segment by segment."""

from simkit.recommend.decisions import recommend
from simkit.recommend.next_trial import NextTrial
from simkit.recommend.policy_file import load_policies
from simkit.recommend.recommendation import Decision, Recommendation
from simkit.trial.design.sizes import contacts_per_arm

__all__ = [
    "Decision",
    "NextTrial",
    "Recommendation",
    "contacts_per_arm",
    "load_policies",
    "recommend",
]
