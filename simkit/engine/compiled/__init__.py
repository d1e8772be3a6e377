"""The compiled engine: SimPy's log, bit for bit, in a hundredth of the time."""
