"""Spatial price equilibria of gas and oil: closed forms, an independent solver, the economics of pipes and caps."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from multipolar.energy import Levers, bargain, gas, oil, oil_prediction, predict, urals
from multipolar.energy._certificate import certify
from multipolar.energy._gas import annual_cost, calibrated
from multipolar.energy._network import Network, solve
from multipolar.energy._oil import calibrated as calibrated_oil
from multipolar.errors import InfeasibleError, InputError

PARTS = ("supply", "demand", "flow", "price", "arc_rent", "limit_rent", "supply_rent")


def network(supply, demand, arcs, *, supply_limit=None, withdrawal=None, limits=()) -> Network:
    """`supply` and `demand`: (intercept, slope) or None by node; `arcs`: (tail, head, cost, slope, capacity)."""
    n = len(supply)
    tail, head, cost, slope, capacity = (np.array(column) for column in zip(*arcs, strict=True))
    member = np.array([[m in group for m in range(len(arcs))] for group, _ in limits], float)
    return Network(
        tuple(f"n{i}" for i in range(n)), tuple(f"a{m}" for m in range(len(arcs))), tuple(f"l{i}" for i in range(len(limits))),
        np.array([s[0] if s else 0.0 for s in supply]), np.array([s[1] if s else 0.0 for s in supply]),
        np.array([0.0 if s is None else (supply_limit or {}).get(i, np.inf) for i, s in enumerate(supply)]),
        np.array([d[0] if d else 0.0 for d in demand]), np.array([d[1] if d else 0.0 for d in demand]),
        np.zeros(n) if withdrawal is None else np.array(withdrawal, float), tail.astype(int), head.astype(int),
        cost.astype(float), slope.astype(float), capacity.astype(float), member.reshape(len(limits), len(arcs)),
        np.array([bound for _, bound in limits], float),
    )  # fmt: skip


def two_nodes(capacity: float = np.inf) -> Network:
    return network([(10, 2), None], [None, (100, 1)], [(0, 1, 15, 0, capacity)])


def random_network(seed: int, nodes: int = 4) -> Network:
    rng = np.random.default_rng(seed)
    supply = [(rng.uniform(0, 50), rng.uniform(0.5, 3)) for _ in range(nodes)]
    demand = [(rng.uniform(40, 160), rng.uniform(0.5, 3)) for _ in range(nodes)]
    arcs = [
        (i, j, rng.uniform(1, 15), rng.choice([0.0, rng.uniform(0, 1)]), rng.choice([np.inf, rng.uniform(2, 15)]))
        for i in range(nodes) for j in range(nodes) if i != j
    ]  # fmt: skip
    limits = [([0, 1, 2], rng.uniform(3, 30))]
    return network(supply, demand, arcs, supply_limit={0: rng.uniform(5, 40)}, limits=limits)


def test_two_nodes_trade_as_the_closed_form_says():
    found = solve(two_nodes())
    flow = (100 - 10 - 15) / (2 + 1)
    np.testing.assert_allclose(found.flow, flow, rtol=1e-12)
    np.testing.assert_allclose(found.price, [10 + 2 * flow, 100 - flow], rtol=1e-12)
    assert found.arc_rent[0] == 0


def test_a_full_pipe_earns_the_price_gap_less_its_cost():
    found = solve(two_nodes(5))
    np.testing.assert_allclose(found.price, [20, 95], rtol=1e-12)
    np.testing.assert_allclose(found.arc_rent, 95 - 20 - 15, rtol=1e-12)


def test_no_trade_where_carriage_costs_more_than_the_gap():
    found = solve(network([(10, 2), (90, 1)], [(30, 1), (100, 1)], [(0, 1, 90, 0, np.inf)]))
    assert found.flow[0] == 0
    np.testing.assert_allclose(found.price, [10 + 2 * 20 / 3, 95], rtol=1e-12)


@pytest.mark.parametrize("seed", range(12))
def test_an_independent_solver_finds_the_same_equilibrium(seed):
    net = random_network(seed)
    found = solve(net)
    n, m = len(net.nodes), len(net.arcs)
    slope = np.concatenate([net.supply_slope, net.demand_slope, net.cost_slope])
    linear = np.concatenate([net.supply_intercept, -net.demand_intercept, net.cost])
    balance = np.hstack([np.eye(n), -np.eye(n), net.incidence()])
    limit = np.hstack([np.zeros((1, 2 * n)), net.member])
    top = np.concatenate([net.supply_limit, np.full(n, np.inf), net.capacity])
    other = minimize(
        lambda x: (linear @ x + slope @ x**2 / 2) / 100,
        np.ones(2 * n + m),
        jac=lambda x: (linear + slope * x) / 100,
        bounds=[(0, t if np.isfinite(t) else None) for t in top],
        constraints=[
            {"type": "eq", "fun": lambda x: balance @ x, "jac": lambda x: balance},
            {"type": "ineq", "fun": lambda x: net.bound - limit @ x, "jac": lambda x: -limit},
        ],
        method="SLSQP",
        options={"maxiter": 1000, "ftol": 1e-14},
    )
    assert other.success
    np.testing.assert_allclose(found.supply, other.x[:n], atol=1e-4)
    np.testing.assert_allclose(found.demand, other.x[n : 2 * n], atol=1e-4)
    ours = np.concatenate([found.supply, found.demand, found.flow])
    assert linear @ ours + slope @ ours**2 / 2 <= 100 * other.fun + 1e-6


@pytest.mark.parametrize("seed", range(8))
def test_more_capacity_never_raises_the_price_where_a_pipe_ends_nor_lowers_it_where_it_begins(seed):
    net = random_network(seed).having(member=np.zeros((0, 12)), bound=np.zeros(0), limits=())
    before = solve(net)
    for arc in range(len(net.arcs)):
        wider = net.capacity.copy()
        wider[arc] = before.flow[arc] + 1
        after = solve(net.having(capacity=wider), before)
        narrower = wider.copy()
        narrower[arc] = before.flow[arc] / 2
        least = solve(net.having(capacity=narrower), before)
        at = net.head[arc], net.tail[arc]
        assert after.price[at[0]] <= least.price[at[0]] + 1e-9
        assert after.price[at[1]] >= least.price[at[1]] - 1e-9


@pytest.mark.parametrize("part", PARTS)
def test_the_certificate_fails_when_anything_is_moved(part):
    found = solve(random_network(3))
    values = {name: getattr(found, name).copy() for name in PARTS}
    assert certify(found.network, **values).passes
    values[part][0] += 1e-5 * max(1.0, abs(values[part][0]))
    assert not certify(found.network, **values).passes


def test_a_delivery_nobody_can_make_is_refused():
    with pytest.raises(InfeasibleError, match="fixed deliveries"):
        solve(network([(10, 2), None], [None, (100, 1)], [(0, 1, 1, 0, 5)], withdrawal=[0, 50]))


@pytest.mark.parametrize("year", [2021, 2023])
def test_the_calibrated_year_is_an_equilibrium_at_its_observed_levels(year):
    base = calibrated(year)
    found = gas(Levers(year=year)).solution
    np.testing.assert_allclose(found.flow, base.flow, atol=1e-8)
    np.testing.assert_allclose(found.price, base.price, rtol=1e-9)
    np.testing.assert_allclose(found.supply, base.supply, atol=1e-8)
    assert found.certificate.worst <= 1e-9


def test_the_oil_network_of_2021_is_an_equilibrium_at_its_observed_levels():
    base = calibrated_oil()
    np.testing.assert_allclose(oil(Levers(year=2021)).solution.flow, base.flow, atol=1e-9)
    np.testing.assert_allclose(base.solution.price, base.price, rtol=1e-9)


def test_gas_is_conserved_at_every_node_and_books_add_up():
    found = gas(Levers(shut=("ukraine-transit",), gas_demand={"CHN": 0.1}))
    balance, flows = found.balance, found.flows
    for node in balance.index:
        arriving = (
            flows.loc[flows["to"] == node, "flow"].sum() - flows.loc[flows["from"] == node, "flow"].sum()
        )
        row = balance.loc[node]
        assert row["supply"] + arriving == pytest.approx(row["demand"] + row["withdrawal"], abs=1e-7)
    assert set(found.certificate.residuals) == {
        "conservation", "capacity", "no_arbitrage", "complementary_slackness", "adding_up"
    }  # fmt: skip


@pytest.mark.parametrize(
    "route", ["ukraine-transit", "turkstream-europe", "power-of-siberia", "transmed", "norway-eu"]
)
def test_shutting_a_pipe_raises_the_price_at_its_end_and_lowers_it_at_its_start(route):
    base, after = gas(), gas(Levers(shut=(route,)))
    row = base.pipelines.loc[route]
    assert after.prices[row["to"]] > base.prices[row["to"]]
    assert after.prices[row["from"]] < base.prices[row["from"]]
    assert after.pipelines.at[route, "flow"] == 0
    assert after.pipelines.at[route, "shadow_value"] > 0


def test_a_small_step_of_capacity_is_worth_its_shadow_value():
    base = gas()
    value = base.pipelines.at["power-of-siberia", "shadow_value"]
    step = 1e-3
    wider = gas(
        Levers(capacity={"power-of-siberia": base.pipelines.at["power-of-siberia", "capacity"] + step})
    )

    def potential(result):
        s, n = result.solution, result.solution.network
        return (
            n.demand_intercept @ s.demand - n.demand_slope @ s.demand**2 / 2 - n.supply_intercept @ s.supply
            - n.supply_slope @ s.supply**2 / 2 - n.cost @ s.flow - n.cost_slope @ s.flow**2 / 2
        )  # fmt: skip

    assert (potential(wider) - potential(base)) / step == pytest.approx(value, rel=1e-3)


def test_a_new_pipe_gains_for_its_end_and_its_exporter_and_costs_what_it_costs():
    change = gas(Levers(open=("power-of-siberia-2",))).who_pays(gas())
    assert change.at["CHN", "consumers"] > 0 > change.at["AUS", "total"]
    assert change.at["RUS", "capital"] == pytest.approx(-annual_cost())
    assert change.at["RUS", "total"] > 0


def test_the_cap_holds_the_price_of_serviced_cargoes_and_more_of_a_fleet_loosens_it():
    capped, free = oil(), oil(Levers(price_cap=math.inf))
    assert urals(capped)["marginal"] == pytest.approx(60, abs=1e-7)
    assert free.cap_rent == 0 < capped.cap_rent
    assert urals(free)["urals"] > urals(capped)["urals"] > urals(oil(Levers(price_cap=50.0)))["urals"]
    assert urals(oil(Levers(shadow_fleet=2.5)))["urals"] > urals(capped)["urals"]
    everything = oil(Levers(shadow_fleet=10.0))
    assert everything.cap_rent == 0 and urals(everything)["marginal"] > 60


def test_the_state_of_2023_has_the_brent_and_urals_it_was_fitted_to():
    found = urals(oil())
    assert found["brent"] == pytest.approx(80.33, abs=0.01)
    assert found["urals"] == pytest.approx(64.55, abs=0.01)


def test_an_embargo_leaves_no_cargo_and_moves_them_to_others():
    free, after = oil(Levers(oil_embargo=())), oil()
    assert after.trade["flow"]["RUS"]["EUR"] == pytest.approx(0.35)
    assert free.trade["flow"]["RUS"]["EUR"] > 1
    assert after.trade["flow"]["RUS"]["IND"] > free.trade["flow"]["RUS"]["IND"]


def test_equal_power_splits_the_joint_gain_in_half_and_power_moves_only_the_price():
    half, most = bargain(), bargain(power=0.8)
    assert half.gain_russia == pytest.approx(half.gain_china)
    assert half.gain_russia + half.gain_china == pytest.approx(half.joint)
    assert half.price == pytest.approx((half.reserve_russia + half.reserve_china) / 2)
    assert half.at(half.price) == pytest.approx((half.gain_russia, half.gain_china))
    assert half.at(half.reserve_russia)[0] == pytest.approx(0, abs=1e-6)
    assert most.joint == half.joint and most.price > half.price


def test_a_dearer_pipe_raises_the_lowest_price_russia_takes_and_a_hopeless_one_is_not_built():
    cheap, dear = bargain(), bargain(capital=40_000)
    assert dear.reserve_russia > cheap.reserve_russia
    assert dear.reserve_china == pytest.approx(cheap.reserve_china)
    hopeless = bargain(capital=400_000)
    assert math.isnan(hopeless.price) and hopeless.gain_russia == 0


def test_europe_as_a_buyer_raises_what_russia_can_ask_of_china():
    europe = Levers(open=("nord-stream-1", "yamal-europe", "ukraine-transit"))
    assert bargain(europe).reserve_russia > bargain().reserve_russia
    assert bargain(disagreement=europe).reserve_russia > bargain(europe).reserve_russia


def test_2023_predicted_from_2021_beats_no_change_and_the_misses_are_told():
    found = predict()
    assert 0 < found.skill["closures"] < 1 and found.skill["supply"] > found.skill["closures"]
    closures = found.table["closures"]
    assert closures["price European Union"] > found.table.at["price European Union", "seen_2021"]
    assert closures["LNG to European Union"] > found.table.at["LNG to European Union", "seen_2021"]
    assert not found.table.drop(columns="given").isna().any().any()
    assert (oil_prediction()["predicted"] >= 0).all()


def test_activity_moves_demand_and_default_levers_are_the_year():
    grown = gas(activity={"CHN": 0.01})
    assert grown.prices["CHN"] > gas().prices["CHN"]
    assert gas(Levers()).solution is gas().solution


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"shut": ["nord-stream"]}, "Did you mean 'nord-stream-"),
        ({"gas_demand": {"EU": -0.1}}, "unknown node 'EU'"),
        ({"gas_demand": {"EUR": -10}}, "write -10% as -0.1"),
        ({"shut": ["transmed"], "open": ["transmed"]}, "both shut and open"),
        ({"capacity": {"transmed": -1}}, "zero or more"),
    ],
)
def test_wrong_levers_are_named(given, message):
    with pytest.raises(InputError, match=message):
        Levers.model_validate(given)


def test_wrong_bargains_and_plants_are_named():
    with pytest.raises(InputError, match="bargaining power is 2"):
        bargain(power=2)
    with pytest.raises(InputError, match="no LNG plant"):
        gas(Levers(liquefaction={"TKM": 5}))
    with pytest.raises(InputError, match="imports no LNG"):
        gas(Levers(lng_embargo=("NOR",)))
