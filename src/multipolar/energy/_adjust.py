"""What a change of the energy equilibrium does to the economy.

The economy sees mining as one Armington good; the networks know gas and crude by pipe and cargo. The change from the
default levers to the levers given enters so that, to first order, each country's welfare changes by exactly its
change of surplus in the networks, and who buys how much from whom moves as the networks say:

1. Terms of trade: an exporter wedge `E = 1 + s (p_hat - 1)` on each corridor of mining, home sales too, with the
   corridor's change of border price `p_hat` and `s` the value of gas and crude in the corridor's mining trade.
2. Sourcing: an iceberg `D / E` with `D = E_bar (q_hat / q_bar)^(-1/theta)`, where bars are the destination's means over all
   origins: its users pay `E_bar` more whatever the origin, and sources gain or lose share as quantities do. The
   icebergs of a destination cancel to first order; they move trade, not welfare.
3. The rest of a country's change of surplus (lost or new resource rents, costs of carriage, curtailed use) over the terms of
   trade in 1 is productivity of its energy sectors: change over their output.
4. Where the new pipeline's gas is paid at a bargained price, the difference to the network's is a transfer.

Energy demand moves one for one with real GDP in `outcome`, with and without the levers alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from multipolar.energy import _data
from multipolar.energy._bargain import PIPE, bargain
from multipolar.energy._gas import gas
from multipolar.energy._levers import Levers
from multipolar.energy._oil import oil
from multipolar.energy._result import OUTSIDE, EnergyResult
from multipolar.errors import InputError, WorldError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from multipolar.outcome import Outcome
    from multipolar.satellite import Adjustment
    from multipolar.world import World

# Codes of the tables the package reads: mining that holds oil and gas; then refining and power.
MINING = ("c2", "B", "B05_06", "B05", "B06", "Mining")
OTHER_ENERGY = ("c8", "C19", "Petroleum", "c17", "D35", "D", "Electricity")
ALIASES = {"EUR": ("EU27", "EU", "EUR")}
REST = ("RoW", "ROW", "WWW")
SHARE_LIMIT = 0.95
SMALLEST = 0.5


@dataclass(frozen=True, eq=False)
class EnergyShift:
    """The networks with and without the levers, and `channels`: million USD of the table by bloc, `surplus` (change in the
    networks), `terms_of_trade` (channel 1), `rest` and the `productivity` hat it became."""

    gas: EnergyResult
    gas_before: EnergyResult
    oil: EnergyResult
    oil_before: EnergyResult
    channels: pd.DataFrame
    covered: float


def adjust(world: World, levers: BaseModel, outcome: Outcome | None = None) -> Adjustment:
    """The change from default levers to `levers` as a shock of `world`'s mining (see this module's docstring).

    Default levers give exactly no shock. Money of 2023 enters at a constant share of world GDP. Raises `WorldError` for
    a world without a mining sector or without the countries, `InputError` where levers take more of a country's
    energy output than it has.
    """
    from multipolar.economy import Shock
    from multipolar.satellite import Adjustment

    own = levers if isinstance(levers, Levers) else Levers.model_validate(levers.model_dump())
    mining = [k for k, s in enumerate(world.sectors) if s in MINING]
    if not mining:
        raise WorldError(
            f"world {world.name!r} has no mining sector the energy networks know ({', '.join(MINING)}); "
            "give the sector one of these codes."
        )
    energy = [k for k, s in enumerate(world.sectors) if s in MINING or s in OTHER_ENERGY]
    results = {}
    for commodity in ("gas", "oil"):
        activity = tuple(_activity(world, commodity, outcome).items())
        before = _solved(commodity, own.default.key(), activity)
        results[commodity] = (before, _solved(commodity, own.key(), activity))
    n, j = len(world.countries), len(world.sectors)
    none = Shock.none(n, j)
    exporter, iceberg, channels, productivity, covered = _channels(world, results, mining, energy)
    if own == own.default:  # the formulas give one up to rounding; the default is no shock at all
        shock, notes = none, ()
    else:
        shock = Shock(
            np.asarray(none.importer_wedge),
            exporter[..., None],
            iceberg[..., None],
            productivity,
            np.zeros(n),
        )
        notes = _notes(world, channels, covered)
        if own.bargaining_power is not None:
            received, priced = _bargained(world, own)
            shock, notes = replace(shock, transfer=received), (*notes, priced)
    (gas_before, gas_after), (oil_before, oil_after) = results["gas"], results["oil"]
    return Adjustment(
        shock, notes, EnergyShift(gas_after, gas_before, oil_after, oil_before, channels, covered)
    )


def _bargained(world: World, levers: Levers) -> tuple[np.ndarray, str]:
    """What Russia receives `[country]`, million USD of the table, because the new pipeline's gas is paid at the Nash
    price and not at the network's. Raises `InputError` where the pipe is not open or nothing is agreed on."""
    power = float(levers.bargaining_power or 0.0)
    if PIPE not in levers.open:
        raise InputError(
            f"energy levers, bargaining_power: there is no bargain unless the pipe is there; add {PIPE!r} to open."
        )
    found = bargain(levers, power=power)
    if np.isnan(found.price):
        raise InputError(
            "energy levers, bargaining_power: under these levers the new pipeline brings no joint gain, so that no price is "
            "agreed on; leave it out, or change the levers."
        )
    money = _scale(world) * (found.price - found.network_price) * found.volume
    members = blocs(world)
    received = np.zeros(len(world.countries))
    for node, sign in (("RUS", 1.0), ("CHN", -1.0)):
        inside = list(members[f"gas {node}"])
        received[inside] += sign * money * _part(world.gdp_values[inside])
    return received, (
        f"Energy: gas through Power of Siberia 2 is paid at {found.price:.0f} USD per 1000 cubic metres, the Nash price at "
        f"Russia's power {power:g} (Russia gains above {found.reserve_russia:.0f}, China below {found.reserve_china:.0f}; the "
        f"network's price is {found.network_price:.0f})."
    )


def blocs(world: World) -> dict[str, tuple[int, ...]]:
    """The world's countries that a node's own countries are, by node code; nodes the world does not list are in
    its rest of the world, `RoW`. Raises `WorldError` where neither is there."""
    place = {c: i for i, c in enumerate(world.countries)}
    rest = next((c for c in REST if c in place), None)
    found: dict[str, tuple[int, ...]] = {}
    for commodity in ("gas", "oil"):
        for node, members in _data.countries(commodity).items():
            names = (node, *ALIASES.get(node, ()), *members)
            inside = tuple(dict.fromkeys(place[c] for c in names if c in place))
            # Two nodes may share a country (the oil node Europe holds the United Kingdom): the larger bloc wins.
            if inside:
                found[f"{commodity} {node}"] = inside
            elif rest is not None:
                found[f"{commodity} {node}"] = (place[rest],)
            else:
                raise WorldError(
                    f"world {world.name!r} has neither {node} nor a rest of the world for the energy networks."
                )
    if rest is not None:
        found[OUTSIDE] = (place[rest],)
    return found


def _activity(world: World, commodity: str, outcome: Outcome | None) -> dict[str, float]:
    if outcome is None:
        return {}
    change, weight = outcome.real_gdp.values, world.gdp_values
    members = blocs(world)
    return {
        node: float(np.average(change[list(inside)], weights=weight[list(inside)]))
        for node in _data.countries(commodity)
        if (inside := members[f"{commodity} {node}"])
    }


@lru_cache(maxsize=64)
def _solved(commodity: str, levers: str, activity: tuple[tuple[str, float], ...]) -> EnergyResult:
    model = gas if commodity == "gas" else oil
    return model(Levers.model_validate_json(levers), activity=dict(activity))


def _channels(
    world: World, results: dict[str, tuple[EnergyResult, EnergyResult]], mining: list[int], energy: list[int]
) -> tuple[np.ndarray, np.ndarray, pd.DataFrame, np.ndarray, float]:
    n = len(world.countries)
    members = blocs(world)
    scale = _scale(world)
    trade = world.trade_values[:, :, mining].sum(2)
    # Value [origin, destination] at old prices and quantities, at new prices, at new quantities.
    old, dearer, more = (np.zeros((n, n)) for _ in range(3))
    surplus = np.zeros(n)
    output = world.output_values[:, energy].sum(1)
    for commodity, (before, after) in results.items():
        for origin, destination, value, price_hat, quantity_hat in _corridors(before, after):
            weight = _spread(trade, members[f"{commodity} {origin}"], members[f"{commodity} {destination}"])
            part = scale * value * weight
            old += part
            dearer += part * price_hat
            more += part * quantity_hat
        change: Any = scale * (after.surplus["total"] - before.surplus["total"])
        for node, value in change.items():
            inside = list(members.get(OUTSIDE if node == OUTSIDE else f"{commodity} {node}", ()))
            if inside:
                surplus[inside] += float(value) * _part(output[inside])
    kept = np.minimum(old, SHARE_LIMIT * trade)
    share = np.divide(kept, trade, out=np.zeros_like(trade), where=trade > 0)
    price_hat = np.divide(dearer, old, out=np.ones_like(old), where=old > 0)
    quantity_hat = np.divide(more, old, out=np.ones_like(old), where=old > 0)
    wedge = 1 + share * (price_hat - 1)
    moved = 1 + share * (quantity_hat - 1)
    bought = trade.sum(0)
    safe = np.where(bought > 0, bought, 1.0)
    mean_wedge = np.where(bought > 0, (trade * wedge).sum(0) / safe, 1.0)
    mean_moved = np.where(bought > 0, (trade * moved).sum(0) / safe, 1.0)
    exporter, iceberg = np.ones((n, n, len(world.sectors))), np.ones((n, n, len(world.sectors)))
    for k in mining:
        theta = world.trade_elasticity_values[k]
        exporter[..., k] = wedge
        relative = np.maximum(moved / mean_moved, 1e-6)
        iceberg[..., k] = mean_wedge * relative ** (-1 / theta) / wedge
    gain = trade * (wedge - 1)
    # What users pay is the mean over origins; what exporters get is by corridor.
    terms = gain.sum(1) - gain.sum(0)
    rest = surplus - terms
    lift = np.divide(rest, output, out=np.zeros_like(rest), where=output > 0)
    if (1 + lift < SMALLEST).any():
        worst = int(np.argmin(lift))
        raise InputError(
            f"energy levers take {-lift[worst]:.0%} of the output of {world.countries[worst]}'s energy sectors in world "
            f"{world.name!r}; they are too large for this table."
        )
    productivity = np.ones((n, len(world.sectors)))
    productivity[:, energy] = (1 + lift)[:, None]
    channels = pd.DataFrame(
        {"surplus": surplus, "terms_of_trade": terms, "rest": rest, "productivity": 1 + lift},
        index=pd.Index(world.countries, name="country"),
    )
    return exporter, iceberg, channels, productivity, float(kept.sum() / max(old.sum(), 1e-300))


def _scale(world: World) -> float:
    """Money of 2023 in money of the table: at a constant share of world GDP."""
    return float(world.gdp_values.sum()) / _data.parameter("world_gdp_2023")


def _corridors(before: EnergyResult, after: EnergyResult) -> list[tuple[str, str, float, float, float]]:
    """Origin, destination, value (million USD), hats of border price and quantity; home sales included."""
    rows = []
    old: Any = before.trade
    new: Any = after.trade
    for pair, row in old.iterrows():
        if row["flow"] <= 0:
            continue
        origin, destination = pair
        now = new.loc[pair]
        price_before = row["value"] / row["flow"]
        price_now = now["value"] / now["flow"] if now["flow"] > 0 else price_before
        rows.append((
            str(origin), str(destination), float(row["value"]), float(price_now / price_before), float(now["flow"] / row["flow"])
        ))  # fmt: skip
    prices: list[Any] = [before.prices, after.prices]
    balances: list[Any] = [before.balance, after.balance]
    sold = [
        b["supply"] - t["flow"].groupby("origin").sum().reindex(b.index, fill_value=0.0)
        for b, t in zip(balances, (old, new), strict=True)
    ]
    for node, used in balances[0]["demand"].items():
        first, then = (float(s[node]) for s in sold)
        if min(first, then) > 1e-9 and used > 0:
            was, now = (float(p[node]) for p in prices)
            rows.append((node, node, min(first, used) * was * before.money, now / was, then / first))
    return rows


def _spread(trade: np.ndarray, origins: tuple[int, ...], destinations: tuple[int, ...]) -> np.ndarray:
    """How a flow between two blocs divides over pairs of countries: as the table's mining trade does."""
    weight = np.zeros_like(trade)
    cell = np.ix_(origins, destinations)
    weight[cell] = trade[cell]
    total = weight.sum()
    return weight / total if total > 0 else weight


def _part(values: np.ndarray) -> np.ndarray:
    total = values.sum()
    return values / total if total > 0 else np.full(len(values), 1 / len(values))


def _notes(world: World, channels: pd.DataFrame, covered: float) -> tuple[str, ...]:
    first, last = channels["surplus"].idxmin(), channels["surplus"].idxmax()
    return (
        f"Energy: the networks' change of surplus runs from {channels['surplus'].min():+,.0f} million USD ({first}) to "
        f"{channels['surplus'].max():+,.0f} ({last}), in money of the table at a constant share of world GDP.",
        f"Energy: {covered:.0%} of the networks' trade fits into the mining trade {world.name} records; price changes on "
        "the rest enter as productivity.",
    )
