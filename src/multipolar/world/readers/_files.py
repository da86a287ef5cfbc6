"""Which file of a folder or archive holds the table of a year."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from multipolar.errors import WorldError, listed
from multipolar.world.readers._grid import Source


def year_in(name: str) -> int | None:
    """The year a file's name ends with: `ICIO2023_2020.csv` is of 2020, `WIOT2014_Nov16_ROW.xlsb` of 2014."""
    found = re.findall(r"(?<!\d)(?:19[6-9]\d|20[0-4]\d)(?!\d)", name)
    if found:
        return int(found[-1])
    short = re.search(r"wiot(\d\d)(?!\d)", name.lower())
    return None if short is None else int(short[1]) + (1900 if int(short[1]) > 50 else 2000)


def members(path: Path) -> list[str]:
    """Files in an archive or folder, as relative names. Raises `WorldError` for what is neither, or damaged."""
    if path.is_dir():
        return sorted(str(p.relative_to(path)) for p in path.rglob("*") if p.is_file())
    try:
        with zipfile.ZipFile(path) as archive:
            return [name for name in archive.namelist() if not name.endswith("/")]
    except (zipfile.BadZipFile, OSError) as error:
        raise WorldError(f"{path}: the archive is damaged or cut off ({error}).") from None


def source(path: Path, member: str) -> Source:
    """One member of a folder or archive."""
    return Source(path / member) if path.is_dir() else Source(path, member)


def exists(path: Path) -> Path:
    """The path itself. Raises `WorldError` if nothing is there."""
    if not path.exists():
        raise WorldError(f"{path}: no such file or folder.")
    return path


def pick(path: Path, year: int | None, pattern: str, what: str) -> tuple[Source, int | None]:
    """The one file to read and its year; in a folder or archive the one whose name matches `pattern` and `year`."""
    exists(path)
    if path.is_file() and path.suffix.lower() != ".zip":
        return Source(path), year or year_in(path.name)
    found = [m for m in members(path) if re.search(pattern, m, re.IGNORECASE)]
    chosen = [m for m in found if year is None or year_in(Path(m).name) == year]
    if len(chosen) != 1:
        wanted = "more than one file could be meant" if len(chosen) > 1 else "no such file"
        raise WorldError(
            f"{path}: {what}{f' of {year}' if year else ''}: {wanted}. "
            f"{'Give year= or the file itself. ' if year is None else ''}Found: {listed(found) or 'nothing of that kind'}."
        )
    return source(path, chosen[0]), year or year_in(Path(chosen[0]).name)


def one(path: Path, names: list[str], pattern: str) -> Source | None:
    """The member whose last part matches `pattern`, or none."""
    for name in names:
        if re.fullmatch(pattern, Path(name).name, re.IGNORECASE):
            return source(path, name)
    return None
