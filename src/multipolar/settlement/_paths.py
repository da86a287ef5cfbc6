"""Settlement over time: contracts come up for renewal month by month and follow the depth they find."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr

from multipolar.errors import InputError
from multipolar.settlement._calibrate import baseline
from multipolar.settlement._data import CURRENCIES, parameter
from multipolar.settlement._equilibrium import CurrencyEquilibrium, settle
from multipolar.settlement._levers import Levers
from multipolar.settlement._state import corridors
from multipolar.world import World


@dataclass(frozen=True, eq=False)
class Path:
    """`shares` `[month, origin, destination, currency]`; `use` `[month, currency]` in trade between currencies; `trade`
    `[month, origin, destination]`, the weights, scaled to a sum of one. Months are counted from the baseline, month 0.
    `end`: the certified equilibrium that the last month's levers and trade tend to."""

    shares: xr.DataArray
    use: xr.DataArray
    trade: xr.DataArray
    end: CurrencyEquilibrium

    def of_country(self, country: str, flow: str) -> pd.DataFrame:
        """Shares of one country's exports or imports `[month x currency]`, fractions."""
        side = "origin" if flow == "export" else "destination"
        other = "destination" if flow == "export" else "origin"
        weight = self.trade.sel({side: country})
        part = (weight * self.shares.sel({side: country})).sum(other) / weight.sum(other)
        return pd.DataFrame(part.transpose("month", "currency").to_pandas())

    def between(self, one: str, two: str) -> pd.DataFrame:
        """Shares of the trade of two countries, both ways `[month x currency]`, fractions."""
        total, flows = 0.0, 0.0
        for i, j in ((one, two), (two, one)):
            weight = self.trade.sel(origin=i, destination=j)
            total, flows = total + weight, flows + weight * self.shares.sel(origin=i, destination=j)
        return pd.DataFrame((flows / total).transpose("month", "currency").to_pandas())  # type: ignore[union-attr]


def paths(
    world: World,
    timeline: Mapping[int, Levers],
    months: int,
    *,
    turnover: float | None = None,
    trade: Callable[[int], np.ndarray] | None = None,
) -> Path:
    """Shares month by month. `timeline`: month -> levers in force from then on (their acts; the parameters are those
    of the first). Each month a part `turnover` of payments chooses anew, given the depth of the month before; the rest
    keep their currency. `trade` gives the trade `[origin, destination]` of a month (the world's, if not given).

    What a closed currency carried moves at once. Whether a removed shock is undone is for the path to show: with a network
    strength above its tipping point it need not be (hysteresis). Raises `InputError` for a turnover outside 0 to 1 or
    no month, and as `shares`."""
    turnover = parameter("turnover") if turnover is None else turnover
    if not 0 < turnover <= 1:
        raise InputError(f"settlement paths: turnover is {turnover!r}; it is above 0 and at most 1.")
    if months < 1:
        raise InputError(f"settlement paths: months is {months!r}; it is at least 1.")
    timeline = dict(sorted(timeline.items()))
    base = baseline(world)
    found = corridors(base, next(iter(timeline.values()), Levers()))
    at = found.at
    now, acts = found.market, found.market
    mixed = base.shares[base.free]
    log_depth = found.start
    kept, used, weights = [], [], []
    for month in range(months + 1):
        flows = base.trade if trade is None else trade(month)
        weight = found.traded(flows).weight
        if month in timeline:
            acts = found.moved(timeline[month])
        now = replace(acts, weight=weight)
        if month:
            chosen = now.value(log_depth)[0]
            open_ = np.where(np.isneginf(now.attraction), 0.0, mixed)
            mixed = (1 - turnover) * open_ + turnover * chosen
            mixed = mixed + (1 - mixed.sum(1, keepdims=True)) * chosen
        log_depth = np.log(now.use(mixed) + now.depth)
        cube = base.shares.copy()
        cube[at[:, 0], at[:, 1]] = mixed
        kept.append(cube)
        used.append(weight @ mixed)
        weights.append(flows * (1 - np.eye(len(base.countries))) / flows[at[:, 0], at[:, 1]].sum())
    countries = list(base.countries)
    pair = {"month": np.arange(months + 1), "origin": countries, "destination": countries}
    coords = {**pair, "currency": list(CURRENCIES)}
    return Path(
        xr.DataArray(np.stack(kept), dims=tuple(coords), coords=coords, name="share"),
        xr.DataArray(
            np.stack(used),
            dims=("month", "currency"),
            coords={"month": pair["month"], "currency": list(CURRENCIES)},
            name="use",
        ),
        xr.DataArray(np.stack(weights), dims=tuple(pair), coords=pair, name="trade"),
        settle(now, log_depth),
    )
