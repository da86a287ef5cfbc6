"""Layers of tariffs: on a world's baseline, and as measures of a scenario."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import multipolar as mp
from multipolar.errors import InputError
from multipolar.scenario import tariff_measures
from multipolar.world import load_tariffs, tariff_layers
from tests.worlds import random_world


def test_a_tariff_on_the_baseline_moves_value_added_and_gdp_by_its_duties():
    world = random_world(0)
    taxed = world.with_tariff({("C0", "C1"): 0.1, ("C2", "C1", "s1"): 0.2})
    assert np.array_equal(taxed.intermediate_values, world.intermediate_values)
    assert taxed.tariff.sel(origin="C0", destination="C1").values.tolist() == [0.1, 0.1]
    assert taxed.tariff.sel(origin="C2", destination="C1").values.tolist() == [0, 0.2]
    final = world.final_values.sum(3)
    duties = 0.1 * final[0, :, 1].sum() + 0.2 * final[2, 1, 1]
    np.testing.assert_allclose(taxed.gdp_values - world.gdp_values, [0, duties, 0], atol=1e-12)
    assert taxed.provenance["tariff"] == "given by the user"


def test_a_csv_file_with_groups_covers_their_members(tmp_path):
    world = mp.load_world("wiod-2011")
    path = tmp_path / "mine.csv"
    path.write_text("origin,destination,sector,tariff\nEU27,USA,goods,0.2\neveryone,CHN,c1,0.05\n")
    taxed = world.with_tariff(path)
    assert taxed.tariff.sel(origin="DEU", destination="USA", sector="c15") == 0.2
    assert taxed.tariff.sel(origin="DEU", destination="USA", sector="c30") == 0
    assert taxed.tariff.sel(origin="BRA", destination="CHN", sector="c1") == 0.05
    assert taxed.tariff.sel(origin="CHN", destination="CHN", sector="c1") == 0


def test_the_us_list_of_april_2025_covers_the_world_of_2023():
    assert tariff_layers() == ["us-2025-04"]
    layer = load_tariffs("us-2025-04")
    assert set(layer["destination"]) == {"USA"} and {"RUS", "USA"}.isdisjoint(layer["origin"])
    taxed = mp.load_world("world-2023").with_tariff("us-2025-04")
    goods = taxed.tariff.sel(destination="USA", sector="c14")
    assert float(goods.sel(origin="CHN")) == 0.54 and float(goods.sel(origin="DEU")) == 0.2
    assert float(goods.sel(origin="RUS")) == 0 and float(goods.sel(origin="USA")) == 0
    # What the world has only as a rest carries an average of its members' rates.
    rest = layer[~layer["origin"].isin(taxed.countries)]["tariff"]
    assert rest.min() < float(goods.sel(origin="RoW")) < rest.max()
    assert "Ignatenko" in taxed.provenance["tariff"]


def test_measures_of_a_layer_solve_and_equal_a_tariff_written_by_hand():
    world = random_world(3)
    layer = {("C0", "C2"): 0.3, ("C1", "C2"): 0.3, ("C2", "C0", "s0"): 0.1}
    measures = tariff_measures(world, layer)
    assert len(measures) == 2
    by_hand = [
        mp.Measure(
            kind="tariff",
            senders=("C2",),
            targets=("C0", "C1"),
            magnitude=0.3,
            evidence="assumed",
            note="test",
        ),
        mp.Measure(
            kind="tariff",
            senders=("C0",),
            targets=("C2",),
            sectors=("s0",),
            magnitude=0.1,
            evidence="assumed",
            note="t",
        ),
    ]
    np.testing.assert_allclose(
        mp.solve(world, measures).welfare.values, mp.solve(world, by_hand).welfare.values, atol=1e-10
    )


def test_fontagne_elasticities_are_there_for_the_world_of_2023():
    world = mp.load_world("world-2023").with_trade_elasticity("fontagne-2022")
    assert float(world.trade_elasticity.sel(sector="c2")) == pytest.approx(9.5848)
    assert float(world.trade_elasticity.sel(sector="c15")) == pytest.approx(8.4819)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ({("C0", "C9"): 0.1}, "row 1: unknown country or group 'C9'"),
        ({("C0", "C1", "steel"): 0.1}, "unknown sector or group 'steel'"),
        ({("C0", "C1"): 25}, "tariff 25 is outside -1 to 10; .*25% is 0.25"),
        ({("everyone", "everyone"): 10}, "value added of country"),
        ({("C0", "C1"): float("nan")}, "nan is outside"),
        ({("C0", "C1"): "25%"}, "'25%' is not a number"),
        ({("C0", "C0"): 0.1}, "no tariff on itself"),
        ({"C0": 0.1}, "key 'C0'; expected"),
        (pd.DataFrame({"origin": ["C0"]}), "column 'destination' is missing"),
        ("us-2026", "unknown layer or missing file 'us-2026'. Did you mean 'us-2025-04'"),
        (3, "got int"),
    ],
)
def test_bad_layers_are_named(layer, words):
    world = random_world(0)
    with pytest.raises(InputError, match=words):
        world.with_tariff(layer)


def test_a_corridor_given_twice_with_two_rates_is_an_error():
    table = pd.DataFrame(
        {"origin": ["C0", "C0"], "destination": ["C1", "C1"], "sector": ["s0", "s0"], "tariff": [0.1, 0.2]}
    )
    with pytest.raises(InputError, match="row 2: the tariff on s0 from C0 to C1 was given before"):
        random_world(0).with_tariff(table)
