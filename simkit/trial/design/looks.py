"""The looks at a trial that are registered with it."""

from __future__ import annotations

import itertools
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from simkit.errors import InputError, Problem
from simkit.scenario.validation import FrozenModel, Number


class Looks(FrozenModel):
    """When the trial is looked at, and what each look may claim."""

    fractions: tuple[Number, ...] = Field(
        description="parts of the planned information at each look, rising to 1"
    )
    spending: Literal["obrien_fleming", "pocock"] = Field(
        default="obrien_fleming", description="how the error rate is spent (Lan and DeMets 1983)"
    )
    futility: Annotated[bool, Field(strict=True)] = Field(
        default=False, description="also stop where success has become unlikely (not binding)"
    )

    @model_validator(mode="after")
    def _rise_to_one(self) -> Self:
        steps = self.fractions
        rising = all(a < b for a, b in itertools.pairwise((0.0, *steps)))
        if not rising or steps[-1:] != (1.0,):
            rule = (
                "must be shares of the planned contacts, 0.5 for half of them, that rise from look "
                "to look and end with 1"
            )
            raise InputError([Problem("Looks", "fractions", list(steps), rule)])
        return self
