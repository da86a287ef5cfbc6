"""Damaged tables: a message that says where, what and what was expected, or a repair asked for, bounded and recorded."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from multipolar.errors import WorldError
from multipolar.world import readers
from tests import layouts
from tests.layouts import laid

SECTORS = ["A01_02", "C19", "C26", "K"]
COUNTRIES = ["USA", "CHN", "DEU", "RoW"]


def table(
    folder: Path, edit: Callable[[list[list[str]]], None] | None = None, name: str = "2020_SML.csv"
) -> Path:
    """An ICIO table whose cells were edited; `cells[line][column]`."""
    path = layouts.icio(laid(7, COUNTRIES, SECTORS), folder / name)
    if edit:
        cells = [line.split(",") for line in path.read_text().splitlines()]
        edit(cells)
        path.write_text("\n".join(",".join(row) for row in cells) + "\n")
    return path


def put(line: int, column: int, text: str) -> Callable[[list[list[str]]], None]:
    def edit(cells: list[list[str]]) -> None:
        cells[line - 1][column] = text

    return edit


def times(line: int, column: int, factor: float) -> Callable[[list[list[str]]], None]:
    def edit(cells: list[list[str]]) -> None:
        cells[line - 1][column] = repr(float(cells[line - 1][column]) * factor)

    return edit


def drop_cell(cells: list[list[str]]) -> None:
    del cells[4][3]


def drop_rows(cells: list[list[str]]) -> None:
    del cells[10:]


def thousands_in_a_country(cells: list[list[str]]) -> None:
    for row in cells[1:5]:
        row[1:-1] = [repr(float(c) * 1000) for c in row[1:-1]]


def thousands_everywhere(cells: list[list[str]]) -> None:
    for row in cells[1:]:
        row[1:] = [repr(float(c) * 1000) for c in row[1:]]


def shift_block(cells: list[list[str]]) -> None:
    numbers = [row[1:] for row in cells[1:17]]
    for row, values in zip(cells[1:17], [numbers[-1], *numbers[:-1]], strict=True):
        row[1:-1] = values[:-1]


def negative_output(cells: list[list[str]]) -> None:
    row = cells[2]
    row[1:-1] = ["0"] * len(row[1:-1])
    row[21], row[-1] = "-500", "-500"


# what is done to the file, and what the message must hold
DAMAGE = {
    "a missing cell": (drop_cell, ["line 5", "USA_K", "numbers, expected"]),
    "missing rows": (drop_rows, ["of 16 rows are missing", "DEU C19", "cut off"]),
    "an empty cell": (put(3, 2, ""), ["line 3 (USA_C19), column USA_C19", "Missing is not zero", "repair=True"]),
    "a NaN": (put(3, 2, "nan"), ["line 3", "'nan'", "Missing is not zero"]),
    "an infinity": (put(3, 2, "inf"), ["line 3", "'inf'", "expected a plain number"]),
    "words": (put(3, 2, "n.a.!"), ["line 3 (USA_C19), column USA_C19", "'n.a.!'", "expected a plain number"]),
    "a spreadsheet error": (put(6, 1, "#REF!"), ["line 6 (CHN_A01_02), column USA_A01_02", "#REF!"]),
    "underscores in digits": (put(3, 2, "1_000"), ["line 3", "1_000"]),
    "thousands separators": (put(3, 2, '"1,234,567.8"'), ["line 3", "thousands separators", "repair=True"]),
    "thousands separators without quotes": (put(3, 2, "1,234.5"), ["line 3", "expected 41", "thousands separators or decimal commas"]),
    "a decimal comma": (put(3, 2, '"12,5"'), ["line 3", "decimal comma", "repair=True"]),
    "an ambiguous comma": (put(3, 2, '"1,234"'), ["line 3", "could mean two numbers"]),
    "a column twice": (put(1, 2, "USA_A01_02"), ["'USA_A01_02' appears twice"]),
    "a row twice": (put(3, 0, "USA_A01_02"), ["line 3", "'USA_A01_02' appears twice", "line 2"]),
    "an unknown country": (put(1, 9, "DUE_A01_02"), ["'DUE_A01_02'", "unknown country code 'DUE'", "Did you mean 'DEU'"]),
    "an unknown sector": (put(1, 2, "USA_C199"), ["unknown sector code 'C199'", "Did you mean 'C19'"]),
    "an unknown final use": (put(1, 17, "USA_HFCX"), ["unknown sector code 'HFCX'", "Did you mean 'HFCE'"]),
    "a row no column has": (put(2, 0, "FRA_A01_02"), ["line 2", "no column of the same name"]),
    "a column the country lacks": (put(1, 3, "FRA_C26"), ["lacks a column"]),
    "thousands among millions": (thousands_in_a_country, ["units are mixed", "a thousandth of"]),
    "all in thousands": (thousands_everywhere, ["another unit", "thousands"]),
    "a shifted block": (shift_block, ["do not balance", "shifted", "repair=True"]),
    "a wrong number": (times(4, 5, 30.0), ["accounts of USA C26", "the column of totals says"]),
    "a wrong value added": (times(19, 3, 5.0), ["accounts of USA C26", "purchases and", "row of output"]),
    "a negative flow": (put(3, 2, "-12.5"), ["USA C19 sells -12.5 to USA C19", "must not be negative", "repair=True"]),
    "a negative output": (negative_output, ["output of USA C19 is -500", "must not be negative"]),
    "an empty file": (lambda cells: cells.clear(), ["empty"]),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGE)
def test_damage_is_named(tmp_path, case):
    edit, words = DAMAGE[case]
    path = table(tmp_path, edit)
    with pytest.raises(WorldError) as caught:
        readers.read_icio(path)
    message = str(caught.value)
    assert str(path) in message and len(message) < 700
    for word in words:
        assert word in message, message


def test_the_undamaged_file_is_fine(tmp_path):
    assert readers.read_icio(table(tmp_path)).year == 2020


def test_a_file_cut_in_the_middle_of_a_line(tmp_path):
    path = table(tmp_path)
    text = path.read_text()
    path.write_text(text[: int(len(text) * 0.6)])
    with pytest.raises(WorldError, match=r"line \d+.*expected 41\. The file seems cut off here"):
        readers.read_icio(path)


@pytest.mark.parametrize(("mark", "word"), [(";", "a semicolon"), ("\t", "a tab")])
def test_another_separator_is_named_and_read_on_request(tmp_path, mark, word):
    path = table(tmp_path)
    plain = readers.read_icio(path)
    path.write_text(path.read_text().replace(",", mark))
    with pytest.raises(WorldError, match=f"separated by {word}.*expected a comma"):
        readers.read_icio(path)
    mended = readers.read_icio(path, repair=True)
    np.testing.assert_array_equal(mended.intermediate_values, plain.intermediate_values)
    assert any(word in a.what for a in mended.adjustments)


def test_european_notation_is_read_on_request(tmp_path):
    path = table(tmp_path)
    plain = readers.read_icio(path)
    path.write_text(path.read_text().replace(",", ";").replace(".", ","))
    mended = readers.read_icio(path, repair=True)
    np.testing.assert_array_equal(mended.intermediate_values, plain.intermediate_values)
    assert any("decimal comma" in a.what and a.cells > 100 for a in mended.adjustments)


def test_a_missing_value_becomes_a_recorded_zero_on_request(tmp_path):
    path = table(tmp_path, put(3, 10, ":"))
    mended = readers.read_icio(path, repair=True)
    assert mended.intermediate_values[0, 1, 2, 1] == 0
    assert any("missing values" in a.what and a.cells == 1 for a in mended.adjustments)


def test_a_negative_flow_becomes_a_recorded_zero_on_request(tmp_path):
    mended = readers.read_icio(table(tmp_path, put(3, 10, "-12.5")), repair=True)
    assert mended.intermediate_values.min() == 0
    assert [a.moved for a in mended.adjustments if "negative intermediate" in a.what] == [12.5]


def test_repairs_are_bounded(tmp_path):
    path = table(tmp_path, shift_block)
    with pytest.raises(WorldError, match=r"repairs would move .* at most 2% is allowed"):
        readers.read_icio(path, repair=True)


def test_a_path_that_is_nothing_of_ours(tmp_path):
    with pytest.raises(WorldError, match="no such file"):
        readers.read_table(tmp_path / "nothing.csv")
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    with pytest.raises(WorldError, match="not a table in a format known here"):
        readers.read_table(tmp_path / "notes.csv")
    with pytest.raises(WorldError, match="Did you mean 'icio'"):
        readers.read_table(tmp_path / "notes.csv", "icoi")
    broken = tmp_path / "IOT_2019_ixi.zip"
    broken.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(WorldError, match="damaged or cut off"):
        readers.read_table(broken)
    sheet = tmp_path / "WIOT2014_Nov16_ROW.xlsb"
    sheet.write_bytes(b"no workbook")
    with pytest.raises(WorldError, match="not a readable Excel file"):
        readers.read_table(sheet)


def test_euros_need_a_rate(tmp_path):
    path = layouts.figaro(
        laid(3, ["USA", "DEU"], ["A01", "U"]),
        tmp_path / "matrix_eu-ic-io_ind-by-ind.csv",
        flat=False,
        usd_per_eur=1,
    )
    with pytest.raises(WorldError, match=r"no exchange rate is known.*usd_per_eur"):
        readers.read_table(path)
    with pytest.raises(WorldError, match="positive number"):
        readers.read_table(path, usd_per_eur=-1.0)


def test_flows_in_a_flat_file_must_be_unique_and_numbers(tmp_path):
    world = laid(3, ["USA", "DEU"], ["A01", "U"])
    path = layouts.figaro(
        world, tmp_path / "flatfile_eu-ic-io_ind-by-ind_26ed_2019.csv", flat=True, usd_per_eur=1
    )
    lines = path.read_text().splitlines()
    cases = {
        "appears twice": [*lines, lines[5]],
        "line 6, column obsValue is 'abc'": [*lines[:5], re.sub(r"[^,]+$", "abc", lines[5]), *lines[6:]],
        "line 6, column obsValue is ''": [*lines[:5], re.sub(r"[^,]+$", "", lines[5]), *lines[6:]],
        "line 6: 8 cells, expected 7": [*lines[:5], lines[5] + ",7", *lines[6:]],
        "unknown industry code 'A09'": [*lines[:5], lines[5].replace(",A01", ",A09", 1), *lines[6:]],
        "unknown country code 'XX'": [*lines[:5], lines[5].replace(",US,", ",XX,", 1), *lines[6:]],
    }
    for words, changed in cases.items():
        path.write_text("\n".join(changed) + "\n")
        with pytest.raises(WorldError) as caught:
            readers.read_table(path)
        assert words in str(caught.value), (words, str(caught.value))


def test_exiobase_files_must_belong_together(tmp_path):
    from multipolar.world._concordance import concordance

    sectors = list(concordance("exiobase3-ixi").index[:3])
    folder = layouts.exiobase(laid(3, ["USA", "DEU"], sectors), tmp_path / "IOT_2019_ixi", usd_per_eur=1)
    y = (folder / "Y.txt").read_text()
    lines = y.splitlines(keepends=True)
    (folder / "Y.txt").write_text("".join([*lines[:3], lines[4], lines[3], *lines[5:]]))
    with pytest.raises(WorldError, match=r"Y\.txt, line 4.*one is shifted"):
        readers.read_table(folder)
    (folder / "Y.txt").write_text("".join(lines[:-1]))
    with pytest.raises(WorldError, match=r"1 of 6 rows are missing"):
        readers.read_table(folder)
    (folder / "Y.txt").write_text(y)
    unit = (folder / "unit.txt").read_text()
    (folder / "unit.txt").write_text(unit.replace("M.EUR", "tonnes", 1))
    with pytest.raises(WorldError, match=r"unit\.txt, line 2: unit 'tonnes', expected M\.EUR"):
        readers.read_table(folder)
    (folder / "Y.txt").unlink()
    with pytest.raises(WorldError, match=r"Y\.txt is missing"):
        readers.read_table(folder)


def test_eora_files_must_belong_together(tmp_path):
    from multipolar.world._concordance import concordance

    folder = layouts.eora(
        laid(3, ["USA", "DEU"], list(concordance("eora26").index)), tmp_path / "Eora26_2015_bp"
    )
    fd = folder / "Eora26_2015_bp_FD.txt"
    text = fd.read_text()
    fd.write_text("".join(text.splitlines(keepends=True)[:-3]))
    with pytest.raises(WorldError, match=r"has more\. The file seems cut off"):
        readers.read_table(folder)
    fd.write_text(text)
    with pytest.raises(WorldError, match="no Eora26_2014_bp_T"):
        readers.read_table(folder, year=2014)
    (folder / "labels_FD.txt").unlink()
    with pytest.raises(WorldError, match=r"labels_FD\.txt is missing"):
        readers.read_table(folder)


def test_a_sector_in_no_concordance_asks_for_its_elasticity(tmp_path):
    def rename(cells: list[list[str]]) -> None:
        for row in cells:
            row[:] = [c.replace("_C19", "_X99") for c in row]

    path = table(tmp_path, rename)
    with pytest.raises(WorldError, match="unknown sector code 'X99'"):
        readers.read_icio(path)
    with pytest.raises(WorldError, match="lacks sector 'X99'"):
        readers.read_icio(path, trade_elasticity={"A01_02": 4.0, "C26": 4.0, "K": 4.0})
    world = readers.read_icio(path, trade_elasticity=4.0)
    assert world.trade_elasticity_values.tolist() == [4.0] * 4
