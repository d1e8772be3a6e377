"""What must hold before any effect is shown."""
