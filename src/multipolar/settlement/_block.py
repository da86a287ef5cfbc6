"""What it costs a country to lose a currency, by partner and by how deep the alternative is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from multipolar.errors import InputError, unknown
from multipolar.settlement._adjust import shares
from multipolar.settlement._data import NETWORK
from multipolar.settlement._levers import Levers
from multipolar.settlement._state import Settlement
from multipolar.world import World

BLOCKABLE = {"USD": "dollar_clearing_cut", "EUR": "euro_clearing_cut"}
DEPTHS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8)


def block(world: World, country: str, currency: str = "USD", levers: Levers | None = None) -> Settlement:
    """The country's banks lose clearing in `currency` (USD or EUR), on top of levers that hold anyway.

    Before is with those levers, after with the block too, so that costs are the block's alone.
    Raises `InputError` for an unknown country or a currency that cannot be blocked, and as `shares`."""
    return shares(world, _blocked(country, currency, levers), since=levers)


def block_curve(
    world: World,
    country: str,
    currency: str = "USD",
    alternative: str = "CNY",
    depths: Sequence[float] = DEPTHS,
    levers: Levers | None = None,
) -> pd.DataFrame:
    """The cost of a block as the alternative deepens, one row per added depth (share of world trade).

    Columns: `added_depth`; `alternative_use`, `currency_use`: their shares in the country's trade before the block,
    `alternative_use_after`, `currency_use_after`; `cost`: the block's cost over the value of that trade; `bill`:
    million USD a year. Each row's block is measured against no block at the same depth."""
    if alternative not in NETWORK:
        raise InputError(f"settlement block: {unknown('currency', alternative, NETWORK)}")
    rows = []
    for depth in depths:
        given = levers or Levers()
        given = _revised(given, added_depth={**given.added_depth, alternative: float(depth)})
        found = block(world, country, currency, given)
        rows.append({"added_depth": depth, **_summary(found, country, currency, alternative)})
    return pd.DataFrame(rows)


def by_partner(found: Settlement, country: str) -> pd.DataFrame:
    """A country's cost by partner, both flows: `trade`, `bill` (million USD a year), `cost` (fraction of value), dollar
    share before and after; the largest bill first. Raises `InputError` for an unknown country."""
    countries = [str(c) for c in found.trade["origin"].values]
    if country not in countries:
        raise InputError(f"settlement: {unknown('country', country, countries)}")
    bill, parts = found.bill(), {}
    for name, array in (
        ("trade", found.trade),
        ("bill", bill),
        ("dollar_before", found.trade * found.shares_before.sel(currency="USD", drop=True)),
        ("dollar_after", found.trade * found.shares.sel(currency="USD", drop=True)),
    ):
        out, back = array.sel(origin=country, drop=True), array.sel(destination=country, drop=True)
        parts[name] = out.values + back.values
    frame = pd.DataFrame(parts, index=pd.Index(countries, name="partner")).drop(index=country)
    frame = frame.loc[frame["trade"] > 0].copy()
    for column in ("dollar_before", "dollar_after"):
        frame[column] = frame[column] / frame["trade"]
    frame.insert(2, "cost", frame["bill"] / frame["trade"])
    return frame.sort_values("bill", ascending=False)


def _blocked(country: str, currency: str, levers: Levers | None) -> Levers:
    if currency not in BLOCKABLE:
        raise InputError(f"settlement block: {unknown('currency to block', currency, BLOCKABLE)}")
    field, given = BLOCKABLE[currency], levers or Levers()
    return _revised(given, **{field: tuple(dict.fromkeys((*getattr(given, field), country)))})


def _revised(levers: Levers, **changes: object) -> Levers:
    return Levers.model_validate({**levers.model_dump(), **changes})


def _summary(found: Settlement, country: str, currency: str, alternative: str) -> dict[str, float]:
    trade = found.trade
    touching = (trade["origin"] == country) | (trade["destination"] == country)
    weight = np.where(touching.values, trade.values, 0.0)
    total = weight.sum()

    def use(shares, code: str) -> float:
        return float((weight * shares.sel(currency=code).values).sum() / total)

    bill = float((weight * found.cost.values).sum())
    return {
        "alternative_use": use(found.shares_before, alternative),
        "currency_use": use(found.shares_before, currency),
        "alternative_use_after": use(found.shares, alternative),
        "currency_use_after": use(found.shares, currency),
        "cost": bill / total,
        "bill": bill,
    }
