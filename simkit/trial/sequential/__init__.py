"""What may be claimed of a trial that is looked at before its end: bounds, spending, sequences."""
