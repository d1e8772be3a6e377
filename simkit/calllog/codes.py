"""The dispositions as numbers, for what cannot look up names: a code is a place in the table."""

from __future__ import annotations

from simkit.calllog.dispositions import DISPOSITIONS

#: Name → code.
CODES = {name: code for code, name in enumerate(DISPOSITIONS)}

NO_ANSWER = CODES["no_answer"]
BAD_NUMBER = CODES["bad_number"]
REFUSED = CODES["refused"]
NOT_NOW = CODES["not_now"]
UNDECIDED = CODES["undecided"]
CALLBACK_REQUESTED = CODES["callback_requested"]
ALREADY_SOLVED = CODES["already_solved"]
SALE_MADE = CODES["sale"]
OPT_OUT = CODES["opt_out"]
COMPLAINT = CODES["complaint"]
SUPPRESSED = CODES["suppressed"]
