"""Reliance on foreign inputs, chokepoints and extraction: identities and independent computations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multipolar.errors import InputError
from multipolar.strategy import (
    chokepoints,
    hypothetical_extraction,
    input_reliance,
    supplier_concentration,
)
from multipolar.world import World
from tests.test_dependence import FLOWS, one_good_world
from tests.worlds import random_world

seeds = st.integers(0, 10_000)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_looking_through_finds_at_least_the_face_value_and_value_added_adds_up(seed):
    table = input_reliance(random_world(seed, countries=4, sectors=3))
    assert (table.total >= table.direct).all() and (table.total > table.direct).any()
    assert np.abs(table.value_added.sum("supplier") - 1).max() < 1e-12


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_looking_through_is_the_sum_of_all_earlier_stages(seed):
    world = random_world(seed, countries=3, sectors=2)
    z, x = world.intermediate.values, world.output.values
    stage = {(i, k, n, j): z[i, k, n, j] / x[n, j] for i, k, n, j in np.ndindex(z.shape)}
    bought = np.array(list(stage.values())).reshape(z.shape)
    total, step = bought.copy(), bought.copy()
    for _ in range(400):
        step = np.einsum("ikmh,mhnj->iknj", bought, step)
        total += step
    table = input_reliance(world)
    assert np.abs(table.total.values - total.sum(1)).max() < 1e-10
    assert np.abs(table.direct.values - bought.sum(1)).max() < 1e-14


def test_two_countries_in_closed_form():
    world = one_good_world(np.array([[60.0, 25], [25, 400]]), 4.0, beta=0.5)
    a, b, c, d = (world.intermediate_values[:, 0, :, 0] / world.output_values[:, 0]).ravel()
    det = (1 - a) * (1 - d) - b * c
    table = input_reliance(world)
    found = table.total.squeeze("sector").values
    assert found == pytest.approx(np.array([[1 - d, b], [c, 1 - a]]) / det - np.eye(2), abs=1e-12)


def test_a_group_relies_on_others_as_its_members_do_together():
    world = random_world(11, countries=4, sectors=2)
    table = input_reliance(world, {"pair": ["C0", "C1"], "C3": "C3"})
    z, x = world.intermediate_values, world.output_values
    assert list(table.supplier.values) == ["pair", "C3", "C2"]
    assert table.direct.sel(supplier="C2", country="pair").values == pytest.approx(
        z[2][:, :2].sum((0, 1)) / x[:2].sum(0)
    )
    assert table.direct.sel(supplier="pair", country="C3").values == pytest.approx(
        z[:2, :, 3].sum((0, 1)) / x[3]
    )
    assert np.abs(table.value_added.sum("supplier") - 1).max() < 1e-12


def test_concentration_is_one_for_a_single_supplier_and_a_half_for_two_alike():
    world = one_good_world(np.array([[80.0, 10, 10], [10, 100, 0], [10, 0, 100]]), 4.0, beta=0.5)
    table = supplier_concentration(world).squeeze("sector")
    assert table.hhi.values == pytest.approx([0.5, 1.0, 1.0])
    assert table.imports.values == pytest.approx([0.2, 10 / 110, 10 / 110])
    assert np.abs(table.share.sum("supplier") - 1).max() < 1e-12


def test_chokepoints_are_the_inelastic_inputs_of_dominant_suppliers():
    world = one_good_world(np.array([[80.0, 10, 10], [10, 100, 0], [10, 0, 100]]), 4.0, beta=0.5)
    rows = chokepoints(world, import_share=0.6)
    assert rows[["country", "supplier"]].values.tolist() == [["C1", "C0"], ["C2", "C0"]]
    assert rows["price_rise"].to_numpy() == pytest.approx((1 - 10 / 110) ** (-1 / 4) - 1)
    assert rows["cost_rise"].to_numpy() == pytest.approx(rows["price_rise"].to_numpy())  # the only input
    assert chokepoints(world, trade_elasticity=3.9).empty
    with pytest.raises(InputError, match="expected a share from"):
        chokepoints(world, import_share=30)
    many = chokepoints(random_world(4, countries=5, sectors=4), trade_elasticity=20)
    assert len(many) and (many["cost_rise"].diff().dropna() <= 0).all()


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_extraction_agrees_with_orders_followed_round_by_round(seed):
    world = random_world(seed, countries=3, sectors=2)
    z, x = np.array(world.intermediate_values), world.output_values
    recipe, allocation = z / x, z / x[:, :, None, None]
    for part in (recipe, allocation):
        part[1, 0, 2] = 0  # C2 buys no s0 from C1
    final, primary = world.final_values.sum((2, 3)), x - z.sum((0, 1))
    ordered, made = final.copy(), primary.copy()
    for _ in range(600):
        ordered = final + np.einsum("iknj,nj->ik", recipe, ordered)
        made = primary + np.einsum("iknj,ik->nj", allocation, made)
    found = hypothetical_extraction(world, "C1", "C2", sectors="s0")
    assert found.output_demand.values == pytest.approx(x - ordered, abs=1e-9 * x.max())
    assert found.output_supply.values == pytest.approx(x - made, abs=1e-9 * x.max())
    assert float(found.extracted) == pytest.approx(z[1, 0, 2].sum())
    assert (found.output_demand >= 0).all() and found.output_demand.sel(country="C1").sum() >= found.extracted


def test_the_value_added_lost_with_all_foreign_orders_is_that_in_exports_of_inputs():
    """Without a country's inputs abroad, what it makes is what its own demand and its exports of final goods need."""
    world = one_good_world(FLOWS, 4.0, beta=0.5)
    found = hypothetical_extraction(world, "C0")
    a = world.intermediate_values[:, 0, :, 0] / world.output_values[:, 0]
    kept = world.final_values[0].sum() / (1 - a[0, 0])
    lost = world.output_values[0, 0] - kept
    assert found.output_demand.sel(country="C0").item() == pytest.approx(lost)
    assert found.value_added_demand.sel(country="C0").item() == pytest.approx(0.5 * lost)


def test_extraction_needs_two_different_actors():
    with pytest.raises(InputError, match="overlap"):
        hypothetical_extraction(random_world(0), "C1", "C1")


def test_an_input_nobody_buys_is_left_out_rather_than_called_free():
    inputs, final = np.zeros((2, 2, 2, 2)), np.ones((2, 2, 2))
    inputs[:, 0] = 0.1
    table = supplier_concentration(World.from_arrays(["A", "B"], ["used", "not"], inputs, final, 4.0))
    assert np.isnan(table.hhi.sel(sector="not")).all() and (table.hhi.sel(sector="used") == 1).all()
