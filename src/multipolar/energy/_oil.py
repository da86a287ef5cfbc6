"""Crude oil by sea and pipe between the nodes of `oil_nodes.csv`: embargo, price cap, shadow fleet.

Calibrated to 2021. The state of 2023 is the same network under the embargo, the cap on western services and a shadow
fleet; two numbers are fitted to the summer of 2023, the level of demand to Brent and the shadow fleet's cost to Urals.

Russian crude leaves port either with western services, whose seller may get at most the cap, or on the shadow fleet at
an extra cost; what the eastern ports can load is limited, so that further cargoes to Asia sail from the west. The cap is a rent `w` kept from the seller on serviced cargoes with  0 <= w  and  price <= cap,  one of
them with equality; where even closed services leave the seller above the cap, nobody sells under it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from multipolar.energy._certificate import Certificate
from multipolar.energy._data import parameter, table
from multipolar.energy._gas import Calibrated
from multipolar.energy._levers import OIL_EMBARGO_2023, Levers
from multipolar.energy._network import Network, Solution, solve
from multipolar.energy._result import EnergyResult
from multipolar.errors import NotConvergedError

PORT, EAST = "RUS-port", "RUS-east"
RUSSIAN = ("RUS", EAST)
SERVICES, SHADOW, FLEET = "western-services", "shadow-fleet", "fleet"
ALL = 100.0  # million barrels a day: more than the world trades
STEPS = 60


def oil(levers: Levers | None = None, *, activity: Mapping[str, float] | None = None) -> EnergyResult:
    """The crude equilibrium under `levers` (default: the state of 2023), certified to 1e-9.

    `activity`: change of real activity by node, fraction; demand at unchanged prices moves with it one for one.
    Raises `InputError` for a lever out of range and what `solve` of the network raises.
    """
    levers = levers or Levers()
    base = calibrated()
    cap = math.inf if levers.year == 2021 else parameter("price_cap_2023")
    cap = levers.price_cap if levers.price_cap is not None else cap
    network = _under(base, levers, activity or {})
    rent, solution = _capped(network, base.solution, cap)
    certificate = _with_cap(solution, rent, cap)
    if not certificate.passes:
        raise NotConvergedError(
            f"oil network: no equilibrium under the price cap was certified ({certificate.worst:.1e}).",
            certificate.residuals,
        )
    return EnergyResult(
        "oil",
        levers,
        base.arcs,
        solution,
        certificate,
        base.network,
        base.price,
        cap_rent=rent,
        hidden=(PORT,),
    )


def urals(result: EnergyResult) -> pd.Series:
    """USD a barrel: `brent` (the price in Europe), `urals` (what Russia gets by sea, shadow fleet's rent included),
    `discount`, `marginal` (the price at Russia's node)."""
    flows: Any = result.flows.set_index("arc")
    fleet = flows[flows["kind"] == FLEET]
    prices: Any = result.prices
    marginal = float(prices["RUS"])
    carried = float(fleet["flow"].sum())
    rent = float((fleet["shadow_value"] * fleet["flow"]).sum()) / carried if carried > 0 else 0.0
    brent = float(prices["EUR"])
    average = marginal + rent
    values = {"brent": brent, "urals": average, "discount": brent - average, "marginal": marginal}
    return pd.Series(values, name="USD/bbl")


@cache
def calibrated() -> Calibrated:
    """The network of 2021: flows by pair are bi-proportional to exports, imports and the known Russian cells."""
    q = table("oil_quantities")
    exports = q[q["measure"] == "exports"].set_index("node")["value"]
    imports = q[q["measure"] == "imports"].set_index("node")
    nodes = [*table("oil_nodes")["node"], PORT]
    at = {n: i for i, n in enumerate(nodes)}
    delta = parameter("oil_flexibility")
    miles = table("distances").query("commodity == 'oil'").pivot(index="from", columns="to", values="value")
    routes = table("oil_routes")

    flow = _sea(exports, imports["value"], miles, routes)
    pairs = [(f, t) for f in miles.index for t in miles.columns if np.isfinite(miles.loc[f, t])]
    cost = parameter("oil_loading_cost") + parameter("oil_shipping_cost") * np.array(
        [miles.loc[f, t] for f, t in pairs]
    )
    fleet = pd.DataFrame({
        "arc": [SERVICES, SHADOW], "kind": FLEET, "from": "RUS", "to": PORT, "origin": "RUS", "resource": 0.0,
        "flow": [sum(flow[f].sum() for f in RUSSIAN), 0.0], "capacity": ALL,
    })  # fmt: skip
    pipes = pd.DataFrame({
        "arc": routes["route"], "kind": "pipe", "from": routes["from"], "to": routes["to"], "origin": routes["from"],
        "resource": routes["tariff"], "flow": routes["flow_2021"], "capacity": routes["capacity_2021"],
    })  # fmt: skip
    sea = pd.DataFrame({
        "arc": [f"sea {f}-{t}" for f, t in pairs], "kind": "sea", "from": [PORT if f in RUSSIAN else f for f, _ in pairs],
        "to": [t for _, t in pairs], "origin": [f.removesuffix("-east") for f, _ in pairs], "resource": cost,
        "flow": [flow[f][t] for f, t in pairs], "capacity": ALL,
    })  # fmt: skip
    arcs = pd.concat([fleet, pipes, sea], ignore_index=True)
    carried = arcs["flow"].to_numpy(float)
    potential = np.array([
        exports[o] * imports["value"].get(t, 0.0) / exports.sum() for o, t in zip(arcs["origin"], arcs["to"], strict=True)
    ])  # fmt: skip
    is_fleet = (arcs["kind"] == FLEET).to_numpy()
    slope = np.where(is_fleet, 0.0, delta / np.maximum(np.maximum(carried, potential), 1e-3))

    price = np.full(len(nodes), np.nan)
    for n, value in imports["price"].items():
        price[at[str(n)]] = float(value)
    price[at["RUS"]] = price[at[PORT]] = parameter("urals_2021")
    head = np.array([at[x] for x in arcs["to"]])
    tail = np.array([at[x] for x in arcs["from"]])
    netback = price[head] - arcs["resource"].to_numpy(float) - slope * carried
    for n in nodes:
        mine = tail == at[n]
        if np.isnan(price[at[n]]):  # an exporter's price is the mean of what its buyers leave it
            price[at[n]] = (netback * carried)[mine].sum() / carried[mine].sum()
    arcs["markup"] = np.where(is_fleet, 0.0, netback - price[tail])

    supply = np.array([float(exports.get(n, 0.0)) for n in nodes])
    demand = np.array([float(imports["value"].get(n, 0.0)) for n in nodes])
    eps_s, eps_d = parameter("oil_supply_elasticity"), parameter("oil_demand_elasticity")
    zero = np.zeros_like(price)
    supply_slope = np.divide(price, eps_s * supply, out=zero.copy(), where=supply > 0)
    demand_slope = np.divide(price, eps_d * demand, out=zero.copy(), where=demand > 0)
    capacity = arcs["capacity"].to_numpy(float).copy()
    capacity[1] = 0.0  # no shadow fleet in 2021: nobody needed one
    arriving = np.bincount(head, carried, len(nodes)) - np.bincount(tail, carried, len(nodes))
    eastern = arcs["arc"].str.startswith(f"sea {EAST}").to_numpy(float)
    network = Network(
        tuple(nodes), tuple(arcs["arc"]), ("eastern ports",), price - supply_slope * supply, supply_slope, np.where(supply > 0, np.inf, 0.0),
        price + demand_slope * demand, demand_slope, supply + arriving - demand, tail, head,
        arcs["resource"].to_numpy(float) + arcs["markup"].to_numpy(float), slope, capacity,
        eastern[None], np.array([parameter("oil_eastern_ports")]),
    )  # fmt: skip
    return Calibrated(network, arcs, price, supply, demand, carried, solve(network))


def _sea(exports: Any, imports: Any, miles: Any, routes: Any) -> dict[str, Any]:
    """Seaborne flows: Russia's as known, the others bi-proportional from a first guess that falls with distance."""
    known = table("oil_known").set_index("to")["value"]
    by_pipe: Any = routes.groupby(["from", "to"])["flow_2021"].sum()
    russian = pd.Series({t: float(known[t]) - float(by_pipe.get(("RUS", t), 0.0)) for t in miles.columns})
    east = russian.where(np.isfinite(miles.loc[EAST]), 0.0)
    others = [n for n in miles.index if n not in RUSSIAN]
    row = np.array([float(exports[n]) - float(by_pipe.get(n, pd.Series([0.0])).sum()) for n in others])
    column = np.array([
        float(imports[t]) - russian[t] - float(by_pipe[by_pipe.index.get_level_values("to") == t].sum()) for t in miles.columns
    ])  # fmt: skip
    cost = parameter("oil_shipping_cost") * miles.loc[others].to_numpy(float)
    guess = np.exp(-np.nan_to_num(cost) / 2.0) * np.isfinite(cost) * (cost > 0)
    for _ in range(2000):
        guess *= (row / guess.sum(1))[:, None]
        before = guess.sum(0)
        guess *= column / before
        if np.abs(before / column - 1).max() < 1e-13:
            break
    fitted = pd.DataFrame(guess, index=others, columns=miles.columns)
    return {"RUS": russian - east, EAST: east, **{n: fitted.loc[n] for n in others}}


def _under(base: Calibrated, levers: Levers, activity: Mapping[str, float]) -> Network:
    net = base.network
    names, now = list(net.arcs), levers.year == 2023
    capacity, cost = net.capacity.copy(), net.cost.copy()
    for row in table("oil_routes").to_dict("records"):
        route = str(row["route"])
        i = names.index(route)
        if now:
            capacity[i] = float(row["capacity_2023"])
        if route in levers.open:
            capacity[i] = float(row["capacity_2021"])
        capacity[i] = 0.0 if route in levers.shut else levers.capacity.get(route, capacity[i])
    embargo = levers.oil_embargo if levers.oil_embargo is not None else (OIL_EMBARGO_2023 if now else ())
    for n in embargo:
        for arc in (f"sea {f}-{n}" for f in RUSSIAN):
            if arc in names:
                capacity[names.index(arc)] = 0.0
    fleet = levers.shadow_fleet
    fleet = parameter("shadow_fleet_2023") * now if fleet is None else fleet
    capacity[names.index(SHADOW)] = fleet
    extra = parameter("shadow_cost_2023") if levers.shadow_cost is None else levers.shadow_cost
    cost[names.index(SHADOW)] = extra
    level = parameter("oil_demand_shift_2023") * now
    demand = np.array([
        (1 + level) * (1 + levers.oil_demand.get(n, 0.0)) * (1 + activity.get(n, 0.0)) - 1 for n in net.nodes
    ])  # fmt: skip
    supply = np.array([levers.oil_supply.get(n, 0.0) for n in net.nodes])
    return net.having(
        capacity=capacity,
        cost=cost,
        demand_intercept=net.demand_intercept + net.demand_slope * base.demand * demand,
        supply_slope=net.supply_slope / (1 + supply),
    )


def _capped(network: Network, start: Solution, cap: float) -> tuple[float, Solution]:
    """The rent that holds the price of serviced cargoes at the cap, and the equilibrium under it.

    Russia's price falls with the rent, piecewise linearly, until services are unused: a root of one unknown.
    """
    services, russia = network.arcs.index(SERVICES), network.nodes.index("RUS")

    def at(rent: float, near: Solution) -> Solution:
        cost = network.cost.copy()
        cost[services] += rent
        return solve(network.having(cost=cost), near)

    free = at(0.0, start)
    if free.price[russia] <= cap or free.flow[services] <= 0:
        return 0.0, free
    shut = network.capacity.copy()
    shut[services] = 0.0
    closed = solve(network.having(capacity=shut), free)
    if closed.price[russia] >= cap:
        return 0.0, closed
    low, high = 0.0, float(closed.arc_rent[services]) + 1e-9
    gap_low, gap_high = free.price[russia] - cap, closed.price[russia] - cap
    rent, near = low, free
    for _ in range(STEPS):
        rent = high - gap_high * (high - low) / (gap_high - gap_low)
        near = at(rent, near)
        gap = near.price[russia] - cap
        if abs(gap) <= 1e-11 * cap:
            return rent, near
        if gap > 0:
            low, gap_low, gap_high = rent, gap, gap_high / 2
        else:
            high, gap_high, gap_low = rent, gap, gap_low / 2
    return rent, near


def _with_cap(solution: Solution, rent: float, cap: float) -> Certificate:
    """The network's certificate and the cap's own condition: no serviced cargo above the cap, no rent below it."""
    russia = float(solution.price[solution.network.nodes.index("RUS")])
    carried = float(solution.flow[solution.network.arcs.index(SERVICES)])
    over = max(0.0, russia - cap) if carried > 0 else 0.0
    residual = max(over, -rent, min(rent, abs(cap - russia))) / max(abs(russia), 1e-300)
    kept = solution.certificate
    return Certificate(
        {**kept.residuals, "price_cap": residual}, {**kept.worst_at, "price_cap": SERVICES}, kept.tolerance
    )
