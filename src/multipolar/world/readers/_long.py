"""Tables with one flow a row: origin, sector, destination, use, value."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from multipolar.errors import WorldError, nearest
from multipolar.world.readers._cells import Progress, Repairs
from multipolar.world.readers._grid import Source


def flows(
    source: Source, labels: list[str], value: str, repairs: Repairs, progress: Progress | None
) -> Iterator[tuple[list[tuple[np.ndarray, list[str]]], np.ndarray]]:
    """Batches of a CSV or Parquet file: for each label column (positions, words), and the values.

    Raises `WorldError` for a missing column, and naming line and value for a cell that is no number.
    """
    total = max(source.size, 1)
    done = 0
    for batch in _batches(source, labels, value, repairs):
        done += batch.nbytes
        columns = []
        for name in labels:
            column = batch.column(name)
            column = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
            if column.null_count:
                raise WorldError(
                    f"{source.name}: column {name!r} has {column.null_count} empty cells; every flow needs its labels."
                )
            columns.append(
                (
                    column.indices.to_numpy(zero_copy_only=False),
                    [str(w) for w in column.dictionary.to_pylist()],
                )
            )
        numbers = batch.column(value).to_numpy(zero_copy_only=False).astype(float)
        if progress:
            progress(source.name, min(1.0, done / total))
        yield columns, numbers


def _batches(source: Source, labels: list[str], value: str, repairs: Repairs) -> Iterator[pa.RecordBatch]:
    wanted = [*labels, value]
    if source.path.suffix.lower() in (".parquet", ".pq"):
        yield from _parquet(source, wanted, value)
        return
    check_header(source, wanted)
    options = pacsv.ConvertOptions(
        include_columns=wanted,
        column_types={**{c: pa.dictionary(pa.int32(), pa.string()) for c in labels}, value: pa.float64()},
        strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=True,
    )  # fmt: skip
    if repairs.allowed:
        options = pacsv.ConvertOptions(
            include_columns=wanted,
            column_types={**{c: pa.dictionary(pa.int32(), pa.string()) for c in labels}, value: pa.string()},
            strings_can_be_null=False,
        )  # fmt: skip
    line = 2
    try:
        with source.open_bytes() as handle, pacsv.open_csv(handle, convert_options=options) as reader:
            for batch in reader:
                column = batch.column(value)
                if repairs.allowed:
                    words = column.to_pylist()
                    column = pa.array(
                        [
                            repairs.number(w, f"{source.name}, line {line + i}, column {value}")
                            for i, w in enumerate(words)
                        ]
                    )
                    mended = pa.record_batch([*(batch.column(c) for c in labels), column], wanted)
                    line += batch.num_rows
                    yield mended
                    continue
                if column.null_count or not np.isfinite(column.to_numpy(zero_copy_only=False)).all():
                    _find_fault(source, value)
                line += batch.num_rows
                yield batch
    except pa.ArrowInvalid as error:
        _find_fault(source, value)
        raise WorldError(f"{source.name}: not readable ({error}).") from None


def _parquet(source: Source, wanted: list[str], value: str) -> Iterator[pa.RecordBatch]:
    try:
        file = pq.ParquetFile(source.path)
    except (pa.ArrowInvalid, OSError) as error:
        raise WorldError(
            f"{source.name}: not a readable Parquet file ({error}). It may be cut off."
        ) from None
    _need(source.name, list(file.schema_arrow.names), wanted)
    kind = file.schema_arrow.field(value).type
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
        raise WorldError(f"{source.name}: column {value!r} is of type {kind}, expected numbers.")
    row = 1
    for batch in file.iter_batches(columns=wanted):
        numbers = batch.column(value).to_numpy(zero_copy_only=False).astype(float)
        bad = np.flatnonzero(~np.isfinite(numbers))
        if len(bad):
            raise WorldError(
                f"{source.name}, row {row + bad[0]}: {value} is {numbers[bad[0]]}; every value must be a finite number ({len(bad)} are not)."
            )
        row += batch.num_rows
        yield batch


def check_header(source: Source, wanted: list[str]) -> None:
    """Raises `WorldError` for a wrong separator or a missing column."""
    with source.open() as handle:
        line = handle.readline()
    found = next(csv.reader([line.strip("\r\n")]), [])
    if len(found) == 1 and any(mark in line for mark in ";\t|"):
        mark = next(m for m in ";\t|" if m in line)
        raise WorldError(
            f"{source.name}, line 1: cells are separated by {mark!r}, expected commas. Export the file again with commas."
        )
    _need(source.name, [c.strip() for c in found], wanted)


def _need(name: str, found: list[str], wanted: list[str]) -> None:
    for column in wanted:
        if column not in found:
            raise WorldError(
                f"{name}: column {column!r} is missing.{nearest(column, found)} Found: {', '.join(found[:12])}."
            )


def _find_fault(source: Source, value: str) -> None:
    """Go through the file once more, line by line, for the first line that is wrong."""
    strict = Repairs()
    with source.open() as handle:
        rows = csv.reader(handle)
        header = next(rows)
        position = header.index(value)
        for row in rows:
            if not row:
                continue
            if len(row) != len(header):
                raise WorldError(
                    f"{source.name}, line {rows.line_num}: {len(row)} cells, expected {len(header)}. "
                    "The file seems cut off here, or numbers with commas split into two cells."
                )
            strict.number(row[position], f"{source.name}, line {rows.line_num}, column {value}")


def places(words: list[str], index: dict[str, int], what: str, file: str) -> np.ndarray:
    """Positions of a batch's words. Raises `WorldError` with the nearest known word."""
    wrong = [w for w in words if w not in index]
    if wrong:
        raise WorldError(f"{file}: unknown {what} {wrong[0]!r}.{nearest(wrong[0], index)}")
    return np.array([index[w] for w in words], dtype=np.int64)


def is_parquet(path: Path) -> bool:
    return path.suffix.lower() in (".parquet", ".pq")
