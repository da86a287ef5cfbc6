"""Our own layout: one flow a row (origin, sector, destination, use, value), with a metadata record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from multipolar.errors import WorldError, unknown
from multipolar.world._concordance import classifications, concordance
from multipolar.world._prepare import Adjustment
from multipolar.world._world import FINAL_USES, World
from multipolar.world.readers import _files
from multipolar.world.readers._cells import Progress, Repairs
from multipolar.world.readers._grid import Source
from multipolar.world.readers._long import flows, is_parquet, places
from multipolar.world.readers._table import Table, check_unique, to_world

COLUMNS = ["origin", "sector", "destination", "use", "value"]
UNITS = {"USD": 1e-6, "thousand USD": 1e-3, "million USD": 1.0, "billion USD": 1e3}
METADATA_KEY = b"multipolar"


def read_tidy(
    path: str | Path, year: int | None = None, *, unit: str | None = None, trade_elasticity: Any = None,
    repair: bool = False, progress: Progress | None = None,
) -> World:  # fmt: skip
    """A world in the tidy layout of docs/tables.md: Parquet or CSV with columns origin, sector, destination, use, value.

    `use` is the using sector's code, `consumption` or `investment`; flows not listed are zero. Metadata (name, year, unit,
    names, trade elasticities, capital shares, tariffs) come from the Parquet file itself or from `NAME.json` beside a CSV;
    without them values are million USD and elasticities must be given, unless the sectors are of a shipped classification.
    What `World.export` wrote comes back bit for bit.
    Raises `WorldError` naming the file, line and value.
    """
    source, _ = _files.pick(Path(path), year, r"\.(parquet|csv)$", "tidy table")
    meta = metadata(source)
    unit = unit or meta.get("unit", "million USD")
    if unit not in UNITS:
        raise WorldError(f"{source.name}: {unknown('unit', unit, UNITS)}")
    repairs = Repairs(repair)
    countries, sectors = list(meta.get("countries", {})), list(meta.get("sectors", {}))
    parts = list(flows(source, COLUMNS[:4], COLUMNS[4], repairs, progress))
    if not countries:
        countries = _words(parts, 0, 2)
    if not sectors:
        sectors = _words(parts, 1)
    table = _table(source.name, countries, sectors, parts, UNITS[unit])
    year = year or meta.get("year")
    name = str(meta.get("name", source.path.stem))
    classification = meta.get("classification") or _guess(sectors)
    if trade_elasticity is None:
        trade_elasticity = meta.get("trade_elasticity")
    world = to_world(
        table, name=name, year=year, repairs=repairs, classification=classification, trade_elasticity=trade_elasticity,
        sector_names=list(meta["sectors"].values()) if "sectors" in meta else None, names=meta.get("countries"),
        provenance={"title": name, "short": name, "source": source.name, "licence": "the user's own"},
    )  # fmt: skip
    return _with_metadata(world, meta, source.name)


def metadata(source: Source) -> dict[str, Any]:
    """The record that goes with a tidy file, or nothing."""
    beside = source.path.with_suffix(".json")
    try:
        if is_parquet(source.path):
            raw = (pq.read_schema(source.path).metadata or {}).get(METADATA_KEY)
            return json.loads(raw) if raw else {}
        return json.loads(beside.read_text(encoding="utf-8")) if beside.exists() else {}
    except json.JSONDecodeError as error:
        raise WorldError(f"{beside.name}: not valid JSON ({error}).") from None
    except (OSError, ValueError) as error:
        raise WorldError(
            f"{source.name}: not a readable Parquet file ({error}). It may be cut off."
        ) from None


def _words(parts: list, *positions: int) -> list[str]:
    return list(dict.fromkeys(w for columns, _ in parts for p in positions for w in columns[p][1]))


def _table(file: str, countries: list[str], sectors: list[str], parts: list, scale: float) -> Table:
    n, j = len(countries), len(sectors)
    check_unique(file, "country", countries)
    clash = set(sectors) & set(FINAL_USES)
    if clash:
        raise WorldError(f"{file}: sector {clash.pop()!r} has the name of a final use.")
    where = {c: i for i, c in enumerate(countries)}
    what = {s: i for i, s in enumerate(sectors)}
    uses = what | {use: j + i for i, use in enumerate(FINAL_USES)}
    cells = np.full((n * j, n, j + 2), np.nan)
    line = 2
    for columns, values in parts:
        index = []
        for (codes, words), known, kind in zip(
            columns, (where, what, where, uses), ("origin", "sector", "destination", "use"), strict=True
        ):
            index.append(places(words, known, f"{kind} code", file)[codes])
        origin, sector, destination, use = index
        row = origin * j + sector
        key = (row * n + destination) * (j + 2) + use
        _, first = np.unique(key, return_index=True)
        twice = ~np.isnan(cells[row, destination, use])
        if len(first) < len(key):
            twice[np.setdiff1d(np.arange(len(key)), first)] = True
        if twice.any():
            at = int(np.flatnonzero(twice)[0])
            flow = " ".join(c[1][c[0][at]] for c in columns)
            raise WorldError(f"{file}, row {line - 1 + at}: the flow {flow} appears twice.")
        cells[row, destination, use] = values * scale if scale != 1.0 else values
        line += len(values)
    # A flow that a list of flows does not hold is zero.
    cells = np.nan_to_num(cells, copy=False)
    return Table(
        file, countries, sectors, cells[:, :, :j].reshape(n * j, n * j), np.ascontiguousarray(cells[:, :, j:])
    )


def _guess(sectors: list[str]) -> str | None:
    for name in classifications():
        if set(sectors) <= set(concordance(name).index):
            return name
    return None


def _with_metadata(world: World, meta: dict[str, Any], file: str) -> World:
    changes: dict[str, Any] = {}
    if "capital_share" in meta:
        share = np.array(
            [[meta["capital_share"][c][s] for s in world.sectors] for c in world.countries], dtype=float
        )
        changes["capital_share_values"] = share
    tariff = np.zeros_like(world.tariff_values)
    for origin, destination, sector, rate in meta.get("tariff", []):
        tariff[
            _place(world.countries, origin, file),
            _place(world.countries, destination, file),
            _place(world.sectors, sector, file),
        ] = rate
    if "provenance" in meta:
        changes["provenance"] = meta["provenance"]
    if "adjustments" in meta:
        changes["adjustments"] = tuple(Adjustment(**a) for a in meta["adjustments"]) + world.adjustments
    if tariff.any():
        # Tariffs change value added, so everything is checked once more.
        world = World.from_arrays(
            world.countries, world.sectors, world.intermediate_values, world.final_values, world.trade_elasticity_values,
            tariff, capital_share=world.capital_share_values, country_names=world.country_names,
            sector_names=world.sector_names, name=world.name, year=world.year, provenance=world.provenance,
        )._with(adjustments=world.adjustments)  # fmt: skip
    return world._with(**changes) if changes else world


def _place(codes: tuple[str, ...], code: str, file: str) -> int:
    if code not in codes:
        raise WorldError(f"{file}, metadata field tariff: {unknown('code', code, codes)}")
    return codes.index(code)
