"""Which format a path is in, and reading it."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from multipolar.errors import WorldError, unknown
from multipolar.world._world import World
from multipolar.world.readers import _files
from multipolar.world.readers._cells import Progress, Repairs
from multipolar.world.readers._grid import SheetGrid, Source
from multipolar.world.readers.eora import read_eora
from multipolar.world.readers.exiobase import read_exiobase
from multipolar.world.readers.figaro import read_figaro
from multipolar.world.readers.icio import read_icio
from multipolar.world.readers.tidy import COLUMNS, read_tidy
from multipolar.world.readers.wiod import HEADER_LINES, LABELS, read_wiod2013, read_wiod2016, release

FORMATS: dict[str, Callable[..., World]] = {
    "icio": read_icio, "wiod2013": read_wiod2013, "wiod2016": read_wiod2016, "figaro": read_figaro,
    "exiobase": read_exiobase, "eora26": read_eora, "tidy": read_tidy,
}  # fmt: skip
EUROS = ("figaro", "exiobase")


def read_table(
    path: str | Path, format: str | None = None, *, year: int | None = None, usd_per_eur: float | None = None,
    trade_elasticity: Any = None, repair: bool = False, progress: Progress | None = None,
) -> World:  # fmt: skip
    """Read a table in any supported format, or a world file (`.npz`); `format` is recognised when not given.

    `repair`: accept other number notations, missing values, negative intermediate flows and unbalanced accounts as recorded,
    bounded adjustments. `progress(what, fraction)` is called along the way. Raises `WorldError` for a path that is in no
    known format, and as the format's reader does.
    """
    path = _files.exists(Path(path))
    if path.suffix == ".npz":
        return World.load(path)
    if format is not None and format not in FORMATS:
        raise WorldError(unknown("format", format, FORMATS))
    format = format or detect(path)
    given: dict[str, Any] = {"trade_elasticity": trade_elasticity, "repair": repair, "progress": progress}
    if format in EUROS:
        given["usd_per_eur"] = usd_per_eur
    elif usd_per_eur is not None:
        raise WorldError(
            f"{path}: usd_per_eur is for tables in euros ({', '.join(EUROS)}); {format} is in dollars."
        )
    return FORMATS[format](path, year, **given)


def detect(path: str | Path) -> str:
    """The format of a file, archive or folder, by names and first lines. Raises `WorldError` if it is none of ours."""
    path = _files.exists(Path(path))
    suffix = path.suffix.lower()
    if path.is_dir() or suffix == ".zip":
        return _by_members(path)
    if suffix in (".parquet", ".pq"):
        return "tidy"
    if suffix in (".xlsx", ".xlsb"):
        grid = SheetGrid(path, Repairs(), header_lines=HEADER_LINES, label_columns=LABELS)
        return _release(path, grid.header)
    if suffix == ".txt":
        return _by_members(path.parent)
    if suffix == ".csv":
        return _by_first_lines(path)
    raise _nothing(path)


def _by_members(path: Path) -> str:
    names = [Path(n).name for n in _files.members(path)]
    if any(re.fullmatch(r"Eora26_\d{4}_..?_T\.txt", n) for n in names):
        return "eora26"
    if {"Z.txt", "Y.txt"} & set(names):
        return "exiobase"
    if any(re.search(r"wiot.*\.(xlsb|xlsx|csv)$", n.lower()) for n in names):
        return "wiod2016" if any("nov16" in n.lower() for n in names) else "wiod2013"
    if any(re.search(r"ind-by-ind.*\.csv$", n) for n in names):
        return "figaro"
    tables = [n for n in names if n.lower().endswith(".csv")]
    if any(re.search(r"_SML\.csv$|ICIO|^\d{4}\.csv$", n) for n in tables):
        return "icio"
    raise _nothing(path)


def _by_first_lines(path: Path) -> str:
    with Source(path).open() as handle:
        lines = [handle.readline() for _ in range(HEADER_LINES)]
    mark = max(",;\t|", key=lines[0].count)
    first = [c.strip() for c in next(csv.reader([lines[0].strip("\r\n")], delimiter=mark), [])]
    if "refArea" in first:
        return "figaro"
    if len(set(COLUMNS) & {c.lower() for c in first}) >= 3:
        return "tidy"
    labels = first[1:4]
    if labels and all(re.match(r"[A-Z]{2}_[A-Z]\d{0,2}|FIGW\d_", c) for c in labels):
        return "figaro"
    if labels and all(re.match(r"[A-Z][A-Z0-9]{2}_\w", c) for c in labels):
        return "icio"
    rows = [[c.strip() for c in row] for row in csv.reader(lines)]
    if len(rows) == HEADER_LINES and any(
        c in ("AUS", "AUT", "USA") or re.fullmatch(r"[A-Z]{3}", c) for c in rows[4][LABELS:]
    ):
        return _release(path, [row[LABELS:] for row in rows])
    raise _nothing(path)


def _release(path: Path, header: list[list[str]]) -> str:
    if len(header[-4]) == 0:
        raise _nothing(path)
    return "wiod" + release(header[-4])


def _nothing(path: Path) -> WorldError:
    return WorldError(
        f"{path}: not a table in a format known here ({', '.join(FORMATS)}, or a world file .npz). Name the format to see "
        "what is missing."
    )
