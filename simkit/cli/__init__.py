"""The command line: the same verbs as the package, for those who do not write Python."""

from simkit.cli.entry import main

__all__ = ["main"]
