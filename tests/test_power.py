"""Geoeconomic power and dual-use goods: closed forms, a numerical optimum, and the same measure by another road."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

import multipolar as mp
from multipolar.errors import InputError
from multipolar.scenario import Measure
from multipolar.strategy import (
    controlled_goods,
    dual_use_loss,
    power,
    power_curve,
)
from multipolar.world import World, load_world, sector_group
from tests.test_dependence import FLOWS, one_good_world
from tests.worlds import random_world


@pytest.mark.parametrize("theta", [2.0, 6.0])
@pytest.mark.parametrize("beta", [1.0, 0.4])
def test_a_lost_share_costs_one_less_it_to_the_inverse_elasticity(theta, beta):
    found = power(one_good_world(FLOWS, theta, beta), ["C1", "C2"], "C0")
    own = FLOWS[0, 0] / FLOWS[:, 0].sum()
    assert found.controlled_share.item() == pytest.approx(1 - own)
    assert found.price_rise.item() == pytest.approx(own ** (-1 / theta) - 1)
    assert found.loss_direct.item() == pytest.approx(1 - own ** (1 / theta), abs=1e-12)
    # Through its own inputs the price of home goods follows: the formula of autarky, which is the equilibrium too.
    assert found.loss_network.item() == pytest.approx(1 - own ** (1 / (theta * beta)), abs=1e-10)
    assert found.cost_network.item() == pytest.approx(own ** (-(1 - beta) / (theta * beta)) - 1, abs=1e-10)


def test_the_consumers_statistic_is_the_cheapest_basket_without_the_coalition():
    """An independent computation: minimise the outlay for one unit of a nested CES numerically."""
    world, sigma_c = random_world(6, countries=3, sectors=2), 0.7
    share = world.trade_values[:, 0] / world.trade_values[:, 0].sum(0)
    alpha = world.final_values[:, :, 0, 0].sum(0)
    alpha = alpha / alpha.sum()
    sigma = 1 + world.trade_elasticity_values
    open_ = [0, 2]

    def basket(log_q):
        q = np.exp(log_q).reshape(2, 2)
        goods = ((share[open_] ** (1 / sigma)) * q ** (1 - 1 / sigma)).sum(0) ** (sigma / (sigma - 1))
        return (alpha ** (1 / sigma_c) * goods ** (1 - 1 / sigma_c)).sum() ** (sigma_c / (sigma_c - 1))

    # Homothetic: the outlay for one unit is the outlay per unit, at its least.
    best = minimize(lambda x: np.exp(x).sum() / basket(x), np.log(share[open_] * alpha).ravel(),
                    method="BFGS", options={"gtol": 1e-10})  # fmt: skip
    found = power(world, "C1", "C0", sigma_c=sigma_c)
    assert found.loss_direct.item() == pytest.approx(1 - 1 / best.fun, abs=1e-8)


def test_a_joint_threat_is_worth_more_than_threats_one_by_one():
    curve = power_curve(one_good_world(FLOWS, 3.0, 0.5), ["C1", "C2"], "C0")
    assert curve["member"].tolist() == ["C1", "C2"]  # the larger supplier first
    assert curve["controlled_imports"].to_numpy() == pytest.approx([12 / 21, 1.0])
    joint, separate = curve["loss_network"].to_numpy(), curve["loss_separate"].to_numpy()
    assert joint[0] == pytest.approx(separate[0]) and joint[1] > separate[1] * 1.001


def test_power_grows_with_every_member_and_faster_at_the_end():
    flows = np.full((11, 11), 8.0) + np.diag([0.0, *[500] * 10])
    curve = power_curve(one_good_world(flows, 4.0), [f"C{i}" for i in range(1, 10)], "C0")
    steps = np.diff(curve["loss_direct"].to_numpy(), prepend=0.0)
    assert (np.diff(steps) > 0).all() and steps[-1] > 2.5 * steps[0]
    assert (np.diff(curve["loss_equilibrium"]) > 0).all() and curve["residual"].max() <= 1e-9


@pytest.mark.parametrize("options", [{}, {"horizon": "short"}, {"use_groups": "by-use"}])
def test_the_loss_in_equilibrium_is_that_of_the_export_ban(options):
    world = random_world(7, countries=4, sectors=2)
    found = power(world, {"C1", "C2"}, ["C0", "C3"], sectors="s1", **options)
    ban = Measure(
        kind="export-ban", senders=("C1", "C2"), targets=("C0", "C3"), sectors=("s1",), evidence="assumed", note="test"
    )  # fmt: skip
    outcome = mp.solve(world, [ban], **options)
    consumption = outcome.welfare_usd / outcome.welfare
    for name, members in (("loss_equilibrium", ["C0", "C3"]), ("coalition_loss", ["C1", "C2"])):
        lost = -outcome.welfare_usd.sel(country=members).sum() / consumption.sel(country=members).sum()
        assert found[name].item() == pytest.approx(float(lost), abs=1e-9)
    assert 0 < found.loss_direct < found.loss_network


def test_a_good_that_nobody_else_sells_has_no_finite_price():
    inputs, final = np.full((2, 2, 2, 2), 0.1), np.full((2, 2, 2), 2.0)
    inputs[1, 1], final[1, 1], inputs[:, :, 1, 1] = 0, 0, 0
    world = World.from_arrays(["C0", "C1"], ["s0", "s1"], inputs, final, 4.0)
    found = power(world, "C0", "C1")
    assert found.loss_direct == 1 and found.price_rise.sel(sector="s1") == np.inf
    assert "nobody supplies" in found.problem.item() and np.isnan(found.loss_equilibrium)


def test_the_list_of_controlled_goods_is_whole_and_says_what_is_sure():
    goods = controlled_goods()
    assert len(goods) == goods["hs6"].nunique() == 50 and goods["hs6"].str.fullmatch(r"\d{6}").all()
    assert goods["tier"].value_counts().to_dict() == {"1": 4, "2": 5, "3A": 16, "3B": 9, "4A": 11, "4B": 5}
    assert set(goods["wiod2013"]) <= set(sector_group("dual-use"))
    assert set(goods["industry_status"]) == {"derived", "assumed"}
    assert (goods.loc[goods["industry_status"] == "assumed", "industry_note"] != "").all()
    assert set(goods["status"]) == {"confirmed at second hand"} and goods["source"].ne("").all()


def test_losing_suppliers_of_inputs_raises_costs_as_power_says():
    world = random_world(9, countries=4, sectors=3)
    cases = {"one": "C1", "two": ["C1", "C2"]}
    found = dual_use_loss(world, "C0", cases, sectors="s0")
    for case, suppliers in cases.items():
        whole = power(world, suppliers, "C0", sectors="s0", horizon="short")
        assert found.input_cost.sel(case=case).values == pytest.approx(whole.cost_network.values, abs=1e-12)
        assert found.welfare.sel(case=case).item() == pytest.approx(-whole.loss_equilibrium.item(), abs=1e-9)
    assert (found.input_cost.sel(case="two") > found.input_cost.sel(case="one")).all()
    bought = world.intermediate_values[:, 0, 0]
    assert found.controlled.sel(case="one").values == pytest.approx(bought[1] / bought.sum(0))


def test_withholding_a_part_is_the_trade_cost_that_sells_so_much_less():
    world = random_world(10, countries=3, sectors=2)
    found = dual_use_loss(world, "C0", {"half": "C1"}, sectors="s1", part=0.5, horizon="medium")
    control = Measure(
        kind="export-control", senders=("C1",), targets=("C0",), sectors=("s1",), magnitude=-0.5, unit="trade",
        evidence="assumed", note="test",
    )  # fmt: skip
    outcome = mp.solve(world, [control])
    assert found.welfare.item() == pytest.approx(float(outcome.welfare.sel(country="C0")), abs=1e-9)
    state, base = outcome.equilibrium.state, outcome.output_baseline.sel(country="C0").values
    cost = np.exp(np.asarray(state.cost)[0])
    quantity = outcome.output.sel(country="C0").values / cost / base - 1
    assert found.output_change.values[0] == pytest.approx(quantity, abs=1e-9)
    assert found.unit_cost.values[0] == pytest.approx(cost - 1, abs=1e-9)
    with pytest.raises(InputError, match=r"part is 1\.5"):
        dual_use_loss(world, "C0", {"half": "C1"}, sectors="s1", part=1.5)


def test_materials_cost_what_their_prices_say_when_there_are_no_wages_to_move():
    """Unit cost is the Cobb-Douglas mean of wage and materials at the medium horizon."""
    world = random_world(12, countries=3, sectors=2)
    found = dual_use_loss(world, "C0", {"all": ["C1", "C2"]}, sectors="s0", horizon="medium")
    ban = Measure(
        kind="export-ban", senders=("C1", "C2"), targets=("C0",), sectors=("s0",), evidence="assumed", note="test"
    )  # fmt: skip
    wage = 1 + float(mp.solve(world, [ban]).wages.sel(country="C0"))
    beta = world.value_added_values[0] / world.output_values[0]
    expected = wage**beta * (1 + found.material_cost.values[0]) ** (1 - beta) - 1
    assert found.unit_cost.values[0] == pytest.approx(expected, abs=1e-9)


def test_arms_are_stood_for_by_metals_machinery_electronics_and_vehicles():
    found = dual_use_loss(load_world("wiod-2011"), "RUS", {"China": "CHN"}, horizon="medium")
    assert found.sector[found.arms_related].values.tolist() == ["c12", "c13", "c14", "c15"]
    assert found.attrs["withheld"] == ["c13", "c14", "c15"] and found.residual.max() <= 1e-9
    assert (found.input_cost.sel(sector=found.arms_related) > 0).all()
    with pytest.raises(InputError, match="must be one country"):
        dual_use_loss(load_world("wiod-2011"), "EU27", {"China": "CHN"})
