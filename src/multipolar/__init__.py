"""Multipolar: who gains, who pays, who depends on whom, in general equilibrium.

import multipolar as mp
world = mp.load_world("wiod-2011")
outcomes = mp.run(world, mp.load_scenario("beijing-2024"))
outcomes["sanctions"].welfare
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from multipolar._run import run, solve
    from multipolar.economy import Shock
    from multipolar.outcome import Outcome
    from multipolar.scenario import Measure, Scenario, load_scenario, shipped_scenarios
    from multipolar.strategy import coalition_game, comply_or_defy, dependence, frontier
    from multipolar.world import World, load_world, shipped_worlds
    from multipolar.world.readers import (
        read_eora,
        read_exiobase,
        read_figaro,
        read_icio,
        read_table,
        read_tidy,
        read_wiod2013,
        read_wiod2016,
    )

# Loaded on first use, so that listing worlds or asking for help does not wait for the numerical libraries.
_HOME = {
    "Measure": "scenario",
    "Outcome": "outcome",
    "Scenario": "scenario",
    "Shock": "economy",
    "World": "world",
    "coalition_game": "strategy",
    "comply_or_defy": "strategy",
    "dependence": "strategy",
    "frontier": "strategy",
    "load_scenario": "scenario",
    "load_world": "world",
    "read_eora": "world.readers",
    "read_exiobase": "world.readers",
    "read_figaro": "world.readers",
    "read_icio": "world.readers",
    "read_table": "world.readers",
    "read_tidy": "world.readers",
    "read_wiod2013": "world.readers",
    "read_wiod2016": "world.readers",
    "shipped_scenarios": "scenario",
    "shipped_worlds": "world",
}
__all__ = [
    "Measure",
    "Outcome",
    "Scenario",
    "Shock",
    "World",
    "coalition_game",
    "comply_or_defy",
    "dependence",
    "frontier",
    "load_scenario",
    "load_world",
    "read_eora",
    "read_exiobase",
    "read_figaro",
    "read_icio",
    "read_table",
    "read_tidy",
    "read_wiod2013",
    "read_wiod2016",
    "run",
    "shipped_scenarios",
    "shipped_worlds",
    "solve",
]


def __getattr__(name: str) -> Any:
    if name in ("run", "solve"):
        return getattr(import_module("multipolar._run"), name)
    if name in _HOME:
        return getattr(import_module(f"multipolar.{_HOME[name]}"), name)
    raise AttributeError(f"module 'multipolar' has no attribute {name!r}")
