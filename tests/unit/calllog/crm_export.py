"""A CRM's export of three calls to two contacts, its mapping and a contacts file of three."""

import pytest

from simkit.calllog.adapters import import_log
from simkit.errors import InputError

MAPPING = """
contact_id = "Customer No"
dialled_at = "Call time"
disposition = "Result"
time_format = "%d/%m/%Y %H:%M"
[dispositions]
"No answer" = "no_answer"
"Sold" = "sale"
"Call me later" = "callback_requested"
"Stop" = "opt_out"
"""

EXPORT = """Customer No,Call time,Result
7,05/03/2024 09:10,No answer
8,05/03/2024 09:12,Call me later
7,12/03/2024 09:10,Sold
"""

CONTACTS = """contact_id,account_id,segment,arm,entered_at,observed_until,size
7,A1,b2b,weekly,2024-03-04,2024-06-03,12
8,A1,b2b,weekly,2024-03-04 08:00,2024-06-03,30
9,A2,b2c,,2024-03-05,2024-06-03,
"""

UNTIL = "2024-06-03"


def failing(**how):
    with pytest.raises(InputError) as caught:
        import_log(**how)
    return str(caught.value)
