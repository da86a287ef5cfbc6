"""Worlds leave and come back unchanged, and what is shown of them is what they hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import multipolar as mp
from multipolar.errors import WorldError
from multipolar.world import compare, profile
from tests.worlds import random_world

FIELDS = (
    "intermediate_values", "final_values", "tariff_values", "trade_elasticity_values", "capital_share_values",
)  # fmt: skip


@pytest.mark.parametrize("kind", ["parquet", "csv", "npz"])
@pytest.mark.parametrize("tariffs", [False, True], ids=["free", "tariffs"])
def test_an_exported_world_comes_back_bit_for_bit(tmp_path, kind, tariffs):
    world = random_world(3, 4, 3, tariffs=tariffs).with_capital_share([0.2, 0.6, 0.4])
    again = mp.read_table(world.export(tmp_path / f"mine.{kind}"))
    for field in FIELDS:
        np.testing.assert_array_equal(getattr(again, field), getattr(world, field))
    for field in (
        "countries",
        "sectors",
        "name",
        "year",
        "provenance",
        "adjustments",
        "country_names",
        "sector_names",
    ):
        assert getattr(again, field) == getattr(world, field), field


def test_a_shipped_world_survives_the_tidy_layout(tmp_path):
    world = mp.load_world("wiod-2011")
    again = mp.read_tidy(world.export(tmp_path / "mine.parquet"))
    for field in FIELDS:
        np.testing.assert_array_equal(getattr(again, field), getattr(world, field))
    assert again.provenance == world.provenance and again.adjustments == world.adjustments


def test_the_frame_holds_every_flow_once():
    world = random_world(1)
    frame = world.to_frame()
    assert frame["value"].sum() == pytest.approx(world.output_values.sum(), rel=1e-12)
    assert not frame.duplicated(["origin", "sector", "destination", "use"]).any()
    consumed = frame[frame["use"] == "consumption"].groupby("destination", observed=True)["value"].sum()
    np.testing.assert_allclose(consumed, world.final_values[..., 0].sum((0, 1)))


def test_netcdf_holds_the_dataset(tmp_path):
    world = random_world(2)
    with xr.open_dataset(world.export(tmp_path / "mine.nc"), engine="scipy") as dataset:
        np.testing.assert_array_equal(dataset["intermediate"], world.intermediate_values)
        assert list(dataset["origin"].values) == list(world.countries)


def test_pymrio_finds_the_same_output(tmp_path):
    pymrio = pytest.importorskip("pymrio")
    world = random_world(4)
    system = world.to_pymrio().calc_all()
    np.testing.assert_allclose(system.x["indout"], world.output_values.ravel())
    np.testing.assert_allclose(system.factor_inputs.F.to_numpy()[0], world.value_added_values.ravel())
    folder = world.export(tmp_path / "pymrio")
    again = pymrio.load_all(folder)
    np.testing.assert_allclose(again.Z, world.to_pymrio().Z, rtol=1e-15)
    with pytest.raises(WorldError, match="not an empty folder"):
        world.export(folder)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pymrio"]


def test_an_unknown_kind_of_file_is_named(tmp_path):
    with pytest.raises(WorldError, match=r"unknown kind of file '\.parqet'\. Did you mean '\.parquet'"):
        random_world(1).export(tmp_path / "mine.parqet")
    assert not list(tmp_path.iterdir())


def test_a_tidy_file_by_hand_needs_no_metadata_but_elasticities(tmp_path):
    world = random_world(5)
    path = tmp_path / "mine.csv"
    world.to_frame().to_csv(path, index=False)
    with pytest.raises(WorldError, match="no shipped trade elasticity for sector 's0'"):
        mp.read_tidy(path)
    again = mp.read_tidy(path, trade_elasticity=4.0, unit="thousand USD")
    np.testing.assert_allclose(again.intermediate_values, world.intermediate_values / 1000)
    with pytest.raises(WorldError, match="Did you mean 'million USD'"):
        mp.read_tidy(path, trade_elasticity=4.0, unit="millions USD")


TIDY_DAMAGE = {
    "a flow twice": (lambda f: pd.concat([f, f.iloc[[0]]]), "appears twice"),
    "a missing column": (lambda f: f.rename(columns={"use": "usage"}), "column 'use' is missing. Did you mean 'usage'"),
    "a missing value": (lambda f: f.assign(value=f["value"].where(f.index != 3)), "line 5, column value is ''"),
    "a word": (lambda f: f.assign(value=f["value"].astype(object).where(f.index != 3, "many")), "line 5, column value is 'many'"),
    "an unknown use": (lambda f: f.assign(use=f["use"].astype(str).where(f.index != 3, "consumtion")), "Did you mean 'consumption'"),
    "an empty label": (lambda f: f.assign(origin=f["origin"].astype(str).where(f.index != 3, "")), "empty cells"),
    "a negative flow": (lambda f: f.assign(value=f["value"].where(f.index != 0, -5.0)), "sells -5 to"),
}  # fmt: skip


@pytest.mark.parametrize("case", TIDY_DAMAGE)
def test_damage_to_a_tidy_file_is_named(tmp_path, case):
    edit, words = TIDY_DAMAGE[case]
    path = tmp_path / "mine.csv"
    edit(random_world(5).to_frame()).to_csv(path, index=False)
    with pytest.raises(WorldError) as caught:
        mp.read_tidy(path, trade_elasticity=4.0)
    assert words in str(caught.value) and "mine.csv" in str(caught.value), str(caught.value)


def test_a_damaged_parquet_file_is_named(tmp_path):
    path = random_world(5).export(tmp_path / "mine.parquet")
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(WorldError, match=r"mine\.parquet: not a readable Parquet file"):
        mp.read_tidy(path)


def test_a_profile_adds_up():
    world = mp.load_world("wiod-2011")
    russia = profile(world, "RUS")
    assert russia.partners["exports"].sum() == pytest.approx(russia.totals["exports"])
    assert russia.sectors["imports"].sum() == pytest.approx(russia.totals["imports"])
    assert russia.totals["imports"] - russia.totals["exports"] == pytest.approx(russia.totals["deficit"])
    top = world.trade.sel(destination="RUS", sector="c14").drop_sel(origin="RUS")
    assert russia.sectors.at["c14", "main_supplier"] == str(top["origin"].values[top.values.argmax()])
    with pytest.raises(WorldError, match="Did you mean 'RUS'"):
        profile(world, "RUSS")


def test_comparing_a_world_with_itself_finds_no_difference():
    world = mp.load_world("wiod-2011")
    same = compare(world, world, "RUS")
    np.testing.assert_allclose(same.countries["gdp_ratio"], 1)
    np.testing.assert_allclose(same.countries["same_partners"], 1)
    assert same.partners is not None
    np.testing.assert_array_equal(same.partners["exports_first"], same.partners["exports_second"])


def test_comparing_names_what_only_one_has():
    first, second = (
        mp.load_world("wiod-2011"),
        mp.load_world("wiod-2000").aggregate({"BALT": ["EST", "LVA", "LTU"]}),
    )
    found = compare(first, second)
    assert found.only_first == ("EST", "LTU", "LVA") and found.only_second == ("BALT",)
    assert 0.3 < found.countries.at["CHN", "gdp_ratio"] * 3 < 0.6
    assert (found.countries["same_partners"] < 1).all()
