"""Layers of tariffs by pair and sector, each row with its source: shipped ones, a CSV file, a table or a mapping."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from multipolar.errors import InputError, WorldError, unknown
from multipolar.world import _data
from multipolar.world._groups import country_group, country_groups, sector_group, sector_groups

if TYPE_CHECKING:
    from multipolar.world._world import World

LAYERS = {"us-2025-04": "tariffs_us_2025_04.csv"}
LARGEST = 10.0  # 1,000%; beyond it a percentage was meant
REST = "RoW"
_COLUMNS = ["origin", "destination", "sector", "tariff"]


def tariff_layers() -> list[str]:
    """Names of the shipped layers of tariffs."""
    return sorted(LAYERS)


def load_tariffs(name: str) -> pd.DataFrame:
    """One shipped layer: `origin`, `destination`, `sector` (code or group), `tariff` (ad valorem, 0.1 is 10%), `date`,
    `status`, `source`. Raises `InputError` for an unknown name."""
    if name not in LAYERS:
        raise InputError(unknown("tariff layer", name, tariff_layers()))
    return pd.read_csv(_data.path(LAYERS[name]), keep_default_na=False)


def tariffs_for(world: World, layer: Any) -> tuple[pd.DataFrame, str]:
    """The layer in the world's own codes, one row per pair and sector (`origin`, `destination`, `sector`, `tariff`;
    groups expanded), and a line that says where it is from.

    `layer` is the name of a shipped layer, a CSV file or a `DataFrame` with these four columns, or a mapping of
    `(origin, destination)` or `(origin, destination, sector)` to a tariff. Countries and sectors may be codes or named
    groups; a group's members that the world lacks are left out. In a shipped layer, countries that the world has only
    in its `RoW` are averaged there with their goods trade of 2023. Raises `WorldError` or `InputError` naming the row.
    """
    if isinstance(layer, Mapping):
        frame, note, where = _from_mapping(world, layer), "given by the user", "tariffs"
    elif isinstance(layer, pd.DataFrame):
        frame, note, where = layer, "given by the user", "tariffs"
    elif isinstance(layer, str | Path) and str(layer) in LAYERS:
        frame, where = load_tariffs(str(layer)), f"layer {layer}"
        note = f"{layer}: {frame['source'].iloc[0].split(':')[0]}, {frame['date'].iloc[0]}"
        frame = _rest_averaged(world, frame)
    elif isinstance(layer, str | Path):
        frame, note, where = _read(Path(layer)), f"file {Path(layer).name}", str(layer)
    else:
        raise WorldError(
            f"tariffs: expected a layer's name, a CSV file, a table or a mapping, got {type(layer).__name__}."
        )
    missing = [c for c in _COLUMNS if c not in frame.columns]
    if missing:
        raise InputError(
            f"{where}: column {missing[0]!r} is missing; expected {', '.join(_COLUMNS)}, found "
            f"{', '.join(map(str, frame.columns))}."
        )
    rows: dict[tuple[str, str, str], float] = {}
    for number, (origins, destinations, sectors, value) in enumerate(
        frame[_COLUMNS].itertuples(index=False), 1
    ):
        at = f"{where}, row {number}"
        rate = _rate(at, value)
        for key in _keys(world, at, str(origins), str(destinations), str(sectors)):
            if rows.setdefault(key, rate) != rate:
                raise InputError(f"{at}: the tariff on {key[2]} from {key[0]} to {key[1]} was given before.")
    table = pd.DataFrame([(*key, rate) for key, rate in rows.items()], columns=pd.Index(_COLUMNS))
    return table, note


def with_tariff(world: World, layer: Any) -> World:
    """See `World.with_tariff`."""
    from multipolar.world._world import World

    table, note = tariffs_for(world, layer)
    countries = {c: i for i, c in enumerate(world.countries)}
    sectors = {s: k for k, s in enumerate(world.sectors)}
    tariff = world.tariff_values.copy()
    at = tuple(
        [index[v] for v in table[column]]
        for column, index in (("origin", countries), ("destination", countries), ("sector", sectors))
    )
    tariff[at] = table["tariff"].to_numpy(dtype=float)
    return World.from_arrays(
        world.countries,
        world.sectors,
        world.intermediate_values,
        world.final_values,
        world.trade_elasticity_values,
        tariff,
        capital_share=world.capital_share_values,
        country_names=world.country_names,
        sector_names=world.sector_names,
        name=world.name,
        year=world.year,
        provenance={**world.provenance, "tariff": note},
    )._with(adjustments=world.adjustments)


def _keys(world: World, at: str, origin: str, destination: str, sector: str) -> list[tuple[str, str, str]]:
    origins = _expand(at, "country", origin, world.countries)
    destinations = _expand(at, "country", destination, world.countries)
    goods = _expand(at, "sector", sector, world.sectors)
    if origins == destinations and len(origins) == 1:
        raise InputError(f"{at}: a country has no tariff on itself ({origin}).")
    return [(o, d, s) for o in origins for d in destinations if o != d for s in goods]


def _expand(at: str, what: str, given: str, codes: tuple[str, ...]) -> list[str]:
    if given in codes:
        return [given]
    if given == "everyone" and what == "country":
        return list(codes)
    groups = country_groups() if what == "country" else sector_groups()
    if given not in groups:
        raise WorldError(f"{at}: " + unknown(f"{what} or group", given, [*codes, *groups]))
    members = country_group(given) if what == "country" else sector_group(given)
    found = [m for m in members if m in codes]
    if not found:
        raise WorldError(f"{at}: the world has none of the members of {what} group {given!r}.")
    return found


def _rate(at: str, value: Any) -> float:
    try:
        rate = float(value)
    except (TypeError, ValueError):
        raise InputError(f"{at}: tariff {value!r} is not a number (write 25% as 0.25).") from None
    if not (np.isfinite(rate) and -1 < rate <= LARGEST):
        raise InputError(
            f"{at}: tariff {rate:g} is outside -1 to {LARGEST:g}; it is a fraction (25% is 0.25)."
        )
    return rate


def _from_mapping(world: World, layer: Mapping[Any, Any]) -> pd.DataFrame:
    rows = []
    for key, value in layer.items():
        if not (isinstance(key, tuple) and len(key) in (2, 3)):
            raise InputError(
                f"tariffs: key {key!r}; expected (origin, destination) or (origin, destination, sector)."
            )
        sectors = [key[2]] if len(key) == 3 else world.sectors
        rows += [(key[0], key[1], sector, value) for sector in sectors]
    return pd.DataFrame(rows, columns=pd.Index(_COLUMNS))


def _read(path: Path) -> pd.DataFrame:
    if not path.exists():
        raise InputError(f"tariffs: {unknown('layer or missing file', str(path), tariff_layers())}")
    try:
        return pd.read_csv(path, keep_default_na=False)
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a readable CSV file ({error}).") from None


def _rest_averaged(world: World, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of countries that the world has only in its rest of the world, as one row per destination and sector:
    averaged with the goods trade of 2023, over all countries of the rest (those without a tariff count as zero)."""
    from multipolar.world._world2023 import trade_2023

    rows = list(frame[_COLUMNS].itertuples(index=False, name=None))
    outside = [row for row in rows if row[0] not in world.countries]
    kept = [row for row in rows if row[0] in world.countries]
    if outside and REST in world.countries:
        trade = trade_2023()
        sales = zip(trade["exporter"], trade["importer"], trade["value_musd"], strict=True)
        weight = {(o, d): float(v) for o, d, v in sales if o not in world.countries}
        levied: dict[tuple[str, str], float] = defaultdict(float)
        for origin, destination, sector, rate in outside:
            levied[destination, sector] += weight.get((origin, destination), 0.0) * float(rate)
        for (destination, sector), duties in levied.items():
            total = sum(v for (_, d), v in weight.items() if d == destination)
            kept.append((REST, destination, sector, duties / total if total else 0.0))
    return pd.DataFrame(kept, columns=pd.Index(_COLUMNS))
