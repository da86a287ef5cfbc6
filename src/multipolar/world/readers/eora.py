"""EORA26: Eora26_YEAR_bp_T.txt, _FD.txt, _VA.txt and their labels, in a folder or zip."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from multipolar.errors import WorldError
from multipolar.world._concordance import concordance
from multipolar.world._prepare import Adjustment
from multipolar.world._world import World
from multipolar.world.readers import _codes, _files
from multipolar.world.readers._cells import Progress, Repairs
from multipolar.world.readers._grid import TextGrid
from multipolar.world.readers._table import (
    CONSUMPTION,
    INVESTMENT,
    Label,
    Table,
    assemble,
    check_unique,
    to_world,
)

CLASSIFICATION = "eora26"
INVESTMENT_WORDS = ("capital", "inventor", "valuables")
THOUSAND_USD = 1e-3
DISCREPANCY = "ROW"


def read_eora(
    path: str | Path, year: int | None = None, *, trade_elasticity: Any = None, repair: bool = False,
    progress: Progress | None = None,
) -> World:  # fmt: skip
    """EORA26 at basic prices (`Eora26_YEAR_bp.zip` or the unpacked folder), 189 countries x 26 sectors.

    Thousand USD in the file, million USD in the World. The region ROW is Eora's statistical discrepancy, no rest of the
    world: it is left out and its size recorded, as are countries without any flow. Labels come from labels_T.txt and
    labels_FD.txt, which newer downloads keep in `indices.zip` beside the file. Eora's accounts hold only approximately; the
    gap against its value added is recorded, not checked. Raises `WorldError` naming the file, line and value.
    """
    folder = _files.exists(Path(path))
    if folder.is_file() and folder.suffix.lower() != ".zip":
        folder = folder.parent
    names = _files.members(folder)
    kinds = sorted({int(m[1]) for n in names if (m := re.search(r"Eora26_(\d{4})_bp_T\.txt$", n))})
    year = year or (kinds[0] if len(kinds) == 1 else None)
    if year not in kinds:
        raise WorldError(
            f"{folder}: no Eora26_{year or 'YEAR'}_bp_T.txt. {'Give year=. ' if kinds and year is None else ''}"
            f"Years at basic prices found: {', '.join(map(str, kinds)) or 'none'}."
        )
    repairs = Repairs(repair)
    rows, uses = _labels(folder, names, "T"), _labels(folder, names, "FD")
    t = _grid(folder, names, f"Eora26_{year}_bp_T", len(rows), repairs, progress)
    fd = _grid(folder, names, f"Eora26_{year}_bp_FD", len(uses), repairs, progress)
    check_unique(t.name, "label", rows)
    spelling = {_plain(s): s for s in concordance(CLASSIFICATION).index}
    sectors = [_sector(full, code, spelling.get(_plain(sector), sector)) for full, code, _, sector in rows]
    grid = _Both(t, fd, rows)
    table = assemble(
        grid,
        [*sectors, *(_use(fd.name, *label) for label in uses)],
        lambda n, _: sectors[n - 1],
        THOUSAND_USD,
    )
    _note_gap(table, folder, names, f"Eora26_{year}_bp_VA", len(rows), repairs)
    names_of = {_code(code): full for full, code, *_ in rows}
    return to_world(
        table, name=f"eora26-{year}", year=year, repairs=repairs, classification=CLASSIFICATION,
        trade_elasticity=trade_elasticity, names=names_of,
        provenance={
            "title": "Eora26, simplified global multi-region input-output table, basic prices", "short": "Eora26",
            "source": str(folder), "licence": "worldmrio.com: free for academic use; check the terms",
            "citation": "Lenzen, Kanemoto, Moran and Geschke (2012), Environmental Science and Technology 46(15), 8374-8381",
        },
    )  # fmt: skip


def _labels(folder: Path, names: list[str], part: str) -> list[tuple[str, str, str, str]]:
    wanted = rf"labels_{part}\.txt"
    source = _files.one(folder, names, wanted)
    for near in [] if source else [folder / "indices.zip", folder.parent / "indices.zip"]:
        if near.exists():
            source = _files.one(near, _files.members(near), wanted)
            break
    if source is None:
        raise WorldError(
            f"{folder}: labels_{part}.txt is missing, also from an indices.zip beside it. Found: {', '.join(names[:8])}."
        )
    labels = []
    with source.open() as handle:
        for number, line in enumerate(handle, 1):
            cells = [c.strip() for c in line.rstrip("\r\n").split("\t")]
            if not any(cells):
                continue
            if len(cells) < 4:
                raise WorldError(
                    f"{source.name}, line {number}: {len(cells)} cells separated by tabs, expected at least 4 (name, code, kind, label)."
                )
            labels.append((cells[0], cells[1], cells[2], cells[3]))
    return labels


def _grid(
    folder: Path, names: list[str], stem: str, width: int, repairs: Repairs, progress: Progress | None
) -> TextGrid:
    source = _files.one(folder, names, rf"{stem}\.txt")
    if source is None:
        raise WorldError(f"{folder}: {stem}.txt is missing.")
    return TextGrid(source, repairs, progress, separator="\t", header_lines=0, label_columns=0, width=width)


class _Both:
    """Rows of T and FD side by side."""

    def __init__(self, t: TextGrid, fd: TextGrid, rows: list[tuple[str, str, str, str]]):
        self.name, self._t, self._fd, self._rows = t.name, t, fd, rows
        self.columns = [f"{code} {sector}" for _, code, _, sector in rows]

    def __iter__(self):
        count = 0
        right = iter(self._fd)
        for number, _, values in self._t:
            beside = next(right, None)
            if beside is None:
                raise WorldError(
                    f"{self._fd.name}: {count} rows, but {self.name} has more. The file seems cut off."
                )
            if count == len(self._rows):
                raise WorldError(
                    f"{self.name}, line {number}: more rows than the {len(self._rows)} in labels_T.txt."
                )
            count += 1
            yield count, list(self._rows[count - 1]), np.concatenate([values, beside[2]])
        if count < len(self._rows):
            raise WorldError(
                f"{self.name}: {count} rows, expected {len(self._rows)} by labels_T.txt. The file seems cut off."
            )
        if next(right, None) is not None:
            raise WorldError(
                f"{self._fd.name}: more rows than the {count} of {self.name}; it is shifted or of another table."
            )


def _sector(name: str, code: str, sector: str) -> Label:
    if code == DISCREPANCY:
        return Label("discrepancy", code=name)
    return Label("sector", _code(code), sector)


def _use(file: str, name: str, code: str, kind: str, use: str) -> Label:
    lower = use.lower()
    if code == DISCREPANCY:
        return Label("discrepancy", code=use)
    if any(word in lower for word in INVESTMENT_WORDS):
        return Label("final", _code(code), use, INVESTMENT)
    if "consumption" in lower or "non-profit" in lower:
        return Label("final", _code(code), use, CONSUMPTION)
    raise WorldError(
        f"{file}: label {code} {use!r}: expected a category of consumption, capital formation, inventories or valuables."
    )


def _code(code: str) -> str:
    # Eora lists territories that are in no other table; its codes stand as they are.
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise WorldError(f"labels_T.txt: country code {code!r}; expected three capital letters.")
    return _codes.ALIASES.get(code, code)


def _plain(name: str) -> str:
    return re.sub(
        "[^a-z]", "", name.lower().replace("restraurants", "restaurants").replace("finacial", "financial")
    )


def _note_gap(table: Table, folder: Path, names: list[str], stem: str, width: int, repairs: Repairs) -> None:
    if _files.one(folder, names, rf"{stem}\.txt") is None:
        return
    value_added = np.zeros(width)
    for _, _, values in _grid(folder, names, stem, width, repairs, None):
        value_added += values
    kept = len(table.countries) * len(table.sectors)
    gap = (
        table.intermediate.sum(1)
        + table.final.sum((1, 2))
        - table.intermediate.sum(0)
        - value_added[:kept] * THOUSAND_USD
    )
    what = "not moved: Eora's own value added differs from output less purchases"
    table.notes.append(Adjustment(what, float(np.abs(gap).sum()), int((np.abs(gap) > 1e-6).sum()), 0.0))
