"""OECD Inter-Country Input-Output tables, CSV."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from multipolar.errors import WorldError, unknown
from multipolar.world._concordance import concordance
from multipolar.world._world import World
from multipolar.world.readers import _codes, _files
from multipolar.world.readers._cells import Progress, Repairs
from multipolar.world.readers._grid import TextGrid
from multipolar.world.readers._table import CONSUMPTION, INVESTMENT, Label, assemble, check_unique, to_world

CLASSIFICATION = "icio"
# Extended tables split China and Mexico by processing trade and global manufacturing; final demand is not split.
SPLIT = {"CN1": "CHN", "CN2": "CHN", "MX1": "MEX", "MX2": "MEX", "MX3": "MEX"}
FINAL = {
    "HFCE": CONSUMPTION, "NPISH": CONSUMPTION, "NPS": CONSUMPTION, "GGFC": CONSUMPTION, "DPABR": CONSUMPTION,
    "P33": CONSUMPTION, "DIRP": CONSUMPTION, "CONS_ABR": CONSUMPTION, "GFCF": INVESTMENT, "INVNT": INVESTMENT,
    "INV": INVESTMENT,
}  # fmt: skip
TOTALS = {"OUT", "TOTAL", "OUTPUT"}
TAXES = "TLS (taxes less subsidies on products)"


def read_icio(
    path: str | Path, year: int | None = None, *, trade_elasticity: Any = None, repair: bool = False,
    progress: Progress | None = None,
) -> World:  # fmt: skip
    """An OECD ICIO table (2021, 2023 and later editions, also the extended ones) from CSV, a zip of CSVs or a folder.

    Million USD at basic prices. CN1/CN2 and MX1/MX2 are added to CHN and MEX. HFCE, NPISH, GGFC and DPABR (direct
    purchases abroad) become consumption, GFCF and INVNT investment; TLS is counted in value added; ROW becomes `RoW`.
    `trade_elasticity`: a shipped set's name (default: through the concordance), a number or a mapping by sector.
    Raises `WorldError` naming the file, line and value for what is not in that layout or does not balance.
    """
    source, year = _files.pick(Path(path), year, r"\.csv$", "OECD ICIO")
    repairs = Repairs(repair)
    grid = TextGrid(source, repairs, progress, separator=",")
    columns = [_column(source.name, c, trade_elasticity is None) for c in grid.columns]
    check_unique(source.name, "column", grid.columns)
    seen: dict[str, int] = {}

    def row(number: int, labels: list[str]) -> Label:
        text = labels[0]
        if text in seen:
            raise WorldError(
                f"{source.name}, line {number}: row {text!r} appears twice (first on line {seen[text]})."
            )
        seen[text] = number
        if text in TOTALS:
            return Label("output")
        if text == "VA" or text.startswith("VALU"):
            return Label("input", code="VA")
        if text == "TLS" or "TAX" in text:
            return Label("input", code=TAXES)
        return _column(source.name, text, trade_elasticity is None)

    table = assemble(grid, columns, row)
    split = sorted({c[:3] for c in grid.columns if c[:3] in SPLIT})
    return to_world(
        table, name=f"icio-{year}" if year else "icio", year=year, repairs=repairs,
        classification=CLASSIFICATION, trade_elasticity=trade_elasticity,
        sector_names=_codes.sector_names(CLASSIFICATION, table.sectors),
        provenance={
            "title": "OECD Inter-Country Input-Output Tables", "short": "OECD ICIO", "source": source.name,
            "citation": "OECD, Inter-Country Input-Output Tables, oe.cd/icio", "licence": "OECD terms of use",
            "notes": f"{', '.join(split)} added to their country." if split else "",
        },
    )  # fmt: skip


def _column(file: str, text: str, strict: bool) -> Label:
    if text in TOTALS or text == "FD":
        return Label("output" if text in TOTALS else "dropped", code=text)
    if "DISC" in text:
        return Label("discrepancy", code=text)
    region, _, code = text.partition("_")
    if region in FINAL:  # the edition of 2016 writes HFCE_AUS
        region, code = code, region
    country = SPLIT.get(region) or _codes.country(region)
    if country is None or not re.fullmatch(r"[A-Z0-9]{3}", region):
        raise WorldError(f"{file}, label {text!r}: {_codes.unknown_country(region)}")
    if code in FINAL:
        return Label("final", country, code, FINAL[code])
    known = concordance(CLASSIFICATION).index
    if strict and code not in known:
        raise WorldError(f"{file}, label {text!r}: {unknown('sector code', code, [*known, *FINAL])}")
    return Label("sector", country, code)
