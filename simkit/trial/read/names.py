"""Names that reading and planning a trial have in common."""

WHERE = "evaluate"
NET_VALUE = "net_value_eur"
