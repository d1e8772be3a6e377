"""How a trial is read: a call log or a table becomes contacts as they were assigned."""
