"""Eurostat FIGARO inter-country input-output tables, industry by industry, as matrix or flat CSV."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from multipolar.errors import WorldError, unknown
from multipolar.world._concordance import concordance
from multipolar.world._world import World
from multipolar.world.readers import _codes, _files
from multipolar.world.readers._cells import Progress, Repairs
from multipolar.world.readers._grid import Source, TextGrid
from multipolar.world.readers._long import flows
from multipolar.world.readers._table import (
    CONSUMPTION,
    INVESTMENT,
    Label,
    Table,
    assemble,
    check_unique,
    to_world,
)

CLASSIFICATION = "nace2-64"
FLAT = ["refArea", "rowIi", "counterpartArea", "colIi"]
FINAL = {
    "P3_S13": CONSUMPTION, "P3_S14": CONSUMPTION, "P3_S15": CONSUMPTION, "P51G": INVESTMENT, "P5M": INVESTMENT,
    "P52": INVESTMENT, "P53": INVESTMENT,
}  # fmt: skip
INPUTS = {
    "D21X31": "taxes less subsidies on products (D21X31)", "OP_RES": "purchases of residents abroad (OP_RES)",
    "OP_NRES": "purchases of non-residents (OP_NRES)", "D1": "compensation of employees (D1)",
    "D29X39": "other net taxes on production (D29X39)", "B2A3G": "gross operating surplus (B2A3G)",
}  # fmt: skip
DOMESTIC = ("W2", "DOM")


def read_figaro(
    path: str | Path, year: int | None = None, *, usd_per_eur: float | None = None, trade_elasticity: Any = None,
    repair: bool = False, progress: Progress | None = None,
) -> World:  # fmt: skip
    """A FIGARO industry-by-industry table (`matrix_eu-ic-io_ind-by-ind_..._YEAR.csv` or `flatfile_...`), 64 NACE rev. 2
    industries.

    Million EUR at basic prices in the file, million USD in the World: at `usd_per_eur`, by default the year's average of the
    ECB. P3 becomes consumption, P51G and P5M investment; rows D21X31, OP_RES and OP_NRES are counted in value added;
    FIGW1 becomes `RoW`. Raises `WorldError` naming the file, line and value.
    """
    source, year = _files.pick(Path(path), year, r"(ind-by-ind|figaro).*\.csv$", "FIGARO")
    rate, note = _codes.usd_per_euro(source.name, year, usd_per_eur)
    repairs = Repairs(repair)
    with source.open() as handle:
        flat = "refArea" in handle.readline()
    strict = trade_elasticity is None
    table = (
        _flat(source, repairs, progress, rate, strict)
        if flat
        else _matrix(source, repairs, progress, rate, strict)
    )
    return to_world(
        table, name=f"figaro-{year}" if year else "figaro", year=year, repairs=repairs,
        classification=CLASSIFICATION, trade_elasticity=trade_elasticity,
        sector_names=_codes.sector_names(CLASSIFICATION, table.sectors),
        provenance={
            "title": "FIGARO inter-country input-output tables, industry by industry", "short": "Eurostat FIGARO",
            "source": source.name, "citation": "Eurostat, FIGARO tables", "exchange_rate": note,
            "licence": "reuse allowed with the source named (European Commission decision 2011/833/EU)",
        },
    )  # fmt: skip


def _matrix(source: Source, repairs: Repairs, progress: Progress | None, rate: float, strict: bool) -> Table:
    grid = TextGrid(source, repairs, progress, separator=",")
    check_unique(source.name, "column", grid.columns)
    columns = [_label(source.name, *_halves(c), strict) for c in grid.columns]
    seen: set[str] = set()

    def row(number: int, labels: list[str]) -> Label:
        if labels[0] in seen:
            raise WorldError(f"{source.name}, line {number}: row {labels[0]!r} appears twice.")
        seen.add(labels[0])
        return _label(source.name, *_halves(labels[0]), strict)

    return assemble(grid, columns, row, rate)


def _flat(source: Source, repairs: Repairs, progress: Progress | None, rate: float, strict: bool) -> Table:
    """Labels are known only once every flow is read, so cells are collected by key first."""
    rows: dict[tuple[str, str], int] = {}
    columns: dict[tuple[str, str], int] = {}
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for (area, sector, other, use), values in flows(source, FLAT, "obsValue", repairs, progress):
        r = _pairs(area, sector, rows)
        c = _pairs(other, use, columns)
        parts.append((r.astype(np.int32), c.astype(np.int32), values))
    labels = [_label(source.name, area, code, strict) for area, code in columns]
    grid = _Collected(source.name, list(rows), list(columns), parts)
    return assemble(grid, labels, lambda _, key: _label(source.name, key[0], key[1], strict), rate)


def _pairs(
    first: tuple[np.ndarray, list[str]], second: tuple[np.ndarray, list[str]], index: dict
) -> np.ndarray:
    a, words_a = first
    b, words_b = second
    code = a.astype(np.int64) * len(words_b) + b
    distinct, inverse = np.unique(code, return_inverse=True)
    place = [
        index.setdefault((words_a[k // len(words_b)], words_b[k % len(words_b)]), len(index))
        for k in distinct.tolist()
    ]
    return np.array(place)[inverse]


class _Collected:
    """Flows as a grid, a row at a time. Raises `WorldError` for a flow that appears twice."""

    def __init__(self, name: str, rows: list, columns: list, parts: list):
        self.name, self.columns, self._keys = name, columns, rows
        self._matrix = np.full((len(rows), len(columns)), np.nan)
        for r, c, values in parts:
            twice = ~np.isnan(self._matrix[r, c])
            code = r.astype(np.int64) * len(columns) + c
            _, first = np.unique(code, return_index=True)
            if twice.any() or len(first) < len(code):
                at = (
                    int(np.flatnonzero(twice)[0])
                    if twice.any()
                    else int(np.setdiff1d(np.arange(len(code)), first)[0])
                )
                raise WorldError(
                    f"{name}: the flow {'_'.join(rows[r[at]])} to {'_'.join(columns[c[at]])} appears twice."
                )
            self._matrix[r, c] = values

    def __iter__(self):
        for number, key in enumerate(self._keys):
            # A flow the file does not list is zero: that is what a list of flows means.
            yield number + 1, list(key), np.nan_to_num(self._matrix[number])


def _halves(text: str) -> tuple[str, str]:
    area, _, code = text.partition("_")
    return area, code


def _label(file: str, area: str, code: str, strict: bool) -> Label:
    if area in DOMESTIC or code in INPUTS:
        if code not in INPUTS:
            raise WorldError(f"{file}, label '{area}_{code}': {unknown('row of inputs', code, INPUTS)}")
        return Label("input", code=INPUTS[code])
    country = _codes.country(area)
    if country is None or not re.fullmatch(r"[A-Z]{2}|FIGW\d", area):
        raise WorldError(f"{file}, label '{area}_{code}': {_codes.unknown_country(area)}")
    if code in FINAL:
        return Label("final", country, code, FINAL[code])
    known = concordance(CLASSIFICATION).index
    if strict and code not in known:
        raise WorldError(f"{file}, label '{area}_{code}': {unknown('industry code', code, [*known, *FINAL])}")
    return Label("sector", country, code)
