"""``python -m simkit``: the command line."""

from simkit.cli import main

main()
