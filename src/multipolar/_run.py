"""Solve a scenario's variants, or a handful of measures, on a world."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from multipolar._fit import fit, held
from multipolar._joint import solve_jointly
from multipolar.economy import HORIZONS, Shock, calibrate
from multipolar.economy import solve as solve_economy
from multipolar.errors import InputError, MultipolarError, ScenarioError, unknown
from multipolar.outcome import Outcome
from multipolar.scenario import Scenario
from multipolar.world import World

if TYPE_CHECKING:
    from pydantic import BaseModel

    from multipolar.economy import Economy
    from multipolar.scenario import Measure


def run(
    world: World,
    scenario: Scenario,
    variants: Iterable[str] | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Outcome]:
    """Outcomes of a scenario's variants (default: all) on `world`, by variant name, in the scenario's order.

    The scenario's trade elasticities, closure, use groups and upper elasticities apply. `progress` is called
    with each variant's name before it is solved. Raises `ScenarioError` for an unknown variant or a measure that
    does not fit the world, and what `economy.solve` raises, naming the variant.
    """
    names = list(variants) if variants is not None else list(scenario.variants)
    for name in names:
        if name not in scenario.variants:
            raise ScenarioError(f"{scenario.name}: {unknown('variant', name, scenario.variants)}")
    world, settings = _as_asked(world, scenario)
    economy = calibrate(world, **settings)
    fitted: dict[str, tuple[str, ...]] = {}
    if scenario.calibrate:
        if progress:
            progress("the calibration targets")
        baseline = solve_economy(economy, Shock.none(*economy.output.shape))
        scenario, fitted = fit(world, economy, scenario, baseline)
    outcomes = {}
    for name in names:
        if progress:
            progress(name)
        try:
            outcome = _outcome(
                world,
                economy,
                scenario.variant_measures(name),
                None,
                scenario.name,
                name,
                settings,
                scenario.variant_levers(name),
            )
            outcomes[name] = replace(outcome, notes=outcome.notes + fitted.get(name, ()))
        except MultipolarError as error:
            error.args = (f"{scenario.name}, variant {name!r}: {error}", *error.args[1:])
            raise
    return outcomes


def baseline_outcome(world: World, scenario: Scenario) -> Outcome:
    """The world as it is, without measures, under the scenario's choices: what `baseline` names in comparisons."""
    world, settings = _as_asked(world, scenario)
    return _outcome(world, calibrate(world, **settings), [], None, scenario.name, "baseline", settings)


def _as_asked(world: World, scenario: Scenario) -> tuple[World, dict[str, Any]]:
    if scenario.trade_elasticity is not None:
        world = world.with_trade_elasticity(scenario.trade_elasticity)
    upper = scenario.upper_elasticities
    settings = _settings(
        horizon=scenario.horizon, closure=scenario.closure, use_groups=scenario.use_groups,
        sigma_v=upper.value_added, sigma_m=upper.materials, sigma_c=upper.consumption,
    )  # fmt: skip
    return world, settings


def solve(
    world: World, measures: Sequence[Measure] = (), *, on: dt.date | None = None, **options: Any
) -> Outcome:
    """One shot: the outcome of `measures` (those in force on the date `on`, or all) on `world`.
    `options` are those of `economy.calibrate`: `horizon`, `closure`, `use_groups`, elasticities; raises as `run`."""
    settings = _settings(**options)
    return _outcome(world, calibrate(world, **settings), list(measures), on, "", "", settings)


def _settings(**given: Any) -> dict[str, Any]:
    """The options given, the defaults, and what the horizon implies, so that a record shows what was used."""
    settings: dict[str, Any] = {"horizon": "medium", "closure": "fixed-share", "use_groups": "common"}
    settings |= {name: value for name, value in given.items() if value is not None}
    preset = HORIZONS.get(settings["horizon"])
    if preset is None:
        raise InputError(unknown("horizon", settings["horizon"], HORIZONS))
    implied = {
        name: getattr(preset, name) for name in ("sigma_v", "sigma_m", "sigma_c", "mobility", "capital")
    }
    return implied | settings


def _outcome(
    world: World,
    economy: Economy,
    measures: list[Measure],
    on: dt.date | None,
    scenario: str,
    variant: str,
    settings: dict[str, Any],
    levers: Mapping[str, BaseModel] | None = None,
) -> Outcome:
    def under(beside: Shock | None) -> Outcome:
        equilibrium, notes = held(world, economy, measures, on, beside)
        return Outcome(world, equilibrium, scenario, variant, tuple(measures), notes, settings)

    if not levers:
        return under(None)
    outcome, adjustments, gap = solve_jointly(world, levers, under)
    notes = tuple(n for found in adjustments.values() for n in found.notes)
    return replace(outcome, notes=outcome.notes + notes, satellites=adjustments, joint_gap=gap)
