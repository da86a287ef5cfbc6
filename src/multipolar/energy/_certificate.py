"""The conditions of a spatial price equilibrium, computed afresh from levels and prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from multipolar.energy._network import Network

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Certificate:
    """Largest relative residual by condition and where it is; at most `tolerance` each.

    - `conservation`: supply plus arrivals less departures, demand and fixed withdrawals, at each node
    - `capacity`: no level negative, none above its capacity, no group above its limit
    - `no_arbitrage`: no producer, buyer or carrier leaves a profit, after rents; no rent negative
    - `complementary_slackness`: who trades earns exactly nothing beyond rents; who is not full pays no rent
    - `adding_up`: buyers' spending is receipts of producers, carriers and owners of capacity
    """

    residuals: dict[str, float]
    worst_at: dict[str, str]
    tolerance: float = TOLERANCE

    @property
    def worst(self) -> float:
        return max(self.residuals.values())

    @property
    def passes(self) -> bool:
        return bool(self.worst <= self.tolerance)


def certify(
    network: Network,
    supply: np.ndarray,
    demand: np.ndarray,
    flow: np.ndarray,
    price: np.ndarray,
    arc_rent: np.ndarray,
    limit_rent: np.ndarray,
    supply_rent: np.ndarray,
) -> Certificate:
    """Quantities relative to the largest node's throughput, prices to the largest price, money to spending."""
    nodes, arcs, limits = list(network.nodes), list(network.arcs), list(network.limits)
    arriving, leaving = np.zeros(len(nodes)), np.zeros(len(nodes))
    np.add.at(arriving, network.head, flow)
    np.add.at(leaving, network.tail, flow)
    size = max(float((supply + arriving).max(initial=0)), 1e-300)
    money = max(float(np.abs(price).max(initial=0)), 1e-300)

    seller = network.supply_intercept + network.supply_slope * supply + supply_rent - price
    buyer = price - network.demand_intercept + network.demand_slope * demand
    load = np.array([row @ flow for row in network.member]) if limits else np.zeros(0)
    limit_cost = network.member.T @ limit_rent if limits else np.zeros(len(arcs))
    carrier = (
        price[network.tail]
        + network.cost
        + network.cost_slope * flow
        + arc_rent
        + limit_cost
        - price[network.head]
    )
    sells, buys = network.supply_limit > 0, network.demand_slope > 0
    checks = {
        "conservation": [
            (np.abs(supply + arriving - leaving - demand - network.withdrawal) / size, nodes),
        ],
        "capacity": [
            (np.maximum(-supply, supply - network.supply_limit) / size, nodes),
            (-demand / size, nodes),
            (np.where(buys, 0.0, demand) / size, nodes),
            (np.maximum(-flow, flow - network.capacity) / size, arcs),
            ((load - network.bound) / size, limits),
        ],
        "no_arbitrage": [
            (np.where(sells, -seller, 0.0) / money, nodes),
            (np.where(buys, -buyer, 0.0) / money, nodes),
            (-carrier / money, arcs),
            (-supply_rent / money, nodes),
            (-arc_rent / money, arcs),
            (-limit_rent / money, limits),
        ],
        "complementary_slackness": [
            (np.abs(np.minimum(np.where(sells, seller, 0.0) / money, supply / size)), nodes),
            (np.abs(np.minimum(np.where(buys, buyer, 0.0) / money, demand / size)), nodes),
            (np.abs(np.minimum(carrier / money, flow / size)), arcs),
            (np.abs(np.minimum(supply_rent / money, (network.supply_limit - supply) / size)), nodes),
            (np.abs(np.minimum(arc_rent / money, (network.capacity - flow) / size)), arcs),
            (np.abs(np.minimum(limit_rent / money, (network.bound - load) / size)), limits),
        ],
    }
    residuals, worst_at = {}, {}
    for name, parts in checks.items():
        residuals[name], worst_at[name] = 0.0, ""
        for found, labels in parts:
            values = np.where(np.isnan(found), np.inf, found)
            if len(values) and values.max() > residuals[name]:
                residuals[name], worst_at[name] = float(values.max()), labels[int(values.argmax())]
    spending = float(price @ (demand + network.withdrawal))
    owners = float(arc_rent @ flow + limit_rent @ load + (network.cost + network.cost_slope * flow) @ flow)
    gross = float(np.abs(price) @ (np.abs(demand) + np.abs(network.withdrawal)))
    residuals["adding_up"] = abs(spending - float(price @ supply) - owners) / max(gross, 1e-300)
    worst_at["adding_up"] = "all nodes"
    return Certificate(residuals, worst_at)
