"""Rectangles of numbers with labels, read line by line from text, an archive member or a spreadsheet."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from multipolar.errors import WorldError
from multipolar.world.readers._cells import Progress, Repairs

_SEPARATORS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}


@dataclass(frozen=True)
class Source:
    """A text file, or a member of a zip archive."""

    path: Path
    member: str | None = None

    @property
    def name(self) -> str:
        return f"{self.path.name}: {self.member}" if self.member else str(self.path)

    @property
    def size(self) -> int:
        if self.member is None:
            return self.path.stat().st_size
        with zipfile.ZipFile(self.path) as archive:
            return archive.getinfo(self.member).file_size

    @contextmanager
    def open(self) -> Iterator[TextIO]:
        """Text in UTF-8; bytes that are not (some names) become replacement characters."""
        try:
            if self.member is None:
                with self.path.open(encoding="utf-8-sig", errors="replace", newline="") as handle:
                    yield handle
            else:
                with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as raw:
                    yield io.TextIOWrapper(raw, encoding="utf-8-sig", errors="replace", newline="")
        except (zipfile.BadZipFile, EOFError, zlib.error) as error:
            raise WorldError(f"{self.name}: the archive is damaged or cut off ({error}).") from None

    @contextmanager
    def open_bytes(self) -> Iterator[Any]:
        """The raw bytes."""
        if self.member is None:
            with self.path.open("rb") as handle:
                yield handle
        else:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as raw:
                yield raw


class TextGrid:
    """Delimited text: `header_lines` lines of labels, then lines of `label_columns` labels and numbers.

    Without header lines `width` numbers are expected on each line. Iterating yields (line number, labels, numbers).
    Raises `WorldError` naming the line for a wrong separator, a wrong count of cells or a cell that is no number.
    """

    def __init__(
        self, source: Source, repairs: Repairs, progress: Progress | None = None, *,
        separator: str, header_lines: int = 1, label_columns: int = 1, width: int | None = None,
    ):  # fmt: skip
        self.source, self.name, self.repairs, self.progress = source, source.name, repairs, progress
        self.separator, self.header_lines, self.label_columns = separator, header_lines, label_columns
        with source.open() as handle:
            lines = [handle.readline() for _ in range(max(header_lines, 1))]
        if not lines[-1].strip():
            raise WorldError(f"{self.name}: the file is empty or ends within its first {len(lines)} lines.")
        self._check_separator(lines[-1])
        self.header = [self._split(line)[label_columns:] for line in lines[:header_lines]]
        self.width = width if width is not None else len(self.header[-1])
        self.columns: Sequence[str] = (
            self.header[-1] if self.header else [str(i + 1) for i in range(self.width)]
        )

    def __iter__(self) -> Iterator[tuple[int, list[str], np.ndarray]]:
        total, done, shown = max(self.source.size, 1), 0, 0.0
        with self.source.open() as handle:
            for number, line in enumerate(handle, 1):
                done += len(line)
                if number <= self.header_lines or not line.strip():
                    continue
                yield number, *self._row(number, line)
                if self.progress and done / total >= shown + 0.01:
                    shown = done / total
                    self.progress(self.name, min(shown, 1.0))
        if self.progress:
            self.progress(self.name, 1.0)

    def _row(self, number: int, line: str) -> tuple[list[str], np.ndarray]:
        if '"' not in line and self.separator != ";":
            cells = line.split(self.separator, self.label_columns)
            if len(cells) == self.label_columns + 1 and "\t\t" not in cells[-1]:
                try:
                    values = np.fromstring(cells[-1].strip("\r\n" + self.separator), sep=self.separator)
                except (ValueError, DeprecationWarning):
                    values = np.zeros(0)
                if values.size == self.width and np.isfinite(values).all():
                    return [c.strip() for c in cells[:-1]], values
        return self._row_by_cell(number, line)

    def _row_by_cell(self, number: int, line: str) -> tuple[list[str], np.ndarray]:
        cells = self._split(line)
        labels, cells = cells[: self.label_columns], cells[self.label_columns :]
        if len(cells) == self.width + 1 and not cells[-1].strip():
            cells.pop()
        if len(cells) != self.width:
            cut = "" if line.endswith(("\n", "\r")) else " The file seems cut off here."
            more = (
                " Numbers with thousands separators or decimal commas outside quotes split into several cells."
                if len(cells) > self.width and self.separator == "," else ""
            )  # fmt: skip
            row = f" ({' '.join(labels)})" if labels else ""
            raise WorldError(
                f"{self.name}, line {number}{row}: {len(cells)} numbers, expected {self.width}.{cut}{more}"
            )
        where = f"{self.name}, line {number}{' (' + ' '.join(labels) + ')' if labels else ''}, column "
        return labels, np.array(
            [self.repairs.number(c, where + str(name)) for c, name in zip(cells, self.columns, strict=True)]
        )

    def _split(self, line: str) -> list[str]:
        return [c.strip() for c in next(csv.reader([line.rstrip("\r\n")], delimiter=self.separator))]

    def _check_separator(self, line: str) -> None:
        counts = {mark: line.count(mark) for mark in _SEPARATORS}
        found = max(counts, key=lambda mark: counts[mark])
        if found == self.separator or counts[found] <= counts[self.separator]:
            return
        if not self.repairs.allowed:
            raise WorldError(
                f"{self.name}, line {max(self.header_lines, 1)}: cells are separated by {_SEPARATORS[found]} ({counts[found]} times), expected "
                f"{_SEPARATORS[self.separator]}. Export the file again, or pass repair=True to read it as it is."
            )
        self.repairs.cells[f"lines separated by {_SEPARATORS[found]} understood"] += 1
        self.separator = found


class SheetGrid:
    """The same from the first sheet of an Excel file (.xlsx, .xlsb), through python-calamine."""

    def __init__(
        self, path: Path, repairs: Repairs, progress: Progress | None = None, *,
        header_lines: int, label_columns: int, footer: Callable[[list[str]], bool] = lambda labels: False,
    ):  # fmt: skip
        self.footer = footer  # rows of totals, where an empty cell is a zero
        self.name, self.repairs, self.progress = str(path), repairs, progress
        self.header_lines, self.label_columns = header_lines, label_columns
        self._rows = _sheet(path)
        if len(self._rows) <= header_lines:
            raise WorldError(
                f"{path}: the first sheet has {len(self._rows)} rows, expected more than {header_lines}."
            )
        self.header = [[_text(c) for c in row[label_columns:]] for row in self._rows[:header_lines]]
        self.corner = [[_text(c) for c in row[:label_columns]] for row in self._rows[:header_lines]]
        self.columns = self.header[-1]
        self.width = len(self.columns)

    def __iter__(self) -> Iterator[tuple[int, list[str], np.ndarray]]:
        total = len(self._rows)
        for number, row in enumerate(self._rows, 1):
            if number <= self.header_lines or all(c in ("", None) for c in row):
                continue
            labels = [_text(c) for c in row[: self.label_columns]]
            cells = row[self.label_columns :]
            if len(cells) != self.width:
                raise WorldError(f"{self.name}, row {number}: {len(cells)} numbers, expected {self.width}.")
            if self.footer(labels):
                cells = [0.0 if c in ("", None) else c for c in cells]
            try:
                values = np.array(cells, dtype=float)
            except (TypeError, ValueError):
                values = np.full(self.width, np.nan)
            if not np.isfinite(values).all():
                where = f"{self.name}, row {number} ({' '.join(labels)}), column "
                values = np.array(
                    [
                        self.repairs.number(_text(c), where + str(n))
                        for c, n in zip(cells, self.columns, strict=True)
                    ]
                )
            yield number, labels, values
            if self.progress and number % 50 == 0:
                self.progress(self.name, number / total)


def _sheet(path: Path) -> list[list[Any]]:
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        raise WorldError(
            f"{path}: reading Excel files needs python-calamine. Install it with: pip install 'multipolar[tables]'"
        ) from None
    try:
        return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError) as error:
        raise WorldError(f"{path}: not a readable Excel file ({error}).") from None


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
