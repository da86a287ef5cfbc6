"""The price of gas through Power of Siberia 2 as a Nash bargain between Russia and China.

The pipe is built or not; a price only divides what it brings. With Russia's gain `G_R` and China's `G_C` from the
network at the price `p0` there, volume `Q` and a price `p`, the gains are `G_R + (p - p0) Q` and `G_C - (p - p0) Q`.
The Nash solution with Russia's bargaining power `b` maximises gain_R^b gain_C^(1-b): Russia gets the share `b` of the
joint gain (Nash 1950; asymmetric: Binmore, Rubinstein and Wolinsky 1986).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from multipolar.energy._data import parameter
from multipolar.energy._gas import annual_cost, gas
from multipolar.energy._levers import Levers
from multipolar.energy._result import EnergyResult
from multipolar.errors import InputError

PIPE = "power-of-siberia-2"
EUROPE_RETURNS = ("nord-stream-1", "yamal-europe", "ukraine-transit", "turkstream-europe")


@dataclass(frozen=True, eq=False)
class Bargain:
    """Prices in USD per 1000 cubic metres at the Chinese border, gains in million USD a year from first gas on.

    `network_price` is what the network says; `reserve_russia` is the lowest price at which Russia gains, `reserve_china` the highest at which China does; `price` is
    the Nash solution at `power` (Russia's), NaN without a joint gain. `joint`: sum of gains.
    """

    power: float
    volume: float
    network_price: float
    reserve_russia: float
    reserve_china: float
    price: float
    joint: float
    gain_russia: float
    gain_china: float
    agreement: EnergyResult
    disagreement: EnergyResult

    def at(self, price: float) -> tuple[float, float]:
        """Gains of Russia and of China at any price."""
        return (price - self.reserve_russia) * self.volume, (self.reserve_china - price) * self.volume


def bargain(
    levers: Levers | None = None,
    *,
    power: float = 0.5,
    disagreement: Levers | None = None,
    capital: float | None = None,
    inland: float | None = None,
) -> Bargain:
    """Bargain over the pipe in the world of `levers`; without agreement the world is `disagreement` (default: the same).

    `capital`: million USD to build; `inland`: cost of carriage inside China, USD per 1000 cubic metres. Raises
    `InputError` for a power outside 0 to 1 or a negative cost.
    """
    if not 0 <= power <= 1:
        raise InputError(f"bargaining power is {power!r}; expected Russia's share of the joint gain, 0 to 1.")
    for name, value in (("capital", capital), ("inland", inland)):
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise InputError(f"{name} cost is {value!r}; expected zero or more.")
    levers = levers or Levers()
    inland = parameter("ps2_inland_cost") if inland is None else inland
    opened = tuple(dict.fromkeys([*(r for r in levers.open if r != PIPE), PIPE]))
    shut = tuple(r for r in levers.shut if r != PIPE)
    with_pipe = gas(levers.model_copy(update={"open": opened, "shut": shut}))
    without = gas(_without(disagreement or levers))
    change: Any = with_pipe.surplus["total"] - without.surplus["total"]
    pipes: Any = with_pipe.pipelines
    volume = float(pipes.at[PIPE, "flow"])
    if volume <= 0:
        raise InputError(
            "the pipe would carry nothing in the world of these levers; there is nothing to bargain over."
        )
    prices: Any = with_pipe.prices
    model_price = float(prices["CHN"])
    # The levers' own capital cost is taken out and put back, so that `capital` may differ from the data's.
    russia = float(change["RUS"]) + with_pipe.capital.get("RUS", 0.0) - annual_cost(capital)
    china = float(change["CHN"]) - inland * volume
    low, high, joint = model_price - russia / volume, model_price + china / volume, russia + china
    price = low + power * (high - low) if joint >= 0 else math.nan
    gains = (power * joint, (1 - power) * joint) if joint >= 0 else (0.0, 0.0)
    return Bargain(power, volume, model_price, low, high, price, joint, *gains, with_pipe, without)


def _without(levers: Levers) -> Levers:
    capacity = {k: v for k, v in levers.capacity.items() if k != PIPE}
    opened = tuple(r for r in levers.open if r != PIPE)
    return levers.model_copy(update={"open": opened, "capacity": capacity})


def bargaining_table(
    power: float = 0.5, *, capital: float | None = None, inland: float | None = None
) -> pd.DataFrame:
    """The bargain under different outside options, one row each; `worth` is what Russia gets in that world over
    today's bargain, million USD a year: its gain in the bargain plus what the outside option itself brings."""
    today = Levers()
    europe = Levers(open=EUROPE_RETURNS)
    lost = Levers(shut=("ukraine-transit", "turkstream-europe"), lng_embargo=("EUR",))
    glut = Levers(liquefaction={"USA": 60.0, "QAT": 60.0})
    no_asia = Levers(shut=("turkmenistan-china", "uzbekistan-china", "kazakhstan-china"))
    cases: dict[str, tuple[Levers, Levers | None]] = {
        "today": (today, None),
        "Europe buys again, pipe or not": (europe, None),
        "Europe buys again only without the pipe": (today, europe),
        "Europe buys nothing more": (lost, None),
        "LNG glut: 120 bcm more from USA and Qatar": (glut, None),
        "China without Central Asian gas": (no_asia, None),
    }
    rows, first = {}, None
    for name, (levers, apart) in cases.items():
        found = bargain(levers, power=power, disagreement=apart, capital=capital, inland=inland)
        surplus: Any = found.disagreement.surplus
        base = float(surplus.at["RUS", "total"])
        first = first if first is not None else (base, found.gain_russia)
        rows[name] = {
            "volume": found.volume, "reserve_russia": found.reserve_russia, "price": found.price,
            "reserve_china": found.reserve_china, "gain_russia": found.gain_russia, "gain_china": found.gain_china,
            "worth": base + found.gain_russia - first[0] - first[1],
        }  # fmt: skip
    return pd.DataFrame(rows).T.rename_axis("outside_option")
