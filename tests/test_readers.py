"""Every published layout comes back as the world that was written in it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

import multipolar as mp
from multipolar.errors import WorldError
from multipolar.world import elasticity_sets, load_elasticities, readers, sector_group
from multipolar.world._concordance import concordance
from tests import layouts
from tests.layouts import Laid, laid

COUNTRIES = ["USA", "CHN", "MEX", "DEU", "RoW"]
RATE = 1.25


def same(world, expected: Laid, tolerance: float = 1e-9) -> None:
    n, j = len(expected.countries), len(expected.sectors)
    assert list(world.sectors) == expected.sectors
    np.testing.assert_allclose(world.intermediate_values, expected.z, rtol=tolerance, atol=1e-6)
    np.testing.assert_allclose(world.final_values, expected.f, rtol=tolerance, atol=1e-6)
    assert world.intermediate_values.shape == (n, j, n, j)
    np.testing.assert_allclose(world.value_added_values.ravel(), expected.rest, rtol=1e-6)


@pytest.fixture
def industries() -> Laid:
    return laid(1, COUNTRIES, ["A01_02", "B05_06", "C19", "C26", "K"])


@pytest.mark.parametrize("split", [False, True], ids=["small", "extended"])
def test_an_icio_table_comes_back(tmp_path, industries, split):
    path = layouts.icio(industries, tmp_path / "2020_SML.csv", split=split)
    world = readers.read_table(path)
    same(world, industries)
    assert world.year == 2020 and world.countries == tuple(COUNTRIES)
    assert any("taxes less subsidies" in a.what for a in world.adjustments)
    assert ("CN1" in world.provenance["notes"]) == split


def test_a_folder_or_archive_of_years_needs_the_year(tmp_path, industries):
    layouts.icio(industries, tmp_path / "2019_SML.csv")
    layouts.icio(industries, tmp_path / "2020_SML.csv")
    with zipfile.ZipFile(tmp_path / "ICIO2023.zip", "w") as archive:
        archive.write(tmp_path / "2019_SML.csv", "2019_SML.csv")
        archive.write(tmp_path / "2020_SML.csv", "2020_SML.csv")
    for place in (tmp_path, tmp_path / "ICIO2023.zip"):
        assert readers.detect(place) == "icio"
        same(readers.read_icio(place, 2019), industries)
        with pytest.raises(WorldError, match="more than one file"):
            readers.read_icio(place)


@pytest.mark.parametrize("edition", ["2013", "2016"])
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_wiod_table_comes_back(tmp_path, edition, suffix):
    sectors = ["c1", "c2", "c8", "c28"] if edition == "2013" else ["A01", "C10-C12", "J62_J63", "R_S"]
    expected = laid(2, ["USA", "ROU", "DEU", "RoW"], sectors)
    name = "wiot07_row_apr12" if edition == "2013" else "WIOT2014_Nov16_ROW"
    path = layouts.wiod(expected, tmp_path / f"{name}{suffix}", edition)
    assert readers.detect(path) == f"wiod{edition}"
    world = readers.read_table(path)
    same(world, expected)
    assert world.countries == ("USA", "ROU", "DEU", "RoW") and world.year == (
        2007 if edition == "2013" else 2014
    )


@pytest.mark.parametrize("flat", [False, True], ids=["matrix", "flat"])
def test_a_figaro_table_comes_back_in_dollars(tmp_path, flat):
    expected = laid(3, ["USA", "GRC", "DEU", "RoW"], ["A01", "C10T12", "C31_32", "U"])
    kind = "flatfile" if flat else "matrix"
    path = layouts.figaro(
        expected, tmp_path / f"{kind}_eu-ic-io_ind-by-ind_26ed_2019.csv", flat=flat, usd_per_eur=RATE
    )
    assert readers.detect(path) == "figaro"
    world = readers.read_table(path, usd_per_eur=RATE)
    same(world, expected)
    assert world.countries == ("USA", "GRC", "DEU", "RoW")
    assert "given by the user" in world.provenance["exchange_rate"]
    shipped = readers.read_table(path)
    assert "ECB" in shipped.provenance["exchange_rate"]
    assert shipped.output_values.sum() == pytest.approx(world.output_values.sum() * 1.1195 / RATE)


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("system", ["ixi", "pxp"])
def test_an_exiobase_table_comes_back(tmp_path, as_zip, system):
    sectors = list(concordance(f"exiobase3-{system}").index[[0, 25, 60, 130]])
    expected = laid(4, ["USA", "CHN", "DEU", "RoW"], sectors)
    path = layouts.exiobase(expected, tmp_path / f"IOT_2019_{system}", usd_per_eur=RATE, as_zip=as_zip)
    assert readers.detect(path) == "exiobase"
    world = readers.read_table(path, usd_per_eur=RATE)
    same(world, expected)
    assert world.countries == ("USA", "CHN", "DEU", "WA") and world.year == 2019
    assert world.country_names[-1] == "RoW Asia and Pacific"


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
def test_an_eora_table_comes_back_without_its_discrepancies(tmp_path, as_zip):
    sectors = list(concordance("eora26").index)
    expected = laid(5, ["AFG", "USA", "DEU"], sectors)
    path = layouts.eora(expected, tmp_path / "Eora26_2015_bp", as_zip=as_zip)
    assert readers.detect(path) == "eora26"
    world = readers.read_table(path)
    same(world, expected)
    assert any("discrepancy" in a.what and a.moved > 0 for a in world.adjustments)
    assert world.country_names == ("Country AFG", "Country USA", "Country DEU")


def test_progress_is_reported_and_ends(tmp_path, industries):
    told: list[tuple[str, float]] = []
    path = layouts.icio(industries, tmp_path / "2020_SML.csv")
    readers.read_icio(path, progress=lambda what, fraction: told.append((what, fraction)))
    fractions = [f for _, f in told]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    assert all(Path(what).name == "2020_SML.csv" for what, _ in told)


@pytest.mark.parametrize("name", ["icio", "nace2-64", "wiod2016", "eora26", "exiobase3-ixi", "exiobase3-pxp"])
def test_every_listed_sector_has_an_elasticity_in_every_set(name):
    table = concordance(name)
    assert table.index.is_unique
    for chosen in elasticity_sets():
        assert load_elasticities(chosen).loc[table["wiod2013"], "theta"].gt(0).all()


def test_the_lists_have_their_published_lengths():
    lengths = {"wiod2013": 35, "wiod2016": 56, "eora26": 26, "exiobase3-ixi": 163, "exiobase3-pxp": 200}
    assert {name: len(concordance(name)) for name in lengths} == lengths


def test_a_table_solves_out_of_the_box_and_knows_the_named_groups(tmp_path, industries):
    world = readers.read_table(layouts.icio(industries, tmp_path / "2020_SML.csv"))
    assert sector_group("energy", world.sectors) == ["B05_06", "C19"]
    ban = mp.Measure(
        kind="embargo", senders="DEU", targets="USA", sectors="energy", evidence="assumed", note="a test"
    )
    outcome = mp.solve(world, measures=[ban])
    trade = outcome.trade.sel(origin="DEU", destination="USA")
    assert (trade.sel(sector=["B05_06", "C19"]) == 0).all() and (trade.sel(sector=["C26", "K"]) > 0).all()


def test_groups_are_read_in_the_worlds_own_classification():
    for name in ("icio", "nace2-64", "wiod2016", "eora26", "exiobase3-ixi", "exiobase3-pxp", "wiod2013"):
        codes = list(concordance(name).index)
        goods, services = sector_group("goods", codes), sector_group("services", codes)
        assert sorted(goods + services) == sorted(codes)
        assert set(sector_group("dual-use", codes)) < set(goods)
        assert set(sector_group("energy", codes)) < set(goods) and sector_group("energy", codes)
    # Codes of a world of its own do not become NACE sections by having their letters.
    assert sector_group("goods", ["A", "B", "my sector", "other", "third"]) == []
    assert sector_group("goods", ["c1", "c2", "SERVICES"]) == ["c1", "c2"]


def test_elasticity_sets_reach_foreign_sectors(tmp_path, industries):
    world = readers.read_table(layouts.icio(industries, tmp_path / "2020_SML.csv"))
    moved = world.with_trade_elasticity("fontagne-2022")
    wanted = load_elasticities("fontagne-2022").loc[["c1", "c2", "c8", "c14", "c28"], "theta"]
    np.testing.assert_array_equal(moved.trade_elasticity_values, wanted)
    assert "concordance" in moved.provenance["trade_elasticity"]


def test_pymrio_reads_the_extended_layout_and_merges_to_the_same(tmp_path, industries):
    pymrio = pytest.importorskip("pymrio")
    path = layouts.icio(industries, tmp_path / "ICIO2023_2020.csv", split=True)
    world, other = readers.read_icio(path), pymrio.parse_oecd(path)
    assert world.year == 2020
    cells = [("ROW" if c == "RoW" else c, s) for c in world.countries for s in world.sectors]
    size = len(cells)
    np.testing.assert_allclose(
        world.intermediate_values.reshape(size, size), other.Z.loc[cells, cells].to_numpy()
    )
    np.testing.assert_allclose(
        world.final_values.sum((2, 3)).ravel(), other.Y.sum(axis=1).loc[cells].to_numpy()
    )
