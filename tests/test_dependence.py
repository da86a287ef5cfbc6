"""Dependence and leverage: closed forms, symmetry, relabelling, and the same answers by another road."""

from __future__ import annotations

import numpy as np
import pytest

import multipolar as mp
from multipolar.errors import InputError
from multipolar.scenario import Measure
from multipolar.strategy import actors_of, dependence, dependence_by_sector
from multipolar.world import World
from tests.worlds import random_world


def one_good_world(flows: np.ndarray, theta: float, beta: float = 1.0) -> World:
    """One sector, symmetric flows so that trade balances, value added `beta` of output everywhere."""
    n = len(flows)
    return World.from_arrays(
        [f"C{i}" for i in range(n)], ["goods"], (1 - beta) * flows.reshape(n, 1, n, 1), beta * flows.reshape(n, 1, n), theta
    )  # fmt: skip


FLOWS = np.array([[80.0, 12, 9], [12, 150, 30], [9, 30, 300]])


@pytest.mark.parametrize("theta", [2.0, 5.0, 9.0])
@pytest.mark.parametrize("beta", [1.0, 0.45])
def test_losing_all_trade_costs_what_the_own_share_says(theta, beta):
    """Arkolakis, Costinot and Rodríguez-Clare (2012): autarky costs `1 - pi_own ** (1 / (theta beta))`."""
    world = one_good_world(FLOWS, theta, beta)
    found = dependence(world, {"home": "C0", "others": ["C1", "C2"]})
    own = FLOWS[0, 0] / FLOWS[:, 0].sum()
    assert found.welfare.sel(country="home", partner="others") == pytest.approx(
        own ** (1 / (theta * beta)) - 1, abs=1e-10
    )


def test_both_of_two_countries_lose_their_own_gains_from_trade():
    flows = np.array([[60.0, 25], [25, 400]])
    found = dependence(one_good_world(flows, 4.0))
    own = np.diag(flows) / flows.sum(0)
    assert found.welfare.values[[0, 1], [1, 0]] == pytest.approx(own ** (1 / 4.0) - 1, abs=1e-10)
    small, large = found.leverage.values[0, 1], found.leverage.values[1, 0]
    assert large > 0 and small == -large


def test_in_a_symmetric_world_nobody_has_leverage():
    n, j = 4, 3
    rng = np.random.default_rng(1)
    home = 1 + 6 * np.eye(n)
    inputs = 0.2 * np.einsum("in,kj->iknj", home, rng.uniform(0.5, 1.5, (j, j)))
    final = np.einsum("in,k,f->iknf", home, rng.uniform(4, 6, j), [1, 0.25])
    world = World.from_arrays(
        [f"C{i}" for i in range(n)], [f"s{k}" for k in range(j)], inputs, final, [3.0, 5.0, 8.0]
    )
    found = dependence(world)
    off = ~np.eye(n, dtype=bool)
    assert np.abs(found.leverage.values[off]).max() < 1e-10
    assert np.ptp(found.welfare.values[off]) < 1e-10 and found.welfare.values[off].max() < 0
    by_sector = dependence_by_sector(world).welfare.values[off]
    assert np.ptp(by_sector, axis=0).max() < 1e-10


def test_the_order_of_countries_does_not_matter():
    world = random_world(3, countries=4, sectors=2, tariffs=True)
    order = [2, 0, 3, 1]
    shuffled = World.from_arrays(
        [world.countries[i] for i in order], world.sectors, world.intermediate_values[order][:, :, order],
        world.final_values[order][:, :, order], world.trade_elasticity_values, world.tariff_values[np.ix_(order, order)],
    )  # fmt: skip
    one, other = dependence(world), dependence(shuffled)
    assert np.nanmax(np.abs((one.welfare - other.welfare.reindex_like(one.welfare)).values)) < 1e-10
    turned = dependence(world, ["C3", "C1", "C0", "C2"])
    assert np.nanmax(np.abs((one.welfare - turned.welfare).values)) < 1e-12


@pytest.mark.parametrize("closure", ["fixed-share", "balanced"])
def test_an_embargo_between_groups_is_the_embargo_of_all_their_members(closure):
    world = random_world(5, countries=5, sectors=3)
    found = dependence(world, {"north": ["C0", "C3"], "south": ["C1", "C4"], "C2": "C2"}, closure=closure)
    measure = Measure(
        kind="embargo", senders=("C0", "C3"), targets=("C1", "C4"), evidence="assumed", note="test"
    )
    outcome = mp.solve(world, [measure], closure=closure)
    consumption = (outcome.welfare_usd / outcome.welfare).sel(country=["C0", "C3"])
    expected = outcome.welfare.sel(country=["C0", "C3"]).weighted(consumption).mean()
    assert found.welfare.sel(country="north", partner="south") == pytest.approx(float(expected), abs=1e-9)
    usd = outcome.welfare_usd.sel(country=["C1", "C4"]).sum()
    assert found.welfare_usd.sel(country="south", partner="north") == pytest.approx(float(usd), rel=1e-8)
    assert found.residual.max() <= 1e-9


@pytest.mark.parametrize("horizon", ["short", "medium", "long"])
def test_one_sector_alone_is_the_embargo_of_that_sector(horizon):
    world = random_world(8, countries=3, sectors=2)
    found = dependence_by_sector(world, horizon=horizon)
    measure = Measure(
        kind="embargo", senders=("C1",), targets=("C2",), sectors=("s1",), evidence="assumed", note="test"
    )
    expected = mp.solve(world, [measure], horizon=horizon).welfare
    for country, partner in (("C1", "C2"), ("C2", "C1")):
        value = found.welfare.sel(country=country, partner=partner, sector="s1")
        assert value == pytest.approx(float(expected.sel(country=country)), abs=1e-9)
    chosen = dependence(world, sectors="s1", horizon=horizon)
    assert np.nanmax(np.abs((chosen.welfare - found.welfare.sel(sector="s1")).values)) < 1e-12


def test_a_pair_without_equilibrium_is_reported_and_the_others_are_solved():
    world = random_world(2, countries=3, sectors=2)
    inputs, final = np.array(world.intermediate_values), np.array(world.final_values)
    inputs[1, 1], final[1, 1] = 0, 0  # C1 makes no s1 ...
    inputs[:, :, 1, 1] = 0
    inputs[2, 1, 1], final[2, 1, 1] = 0, 0  # ... and buys it from C0 alone
    world = World.from_arrays(
        world.countries, world.sectors, inputs, final, world.trade_elasticity_values, repair_value_added=True
    )
    found = dependence(world)
    assert "nobody supplies sector 's1' to 'C1'" in str(found.problem.sel(country="C0", partner="C1").item())
    assert np.isnan(found.welfare.sel(country="C0", partner="C1"))
    assert found.attrs["failed"] == 1 and found.problem.sel(country="C0", partner="C2") == ""
    assert np.isfinite(found.welfare.sel(country="C0", partner="C2"))


def test_progress_counts_every_embargo():
    seen = []
    dependence(random_world(1, countries=4), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(i, 6) for i in range(1, 7)]


def test_actors_are_codes_groups_and_names_of_ones_own():
    world = mp.load_world("wiod-2011")
    masks = actors_of(world, ["RUS", "EU27"])
    assert masks["EU27"].sum() == 26  # Croatia is inside the rest of the world
    assert not masks["EU27"][world.countries.index("GBR")]
    with pytest.raises(InputError, match=r"unknown country or group 'EU28'. Did you mean 'EU27'"):
        actors_of(world, ["EU28"])
    with pytest.raises(InputError, match="DEU belongs to 'EU27' and to 'DEU'"):
        actors_of(world, ["EU27", "DEU"])
    with pytest.raises(InputError, match="'home' has no country"):
        actors_of(random_world(0), {"home": "NAFTA"})
    with pytest.raises(InputError, match="at least two actors"):
        dependence(world, ["RUS"])
    with pytest.raises(InputError, match=r"unknown sector or group 'c51'. Did you mean"):
        dependence(world, ["RUS", "CHN"], sectors="c51")
