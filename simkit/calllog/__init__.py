"""The call log: where simulated and field calls meet, and all that every analysis reads."""

from simkit.calllog.dispositions import DISPOSITIONS, Disposition
from simkit.calllog.header import Header
from simkit.calllog.log import CallLog, read_call_log

__all__ = ["DISPOSITIONS", "CallLog", "Disposition", "Header", "read_call_log"]
