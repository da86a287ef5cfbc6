"""From a baseline and levers to a market, and from its equilibrium to labelled results."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr

from multipolar.errors import InputError
from multipolar.settlement._calibrate import Baseline
from multipolar.settlement._data import CURRENCIES, NETWORK, finance_depth
from multipolar.settlement._equilibrium import TOLERANCE, CurrencyEquilibrium
from multipolar.settlement._levers import Levers, costs
from multipolar.settlement._market import Market


@dataclass(frozen=True, eq=False)
class Corridors:
    """The market on the corridors of a baseline. `at` `[corridor, 2]`: origin and destination of each; `start` `[pool,
    currency]`: the baseline's log depth, at which the baseline shares are an equilibrium, whatever the network strength."""

    base: Baseline
    levers: Levers
    at: np.ndarray
    market: Market
    start: np.ndarray

    def moved(self, levers: Levers) -> Market:
        """The market under levers, on the trade and with the parameters of this one."""
        cost = costs(levers, self.base)[self.at[:, 0], self.at[:, 1]] / self.levers.dispersion
        added = np.array([levers.added_depth.get(c, 0.0) for c in NETWORK])
        return replace(self.market, attraction=self.market.attraction - cost, depth=self.market.depth + added)

    def traded(self, trade: np.ndarray) -> Market:
        """The market on other trade `[origin, destination]`, without levers."""
        weight = np.maximum(trade[self.at[:, 0], self.at[:, 1]], 0.0)
        if not weight.sum() > 0:
            raise InputError("settlement: no trade is left between countries with different currencies.")
        return replace(self.market, weight=weight / weight.sum())


def corridors(base: Baseline, levers: Levers) -> Corridors:
    """The market whose equilibrium is the baseline, with the parameters (not the acts) of `levers`."""
    at = np.argwhere(base.free)
    weight = base.trade[base.free]
    weight = weight / weight.sum()
    n, h = len(base.countries), levers.local_weight
    loading = np.zeros((len(at), 1 + n if h else 1))
    loading[:, 0] = 1 - h
    if h:
        rows = np.arange(len(at))
        loading[rows, 1 + at[:, 0]] += h / 2
        loading[rows, 1 + at[:, 1]] += h / 2
    depth = np.tile(levers.finance_weight * finance_depth(), (loading.shape[1], 1))
    shares = base.shares[base.free]
    raw = Market(weight, np.log(shares), loading, depth, 0.0)
    start = np.log(raw.use(shares) + depth)
    return Corridors(base, levers, at, raw.with_strength(levers.network_strength, start), start)


@dataclass(frozen=True, eq=False)
class Settlement:
    """Currencies of payment under levers against the baseline, certified. Shares are of each corridor's payments.

    - `shares`, `shares_before` `[origin, destination, currency]`
    - `cost` `[origin, destination]`: expected cost of settlement added, a fraction of value: less the change of the
      log-sum times the dispersion (Small and Rosen 1981); negative where payment became cheaper
    - `use`, `use_before` `[currency]`: shares in the trade between different currencies
    - `trade` `[origin, destination]`: million USD, the weights
    - `equilibrium`, `equilibrium_before`: the certified fixed points
    """

    shares: xr.DataArray
    shares_before: xr.DataArray
    cost: xr.DataArray
    use: xr.DataArray
    use_before: xr.DataArray
    trade: xr.DataArray
    equilibrium: CurrencyEquilibrium
    equilibrium_before: CurrencyEquilibrium
    levers: Levers

    @property
    def tolerance(self) -> float:
        return TOLERANCE

    def bill(self) -> xr.DataArray:
        """Cost added `[origin, destination]`, million USD a year at this trade."""
        return (self.cost * self.trade).rename("bill")

    def of_country(self, country: str) -> pd.DataFrame:
        """Shares by flow `[flow x currency, before and after]` of one country's trade, percent."""
        rows = {}
        for flow, side in (("export", "origin"), ("import", "destination")):
            weight = self.trade.sel({side: country})
            for when, shares in (("before", self.shares_before), ("after", self.shares)):
                part = (weight * shares.sel({side: country})).sum(str(weight.dims[0])) / weight.sum()
                rows[flow, when] = 100 * part.to_series()
        return pd.DataFrame(rows).T.rename_axis(["flow", "when"])

    def to_frame(self) -> pd.DataFrame:
        """Tidy: origin, destination, currency, share before and after, cost added, trade (million USD)."""
        frame = pd.DataFrame(
            {"share_before": self.shares_before.to_series(), "share": self.shares.to_series()}
        ).reset_index()
        frame = frame[frame["share"] + frame["share_before"] > 0]
        pairs = pd.DataFrame({"cost": self.cost.to_series(), "trade": self.trade.to_series()}).reset_index()
        return frame.merge(pairs, on=["origin", "destination"]).reset_index(drop=True)


def labelled(
    found: Corridors,
    before: tuple[Market, CurrencyEquilibrium],
    after: tuple[Market, CurrencyEquilibrium],
    levers: Levers,
    trade: np.ndarray,
) -> Settlement:
    """Results with names, from the markets and equilibria before and after."""
    base, at = found.base, found.at
    countries = list(base.countries)
    pair = {"origin": countries, "destination": countries}

    def cube(shares: np.ndarray) -> xr.DataArray:
        values = base.shares.copy()
        values[at[:, 0], at[:, 1]] = shares
        coords = {**pair, "currency": list(CURRENCIES)}
        return xr.DataArray(values, dims=tuple(coords), coords=coords, name="share")

    sums = [market.value(e.log_depth)[1] for market, e in (before, after)]
    cost = np.zeros((len(countries), len(countries)))
    cost[at[:, 0], at[:, 1]] = levers.dispersion * (sums[0] - sums[1])

    def uses(e: CurrencyEquilibrium) -> xr.DataArray:
        return xr.DataArray(e.use, dims="currency", coords={"currency": list(CURRENCIES)}, name="use")

    abroad = trade * (1 - np.eye(len(countries)))
    return Settlement(
        cube(after[1].shares), cube(before[1].shares),
        xr.DataArray(cost, dims=tuple(pair), coords=pair, name="cost", attrs={"unit": "fraction of value"}),
        uses(after[1]), uses(before[1]),
        xr.DataArray(abroad, dims=tuple(pair), coords=pair, name="trade", attrs={"unit": "million USD"}),
        after[1], before[1], levers,
    )  # fmt: skip
