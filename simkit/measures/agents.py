"""Which agents called for which arms, gathered while attempts are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simkit.measures.batches import filled

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Agents of smaller numbers are known by them.
OWN_NUMBERS = 1 << 20


@dataclass(frozen=True)
class AgentsCalled:
    """How many agents called contacts of a trial.

    Parameters
    ----------
    agents
        In all, each counted once; 0 where none is known.
    by_arm
        Arm → those who called for it.
    shared
        Those who called for several arms.
    """

    agents: int = 0
    by_arm: Mapping[str, int] = field(default_factory=dict)
    shared: int = 0


@dataclass(eq=False)
class AgentArms:
    """Which agents called for which arms.

    Parameters
    ----------
    arms
        Number of arms.
    """

    arms: int
    called: NDArray[np.uint8] = field(init=False)

    def __post_init__(self) -> None:
        self.called = np.zeros((64, self.arms), dtype=np.uint8)
        self._codes: dict[Any, int] = {}
        self._names: pa.Array | None = None
        self._of_name: NDArray[np.int32] = np.empty(0, dtype=np.int32)

    def codes_of(self, agents: pa.Array) -> NDArray[np.int32]:
        """Give each agent its number, −1 where nobody is named."""
        if pa.types.is_integer(agents.type):
            bounds = pc.min_max(agents)
            low, high = bounds["min"].as_py(), bounds["max"].as_py()
            if low is None or (low >= 0 and high < OWN_NUMBERS):
                self._make_room(high or 0)
                return filled(agents, -1).astype(np.int32)
        if not pa.types.is_dictionary(agents.type):
            agents = agents.dictionary_encode()
        if self._names is None or not agents.dictionary.equals(self._names):
            self._names = agents.dictionary
            of_name = [self._code(name) for name in self._names.to_pylist()]
            self._of_name = np.array([*of_name, -1], dtype=np.int32)
        places = filled(agents.indices.cast(pa.int32()), len(self._of_name) - 1)
        found: NDArray[np.int32] = self._of_name[places]
        return found

    def _code(self, name: Any) -> int:
        """Return an agent's number: his id where it is a small one, else one beyond those."""
        if isinstance(name, int) and 0 <= name < OWN_NUMBERS:
            code = name
        else:
            first = OWN_NUMBERS if isinstance(name, int) else 0
            code = self._codes.setdefault(name, first + len(self._codes))
        self._make_room(code)
        return code

    def _make_room(self, code: int) -> None:
        if code >= len(self.called):
            more = np.zeros((2 * code + 64, self.arms), dtype=np.uint8)
            more[: len(self.called)] = self.called
            self.called = more

    def agents(self) -> int:
        """Return how many agents called anybody who is compared."""
        return int(self.called.any(axis=1).sum())

    def shared(self) -> int:
        """Return how many called for several arms."""
        return int((self.called.sum(axis=1) > 1).sum())

    def counted(self, arms: Sequence[str]) -> AgentsCalled:
        """Return how many called, of the arms of these names."""
        by_arm = self.called.astype(np.bool_).sum(axis=0).tolist()
        return AgentsCalled(self.agents(), dict(zip(arms, by_arm, strict=True)), self.shared())
