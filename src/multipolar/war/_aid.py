"""Aid to Ukraine by donor: what is known in totals, what a delay costs in months of the war, and as transfers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multipolar.errors import WorldError, unknown
from multipolar.war._economy import europe
from multipolar.war._inputs import central, inputs
from multipolar.war._levers import Levers, usual_aid

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.world import World

DONORS: Mapping[str, str] = {"usa": "United States", "europe": "Europe (states and EU)"}
UKRAINE, REST = "UKR", "RoW"


@dataclass(frozen=True)
class Donor:
    """Aid a year from one donor, billion USD: `usual` as allocated on average, `given` under the levers, and the
    military part of `usual`. `months_of_war`: how many months of Ukraine's military resources of 2023 (its own
    spending and the aid received) the missing military aid is; `low`, `high` from the range of the exchange rate
    and from nothing or all of the missing aid being military."""

    key: str
    name: str
    usual: float
    given: float
    military: float
    months_of_war: float
    low: float
    high: float


@dataclass(frozen=True)
class Aid:
    """`donors`; `missing` aid of the year (billion USD; negative: more than usual); `war_month`: Ukraine's military
    resources of one month of 2023, billion USD. Donor countries within Europe are not known in these data."""

    donors: tuple[Donor, ...]
    missing: float
    war_month: float

    def frame(self) -> pd.DataFrame:
        import pandas as pd

        return pd.DataFrame([vars(donor) for donor in self.donors])


def aid(levers: Levers | None = None) -> Aid:
    """Aid to Ukraine under `levers`: aid a year times the part of the year in which it arrives."""
    levers = levers or Levers()
    war_month = (central("ukraine_spending") + central("ukraine_military_aid")) / 12
    rate = inputs()["eur_usd"]
    donors = []
    for key, name in DONORS.items():
        usual, given = usual_aid(key), _given(levers, key)
        part = central(f"aid_{key}_military") / central(f"aid_{key}_allocated")
        months = (usual - given) / war_month
        bounds = sorted([0.0, months * rate.high / rate.value, months * rate.low / rate.value])
        donors.append(Donor(key, name, usual, given, part * usual, part * months, bounds[0], bounds[-1]))
    return Aid(tuple(donors), sum(d.usual - d.given for d in donors), war_month)


def transfers(world: World, levers: Levers) -> np.ndarray:
    """Million USD received, net, `[country]`, on top of the aid of May 2024; sums to exactly zero, and is exactly
    zero under default levers.

    Aid of 2023 becomes dollars of the table's year at a constant share of world GDP. European aid is shared by
    GDP; Ukraine receives, or the rest of the world where the table does not list it. Raises `WorldError` where
    neither is listed, or no donor whose aid changes.
    """
    received = np.zeros(len(world.countries))
    scale = 1000 * float(world.gdp_values.sum()) / (central("world_gdp_2023") * 1e6)
    givers = {"usa": ["USA"] if "USA" in world.countries else [], "europe": europe(world)}
    for key, members in givers.items():
        change = _given(levers, key) - usual_aid(key)
        if change == 0:
            continue
        if not members:
            raise WorldError(
                f"aid of {DONORS[key]}: " + unknown("donor country", key.upper(), world.countries)
            )
        at = [world.countries.index(c) for c in members]
        weights = world.gdp_values[at] / world.gdp_values[at].sum()
        received[at] -= change * scale * weights
    if received.any():
        received[_recipient(world)] -= math.fsum(received)
    return received


def _given(levers: Levers, donor: str) -> float:
    return getattr(levers, f"aid_{donor}") * (1 - getattr(levers, f"aid_{donor}_delay") / 12)


def _recipient(world: World) -> int:
    for code in (UKRAINE, REST):
        if code in world.countries:
            return world.countries.index(code)
    raise WorldError(f"aid: world {world.name!r} lists neither {UKRAINE} nor {REST} to receive it.")
