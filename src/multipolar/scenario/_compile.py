"""From measures to the shock they amount to on a world.

How measures combine on one corridor: tariff points add up, and so do export-tax points (`mode: set` replaces
the baseline first); trade costs, payment frictions and discounts multiply; a ban absorbs the rest;
productivity losses multiply; transfers add up. Domestic sales are never touched.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np

from multipolar.economy import Shock
from multipolar.errors import ScenarioError, unknown
from multipolar.scenario._measures import KINDS, LIMITS, Kind, Measure
from multipolar.scenario._schema import Target
from multipolar.world import World, country_group, country_groups, sector_group, sector_groups


def compile_measures(
    world: World,
    measures: Sequence[Measure],
    on: dt.date | None = None,
    shadow: Mapping[str, float] | None = None,
) -> tuple[Shock, tuple[str, ...]]:
    """The shock of `measures` (those in force on the date `on`, or all) and notes on what they do not reach.

    `shadow`: the log wedge of each limit (quota, price cap, local content), by id; without it they do not bind.
    Raises `ScenarioError` for a country or sector the world does not have.
    """
    n, j = len(world.countries), len(world.sectors)
    tariff, export_tax = world.tariff_values.copy(), np.zeros((n, n, j))
    importer, exporter, iceberg = (np.ones((n, n, j)) for _ in range(3))
    productivity, transfer = np.ones((n, j)), np.zeros(n)
    notes: list[str] = []
    for measure in measures:
        if on and ((measure.start and on < measure.start) or (measure.end and on >= measure.end)):
            continue
        kind = KINDS[measure.kind]
        senders = _countries(world, measure, "senders", notes)
        targets = _countries(world, measure, "targets", notes)
        size = _sizes(world, measure)
        touched = np.isfinite(size)
        size = np.where(touched, size, 0.0)
        if measure.unit == "trade":
            size = np.expm1(-np.log1p(size) / world.trade_elasticity_values)
        cell = _cells(kind, senders, targets, touched)
        if kind.acts == "tariff":
            tariff = np.where(cell, size if measure.mode == "set" else tariff + size, tariff)
        elif kind.acts == "export_tax":
            export_tax = np.where(cell, export_tax + size, export_tax)
        elif kind.acts == "cost":
            iceberg = np.where(cell, iceberg * (1 + size), iceberg)
        elif kind.acts == "ban":
            iceberg = np.where(cell, np.inf, iceberg)
        elif kind.acts == "friction" or kind.acts in LIMITS:
            wedge = 1 / (1 - size) if kind.acts == "friction" else np.exp((shadow or {}).get(measure.id, 0.0))
            factor = np.where(cell, wedge, 1.0)
            if measure.revenue == "importer" or kind.acts in ("cap", "content"):
                importer = importer * factor
            elif measure.revenue == "exporter":
                exporter = exporter * factor
            else:
                iceberg = iceberg * factor
        elif kind.acts == "discount":
            importer = np.where(cell, importer / (1 - size), importer)
        elif kind.acts == "productivity":
            productivity = np.where(targets[:, None] & touched, productivity * (1 - size), productivity)
        else:
            amount = measure.magnitudes()[0]
            transfer = transfer + amount * (_by_gdp(world, targets) - _by_gdp(world, senders))
    for what, wedge in (("tariff", tariff), ("export tax", export_tax)):
        if (wedge <= -1).any():
            o, d, s = np.argwhere(wedge <= -1)[0]
            where = f"{world.countries[o]} -> {world.countries[d]}, sector {world.sectors[s]}"
            raise ScenarioError(
                f"measures together set the {what} on {where} to {wedge[o, d, s]:.0%}; it must stay above -100%."
            )
    shock = Shock(
        (importer * (1 + tariff) / (1 + world.tariff_values))[..., None],
        (exporter * (1 + export_tax))[..., None],
        iceberg[..., None],
        productivity,
        transfer,
    )
    return shock, tuple(dict.fromkeys(notes))


def corridors_of(world: World, measure: Measure) -> np.ndarray:
    """Which corridors `[origin, destination, sector]` a measure binds."""
    senders, targets = (_countries(world, measure, side, []) for side in ("senders", "targets"))
    return _cells(KINDS[measure.kind], senders, targets, np.isfinite(_sizes(world, measure)))


def region(world: World, target: Target) -> np.ndarray:
    """The corridors `[origin, destination, sector]` a calibration target speaks of."""
    given = {
        "id": f"calibrate {target.measure}", "kind": "non-tariff-cost", "senders": target.destinations,
        "targets": target.origins, "sectors": target.sectors, "evidence": "assumed", "note": "target",
    }  # fmt: skip
    as_measure = Measure.model_validate(given)
    return corridors_of(world, as_measure)


def _cells(kind: Kind, senders: np.ndarray, targets: np.ndarray, touched: np.ndarray) -> np.ndarray:
    pair = np.zeros((len(senders), len(senders)), dtype=bool)
    if kind.flow in ("imports", "both"):
        pair |= np.outer(targets, senders)
    if kind.flow in ("exports", "both"):
        pair |= np.outer(senders, targets)
    return (pair & ~np.eye(len(senders), dtype=bool))[:, :, None] & touched


def _by_gdp(world: World, members: np.ndarray) -> np.ndarray:
    weight = np.where(members, world.gdp_values, 0.0)
    return weight / weight.sum()


def _countries(world: World, measure: Measure, side: str, notes: list[str]) -> np.ndarray:
    """Which of the world's countries stand on one side of a measure. A group's members that the world does
    not list are noted; a code named outright must exist."""
    chosen = np.zeros(len(world.countries), dtype=bool)
    names = getattr(measure, side)
    for name in names:
        chosen |= _members(world, measure, side, name, notes)
    for name in measure.except_countries:
        chosen &= ~_members(world, measure, "except_countries", name, [])
    if names and not chosen.any():
        raise ScenarioError(
            f"measure {measure.id!r}: no country of world {world.name!r} is left among its {side}."
        )
    return chosen


def _members(world: World, measure: Measure, side: str, name: str, notes: list[str]) -> np.ndarray:
    if name == "everyone":
        return np.ones(len(world.countries), dtype=bool)
    if name in world.countries:
        codes = [name]
    elif name in country_groups():
        codes = country_group(name, measure.start)
        absent = [code for code in codes if code not in world.countries]
        if absent:
            notes.append(
                f"{name}: {', '.join(absent)} not listed in {world.name} (part of the rest of the world), so not covered"
            )
    else:
        valid = [*world.countries, *country_groups(), "everyone"]
        raise ScenarioError(f"measure {measure.id!r}, {side}: {unknown('country or group', name, valid)}")
    return np.isin(world.countries, codes)


def _sizes(world: World, measure: Measure) -> np.ndarray:
    """The magnitude by sector, NaN where the measure does not apply."""
    size = np.full(len(world.sectors), np.nan)
    if isinstance(measure.magnitude, dict):
        parts = measure.magnitude
    else:
        parts = dict.fromkeys(measure.sectors or world.sectors, measure.magnitude)
    for name, value in parts.items():
        if name in world.sectors:
            codes = [name]
        elif name in sector_groups():
            codes = sector_group(name, world.sectors)
        else:
            valid = [*world.sectors, *sector_groups()]
            raise ScenarioError(f"measure {measure.id!r}, sectors: {unknown('sector or group', name, valid)}")
        inside = np.isin(world.sectors, codes)
        if not inside.any():
            raise ScenarioError(
                f"measure {measure.id!r}, sectors: group {name!r} has no sector in world {world.name!r}."
            )
        size[inside] = value
    return size
