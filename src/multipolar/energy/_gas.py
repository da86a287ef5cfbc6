"""Natural gas: pipelines and LNG between the nodes of `gas_nodes.csv`, calibrated to 2021 and 2023."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from multipolar.energy._data import parameter, table
from multipolar.energy._levers import Levers
from multipolar.energy._network import Network, Solution, solve
from multipolar.energy._result import EnergyResult
from multipolar.errors import InputError

EUROPE = ("EUR", "GBR", "TUR")
PRIOR = 30.0  # USD per 1000 m3: how far distance bends the first guess of who ships LNG to whom


@dataclass(frozen=True, eq=False)
class Calibrated:
    """A year's network, the levels it was calibrated to, and its solution (the same levels, certified)."""

    network: Network
    arcs: pd.DataFrame
    price: np.ndarray
    supply: np.ndarray
    demand: np.ndarray
    flow: np.ndarray
    solution: Solution


def gas(levers: Levers | None = None, *, activity: Mapping[str, float] | None = None) -> EnergyResult:
    """The gas equilibrium under `levers` (default: the state of 2023), certified to 1e-9.

    `activity`: change of real activity by node, fraction; gas demand at unchanged prices moves with it one for one.
    Raises `InputError` for a lever that is out of range and what `solve` of the network raises.
    """
    levers = levers or Levers()
    base = calibrated(levers.year)
    network, capital = _under(base, levers, activity or {})
    solution = base.solution if network is base.network else solve(network, base.solution)
    return EnergyResult(
        "gas", levers, base.arcs, solution, solution.certificate, base.network, base.price, capital=capital
    )


@cache
def calibrated(year: int) -> Calibrated:
    """The network that reproduces `year`'s observed flows, quantities and prices exactly.

    Curves are linear through the observed point with the assumed elasticities. Carriage costs what its tariff,
    liquefaction, shipping and regasification say; what is left of the price gap seen is scarcity rent where the
    route or plant was full. Where it was not, it is the exporter's mark-up, in proportion to the flow: the
    conjectural variation that makes the flow seen his choice (Kolstad and Mathiesen 1991). `gas_flexibility` is added
    to it, and a constant closes each pair's remaining gap (Paris, Drogué and Anania 2011). LNG by pair is estimated: bi-proportional to exports, imports and the
    known cells, from a first guess that falls with distance.
    """
    nodes = list(table("gas_nodes")["node"])
    at = {n: i for i, n in enumerate(nodes)}
    q = table("gas_quantities")
    q = q[q["year"] == year].set_index(["measure", "node"])["value"]
    prices = table("gas_prices")
    prices = prices[prices["year"] == year].set_index("node")["value"]
    price = np.array([float(prices[n]) for n in nodes])
    delta = parameter("gas_flexibility")

    routes = table("gas_routes").merge(table("gas_route_use").query("year == @year"), on="route")
    pipes = pd.DataFrame({
        "arc": routes["route"], "kind": "pipe", "from": routes["from"], "to": routes["to"], "resource": routes["tariff"],
        "flow": routes["flow"], "capacity": routes["available"], "nameplate": routes["nameplate"],
    })  # fmt: skip
    lng = _lng(q, year)
    arcs = pd.concat([pipes, lng], ignore_index=True)
    arcs["origin"] = arcs["from"]
    tail, head = (np.array([at[x] for x in arcs[side]]) for side in ("from", "to"))
    flow, capacity = arcs["flow"].to_numpy(float), arcs["capacity"].to_numpy(float)

    used = flow > 0
    pipe = (arcs["kind"] == "pipe").to_numpy()
    normal = np.where(used, flow, np.maximum(arcs["nameplate"].to_numpy(float), 1.0))
    exports, imports = q["lng_exports"], q["lng_imports"]
    potential = np.array([
        0.0 if p else exports[f] * imports[t] / exports.sum() for p, f, t in zip(pipe, arcs["from"], arcs["to"], strict=True)
    ])  # fmt: skip
    normal = np.maximum(normal, potential)
    gap = price[head] - price[tail] - arcs["resource"].to_numpy(float) - delta * flow / normal
    full_pipe = pipe & used & (flow >= capacity * (1 - 1e-9))
    rent = np.where(full_pipe, np.maximum(gap, 0.0), 0.0)
    # The exporter's mark-up: what is left of the gap where nothing is full.
    power = np.where(pipe & used & ~full_pipe, np.maximum(gap, 0.0), 0.0)

    exporters, importers = list(exports.index), list(imports.index)
    limits = [f"liquefaction {n}" for n in exporters] + [f"regasification {n}" for n in importers]
    member = np.array(
        [(~pipe & (arcs["from"] == n)) for n in exporters] + [(~pipe & (arcs["to"] == n)) for n in importers],
        float,
    )
    bound = np.array([q["liquefaction", n] for n in exporters] + [q["regasification", n] for n in importers])
    # Terminals that took in more than their nameplate: what they took in and a little more.
    taken = member[len(exporters) :] @ flow
    bound[len(exporters) :] = np.maximum(bound[len(exporters) :], 1.02 * taken)
    limit_rent = np.zeros(len(limits))
    for row, n in enumerate(exporters):
        mine = member[row] > 0
        mean = max(0.0, float((gap * flow)[mine].sum() / flow[mine].sum()))
        if exports[n] >= parameter("full_utilisation") * bound[row]:
            bound[row], limit_rent[row] = flow[mine].sum(), mean
        else:
            power[mine] = mean
    slope = (delta + power) / normal
    arcs["markup"] = np.where(used, gap - rent - member.T @ limit_rent - power * flow / normal, 0.0)
    arcs["resource"] = arcs["resource"].astype(float)

    supply = np.array([float(q.get(("production", n), 0.0)) for n in nodes])
    demand = np.array([float(q.get(("consumption", n), np.nan)) for n in nodes])
    arriving = np.bincount(head, flow, len(nodes)) - np.bincount(tail, flow, len(nodes))
    # A node with neither figure is only what it trades; one without consumption uses what is left.
    supply = np.where(np.isnan(demand) & (arriving < 0) & (supply == 0), -arriving, supply)
    demand = np.where(np.isnan(demand), np.maximum(supply + arriving, 0.0), demand)
    demand[np.abs(demand) < 1e-9] = 0.0
    elasticity = table("gas_nodes")["supply_elasticity"].to_numpy(float)
    supply_slope = np.divide(price, elasticity * supply, out=np.zeros_like(price), where=supply > 0)
    demand_slope = np.divide(
        price, parameter("gas_demand_elasticity") * demand, out=np.zeros_like(price), where=demand > 0
    )
    limit = np.where(supply > 0, np.inf, 0.0)
    limit[at["RUS"]] = parameter("gas_russian_supply_limit")
    network = Network(
        tuple(nodes), tuple(arcs["arc"]), tuple(limits), price - supply_slope * supply, supply_slope, limit,
        price + demand_slope * demand, demand_slope, supply + arriving - demand, tail, head,
        arcs["resource"].to_numpy() + arcs["markup"].to_numpy(), slope, capacity, member, bound,
    )  # fmt: skip
    return Calibrated(network, arcs, price, supply, demand, flow, solve(network))


def _lng(q: Any, year: int) -> pd.DataFrame:
    """LNG arcs with estimated flows (bi-proportional fit)."""
    miles = table("distances").query("commodity == 'gas'").pivot(index="from", columns="to", values="value")
    exports, imports = q["lng_exports"], q["lng_imports"]
    miles = miles.loc[list(exports.index), list(imports.index)]
    cost = (
        parameter("liquefaction_cost")
        + parameter("lng_shipping_cost") * miles.to_numpy(float)
        + parameter("regasification_cost")
    )
    europe = np.isin(miles.columns, EUROPE)
    known = table("gas_lng_known").query("year == @year").set_index("from")["value"]
    cell = np.array([known.get(n, np.nan) for n in exports.index])
    fixed = np.isfinite(cell)
    guess = np.exp(-cost / PRIOR)
    row, column = exports.to_numpy(float), imports.to_numpy(float)
    for _ in range(2000):
        guess *= (row / guess.sum(1))[:, None]
        inside = guess[fixed][:, europe].sum(1)
        guess[np.ix_(fixed, europe)] *= (cell[fixed] / inside)[:, None]
        guess[np.ix_(fixed, ~europe)] *= ((row - cell)[fixed] / (guess[fixed].sum(1) - cell[fixed]))[:, None]
        before = guess.sum(0)
        guess *= column / before
        if np.abs(before / column - 1).max() < 1e-13:
            break
    pairs = [(f, t) for f in miles.index for t in miles.columns]
    return pd.DataFrame({
        "arc": [f"lng {f}-{t}" for f, t in pairs], "kind": "lng", "from": [f for f, _ in pairs], "to": [t for _, t in pairs],
        "resource": cost.ravel(), "flow": guess.ravel(), "capacity": np.inf, "nameplate": np.nan,
    })  # fmt: skip


def _under(
    base: Calibrated, levers: Levers, activity: Mapping[str, float]
) -> tuple[Network, dict[str, float]]:
    """The calibrated network with levers and activity applied, and the yearly cost of pipelines built."""
    net, arcs = base.network, base.arcs
    names = list(net.arcs)
    capacity, bound = net.capacity.copy(), net.bound.copy()
    gas_routes = set(table("gas_routes")["route"])
    built: dict[str, float] = {}
    for route in levers.open:
        if route in gas_routes:
            i = names.index(route)
            capacity[i] = max(capacity[i], float(arcs["nameplate"].iloc[i]))
    for route, value in levers.capacity.items():
        if route in gas_routes:
            capacity[names.index(route)] = value
    for route in levers.shut:
        if route in gas_routes:
            capacity[names.index(route)] = 0.0
    ps2 = names.index("power-of-siberia-2")
    if capacity[ps2] > net.capacity[ps2]:
        built["RUS"] = annual_cost() * capacity[ps2] / float(arcs["nameplate"].iloc[ps2])
    for n in levers.lng_embargo:
        if f"lng RUS-{n}" not in names:
            raise InputError(f"energy levers, lng_embargo: {n} imports no LNG in this network.")
        capacity[names.index(f"lng RUS-{n}")] = 0.0
    for field, added in (("liquefaction", levers.liquefaction), ("regasification", levers.regasification)):
        for n, value in added.items():
            if f"{field} {n}" not in net.limits:
                raise InputError(f"energy levers, {field}: {n} has no LNG plant in this network.")
            bound[net.limits.index(f"{field} {n}")] += value
    demand_shift = np.array([
        (1 + levers.gas_demand.get(n, 0.0)) * (1 + activity.get(n, 0.0)) - 1 for n in net.nodes
    ])  # fmt: skip
    supply_shift = np.array([levers.gas_supply.get(n, 0.0) for n in net.nodes])
    same = (capacity == net.capacity).all() and (bound == net.bound).all()
    if same and not demand_shift.any() and not supply_shift.any():
        return net, built
    changed = net.having(
        capacity=capacity,
        bound=bound,
        demand_intercept=net.demand_intercept + net.demand_slope * base.demand * demand_shift,
        supply_slope=net.supply_slope / (1 + supply_shift),
        supply_limit=net.supply_limit * (1 + supply_shift),
    )
    return changed, built


def annual_cost(capital: float | None = None) -> float:
    """Million USD a year that Power of Siberia 2 must earn: capital spent evenly while it is built, with interest
    until first gas, then an annuity over its life."""
    r, years, life = (parameter(n) for n in ("discount_rate", "ps2_build_years", "ps2_life"))
    capital = parameter("ps2_capital_cost") if capital is None else capital
    at_first_gas = capital / years * ((1 + r) ** years - 1) / r
    return at_first_gas * r / (1 - (1 + r) ** -life)
