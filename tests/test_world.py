"""Shipped worlds, their accounts, aggregation and files."""

from __future__ import annotations

import numpy as np
import pytest

import multipolar as mp
from multipolar.world import World, country_group
from tests.worlds import random_world


@pytest.mark.parametrize("name", list(mp.shipped_worlds()["world"]))
def test_every_shipped_world_balances(name):
    world = mp.load_world(name)
    inputs = np.einsum("iknj,ink->nj", world.intermediate_values, 1 + world.tariff_values)
    np.testing.assert_allclose(world.output_values, inputs + world.value_added_values, rtol=1e-12)
    assert abs(world.deficit_values.sum()) < 1e-9 * world.output_values.sum()
    spending = world.final_values.sum((0, 1, 3)) + (
        world.tariff_values * world.final_values.sum(3).transpose(0, 2, 1)
    ).sum((0, 2))
    np.testing.assert_allclose(world.gdp_values + world.deficit_values, spending, rtol=1e-9)
    assert world.provenance["licence"]


def test_the_2011_table_has_its_published_size():
    world = mp.load_world("wiod-2011")
    assert (len(world.countries), len(world.sectors)) == (41, 35)
    # World GDP of 2011 was about 70 trillion USD; what preparation moved is recorded and small.
    assert 65e6 < world.gdp_values.sum() < 75e6
    moved = sum(a.moved for a in world.adjustments)
    assert 0 < moved < 0.005 * world.output_values.sum()


def test_worlds_cannot_be_changed():
    world = mp.load_world("wiod-2011")
    with pytest.raises(ValueError, match="read-only"):
        world.final_values[0] = 0
    with pytest.raises(AttributeError):
        world.name = "other"  # type: ignore[misc]


def test_a_saved_world_comes_back_bit_for_bit(tmp_path):
    world = random_world(3, tariffs=True).with_capital_share([0.2, 0.6])
    again = World.load(world.save(tmp_path / "mine"))
    for field in (
        "intermediate_values",
        "final_values",
        "tariff_values",
        "trade_elasticity_values",
        "capital_share_values",
    ):
        assert np.array_equal(getattr(world, field), getattr(again, field))
    assert again.countries == world.countries and again.provenance == world.provenance


def test_aggregation_keeps_all_money():
    world = mp.load_world("wiod-2011")
    small = world.aggregate(
        countries={"EU": "EU27", "ASIA": ["CHN", "JPN", "KOR", "TWN"]},
        sectors={"G": "goods", "S": "services"},
    )
    assert small.sectors == ("G", "S") and "EU" in small.countries
    np.testing.assert_allclose(small.gdp_values.sum(), world.gdp_values.sum(), rtol=1e-12)
    np.testing.assert_allclose(small.trade_values.sum(), world.trade_values.sum(), rtol=1e-12)
    members = [world.countries.index(c) for c in country_group("EU27") if c in world.countries]
    np.testing.assert_allclose(
        small.deficit_values[small.countries.index("EU")], world.deficit_values[members].sum(), rtol=1e-9
    )


def test_elasticities_can_be_replaced_by_name_file_and_mapping(tmp_path):
    world = mp.load_world("wiod-2011")
    assert (
        world.with_trade_elasticity("fontagne-2022").trade_elasticity_values[0]
        != world.trade_elasticity_values[0]
    )
    path = tmp_path / "mine.csv"
    path.write_text("sector,theta\n" + "".join(f"{s},{4 + i}\n" for i, s in enumerate(world.sectors)))
    assert world.with_trade_elasticity(path).trade_elasticity_values[34] == 38
    assert world.with_trade_elasticity({"c2": 7.5}).trade_elasticity.sel(sector="c2") == 7.5


def test_negative_inventories_are_netted_and_recorded():
    base = random_world(0)
    final = base.final_values.copy()
    final[0, 0, 1, 1] = -0.1 * final[0, 0, 1, 0]
    world = World.from_arrays(base.countries, base.sectors, base.intermediate_values, final, 5.0)
    assert (world.final_values >= 0).all()
    assert world.final_values[0, 0, 1].sum() == pytest.approx(final[0, 0, 1].sum())
    assert any("netted" in a.what and a.moved > 0 for a in world.adjustments)
