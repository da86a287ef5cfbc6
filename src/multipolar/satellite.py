"""What a satellite model (energy, settlement, war) hands to the economy.

In come a world, the levers a variant sets and, on later rounds, the economy's outcome under the last
adjustment. Out goes an `Adjustment`: a shock in the economy's three channels, on top of the variant's measures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pydantic import BaseModel

    from multipolar.economy import Shock
    from multipolar.outcome import Outcome
    from multipolar.world import World


@dataclass(frozen=True)
class Adjustment:
    """`shock`: what the satellite does to the economy. `notes`: what a reader must know of it, one sentence
    each. `results`: the satellite's own certified results, for its tables and its section of the report."""

    shock: Shock
    notes: tuple[str, ...]
    results: Any


class Adjust(Protocol):
    """The one function of a satellite that the joint solution calls. `outcome` is None on the first round;
    given the same outcome it returns the same adjustment, and it responds smoothly to small changes of it."""

    def __call__(self, world: World, levers: BaseModel, outcome: Outcome | None) -> Adjustment: ...
