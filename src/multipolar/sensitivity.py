"""What the answer hinges on: every number behind a comparison, ranked by what moving it does.

In come a solved scenario's outcomes. Out goes one table of first-order effects, from gradients by the implicit
function theorem (`economy.gradient`): one linear system per country and variant, whatever the number of parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from multipolar.economy import Shock, gradient
from multipolar.scenario import KINDS, Measure, Scenario, compile_measures

if TYPE_CHECKING:
    from multipolar.outcome import Outcome
    from multipolar.world import World

RELATIVE_STEP = 0.1
UPPER_STEP = 0.1
_DIFFERENCE = 1e-6  # compiling measures is explicit arithmetic; central differences of it are exact to 1e-10
UPPER = {
    "sigma_v": "elasticity between value added and materials",
    "sigma_m": "elasticity between materials",
    "sigma_c": "elasticity between final goods",
}


def sensitivities(scenario: Scenario, outcomes: Mapping[str, Outcome]) -> pd.DataFrame:
    """First-order effects on every comparison, largest first within each.

    Columns: `comparison`, `question`, `country`, `parameter`, `description`, `value`, `step` and `effect`: the change
    of the comparison (fraction of baseline consumption) when the parameter moves up by its step, a tenth of
    itself for magnitudes and trade elasticities, 0.1 for upper elasticities. Bans have no magnitude and are
    left out; satellite models are held where they are. Raises `NotConvergedError` where an equilibrium has no derivative.
    """
    wanted = sorted(
        {(v, c) for q in scenario.comparisons for v in (q.of, q.minus) if v in outcomes for c in q.countries}
    )
    effects = {(v, c): _effects(outcomes[v], c) for v, c in wanted}
    tables = []
    for item in scenario.comparisons:
        if any(v not in (*outcomes, "baseline") for v in (item.of, item.minus)):
            continue
        for country in item.countries:
            first = effects.get((item.of, country), pd.DataFrame())
            second = effects.get((item.minus, country), pd.DataFrame())
            both = pd.concat([first, second]).reset_index(names="parameter").drop_duplicates("parameter")
            both = both.set_index("parameter")
            either = [f["effect"].reindex(both.index).fillna(0) if len(f) else 0 for f in (first, second)]
            both["effect"] = either[0] - either[1]
            both = both.iloc[np.argsort(-np.abs(both["effect"].to_numpy()))].reset_index()
            both.insert(0, "country", country)
            both.insert(0, "question", item.question)
            both.insert(0, "comparison", item.id)
            tables.append(both)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _effects(outcome: Outcome, country: str) -> pd.DataFrame:
    world, equilibrium = outcome.world, outcome.equilibrium
    place = world.countries.index(country)
    by_economy, by_shock = gradient(equilibrium, np.eye(len(world.countries))[place])
    level = 1 + float(outcome.welfare.values[place])
    rows: dict[str, list[object]] = {}

    for i, measure in enumerate(outcome.measures):
        if KINDS[measure.kind].acts == "ban":
            continue
        moved = [_scaled(outcome.measures, i, 1 + sign * _DIFFERENCE) for sign in (1, -1)]
        slope = _beside(outcome, _slope(world, world, *moved))
        effect = level * RELATIVE_STEP * sum(float(v.sum()) for v in _dot(by_shock, slope))
        value = float(np.mean(measure.magnitudes()))
        rows[f"{measure.id}.magnitude"] = [measure.title or measure.id, value, "+10%", effect]

    theta = world.trade_elasticity_values
    up, down = (world.with_trade_elasticity(theta * (1 + s * _DIFFERENCE)) for s in (1, -1))
    by_theta = _beside(outcome, _slope(up, down, outcome.measures, outcome.measures))
    through = sum(part for part in _dot(by_shock, by_theta)[:3])
    direct = np.asarray(by_economy.theta) * theta + np.asarray(through)
    for k, sector in enumerate(world.sectors):
        name = f"trade elasticity of {world.sector_names[k]}"
        rows[f"theta.{sector}"] = [name, float(theta[k]), "+10%", level * RELATIVE_STEP * float(direct[k])]
    for key, name in UPPER.items():
        value = float(np.mean(getattr(equilibrium.economy, key)))
        effect = level * UPPER_STEP * float(np.sum(getattr(by_economy, key)))
        rows[key] = [name, value, "+0.1", effect]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["description", "value", "step", "effect"])


def _scaled(measures: Sequence[Measure], which: int, factor: float) -> list[Measure]:
    measure = measures[which]
    size = measure.magnitude
    new = {k: v * factor for k, v in size.items()} if isinstance(size, dict) else size * factor
    return [*measures[:which], measure.model_copy(update={"magnitude": new}), *measures[which + 1 :]]


def _slope(world_up: World, world_down: World, up: Sequence[Measure], down: Sequence[Measure]) -> Shock:
    """Change of the shock per unit of relative change, by central differences; embargoes do not move."""
    parts = []
    first, second = compile_measures(world_up, up)[0], compile_measures(world_down, down)[0]
    for name in ("importer_wedge", "exporter_wedge", "iceberg", "productivity", "transfer"):
        a, b = np.asarray(getattr(first, name)), np.asarray(getattr(second, name))
        finite = np.isfinite(a) & np.isfinite(b)
        parts.append((np.where(finite, a, 0) - np.where(finite, b, 0)) / (2 * _DIFFERENCE))
    return Shock(*parts)


def _beside(outcome: Outcome, slope: Shock) -> Shock:
    """The slope of the whole shock: what the satellite models add multiplies the measures' wedges."""
    for found in outcome.satellites.values():
        slope = slope.then(replace(found.shock, transfer=np.zeros_like(slope.transfer)))
    return slope


def _dot(by_shock: Shock, slope: Shock) -> list[np.ndarray]:
    """Products summed over all but the sector (wedges and productivity), or over everything (transfers)."""
    wedges = [
        (np.asarray(getattr(by_shock, name)) * getattr(slope, name)).sum((0, 1, 3))
        for name in ("importer_wedge", "exporter_wedge", "iceberg")
    ]
    productivity = (np.asarray(by_shock.productivity) * slope.productivity).sum(0)
    return [*wedges, productivity, np.asarray(by_shock.transfer) * slope.transfer]
