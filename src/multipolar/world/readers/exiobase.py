"""EXIOBASE 3, the monetary tables: Z.txt, Y.txt and unit.txt in a folder or zip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from multipolar.errors import WorldError
from multipolar.world._concordance import concordance
from multipolar.world._world import World
from multipolar.world.readers import _codes, _files
from multipolar.world.readers._cells import Progress, Repairs
from multipolar.world.readers._grid import Source, TextGrid
from multipolar.world.readers._table import CONSUMPTION, INVESTMENT, Label, assemble, check_unique, to_world

INVESTMENT_WORDS = ("capital", "inventor", "valuables")


def read_exiobase(
    path: str | Path, year: int | None = None, *, usd_per_eur: float | None = None, trade_elasticity: Any = None,
    repair: bool = False, progress: Progress | None = None,
) -> World:  # fmt: skip
    """EXIOBASE 3 (`IOT_YEAR_ixi.zip`, `IOT_YEAR_pxp.zip` or the unpacked folder), 49 regions x 163 industries or 200 products.

    Million EUR at basic prices in the file, million USD in the World: at `usd_per_eur`, by default the year's average of the
    ECB (1999 on). Consumption by households, NPISH and government; investment is fixed capital, inventories, valuables. The
    five rests of the world keep their codes WA, WE, WF, WL, WM. Sectors are called by their EXIOBASE names. The extensions
    (value added, emissions) are not read: value added is output less intermediate purchases.
    Raises `WorldError` naming the file, line and value.
    """
    folder = _files.exists(Path(path))
    if folder.is_file() and folder.suffix.lower() != ".zip":
        folder = folder.parent
    names = [n for n in _files.members(folder) if "impacts" not in n and "satellite" not in n]
    year = year or _files.year_in(folder.name)
    found = {part: _files.one(folder, names, rf"{part}\.txt") for part in ("Z", "Y", "unit")}
    for part in ("Z", "Y"):
        if found[part] is None:
            raise WorldError(
                f"{folder}: {part}.txt is missing; expected Z.txt, Y.txt and unit.txt, found {', '.join(names[:8])}."
            )
    _check_unit(found["unit"])
    rate, note = _codes.usd_per_euro(folder.name, year, usd_per_eur)
    repairs = Repairs(repair)
    grid = _Both(_grid(found["Z"], repairs, progress), _grid(found["Y"], repairs, progress))
    table = assemble(grid, grid.kinds, grid.row, rate)
    classification = _classification(table.sectors)
    return to_world(
        table, name=f"exiobase-{year}" if year else "exiobase", year=year, repairs=repairs,
        classification=classification, trade_elasticity=trade_elasticity,
        provenance={
            "title": "EXIOBASE 3 multi-regional input-output table", "short": "EXIOBASE 3", "source": str(folder),
            "citation": "Stadler and others (2018), Journal of Industrial Ecology 22(3), 502-515; exiobase.eu",
            "licence": "CC BY-SA 4.0", "exchange_rate": note,
        },
    )  # fmt: skip


def _grid(source: Source | None, repairs: Repairs, progress: Progress | None) -> TextGrid:
    assert source is not None
    with source.open() as handle:
        lines = [handle.readline() for _ in range(3)]
    named = lines[2].split("\t", 1)[0].strip() == "region"
    grid = TextGrid(
        source, repairs, progress, separator="\t", header_lines=3 if named else 2, label_columns=2
    )
    if len(grid.header[0]) != len(grid.header[1]):
        raise WorldError(
            f"{source.name}: line 1 names {len(grid.header[0])} columns, line 2 {len(grid.header[1])}."
        )
    grid.width = len(grid.header[0])
    grid.columns = [" ".join(pair) for pair in zip(*grid.header[:2], strict=True)]
    return grid


class _Both:
    """Rows of Z and Y side by side; both must list the same rows in the same order."""

    def __init__(self, z: TextGrid, y: TextGrid):
        self.name, self._z, self._y = z.name, z, y
        self.columns = [*z.columns, *y.columns]
        flows = list(zip(*z.header[:2], strict=True))
        uses = list(zip(*y.header[:2], strict=True))
        check_unique(z.name, "column", flows)
        check_unique(y.name, "column", uses)
        self._sectors = {pair: Label("sector", self._country(*pair), pair[1]) for pair in flows}
        self.kinds = [*self._sectors.values(), *(self._final(*pair) for pair in uses)]
        self._seen: set[tuple[str, str]] = set()

    def __iter__(self):
        left = iter(self._z)
        for (number, labels, values), (line, others, final) in zip(left, self._y, strict=False):
            if labels != others:
                raise WorldError(
                    f"{self._y.name}, line {line}: row {' '.join(others)!r} stands where {self._z.name} has {' '.join(labels)!r}; "
                    "the files do not belong together or one is shifted."
                )
            yield number, labels, np.concatenate([values, final])

    def row(self, number: int, labels: list[str]) -> Label:
        pair = (labels[0], labels[1])
        if pair in self._seen:
            raise WorldError(f"{self.name}, line {number}: row {' '.join(pair)!r} appears twice.")
        self._seen.add(pair)
        # A row without a column is reported by the assembly, with the nearest name.
        return self._sectors.get(pair) or Label("sector", *pair)

    def _country(self, region: str, sector: str) -> str:
        country = _codes.country(region)
        if country is None:
            raise WorldError(f"{self.name}, column {region} {sector}: {_codes.unknown_country(region)}")
        return country

    def _final(self, region: str, category: str) -> Label:
        country, lower = self._country(region, category), category.lower()
        if any(word in lower for word in INVESTMENT_WORDS):
            return Label("final", country, category, INVESTMENT)
        if "consumption" in lower:
            return Label("final", country, category, CONSUMPTION)
        if "export" in lower:
            return Label("dropped", code=category)
        raise WorldError(
            f"{self._y.name}, column {region} {category}: expected a category of consumption, capital formation, inventories or valuables."
        )


def _classification(sectors: list[str]) -> str | None:
    for name in ("exiobase3-ixi", "exiobase3-pxp"):
        if set(sectors) <= set(concordance(name).index):
            return name
    return None


def _check_unit(source: Source | None) -> None:
    if source is None:
        return
    with source.open() as handle:
        handle.readline()
        for number, line in enumerate(handle, 2):
            unit = line.rstrip("\r\n").split("\t")[-1].strip()
            if line.strip() and unit not in ("M.EUR", "MEUR", "M EUR", "Million EUR"):
                raise WorldError(
                    f"{source.name}, line {number}: unit {unit!r}, expected M.EUR; the hybrid and physical tables are not read."
                )
