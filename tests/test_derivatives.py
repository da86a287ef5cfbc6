"""Gradients against finite differences, sensitivities against re-solved scenarios, batches against single solves."""

from __future__ import annotations

import equinox as eqx
import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import multipolar as mp
from multipolar.economy import Shock, calibrate, gradient, log_welfare, solve, solve_many, tangent
from multipolar.errors import NoSupplierError, NotConvergedError
from multipolar.scenario import load_scenario
from multipolar.sensitivity import sensitivities
from tests.worlds import random_shock, random_world

STEP = 3e-4  # equilibria are solved to 1e-11, so that smaller steps drown in it
PLACES = {
    "theta": (lambda t: t[0].theta, (0,)),
    "sigma_m": (lambda t: t[0].sigma_m, (0, 0, 0)),
    "sigma_v": (lambda t: t[0].sigma_v, (0, 0)),
    "sigma_c": (lambda t: t[0].sigma_c, (0, 0, 0)),
    "baseline tariff": (lambda t: t[0].tariff, (1, 0, 1)),
    "importer wedge": (lambda t: t[1].importer_wedge, (0, 1, 0, 0)),
    "exporter wedge": (lambda t: t[1].exporter_wedge, (2, 1, 1, 0)),
    "iceberg": (lambda t: t[1].iceberg, (1, 0, 1, 0)),
    "productivity": (lambda t: t[1].productivity, (1, 1)),
}


@given(st.integers(0, 1000), st.sampled_from(["short", "medium", "long"]), st.sampled_from(list(PLACES)))
@settings(max_examples=20, deadline=None)
def test_both_derivatives_agree_with_finite_differences(seed, horizon, name):
    pick, place = PLACES[name]
    economy = calibrate(random_world(seed, tariffs=True).with_capital_share(0.4), horizon=horizon)
    shock = random_shock(seed)
    found = solve(economy, shock)

    def moved(size: float):
        array = np.array(pick((economy, shock)), float)
        array[place] += size
        e, s = eqx.tree_at(pick, (economy, shock), array)
        return np.asarray(log_welfare(e, s, solve(e, s).state))

    expected = (moved(STEP) - moved(-STEP)) / (2 * STEP)
    zero = jax.tree.map(lambda a: np.zeros(np.shape(a)), (economy, shock))
    direction = np.zeros(np.shape(pick(zero)))
    direction[place] = 1
    _, forward = tangent(found, *eqx.tree_at(pick, zero, direction))
    backward = [float(pick(gradient(found, w))[place]) for w in np.eye(3)]
    np.testing.assert_allclose(forward, expected, atol=2e-7)
    np.testing.assert_allclose(backward, forward, atol=1e-9)


def test_derivatives_exist_beside_an_embargo_and_on_the_real_world():
    world = mp.load_world("wiod-2011")
    outcome = mp.run(world, load_scenario("embargo-on-russia"), ["west"])["west"]
    by_economy, by_shock = gradient(outcome.equilibrium, np.eye(41)[world.countries.index("RUS")])
    for array in (*jax.tree.leaves(eqx.filter(by_economy, eqx.is_inexact_array)), by_shock.iceberg):
        assert np.isfinite(array).all()


def test_sensitivities_predict_what_setting_a_number_does():
    scenario, world = load_scenario("sanctions-since-2011"), mp.load_world("wiod-2011")
    names = ["lifeline", "secondary-sanctions-russia-trade"]
    chosen = scenario.model_copy(
        update={"comparisons": tuple(c for c in scenario.comparisons if c.id == "choked-payments")}
    )
    table = sensitivities(chosen, mp.run(world, chosen, names))
    row = table[(table.parameter == "friction-china-russia.magnitude") & (table.country == "RUS")].iloc[0]
    answers = []
    for size in (0.10, 0.101):
        outcomes = mp.run(world, chosen.with_settings([f"friction-china-russia.magnitude={size}"]), names)
        answers.append(float((outcomes[names[1]].welfare - outcomes[names[0]].welfare).sel(country="RUS")))
    assert row.effect == pytest.approx(10 * (answers[1] - answers[0]), rel=0.02)
    ordered = table[table.country == "RUS"]["effect"].abs().to_numpy()
    assert (np.diff(ordered) <= 0).all()


def cases(count: int):
    economy = calibrate(random_world(3))
    for seed in range(count):
        yield economy, random_shock(seed)


@pytest.mark.parametrize("chunk", [None, 1, 3])
def test_a_batch_gives_what_single_solves_give_in_order(chunk):
    for (economy, shock), found in zip(cases(7), solve_many(cases(7), chunk), strict=True):
        np.testing.assert_allclose(found.state.factor, solve(economy, shock).state.factor, atol=1e-9)
        assert found.certificate.passes


@pytest.mark.parametrize("chunk", [None, 2])
def test_a_failed_case_is_reported_and_the_others_go_on(chunk):
    world = random_world(3)
    economy = calibrate(world)
    alone = np.ones((3, 3, 2, 1))
    alone[:, 0] = np.inf
    ruinous = 2 * world.gdp_values[0]
    bad = [
        eqx.tree_at(lambda s: s.iceberg, Shock.none(3, 2), alone),
        eqx.tree_at(lambda s: s.transfer, Shock.none(3, 2), np.array([-ruinous, ruinous, 0])),
    ]
    shocks = [random_shock(0), bad[0], random_shock(1), bad[1], random_shock(2)]
    found = list(solve_many([(economy, s) for s in shocks], chunk))
    assert [type(f).__name__ for f in found[::2]] == ["Equilibrium"] * 3
    assert isinstance(found[1], NoSupplierError)
    assert isinstance(found[3], NotConvergedError)


def test_draws_of_elasticities_are_solved_in_one_batch():
    world, shock = random_world(5), random_shock(5)
    rng = np.random.default_rng(0)
    draws = [calibrate(world.with_trade_elasticity(rng.uniform(3, 8, 2))) for _ in range(5)]
    for economy, found in zip(draws, solve_many(((e, shock) for e in draws), 4), strict=True):
        np.testing.assert_allclose(found.state.cost, solve(economy, shock).state.cost, atol=1e-9)


@pytest.mark.parametrize("sigma", [0.05, 1.0, 20.0])
def test_extreme_upper_elasticities_by_country_and_sector_are_certified(sigma):
    world, shock = random_world(6), random_shock(6)
    by_sector = np.full((3, 2), 1.0)
    by_sector[0, 1] = sigma
    economy = calibrate(world, sigma_v=by_sector, sigma_m=by_sector, sigma_c=[sigma, 1.0, 1.0])
    assert solve(economy, shock).certificate.worst <= 1e-9
    assert (
        solve(calibrate(world, sigma_v=sigma, sigma_m=sigma, sigma_c=sigma), shock).certificate.worst <= 1e-9
    )
