"""World Input-Output Database, releases of 2013 and 2016, as the wide tables come: Excel or the same exported as CSV."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from multipolar.errors import WorldError, unknown
from multipolar.world._concordance import concordance
from multipolar.world._world import World
from multipolar.world.readers import _codes, _files
from multipolar.world.readers._cells import Progress, Repairs
from multipolar.world.readers._grid import SheetGrid, TextGrid
from multipolar.world.readers._table import CONSUMPTION, INVESTMENT, Label, assemble, check_unique, to_world

# Both releases: four lines of column labels (code, description, country, number) under two of title, and the same four
# as row labels. Final demand is told by its number in 2013 and by its code in 2016.
HEADER_LINES, LABELS = 6, 4
FINAL_2013 = {
    "c37": CONSUMPTION,
    "c38": CONSUMPTION,
    "c39": CONSUMPTION,
    "c41": INVESTMENT,
    "c42": INVESTMENT,
}
FINAL_2016 = {
    "CONS_h": CONSUMPTION, "CONS_np": CONSUMPTION, "CONS_g": CONSUMPTION, "GFCF": INVESTMENT, "INVEN": INVESTMENT,
}  # fmt: skip
# Rows under the intermediate block; what is not here is a total.
INPUTS = {
    "r61": "taxes less subsidies on products", "r62": "cif/fob adjustments on exports",
    "r63": "direct purchases abroad by residents", "r64": "purchases on the domestic territory by non-residents",
    "r65": "value added at basic prices", "r66": "international transport margins",
    "TXSP": "taxes less subsidies on products", "EXP_adj": "cif/fob adjustments on exports",
    "PURR": "direct purchases abroad by residents", "PURNR": "purchases on the domestic territory by non-residents",
    "VA": "value added at basic prices", "IntTTM": "international transport margins",
}  # fmt: skip
OUTPUT = {"r69", "GO"}


def read_wiod2013(
    path: str | Path, year: int | None = None, *, trade_elasticity: Any = None, repair: bool = False,
    progress: Progress | None = None,
) -> World:  # fmt: skip
    """A world table of WIOD's 2013 release (`wiot95_row_apr12.xlsx`, or that sheet as CSV), 41 regions x 35 industries.

    Million USD at basic prices; industries are called `c1` to `c35` as in the shipped worlds; ROM becomes ROU. Net taxes,
    cif/fob adjustments, direct purchases and transport margins are counted in value added. Excel files need the extra
    `multipolar[tables]`. Raises `WorldError` naming the file, line and value.
    """
    return _read(Path(path), year, "2013", trade_elasticity, repair, progress)


def read_wiod2016(
    path: str | Path, year: int | None = None, *, trade_elasticity: Any = None, repair: bool = False,
    progress: Progress | None = None,
) -> World:  # fmt: skip
    """A world table of WIOD's 2016 release (`WIOT2014_Nov16_ROW.xlsb`, .xlsx or that sheet as CSV), 44 regions x 56
    industries (ISIC rev. 4). Otherwise as `read_wiod2013`; rows II_fob, TXSP, EXP_adj, PURR, PURNR, VA, IntTTM, GO.
    """
    return _read(Path(path), year, "2016", trade_elasticity, repair, progress)


def release(corner: list[str]) -> str:
    """Which release row codes are of: `AtB`, `c1` and `r61` are 2013's."""
    return "2013" if {"AtB", "c1", "15t16"} & set(corner) else "2016"


def _read(
    path: Path, year: int | None, edition: str, trade_elasticity: Any, repair: bool, progress: Progress | None
) -> World:
    source, year = _files.pick(path, year, r"wiot.*\.(xlsb|xlsx|csv)$", f"WIOD {edition}")
    repairs = Repairs(repair)
    if source.path.suffix.lower() in (".xlsx", ".xlsb", ".xls"):
        grid: Any = SheetGrid(
            source.path, repairs, progress, header_lines=HEADER_LINES, label_columns=LABELS,
            footer=lambda labels: labels[2].upper() in ("", "TOT"),
        )  # fmt: skip
    else:
        grid = TextGrid(
            source, repairs, progress, separator=",", header_lines=HEADER_LINES, label_columns=LABELS
        )
    codes, _, regions, numbers = grid.header[-4:]
    named = list(zip(codes, regions, numbers, strict=True))
    columns = [_column(grid.name, edition, *label) for label in named]
    check_unique(
        grid.name,
        "column",
        [label for label, kind in zip(named, columns, strict=True) if kind.role != "dropped"],
    )
    seen: set[tuple[str, str, str]] = set()

    def row(line: int, labels: list[str]) -> Label:
        code, _, region, number = labels
        key = number if edition == "2013" else code
        if region.upper() in ("", "TOT") or number in INPUTS or number in OUTPUT:
            if key in OUTPUT:
                return Label("output")
            return (
                Label("input", code=f"{INPUTS[key]} ({key})") if key in INPUTS else Label("dropped", code=key)
            )
        if (code, region, number) in seen:
            raise WorldError(f"{grid.name}, line {line}: row {region} {code} appears twice.")
        seen.add((code, region, number))
        return _sector(grid.name, edition, code, region, f"c{number[1:]}")

    table = assemble(grid, columns, row)
    classification = f"wiod{edition}"
    return to_world(
        table, name=f"wiod{edition}-{year}" if year else f"wiod{edition}", year=year, repairs=repairs,
        classification=classification, trade_elasticity=trade_elasticity,
        sector_names=_codes.sector_names(classification, table.sectors),
        provenance={
            "title": f"World Input-Output Database, {edition} release", "short": f"WIOD {edition} release",
            "source": grid.name, "licence": "CC BY 4.0",
            "citation": "Timmer, Dietzenbacher, Los, Stehrer and de Vries (2015), Review of International Economics 23(3)",
        },
    )  # fmt: skip


def _column(file: str, edition: str, code: str, region: str, number: str) -> Label:
    if region.upper() in ("", "TOT") or code.upper() in ("TOT", "GO"):
        return Label("output")
    use = FINAL_2013.get(number) if edition == "2013" else FINAL_2016.get(code)
    if use is not None:
        return Label("final", _country(file, region, code), code, use)
    return _sector(file, edition, code, region, number)


def _sector(file: str, edition: str, code: str, region: str, number: str) -> Label:
    known = concordance(f"wiod{edition}").index
    ours = number if edition == "2013" else code
    if ours not in known:
        finals = FINAL_2013 if edition == "2013" else FINAL_2016
        raise WorldError(
            f"{file}, label {code!r} of {region}: {unknown('industry or use', ours, [*known, *finals])}"
        )
    return Label("sector", _country(file, region, code), ours)


def _country(file: str, region: str, code: str) -> str:
    country = (
        _codes.country(region if region != "RoW" else "ROW") if re.fullmatch(r"[A-Za-z]{3}", region) else None
    )
    if country is None:
        raise WorldError(f"{file}, label {code!r} of {region!r}: {_codes.unknown_country(region)}")
    return country
