"""What every result has in common: printed, it says what was found, and dumps no figures."""

from __future__ import annotations

import textwrap
from abc import ABC, abstractmethod

#: Characters of a result's answer that its name in a list or a debugger shows.
GIST = 120


class Result(ABC):
    """What a verb has found: a person reads ``print(result)``, a list of results their ``repr``.

    A result is a dataclass that says ``repr=False``, since dataclasses would write all they hold.
    """

    @abstractmethod
    def sentence(self) -> str:
        """Say what was found, as a manager can read it."""

    def lines(self) -> list[str]:
        """Say what was found, and below it each warning that it does not hold already."""
        answer = self.sentence()
        warnings: tuple[str, ...] = getattr(self, "warnings", ())
        return [answer, *(f"  - Warning: {text}" for text in warnings if text not in answer)]

    def gist(self) -> str:
        """Say in a few words which result this is."""
        return textwrap.shorten(self.sentence(), GIST, placeholder=" …")

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.gist()}>"
