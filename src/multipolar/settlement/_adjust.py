"""What settlement hands to the economy: a payment friction on every corridor."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from multipolar.satellite import Adjustment
from multipolar.settlement._calibrate import baseline
from multipolar.settlement._equilibrium import settle
from multipolar.settlement._levers import Levers
from multipolar.settlement._state import Settlement, corridors, labelled
from multipolar.world import World

if TYPE_CHECKING:
    from pydantic import BaseModel

    from multipolar.outcome import Outcome


def shares(
    world: World,
    levers: Levers | None = None,
    trade: np.ndarray | None = None,
    *,
    since: Levers | None = None,
) -> Settlement:
    """The currencies of payment on a world's trade, or on `trade` `[origin, destination]`, under levers.

    Before and after are on the same trade: what is returned is what the levers do, against none or against those of
    `since` (with the same parameters). The equilibrium after is the one reached from the one before, and that from
    the baseline (path dependence); `equilibria` lists the others. Raises `InputError` for
    countries the world lacks, `NotConvergedError` if a fixed point is not certified."""
    levers = levers or Levers()
    found = corridors(baseline(world), levers)
    market = found.market if trade is None else found.traded(trade)
    flows = world.trade_values.sum(2) if trade is None else trade
    before = settle(market, found.start)
    if since is not None and not since.idle:
        market = replace(found.moved(since), weight=market.weight)
        before = settle(market, before.log_depth)
    if levers.idle:
        return labelled(found, (market, before), (market, before), levers, flows)
    moved = replace(found.moved(levers), weight=market.weight)
    return labelled(found, (market, before), (moved, settle(moved, before.log_depth)), levers, flows)


def adjust(world: World, levers: BaseModel, outcome: Outcome | None = None) -> Adjustment:
    """The shock of settlement levers: an iceberg cost of `exp(cost)` on every sector of a corridor, its revenue to
    nobody, from the cost the levers add at the trade of `outcome` (or of the world). Idle levers give exactly no shock.
    Raises `TypeError` for levers of another room, and as `shares`."""
    if not isinstance(levers, Levers):
        raise TypeError(f"settlement.adjust takes settlement.Levers, got {type(levers).__name__}")
    trade = None if outcome is None else outcome.trade.sum("sector").values
    found = shares(world, levers, trade)
    from multipolar.economy import Shock  # JAX: not needed for shares alone

    n_sectors = len(world.sectors)
    shock = Shock.none(len(world.countries), n_sectors)
    if levers.idle:
        return Adjustment(shock, (), found)
    iceberg = np.repeat(np.exp(found.cost.values)[:, :, None, None], n_sectors, axis=2)
    wedges = Shock(shock.importer_wedge, shock.exporter_wedge, iceberg, shock.productivity, shock.transfer)
    return Adjustment(wedges, _notes(found), found)


def _notes(found: Settlement) -> tuple[str, ...]:
    bill = found.bill()
    i, j = np.unravel_index(int(np.argmax(bill.values)), bill.shape)
    names = bill["origin"].values
    e = found.equilibrium
    return (
        f"Settlement: the levers add {bill.values.sum():,.0f} million USD a year to the cost of payments, most on "
        f"{names[i]} to {names[j]} ({100 * found.cost.values[i, j]:.2g}% of value); dollar use goes from "
        f"{100 * float(found.use_before.sel(currency='USD')):.1f}% to {100 * float(found.use.sel(currency='USD')):.1f}%.",
        f"Settlement: certified to {e.residual:.0e}, {'' if e.stable else 'not '}stable (spectral radius {e.radius:.2f}). Costs in money are "
        "proportional to the assumed dispersion of tastes; shares are not.",
    )
