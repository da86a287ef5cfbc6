"""What the model must do in theory, checked on random worlds."""

from __future__ import annotations

import equinox as eqx
import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multipolar.economy import Shock, calibrate, certify, decompose, solve
from multipolar.errors import InfeasibleError, InputError, NoSupplierError, NotConvergedError
from multipolar.outcome import Outcome
from multipolar.world import World, load_world
from tests.independent import solve_levels
from tests.worlds import random_shock, random_world, with_iceberg

seeds = st.integers(0, 10_000)
few = settings(max_examples=12, deadline=None)


def outcome(world: World, shock: Shock, **options) -> Outcome:
    return Outcome(world, solve(calibrate(world, **options), shock))


@given(seeds)
@few
def test_no_shock_changes_nothing(seed):
    result = outcome(random_world(seed, tariffs=True), Shock.none(3, 2))
    assert np.abs(result.welfare).max() < 1e-12
    assert np.allclose(result.output, result.output_baseline, rtol=1e-12)


@given(seeds, st.sampled_from(["common", "final-intermediate", "by-use"]))
@few
def test_an_economy_takes_other_trade_elasticities_as_its_world_does(seed, use_groups):
    world, theta = random_world(seed, tariffs=True), np.array([2.5, 7.0])
    quick = calibrate(world, use_groups=use_groups).with_trade_elasticity(theta)
    whole = calibrate(world.with_trade_elasticity(theta), use_groups=use_groups)
    for a, b in zip(jax.tree.leaves(quick), jax.tree.leaves(whole), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    with pytest.raises(InputError, match="positive"):
        quick.with_trade_elasticity(np.array([1.0, 0.0]))


@given(seeds, st.sampled_from([(1.0, 1.0, 1.0), (0.6, 0.3, 1.8)]))
@few
def test_agrees_with_an_independent_solver_in_levels(seed, sigmas):
    world, shock = random_world(seed, tariffs=True), random_shock(seed)
    sigma_v, sigma_m, sigma_c = sigmas
    ours = outcome(world, shock, sigma_v=sigma_v, sigma_m=sigma_m, sigma_c=sigma_c)
    welfare, wage, output, trade = solve_levels(world, shock, *sigmas)
    np.testing.assert_allclose(1 + ours.welfare, welfare, rtol=1e-8)
    np.testing.assert_allclose(1 + ours.wages, wage, rtol=1e-8)
    np.testing.assert_allclose(ours.output, output, rtol=1e-8)
    np.testing.assert_allclose(ours.trade, trade, rtol=1e-8)


@given(seeds)
@few
def test_the_unit_of_money_does_not_matter(seed):
    world, shock = random_world(seed), random_shock(seed)
    pence = World.from_arrays(
        world.countries,
        world.sectors,
        world.intermediate_values * 100,
        world.final_values * 100,
        world.trade_elasticity_values,
    )
    richer = eqx.tree_at(lambda s: s.transfer, shock, shock.transfer * 100)
    np.testing.assert_allclose(outcome(pence, richer).welfare, outcome(world, shock).welfare, atol=1e-9)


@given(seeds)
@few
def test_the_order_of_countries_does_not_matter(seed):
    world, shock = random_world(seed), random_shock(seed)
    p = [2, 0, 1]
    turned = World.from_arrays(
        [world.countries[i] for i in p], world.sectors,
        world.intermediate_values[p][:, :, p], world.final_values[p][:, :, p], world.trade_elasticity_values,
    )  # fmt: skip
    corridor = [np.asarray(w)[p][:, p] for w in (shock.importer_wedge, shock.exporter_wedge, shock.iceberg)]
    other = Shock(*corridor, shock.productivity[p], shock.transfer[p])
    np.testing.assert_allclose(outcome(turned, other).welfare, outcome(world, shock).welfare[p], atol=1e-9)


@given(seeds)
@few
def test_two_identical_sectors_can_be_merged(seed):
    world = random_world(seed, sectors=1)
    half_inputs = np.broadcast_to(world.intermediate_values / 4, (3, 2, 3, 2))
    half_final = np.broadcast_to(world.final_values / 2, (3, 2, 3, 2))
    split = World.from_arrays(
        world.countries, ["a", "b"], half_inputs, half_final, float(world.trade_elasticity_values[0])
    )
    one = random_shock(seed, sectors=1)
    corridor = [
        np.broadcast_to(w, (3, 3, 2, 1)) for w in (one.importer_wedge, one.exporter_wedge, one.iceberg)
    ]
    two = Shock(*corridor, np.broadcast_to(one.productivity, (3, 2)), one.transfer)
    np.testing.assert_allclose(outcome(split, two).welfare, outcome(world, one).welfare, atol=1e-9)


@given(seeds)
@few
def test_a_then_b_equals_a_and_b(seed):
    """The equilibrium after A is itself a baseline; B from there gives what A and B give at once."""
    world = random_world(seed)
    a, b = random_shock(seed, revenue=False), random_shock(seed + 1, revenue=False)
    a, b = (
        eqx.tree_at(lambda s: (s.transfer, s.productivity), x, (np.zeros(3), np.ones((3, 2)))) for x in (a, b)
    )
    first = outcome(world, a, closure="fixed-share")
    share = first._new["new_share"][..., 0]
    inputs = (
        first.equilibrium.economy.input_share
        * ((1 - first.equilibrium.economy.value_share) * first.output.values)[:, None]
    )
    final = first._new["final"] * first.equilibrium.economy.money
    middle = World.from_arrays(
        world.countries, world.sectors, np.einsum("ink,nkj->iknj", share, inputs), np.einsum("ink,nkf->iknf", share, final),
        world.trade_elasticity_values,
    )  # fmt: skip
    second = outcome(middle, b)
    both = outcome(world, with_iceberg(a, np.asarray(a.iceberg) * np.asarray(b.iceberg)))
    np.testing.assert_allclose((1 + first.welfare) * (1 + second.welfare), 1 + both.welfare, atol=2e-9)


@given(seeds)
@few
def test_autarky_costs_what_the_sufficient_statistic_says(seed):
    """One sector, no deficits: real consumption falls by (home share)^(1 / (theta x value-added share))
    (Arkolakis, Costinot and Rodriguez-Clare 2012, with materials: Costinot and Rodriguez-Clare 2014)."""
    world = random_world(seed, sectors=1)
    balanced = outcome(world, Shock.none(3, 1), closure="balanced")
    closed = np.where(np.eye(3, dtype=bool)[:, :, None, None], 1.0, np.inf)
    autarky = outcome(world, with_iceberg(Shock.none(3, 1), closed), closure="balanced")
    home = np.diagonal(balanced._base["new_share"][..., 0, 0])
    labour = balanced.equilibrium.economy.value_share[:, 0]
    # The final baskets hold the same single good, so real consumption moves with the real wage.
    expected = home ** (1 / (world.trade_elasticity_values[0] * labour))
    np.testing.assert_allclose(1 + autarky.welfare, expected, rtol=1e-8)


@given(
    seeds,
    st.sampled_from(["fixed-share", "balanced", "fixed-real"]),
    st.sampled_from(["common", "final-intermediate", "by-use"]),
)
@few
def test_every_closure_and_use_group_balances_payments(seed, closure, use_groups):
    world, shock = random_world(seed), random_shock(seed)
    result = outcome(world, shock, closure=closure, use_groups=use_groups)
    assert result.certificate.passes
    trade = result.trade.sum("sector").values
    gap = trade.sum(0) - trade.sum(1) - np.asarray(shock.transfer)
    assert abs(gap.sum()) < 1e-8 * trade.sum()
    if closure == "balanced":
        np.testing.assert_allclose(gap, 0, atol=1e-8 * trade.sum())
    if closure == "fixed-share":
        np.testing.assert_allclose(gap, world.deficit_values, atol=1e-8 * trade.sum())


@given(seeds)
@few
def test_use_groups_that_source_alike_give_the_common_answer(seed):
    world, shock = random_world(seed), random_shock(seed)
    economy = calibrate(world)
    share = economy.share[..., 0]
    flows = np.concatenate([world.intermediate_values, world.final_values], 3)
    total = np.einsum("iknu->nku", flows)
    even = np.einsum("ink,nku->iknu", share, total)
    same = World.from_arrays(
        world.countries, world.sectors, even[..., :2], even[..., 2:], world.trade_elasticity_values
    )
    fine = outcome(same, shock, use_groups="by-use")
    np.testing.assert_allclose(fine.welfare, outcome(same, shock).welfare, atol=1e-9)


@given(seeds)
@few
def test_upper_elasticities_near_one_approach_cobb_douglas(seed):
    world, shock = random_world(seed), random_shock(seed)
    exact = outcome(world, shock).welfare
    gaps = [
        float(
            np.abs(outcome(world, shock, sigma_v=1 + e, sigma_m=1 + e, sigma_c=1 + e).welfare - exact).max()
        )
        for e in (1e-3, 1e-6)
    ]
    assert gaps[1] < 1e-6
    assert gaps[1] < gaps[0] / 100 or gaps[0] < 1e-9


@given(seeds)
@few
def test_the_decomposition_adds_up_and_effects_vanish_where_theory_says(seed):
    world, shock = random_world(seed, tariffs=True), random_shock(seed)
    result = outcome(world, shock)
    gap = result.decomposition.sum("effect") - np.log1p(result.welfare)
    assert np.abs(gap).max() < 1e-8
    only_tariffs = eqx.tree_at(lambda s: s.importer_wedge, Shock.none(3, 2), shock.importer_wedge)
    effects = outcome(random_world(seed), only_tariffs).decomposition
    assert np.abs(effects.sel(effect="real_cost")).max() == 0
    assert np.abs(effects.sel(effect="terms_of_trade")).max() > 0


@given(seeds)
@few
def test_capital_in_the_same_proportion_everywhere_is_one_factor_with_labour(seed):
    world, shock = random_world(seed, investment=False).with_capital_share(0.4), random_shock(seed)
    split = outcome(world, shock, capital="fixed")
    np.testing.assert_allclose(split.welfare, outcome(world, shock).welfare, atol=1e-9)


@given(seeds)
@few
def test_nearly_full_mobility_approaches_full_mobility(seed):
    world, shock = random_world(seed), random_shock(seed)
    mobile = outcome(world, shock).welfare
    gaps = [float(np.abs(outcome(world, shock, mobility=m).welfare - mobile).max()) for m in (1e2, 1e5)]
    assert gaps[1] < 1e-4
    assert gaps[1] < gaps[0] / 100


@given(seeds, st.sampled_from(["short", "medium", "long"]))
@few
def test_every_horizon_is_certified_and_its_decomposition_adds_up(seed, horizon):
    world = random_world(seed, tariffs=True).with_capital_share([0.3, 0.5])
    result = outcome(world, random_shock(seed), horizon=horizon)
    assert result.certificate.worst <= 1e-9
    gap = result.decomposition.sum("effect") - np.log1p(result.welfare)
    assert np.abs(gap).max() < 1e-8
    assert (np.abs(result.decomposition.sel(effect="capital")).max() > 0) == (horizon == "long")


@given(seeds)
@few
def test_specific_factors_are_paid_what_their_sector_earns(seed):
    """At mobility 1 a sector's factor price moves with its payments, and nothing else."""
    result = outcome(
        random_world(seed).with_capital_share(0.3), random_shock(seed), mobility=1.0, capital="fixed"
    )
    books, base = result._new, result._base
    np.testing.assert_allclose(books["wage"], np.log(books["paid"] / base["paid"]), atol=1e-8)


@given(seeds)
@few
def test_trade_costs_hurt_more_when_capital_adjusts(seed):
    """Barriers lower the return to capital; letting it shrink costs more output than keeping it
    (Baqaee and Malmberg 2025)."""
    world = random_world(seed).with_capital_share(0.4)
    iceberg = 1 + 0.5 * (1 - np.eye(3))[:, :, None, None] * np.ones((1, 1, 2, 1))
    shock = with_iceberg(Shock.none(3, 2), iceberg)
    fixed = outcome(world, shock, capital="fixed", closure="balanced").real_gdp
    assert (outcome(world, shock, horizon="long", closure="balanced").real_gdp < fixed).all()


@given(seeds, st.sampled_from(["factor", "cost", "output", "expenditure"]), st.sampled_from([1e-7, -1e-7]))
@few
def test_a_perturbed_equilibrium_fails_its_certificate(seed, name, size):
    found = solve(calibrate(random_world(seed)), random_shock(seed))
    moved = np.array(getattr(found.state, name))
    moved.flat[seed % moved.size] += size
    bent = eqx.tree_at(lambda s: getattr(s, name), found.state, moved)
    assert found.certificate.passes
    assert not certify(found.economy, found.shock, bent).passes


def test_an_embargo_leaves_no_trade_between_the_two():
    world = random_world(1)
    iceberg = np.ones((3, 3, 2, 1))
    iceberg[0, 1] = iceberg[1, 0] = np.inf
    result = outcome(world, with_iceberg(Shock.none(3, 2), iceberg))
    assert result.trade.values[0, 1].sum() == 0 == result.trade.values[1, 0].sum()
    assert np.abs(result.decomposition.sum("effect") - np.log1p(result.welfare)).max() < 1e-8


def test_a_good_without_supplier_is_refused_by_name():
    world = random_world(1)
    final, inputs = world.final_values.copy(), world.intermediate_values.copy()
    final[0, 1], inputs[0, 1] = 0, 0
    inputs[:, :, 0, 1] = 0
    world = World.from_arrays(world.countries, world.sectors, inputs, final, 5.0)
    iceberg = np.ones((3, 3, 2, 1))
    iceberg[1:, 0] = np.inf
    with pytest.raises(NoSupplierError, match=r"nobody supplies sector 's1' to 'C0'"):
        solve(calibrate(world), with_iceberg(Shock.none(3, 2), iceberg))


def test_a_country_cut_off_with_a_deficit_is_refused():
    iceberg = np.ones((3, 3, 2, 1))
    iceberg[0, 1:] = iceberg[1:, 0] = np.inf
    with pytest.raises(InfeasibleError, match="C0 can trade with nobody outside"):
        solve(calibrate(random_world(1)), with_iceberg(Shock.none(3, 2), iceberg))


def test_failure_to_converge_raises_with_residuals_and_the_reason():
    world = random_world(2)
    ruinous = 1.5 * world.gdp_values[0]
    shock = eqx.tree_at(lambda s: s.transfer, Shock.none(3, 2), np.array([-ruinous, ruinous, 0]))
    with pytest.raises(NotConvergedError, match=r"Spending of C0 falls to nothing") as caught:
        solve(calibrate(world), shock)
    assert "budget" in str(caught.value)
    assert max(caught.value.residuals.values()) > 1e-9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"closure": "balance"}, "Did you mean 'balanced'"),
        ({"use_groups": "by-user"}, "Did you mean 'by-use'"),
        ({"sigma_v": -1.0}, "zero or positive"),
    ],
)
def test_a_wrong_option_is_named(options, message):
    with pytest.raises(InputError, match=message):
        calibrate(random_world(0), **options)


@pytest.mark.parametrize("tariff", [1e-9, 0.1, 1.0, 5.0])
def test_solves_from_tiny_tariffs_to_500_percent_on_the_real_world(tariff):
    world = load_world("wiod-2011")
    wedge = np.ones((41, 41, 35, 1))
    usa = world.countries.index("USA")
    wedge[:, usa] = wedge[usa] = 1 + tariff
    wedge[usa, usa] = 1
    shock = eqx.tree_at(lambda s: s.importer_wedge, Shock.none(41, 35), wedge)
    assert solve(calibrate(world), shock).certificate.passes


@pytest.mark.parametrize("tariff", [2.0, 5.0])
def test_solves_when_everybody_levies_huge_tariffs_on_everybody(tariff):
    wedge = np.full((41, 41, 35, 1), 1 + tariff)
    wedge[np.arange(41), np.arange(41)] = 1
    shock = eqx.tree_at(lambda s: s.importer_wedge, Shock.none(41, 35), wedge)
    assert solve(calibrate(load_world("wiod-2011"), closure="balanced"), shock).certificate.passes


def test_solves_a_full_embargo_between_large_economies():
    world = load_world("wiod-2011")
    a, b = world.countries.index("USA"), world.countries.index("CHN")
    iceberg = np.ones((41, 41, 35, 1))
    iceberg[a, b] = iceberg[b, a] = np.inf
    found = solve(calibrate(world), with_iceberg(Shock.none(41, 35), iceberg))
    assert found.certificate.worst <= 1e-9
    assert decompose(found)[1] < 1e-8
