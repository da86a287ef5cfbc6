"""The commands on worlds and tables as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import multipolar as mp
from multipolar.cli import app
from multipolar.errors import WorldError
from tests import layouts
from tests.layouts import laid


def multipolar(*words: str):
    return CliRunner().invoke(app, [str(w) for w in words], env={"COLUMNS": "80"})


@pytest.fixture
def table(tmp_path) -> Path:
    world = laid(9, ["USA", "CHN", "DEU", "RoW"], ["A01_02", "C19", "C26", "K"])
    return layouts.icio(world, tmp_path / "2020_SML.csv")


@pytest.mark.parametrize(
    "words",
    [
        ("show", "wiod-2011"),
        ("show", "wiod-2011", "RUS"),
        ("compare", "wiod-2000", "wiod-2011"),
        ("compare", "wiod-2000", "wiod-2011", "--country", "RUS"),
    ],
    ids=" ".join,
)
def test_tables_fit_a_terminal(words):
    done = multipolar("world", *words)
    assert done.exit_code == 0, done.output
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert len(done.stdout.splitlines()) > 8


def test_show_prints_what_the_library_says():
    found = json.loads(multipolar("world", "show", "wiod-2011", "RUS", "--json").stdout)
    world = mp.load_world("wiod-2011")
    assert found["totals"]["gdp"] == pytest.approx(float(world.gdp.sel(country="RUS")))
    china = next(p for p in found["partners"] if p["partner"] == "CHN")
    assert china["exports"] == pytest.approx(float(world.trade.sel(origin="RUS", destination="CHN").sum()))


def test_a_table_is_checked_read_shown_and_exported(table, tmp_path):
    checked = multipolar("check", table)
    assert checked.exit_code == 0, checked.output
    assert (
        "OECD ICIO" in checked.stdout and "taxes less subsidies" in checked.stdout and "ok" in checked.stdout
    )
    done = multipolar("world", "read", table, "--out", tmp_path / "mine.npz", "--json")
    assert json.loads(done.stdout)["year"] == 2020
    mine = mp.load_world(tmp_path / "mine.npz")
    np.testing.assert_array_equal(mine.intermediate_values, mp.read_icio(table).intermediate_values)
    assert "DEU" in multipolar("world", "show", table, "USA").stdout
    assert multipolar("world", "export", table, "--to", tmp_path / "mine.parquet").exit_code == 0
    again = mp.read_table(tmp_path / "mine.parquet")
    np.testing.assert_array_equal(again.intermediate_values, mine.intermediate_values)


def test_a_damaged_table_leaves_nothing_behind(table, tmp_path):
    table.write_text(table.read_text()[:-3000])
    done = multipolar("world", "read", table, "--out", tmp_path / "mine.npz")
    assert isinstance(done.exception, WorldError) and "cut off" in str(done.exception)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["2020_SML.csv"]


def test_elasticities_can_be_a_set_or_a_number(table, tmp_path):
    for given, expected in (("4.5", 4.5), ("costinot-rodriguez-clare-2014", 8.11)):
        done = multipolar("world", "read", table, "--out", tmp_path / "mine.npz", "--elasticity", given)
        assert done.exit_code == 0, done.output
        assert mp.load_world(tmp_path / "mine.npz").trade_elasticity_values[0] == pytest.approx(expected)
    done = multipolar("world", "read", table, "--out", tmp_path / "mine.npz", "--elasticity", "fontagne-2002")
    assert "Did you mean 'fontagne-2022'" in str(done.exception)
