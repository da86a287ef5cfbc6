"""Magnitudes found rather than given: calibration to observed trade, and the shadow wedges of limits.

Both are small systems around the economy: a handful of unknowns, each evaluation one equilibrium, Newton steps
with difference quotients.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from multipolar.economy import Economy, Equilibrium, Shock, solve
from multipolar.economy._certificate import accounts
from multipolar.errors import MultipolarError, NotConvergedError
from multipolar.scenario import (
    KINDS,
    LIMITS,
    Measure,
    Scenario,
    Target,
    compile_measures,
    corridors_of,
    region,
)
from multipolar.world import World

FIT_TOLERANCE = 1e-9
STEPS = 40
_DIFFERENCE = 1e-5
LARGEST_STEP = 2.0


def fit(
    world: World, economy: Economy, scenario: Scenario, baseline: Equilibrium
) -> tuple[Scenario, dict[str, tuple[str, ...]]]:
    """The scenario with the magnitudes that meet its `calibrate` targets exactly, and notes by variant that state
    them with the trade cost they imply. Targets are met variant by variant, in the order given.
    Raises `NotConvergedError` naming the target that no magnitude meets."""
    notes: dict[str, tuple[str, ...]] = {}
    for variant in dict.fromkeys(t.variant for t in scenario.calibrate):
        targets = [t for t in scenario.calibrate if t.variant == variant]
        found = _meet(world, economy, scenario, variant, targets, baseline)
        scenario = scenario.model_copy(update={"measures": {**scenario.measures, **{m.id: m for m in found}}})
        lines = tuple(_stated(world, t, m) for t, m in zip(targets, found, strict=True))
        for name in scenario.variants:
            used = scenario.variant_ids(name)
            kept = tuple(x for x, t in zip(lines, targets, strict=True) if t.measure in used)
            notes[name] = notes.get(name, ()) + kept
    return scenario, notes


def _meet(
    world: World,
    economy: Economy,
    scenario: Scenario,
    variant: str,
    targets: list[Target],
    baseline: Equilibrium,
) -> list[Measure]:
    before = accounts(economy, baseline.shock, baseline.state)["border"].sum(3)
    cells = [region(world, t) for t in targets]
    for target, cell in zip(targets, cells, strict=True):
        if not before[cell].sum() > 0:
            raise MultipolarError(
                f"calibrate {target.measure}: the baseline has no trade from {', '.join(target.origins)} to "
                f"{', '.join(target.destinations)} in these sectors, so no change of it can be met."
            )
    wanted = np.log1p([t.change for t in targets])

    def measures(x: np.ndarray) -> list[Measure]:
        moved = {
            t.measure: _with_log(scenario.measures[t.measure], v) for t, v in zip(targets, x, strict=True)
        }
        return [moved.get(m.id, m) for m in scenario.variant_measures(variant)]

    def gaps(x: np.ndarray) -> np.ndarray:
        equilibrium, _ = held(world, economy, measures(x))
        after = accounts(economy, equilibrium.shock, equilibrium.state)["border"].sum(3)
        return np.array([np.log(after[c].sum() / before[c].sum()) for c in cells]) - wanted

    start = np.array([_log(scenario.measures[t.measure]) for t in targets])
    x, gap = _newton(gaps, start)
    worst = int(np.argmax(np.abs(gap)))
    if not np.abs(gap[worst]) <= FIT_TOLERANCE:
        raise NotConvergedError(
            f"calibrate {targets[worst].measure}: no magnitude of it was found that changes the trade by "
            f"{targets[worst].change:+.1%} in variant {variant!r}; the closest is off by {np.expm1(gap[worst]):+.2%}. "
            "Check that the measure acts on that trade, and that the other measures leave room for it.",
            {t.measure: float(abs(g)) for t, g in zip(targets, gap, strict=True)},
        )
    return [_with_log(scenario.measures[t.measure], v) for t, v in zip(targets, x, strict=True)]


def _log(measure: Measure) -> float:
    size = measure.magnitudes()[0]
    return float(-np.log1p(-size)) if measure.kind == "payment-friction" else float(np.log1p(size))


def _with_log(measure: Measure, value: float) -> Measure:
    size = -np.expm1(-value) if measure.kind == "payment-friction" else np.expm1(value)
    return measure.model_copy(update={"magnitude": float(size)})


def _stated(world: World, target: Target, measure: Measure) -> str:
    size = measure.magnitudes()[0]
    text = f"{measure.id}: magnitude {size:.4g} found so that the trade changes by {target.change:+.1%}"
    if KINDS[measure.kind].acts != "cost":
        return text
    theta = world.trade_elasticity_values
    cost = np.expm1(-np.log1p(size) / theta) if measure.unit == "trade" else np.full(len(theta), size)
    weight = np.where(corridors_of(world, measure), world.trade_values, 0).sum((0, 1))
    mean = float((weight * cost).sum() / weight.sum())
    return f"{text}: a trade cost of {mean:+.1%} on average over its sectors"


def held(
    world: World, economy: Economy, measures: Sequence[Measure], on=None, beside: Shock | None = None
) -> tuple[Equilibrium, tuple[str, ...]]:
    """The equilibrium in which every limit (quota, price cap, local content) holds: each has the smallest wedge, one
    or more, that keeps its quantity, price or share within the limit; `beside` is a shock on top of the measures.
    Notes name those that bind, their wedge and rent.
    Raises `NotConvergedError` naming the measure that no wedge keeps."""
    limits = [m for m in measures if KINDS[m.kind].acts in LIMITS and _in_force(m, on)]

    def shocked(shadow: dict[str, float] | None = None) -> tuple[Shock, tuple[str, ...]]:
        shock, notes = compile_measures(world, measures, on, shadow)
        return (shock if beside is None else shock.then(beside)), notes

    shock, notes = shocked()
    equilibrium = solve(economy, shock)
    if not limits:
        return equilibrium, notes
    baseline = solve(economy, Shock.none(*economy.output.shape))
    cells = [corridors_of(world, m) for m in limits]
    limit = np.log([m.magnitudes()[0] for m in limits])

    def state(x: np.ndarray) -> Equilibrium:
        shadow = {m.id: float(v) for m, v in zip(limits, x, strict=True)}
        return solve(economy, shocked(shadow)[0])

    def excess(equilibrium: Equilibrium) -> np.ndarray:
        return (
            np.array([_level(m, c, baseline, equilibrium) for m, c in zip(limits, cells, strict=True)])
            - limit
        )

    x = np.zeros(len(limits))
    gap = excess(equilibrium)
    for _ in range(len(limits) + 3):
        binding = (x > 0) | (gap > FIT_TOLERANCE)
        if not binding.any():
            break

        def gaps(part: np.ndarray, binding: np.ndarray = binding) -> np.ndarray:
            full = np.zeros(len(binding))
            full[binding] = part
            return excess(state(full))[binding]

        found, _ = _newton(gaps, np.where(x > 0, x, 0.05)[binding])
        x = np.zeros_like(x)
        x[binding] = np.maximum(found, 0)
        equilibrium = state(x)
        gap = excess(equilibrium)
        if (np.where(x > 0, np.abs(gap), gap) <= FIT_TOLERANCE * 10).all():
            break
    off = np.where(x > 0, np.abs(gap), np.maximum(gap, 0))
    worst = int(np.argmax(off))
    if not off[worst] <= FIT_TOLERANCE * 10:
        raise NotConvergedError(
            f"{limits[worst].id}: no wedge keeps this {limits[worst].kind} at {limits[worst].magnitudes()[0]:g}; the closest "
            f"is off by {np.expm1(gap[worst]):+.2%}. A price cannot be capped far below cost while others still buy.",
            {m.id: float(abs(g)) for m, g in zip(limits, gap, strict=True)},
        )
    books = accounts(economy, equilibrium.shock, equilibrium.state)
    for measure, cell, value in zip(limits, cells, x, strict=True):
        if value <= 0:
            notes = (*notes, f"{measure.id}: does not bind")
            continue
        gross = (
            books["spending" if measure.revenue != "exporter" else "border"].sum(3)[cell].sum()
            * economy.money
        )
        owner = measure.revenue if measure.kind == "quota" else "importer"
        rent = gross * -np.expm1(-value)
        notes = (
            *notes,
            f"{measure.id}: binds; its wedge is {np.expm1(value):.1%}, worth {rent:,.0f} million USD to {_owner(owner)}",
        )
    return equilibrium, notes


def _owner(name: str) -> str:
    return "nobody (a real cost)" if name == "nobody" else f"the {name}s"


def _in_force(measure: Measure, on) -> bool:
    return not (on and ((measure.start and on < measure.start) or (measure.end and on >= measure.end)))


def _level(measure: Measure, cell: np.ndarray, baseline: Equilibrium, equilibrium: Equilibrium) -> float:
    """Log of the quantity shipped, the seller's price, or the share of the buyers' spending, over its baseline;
    quantities and prices of several corridors weighed at baseline prices."""
    economy = equilibrium.economy
    if KINDS[measure.kind].acts == "content":
        market = cell.any(0)
        spent = [accounts(economy, e.shock, e.state)["spending"].sum(3) for e in (baseline, equilibrium)]
        shares = [s[cell].sum() / s[:, market].sum() for s in spent]
        return float(np.log(shares[1] / shares[0]))
    cost = np.asarray(equilibrium.state.cost)[:, None] - np.asarray(baseline.state.cost)[:, None]
    before = accounts(economy, baseline.shock, baseline.state)["sales"].sum(3)
    if KINDS[measure.kind].acts == "cap":
        return float(np.log((before * np.exp(cost))[cell].sum() / before[cell].sum()))
    after = accounts(economy, equilibrium.shock, equilibrium.state)["sales"].sum(3) * np.exp(-cost)
    return float(np.log(after[cell].sum() / before[cell].sum()))


def _newton(gaps: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Newton steps with difference quotients and halving; the best point and its gaps, met or not."""
    gap = gaps(x)
    for _ in range(STEPS):
        if np.abs(gap).max() <= FIT_TOLERANCE / 10:
            break
        columns = [(gaps(x + _DIFFERENCE * e) - gap) / _DIFFERENCE for e in np.eye(len(x))]
        step = -np.linalg.lstsq(np.stack(columns, 1), gap, rcond=None)[0]
        step *= min(1.0, LARGEST_STEP / max(float(np.abs(step).max()), 1e-300))
        for size in 0.5 ** np.arange(8):
            trial = x + size * step
            try:
                gap_trial = gaps(trial)
            except MultipolarError:
                continue
            if np.abs(gap_trial).max() < np.abs(gap).max():
                x, gap = trial, gap_trial
                break
        else:
            break
    return x, gap
