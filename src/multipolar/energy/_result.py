"""A labelled energy equilibrium: flows, prices, shadow values, and who gains."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from multipolar.energy._certificate import Certificate
from multipolar.energy._levers import Levers
from multipolar.energy._network import Network, Solution

OUTSIDE = "outside"
DAYS = 365.0
UNITS = {
    # quantity, price, million USD a year per quantity x price
    "gas": ("bcm", "USD/1000 m3", 1.0),
    "oil": ("mb/d", "USD/bbl", DAYS),
}


@dataclass(frozen=True, eq=False)
class EnergyResult:
    """One commodity's certified equilibrium under `levers`.

    `arcs`: one row per arc in the solution's order: `arc`, `kind` (pipe, lng, sea, fleet), `from`, `to`, `origin` (the
    exporting node), `resource` (cost of carriage) and `markup` (what calibration adds to it), USD per unit. `cap_rent`: what
    the price cap keeps from the seller, per unit carried with western services. `capital`: million USD a year for
    pipelines that the levers build, by node. `certificate` holds every condition's residual;
    `calibrated` and `calibrated_price` are the network and prices before levers.
    """

    commodity: str
    levers: Levers
    arcs: pd.DataFrame
    solution: Solution
    certificate: Certificate
    calibrated: Network
    calibrated_price: np.ndarray
    cap_rent: float = 0.0
    capital: dict[str, float] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()

    @property
    def prices(self) -> pd.Series:
        """Price at each node."""
        index = pd.Index(self.solution.network.nodes, name="node")
        return pd.Series(self.solution.price, index, name="price").drop(list(self.hidden))

    @property
    def balance(self) -> pd.DataFrame:
        """Supply, demand and net fixed deliveries outside the network by node, in quantity units."""
        s = self.solution
        columns = {"supply": s.supply, "demand": s.demand, "withdrawal": s.network.withdrawal}
        index = pd.Index(s.network.nodes, name="node")
        return pd.DataFrame(columns, index=index).drop(list(self.hidden))

    @property
    def flows(self) -> pd.DataFrame:
        """One row per arc: quantity, capacity, scarcity rent (the shadow value of one more unit of capacity),
        delivered price and the price the exporter gets at its border."""
        s = self.solution
        frame: Any = self.arcs[["arc", "kind", "origin", "from", "to"]].copy()
        frame["flow"], frame["capacity"], frame["shadow_value"] = s.flow, s.network.capacity, s.arc_rent
        frame["delivered"] = s.price[s.network.head]
        frame["border"] = frame["delivered"] - self.arcs["resource"].to_numpy()
        return frame

    @property
    def trade(self) -> pd.DataFrame:
        """Flows added up by origin and destination node: quantity and value at the exporter's border, million USD, less
        what a price cap leaves with the buyer."""
        frame: Any = self.flows
        frame = frame[frame["kind"] != "fleet"].copy()
        kept = self.cap_rent * self._serviced() * frame["from"].isin(self.hidden)
        frame["value"] = frame["flow"] * (frame["border"] - kept) * self.money
        grouped = frame.groupby(["origin", "to"], sort=False)[["flow", "value"]].sum()
        return grouped.rename_axis(["origin", "destination"])

    @property
    def pipelines(self) -> pd.DataFrame:
        """The pipelines only, by name."""
        frame: Any = self.flows
        return frame[frame["kind"] == "pipe"].set_index("arc").drop(columns=["kind", "origin"])

    @property
    def limits(self) -> pd.Series:
        """Scarcity rent of each limit (liquefaction, regasification, fleet), price units."""
        return pd.Series(
            self.solution.limit_rent, pd.Index(self.solution.network.limits, name="limit"), name="rent"
        )

    @property
    def money(self) -> float:
        """Million USD a year per unit of quantity times price."""
        return UNITS[self.commodity][2]

    @property
    def surplus(self) -> pd.DataFrame:
        """Million USD a year by node: `consumers` and `producers` (areas beside the curves; only changes mean anything;
        a shift of demand is itself no gain or loss, only the prices that follow; supply is cut at a price of zero),
        `mark_ups` and `rents` of capacity (to the exporter; regasification and the price cap to the importer),
        `capital` (cost of new pipelines), `total`. Row `outside` pays for fixed deliveries."""
        s, net = self.solution, self.solution.network
        nodes = [*net.nodes, OUTSIDE]
        place = {n: i for i, n in enumerate(nodes)}
        frame = pd.DataFrame(0.0, index=pd.Index(nodes, name="node"), columns=["consumers", "producers"])
        shift = self._area(net) - self._area(self.calibrated)
        frame.iloc[:-1, 0] = net.demand_slope * s.demand**2 / 2 - shift
        marginal = net.supply_intercept + net.supply_slope * s.supply
        twice = marginal**2 - np.maximum(net.supply_intercept, 0.0) ** 2
        cost = np.divide(twice, 2 * net.supply_slope, out=np.zeros_like(twice), where=net.supply_slope > 0)
        frame.iloc[:-1, 1] = s.price * s.supply - cost
        frame.loc[OUTSIDE, "consumers"] = -float(s.price @ net.withdrawal)
        mark_ups, rents = np.zeros(len(nodes)), np.zeros(len(nodes))
        origin = [place[o] for o in self.arcs["origin"]]
        np.add.at(mark_ups, origin, (self.arcs["markup"].to_numpy() + net.cost_slope * s.flow) * s.flow)
        np.add.at(rents, origin, s.arc_rent * s.flow)
        for limit, rent, row in zip(net.limits, s.limit_rent, net.member, strict=True):
            if limit.startswith("regasification"):
                np.add.at(rents, net.head, rent * row * s.flow)
            else:
                np.add.at(rents, origin, rent * row * s.flow)
        if self.cap_rent:
            to_sea = self.arcs["from"].isin(self.hidden).to_numpy()
            carried = float((s.flow * to_sea).sum()) * self._serviced()
            share = s.flow * to_sea / max(float((s.flow * to_sea).sum()), 1e-300)
            np.add.at(rents, net.head, self.cap_rent * carried * share)
        frame["mark_ups"], frame["rents"] = mark_ups, rents
        frame = frame * self.money
        frame["capital"] = [-self.capital.get(n, 0.0) for n in nodes]
        frame["total"] = frame.sum(axis=1)
        return frame.drop(list(self.hidden))

    def _area(self, network: Network) -> np.ndarray:
        """Under the demand curve and above the calibrated price."""
        slope = network.demand_slope
        height = np.maximum(network.demand_intercept - self.calibrated_price, 0.0)
        return np.divide(height**2, 2 * slope, out=np.zeros_like(height), where=slope > 0)

    def _serviced(self) -> float:
        """The part of Russian seaborne cargoes that goes with western services, at the cap."""
        fleet = (self.arcs["kind"] == "fleet").to_numpy()
        carried = self.solution.flow[fleet]
        return float(carried[0] / carried.sum()) if carried.sum() > 0 else 0.0

    def who_pays(self, before: EnergyResult) -> pd.DataFrame:
        """Change of `surplus` against another equilibrium, million USD a year, largest loss first."""
        change = self.surplus - before.surplus
        return change.sort_values("total")
