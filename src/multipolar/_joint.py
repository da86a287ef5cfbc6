"""The economy and its satellite models together: rounds to a joint fixed point, certified."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.economy import TOLERANCE, Shock
from multipolar.errors import NotConvergedError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from multipolar.outcome import Outcome
    from multipolar.satellite import Adjustment
    from multipolar.world import World

ROUNDS = 40


def solve_jointly(
    world: World, levers: Mapping[str, BaseModel], outcome_under: Callable[[Shock], Outcome]
) -> tuple[Outcome, dict[str, Adjustment], float]:
    """The outcome in which every satellite's adjustment is the one that outcome itself implies.

    `levers`: what is set in each satellite, by room. `outcome_under`: the economy's outcome under a shock that
    comes on top of the measures. Returns the outcome, the adjustments by room and the largest difference between
    the adjustments used and those the outcome implies, at most 1e-9 (wedges and productivity in logs, transfers
    over GDP). Raises `NotConvergedError` naming the satellite that does not settle.
    """
    none = Shock.none(len(world.countries), len(world.sectors))
    used = {room: none for room in levers}
    outcome, gaps = None, dict.fromkeys(levers, np.inf)
    for _ in range(ROUNDS):
        adjustments = {
            room: import_module(f"multipolar.{room}").adjust(world, own, outcome)
            for room, own in levers.items()
        }
        gaps = {room: _distance(world, used[room], found.shock) for room, found in adjustments.items()}
        if outcome is not None and max(gaps.values()) <= TOLERANCE:
            return outcome, adjustments, max(gaps.values())
        used = {room: found.shock for room, found in adjustments.items()}
        together = none
        for shock in used.values():
            together = together.then(shock)
        outcome = outcome_under(together)
    worst = max(gaps, key=lambda room: gaps[room])
    raise NotConvergedError(
        f"the economy and its satellites have not settled after {ROUNDS} rounds: what {worst!r} does to the economy still "
        f"moves by {gaps[worst]:.1e} from one round to the next, allowed {TOLERANCE:g}. Try smaller changes of its levers.",
        gaps,
    )


def _distance(world: World, old: Shock, new: Shock) -> float:
    def apart(name: str) -> float:
        a, b = np.broadcast_arrays(np.asarray(getattr(old, name)), np.asarray(getattr(new, name)))
        with np.errstate(invalid="ignore"):
            gap = np.abs(np.log(a) - np.log(b))
        return float(np.where(a == b, 0.0, gap).max())

    money: Any = np.abs(np.asarray(old.transfer) - np.asarray(new.transfer)) / world.gdp_values
    logs = [apart(name) for name in ("importer_wedge", "exporter_wedge", "iceberg", "productivity")]
    return max(*logs, float(money.max()))
