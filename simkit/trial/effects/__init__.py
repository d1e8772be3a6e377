"""Effects of arms: means with errors by the assigned unit, differences, corrections."""
