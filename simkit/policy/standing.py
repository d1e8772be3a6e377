"""What a policy remembers of a contact, and what the next call means for it: scalar and pure."""

from __future__ import annotations

from typing import NamedTuple

from simkit.calllog.codes import (
    BAD_NUMBER,
    CALLBACK_REQUESTED,
    COMPLAINT,
    NOT_NOW,
    OPT_OUT,
    REFUSED,
    SALE_MADE,
    UNDECIDED,
)
from simkit.policy.due import Rules

#: Who is called first where agents are short, the most urgent first.
KEPT_CALLBACK, WARM, NEVER_CALLED, COLD = range(4)

#: How a contact's calling ended, by code.
ENDS = (
    "open",
    "sold",
    "opted_out",
    "account_opted_out",
    "bad_number",
    "capped",
    "refused_too_often",
)
OPEN, SOLD, OPTED_OUT, ACCOUNT_OPTED_OUT, BAD_NUMBER_END, CAPPED, REFUSED_END = range(len(ENDS))


class Standing(NamedTuple):
    """Where a contact stands with its policy; the history of its calls, as far as rules ask.

    Attributes
    ----------
    attempt_no
        Attempts so far.
    retries
        Missed calls in a row, the last attempt included.
    refusals, bad_numbers
        How many attempts were refused, or met a dead number.
    priority
        KEPT_CALLBACK, WARM, NEVER_CALLED or COLD.
    end
        OPEN, or how its calling ended: a code of ENDS.
    """

    attempt_no: int
    retries: int
    refusals: int
    bad_numbers: int
    priority: int
    end: int


NEW = Standing(0, 0, 0, 0, NEVER_CALLED, OPEN)


def after_attempt(rules: Rules, before: Standing, disposition: int) -> Standing:
    """Return where a contact stands after one more attempt.

    Parameters
    ----------
    rules
        The policy.
    before
        Where it stood.
    disposition
        Code of what the attempt came to.
    """
    attempt_no = before.attempt_no + 1
    retries = 0
    refusals = before.refusals
    bad_numbers = before.bad_numbers
    priority = COLD
    end = OPEN
    if rules.missed[disposition]:
        # Nobody answered: who was warm still is. A promise that was kept in vain is none any more.
        retries = before.retries + 1
        if before.priority == WARM:
            priority = WARM
    elif disposition in (UNDECIDED, NOT_NOW):
        priority = WARM
    elif disposition == CALLBACK_REQUESTED:
        priority = KEPT_CALLBACK
    elif disposition == SALE_MADE:
        end = SOLD
    elif disposition in (OPT_OUT, COMPLAINT):
        end = OPTED_OUT
    elif disposition == BAD_NUMBER:
        bad_numbers += 1
        if bad_numbers >= rules.bad_number_attempts:
            end = BAD_NUMBER_END
    elif disposition == REFUSED:
        refusals += 1
        if refusals >= rules.refusals_max:
            end = REFUSED_END
    if end == OPEN and attempt_no >= rules.total:
        end = CAPPED
    return Standing(attempt_no, retries, refusals, bad_numbers, priority, end)
