"""Optimal measures against closed forms and brute force; Nash tariffs against every deviation on a grid."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import multipolar as mp
from multipolar.economy import calibrate, solve
from multipolar.economy._certificate import accounts
from multipolar.errors import InputError
from multipolar.strategy import best_response, frontier, nash_tariffs
from tests.worlds import random_world

THETA = 4.0


def armington(home: float = 0.7, size: float = 1.0) -> mp.World:
    """Two countries, one good each, no inputs, balanced trade: country F is `size` times as large at home."""
    final = np.zeros((2, 1, 2))
    final[0, 0] = [home, 1 - home]
    final[1, 0] = [1 - home, home * size + (size - 1) * (1 - home)]
    return mp.World.from_arrays(
        ["H", "F"], ["s"], np.zeros((2, 1, 2, 1)), final * 1e6, [THETA], name="armington"
    )


def tariff(sender: str, target: str, rate) -> mp.Measure:
    return mp.Measure(
        id=f"{sender}-{target}", kind="tariff", senders=(sender,), targets=(target,), magnitude=rate, evidence="assumed", note="test",
    )  # fmt: skip


@pytest.mark.parametrize("size", [1.0, 3.0])
def test_the_optimal_tariff_is_the_inverse_of_the_foreign_export_supply_elasticity(size):
    # In Armington with one good each F's export supply elasticity is theta times its home share of spending, at the
    # tariff's own equilibrium (the textbook formula, Johnson 1953; with CES, Gros 1987).
    world = armington(size=size)
    found = best_response(world, "H", ["F"], instruments=["tariff"], closure="balanced")
    rate = found.rates.iloc[0, 0]
    outcome = mp.solve(world, [tariff("H", "F", float(rate))], closure="balanced")
    books = accounts(outcome.equilibrium.economy, outcome.equilibrium.shock, outcome.equilibrium.state)
    spending = books["spending"][:, 1].sum((1, 2))
    assert rate == pytest.approx(1 / (THETA * spending[1] / spending.sum()), rel=1e-4)
    # And brute force finds nothing better.
    gains = {
        t: mp.solve(world, [tariff("H", "F", t)], closure="balanced").welfare_usd.sel(country="H").item()
        for t in (rate * 0.9, rate, rate * 1.1)
    }
    assert max(gains, key=lambda t: gains[t]) == rate
    assert found.gain == pytest.approx(gains[rate], rel=1e-5)
    assert found.gain > 0 and found.harm > 0


def test_by_lerner_symmetry_an_export_tax_does_as_well_as_a_tariff():
    one, other = (
        best_response(armington(), "H", ["F"], instruments=[i], closure="balanced")
        for i in ("tariff", "export-tax")
    )
    assert one.rates.iloc[0, 0] == pytest.approx(other.rates.iloc[0, 0], rel=1e-3)
    assert one.gain == pytest.approx(other.gain, rel=1e-6)


def test_nash_tariffs_are_symmetric_between_equals_and_no_deviation_on_a_grid_pays():
    world = armington()
    found = nash_tariffs(world, ["H", "F"], closure="balanced")
    assert found.deviation <= 1e-7
    rates = dict(zip(found.rates.player, found.rates.rate, strict=True))
    assert rates["H"] == pytest.approx(rates["F"], rel=1e-4)
    assert (found.welfare.welfare < 0).all()  # equals both lose from a tariff war

    def welfare(t):
        measures = [tariff("H", "F", t), tariff("F", "H", float(rates["F"]))]
        return mp.solve(world, measures, closure="balanced").welfare.sel(country="H").item()

    best = welfare(float(rates["H"]))
    assert best == pytest.approx(found.welfare.welfare[0], abs=1e-8)
    assert all(welfare(float(t)) <= best + 1e-9 for t in np.linspace(0, 1.5, 16))


# Three countries, two sectors -----------------------------------------------------------------------------

WORLD = random_world(2, 3, 2)


@pytest.fixture(scope="module")
def found():
    return frontier(
        WORLD, ["C0"], "C1", instruments=["tariff"], points=5, bound=1.0,
        done={"uniform 10%": [tariff("C0", "C1", 0.1)]},
    )  # fmt: skip


def losses(rates):
    outcome = mp.solve(WORLD, [tariff("C0", "C1", dict(zip(WORLD.sectors, map(float, rates), strict=True)))])
    change = -outcome.welfare_usd
    return change.sel(country="C0").item(), change.sel(country="C1").item()


def test_each_package_beats_every_one_on_a_coarse_grid_at_its_price(found):
    grid = [losses(rates) for rates in product(np.linspace(0, 1, 9), repeat=2)]
    scale = max(abs(x) for pair in grid for x in pair)
    for package in found.packages:
        own, target = losses(package.rates.to_numpy()[0])
        assert package.own_loss == pytest.approx(own, abs=1e-7 * scale)
        assert package.target_loss == pytest.approx(target, abs=1e-7 * scale)
        if package.price == np.inf:
            assert package.own_loss <= min(o for o, _ in grid) + 1e-6 * scale
            continue
        reached = package.target_loss - package.price * package.own_loss
        assert reached >= max(t - package.price * o for o, t in grid) - 1e-6 * scale * (1 + package.price)
        assert not any(o < package.own_loss - 1e-6 * scale and t > package.target_loss for o, t in grid)


def test_the_frontier_rises_from_self_interest_to_the_greatest_harm(found):
    frame = found.to_frame()
    assert frame.own_loss.is_monotonic_increasing and frame.target_loss.is_monotonic_increasing
    assert frame.own_loss.iloc[0] < 0  # a small tariff turns the terms of trade
    assert frame.optimality.max() <= 1e-3
    both = frame.dropna()
    assert (both.target_loss >= both.uniform_target_loss - 1e-6 * frame.target_loss.max()).all()
    assert found.residual <= 1e-9


def test_what_was_done_is_measured_like_the_packages(found):
    own, target = losses([0.1, 0.1])
    assert found.done.own_loss[0] == pytest.approx(own, rel=1e-6)
    assert found.done.target_loss[0] == pytest.approx(target, rel=1e-6)
    assert len(found.rates()) == 5 * 2


def test_exempt_sectors_are_left_alone_and_rates_stay_within_the_bound():
    frame = frontier(WORLD, ["C0"], "C1", exempt="s1", points=3, bound=0.4).rates()
    assert (frame.rate[frame.sector == "s1"] == 0).all()
    assert frame.rate.between(0, 0.4 + 1e-12).all()
    assert frame.rate.max() == pytest.approx(0.4)


def test_gradients_of_the_losses_agree_with_finite_differences():
    from multipolar.economy import Shock
    from multipolar.strategy._evaluate import Evaluator
    from multipolar.strategy._levers import INSTRUMENTS, Levers, Objective

    masks = {"own": np.array([True, False, False]), "target": np.array([False, True, False])}
    levers = Levers.between(
        Shock.none(3, 2), list(INSTRUMENTS), [(masks["own"], masks["target"])], np.array([True, True])
    )
    objective = Objective(Evaluator.of(WORLD), levers, masks)
    x = np.linspace(0.05, 0.3, levers.size)
    weights = {"own": 2.0, "target": -1.0}
    slope = objective.slope(x, weights)
    for i, e in enumerate(np.eye(len(x)) * 1e-4):
        difference = (objective.value(x + e, weights) - objective.value(x - e, weights)) / 2e-4
        assert slope[i] == pytest.approx(difference, rel=1e-5, abs=1e-6 * np.abs(slope).max())


def test_the_targets_retaliation_helps_it_against_the_package_it_answers(found):
    hardest = found.packages[-1]
    answer = best_response(WORLD, "C1", ["C0"], shock=hardest.shock, bound=1.0)
    assert answer.gain > 0 and answer.optimality <= 1e-3
    before = calibrate(WORLD)
    assert solve(before, hardest.shock).certificate.passes


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"instruments": ["tarif"]}, "unknown instrument 'tarif'"),
        ({"exempt": ["s0", "s1"]}, "every sector is exempt"),
        ({"senders": ["C0", "C1"]}, "among the senders"),
        ({"points": 1}, "at least 2 points"),
        ({"bound": 0.0}, "positive bound"),
    ],
)
def test_wrong_questions_are_refused_in_words(change, text):
    given = {"senders": ["C0"], "target": "C1"} | change
    with pytest.raises(InputError, match=text):
        frontier(WORLD, given.pop("senders"), given.pop("target"), **given)
