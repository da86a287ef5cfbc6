"""Where the use of currencies tips: equilibria by network strength, and what a shock leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from multipolar.errors import InputError, unknown
from multipolar.settlement._calibrate import baseline
from multipolar.settlement._data import CURRENCIES
from multipolar.settlement._equilibrium import (
    CurrencyEquilibrium,
    completeness,
    equilibria,
    follow,
    tipping_strength,
)
from multipolar.settlement._levers import Levers
from multipolar.settlement._state import corridors
from multipolar.world import World

STRENGTHS = tuple(np.round(np.arange(0.6, 1.81, 0.1), 2))


@dataclass(frozen=True, eq=False)
class Tipping:
    """`table`: one row per network strength and equilibrium: `strength`, `leader` (the most used currency), its
    stability, spectral `radius`, `index`, `residual`, and the `use` of every currency, fractions. `complete`:
    per strength, whether the indices add up to one (see `completeness`). `at_baseline`: the strength from which
    today's shares are no longer stable."""

    table: pd.DataFrame
    complete: pd.Series
    at_baseline: float


def tipping(world: World, strengths: Sequence[float] = STRENGTHS, levers: Levers | None = None) -> Tipping:
    """All equilibria found at each network strength (0 to 20), the baseline's shares being one of them without levers.

    Each strength is searched afresh and from the equilibria of the strength before it, in both directions."""
    levers = levers or Levers()
    for k in strengths:
        if not 0 <= k <= 20:
            raise InputError(f"settlement tipping: a network strength is {k!r}; it is between 0 and 20.")
    found = corridors(baseline(world), levers)
    at_baseline = tipping_strength(found.market, found.start)
    moved = found.moved(levers)
    markets = {float(k): moved.with_strength(float(k), found.start) for k in sorted(strengths)}
    seen = {k: equilibria(market, [found.start]) for k, market in markets.items()}
    for ordered in (list(markets), list(markets)[::-1]):
        for last, k in pairwise(ordered):
            seen[k] = equilibria(markets[k], [e.log_depth for e in (*seen[k], *seen[last])], draws=0)
    rows = [{"strength": k} | row(e) for k, all_ in seen.items() for e in all_]
    table = pd.DataFrame(rows)
    complete = pd.Series({k: completeness(all_) == 1 for k, all_ in seen.items()}, name="complete")
    return Tipping(table, complete, at_baseline)


def hysteresis(
    world: World, strength: float, currency: str = "USD", largest: float = 0.05, steps: int = 25
) -> pd.DataFrame:
    """A cost on one currency everywhere, raised from zero to `largest` (fraction of value) and taken back, from the
    stable equilibrium in which that currency is used most. Raises `InputError` for an unknown currency.

    One row per step: `direction` (up, down), `cost`, `leader`, `radius`, and the use of every currency. Where the two
    directions differ, what is depends on what was."""
    if currency not in CURRENCIES:
        raise InputError(f"settlement hysteresis: {unknown('currency', currency, CURRENCIES)}")
    given = Levers(network_strength=strength)
    found = corridors(baseline(world), given)
    sizes = np.linspace(0, largest, steps)

    def market_at(size: float):
        return found.moved(Levers(transaction_cost={currency: float(size)}, network_strength=strength))

    rest = [e for e in equilibria(market_at(0.0), [found.start]) if e.stable]
    first = max(rest, key=lambda e: float(e.use[CURRENCIES.index(currency)]))
    up = follow(market_at, list(sizes), first.log_depth)
    down = follow(market_at, list(sizes[::-1]), up[-1].log_depth)
    rows = [{"direction": "up", "cost": c, **row(e)} for c, e in zip(sizes, up, strict=True)]
    rows += [{"direction": "down", "cost": c, **row(e)} for c, e in zip(sizes[::-1], down, strict=True)]
    return pd.DataFrame(rows)


def row(e: CurrencyEquilibrium) -> dict[str, object]:
    """An equilibrium as a row: its leader, stability and use of currencies."""
    return {
        "leader": CURRENCIES[int(np.argmax(e.use))],
        "stable": e.stable,
        "radius": e.radius,
        "index": e.index,
        "residual": e.residual,
        **dict(zip(CURRENCIES, map(float, e.use), strict=True)),
    }
