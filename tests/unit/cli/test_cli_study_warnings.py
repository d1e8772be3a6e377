"""What a study prints of a trial that is doubted: each warning once."""

from types import SimpleNamespace
from typing import Any, cast

import pandas as pd

from simkit.cli.on_both import _not_told_yet


def test_a_warning_that_the_answer_holds_is_not_printed_again() -> None:
    checks = pd.DataFrame(
        {"verdict": ["warning", "warning", "ok"], "meaning": ["too few came", "odd hours", "fine"]}
    )
    answer = "It wins. Too few came. Fine. Calls have no time."
    doubts = ("calls have no time", "none was missed")
    evaluation = SimpleNamespace(checks=checks, sentence=lambda: answer, doubts=doubts)
    told = ("sales can be cancelled", "registration (9 of 20): too few came; what to do: wait")
    warnings = (*told, "hours (3 %): odd hours", "all is fine", *doubts)
    found = SimpleNamespace(
        recommendation=SimpleNamespace(warnings=warnings), evaluation=evaluation
    )
    assert _not_told_yet(cast(Any, found)) == [told[0], *warnings[2:4], doubts[1]]
    alone = SimpleNamespace(recommendation=found.recommendation, evaluation=None)
    assert _not_told_yet(cast(Any, alone)) == list(warnings)
