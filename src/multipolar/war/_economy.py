"""What the economy's outcome does to the accounts: export quantities by product, the price of what arms are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from multipolar.errors import WorldError, unknown
from multipolar.war._lines import PRODUCTS

if TYPE_CHECKING:
    from multipolar.outcome import Outcome
    from multipolar.world import World

RUSSIA, CHINA = "RUS", "CHN"


def effects_of(
    world: World, outcome: Outcome, reference: Outcome | None = None, diversion: float = 1.0
) -> dict[str, float]:
    """Each product's export value in `outcome` over that in `reference` (or the outcome's baseline), and
    `arms_price`, likewise. Values are relative to world GDP, the numeraire.

    `diversion` is the part of what buyers buy more that counts: 1 is the economy's answer, in which others take at once
    what one no longer buys; 0 counts losses only. Raises `WorldError` as `accounts` does.
    """
    from multipolar.war._arms import arms_price

    if tuple(outcome.world.countries) != tuple(world.countries):
        raise WorldError(
            f"war accounts: the outcome is of world {outcome.world.name!r}, not of {world.name!r}."
        )
    mining, refining = energy_sectors(world)
    abroad = [c for c in world.countries if c != RUSSIA]
    west, china = europe(world), [c for c in abroad if c == CHINA]
    others = [c for c in abroad if c not in (*west, *china)]
    destinations = {"gas_europe": west, "gas_china": china, "gas_other": others}
    before = outcome.trade_baseline if reference is None else reference.trade
    effects = {}
    for product in PRODUCTS:
        sectors = refining if product == "product" else mining
        to = destinations.get(product) or abroad
        place = {"origin": RUSSIA, "destination": to, "sector": sectors}
        each = before.sel(place).sum("sector").values, outcome.trade.sel(place).sum("sector").values
        old = float(each[0].sum())
        change = each[1] - each[0]
        new = old + float(np.minimum(change, 0).sum() + diversion * np.maximum(change, 0).sum())
        if old <= 0:
            raise WorldError(
                f"war accounts: {RUSSIA} sells no {', '.join(sectors)} to {', '.join(to[:3])} in the reference, so "
                f"exports of {product} cannot follow the outcome."
            )
        effects[product] = new / old
    effects["arms_price"] = arms_price(outcome) / (1.0 if reference is None else arms_price(reference))
    return effects


def energy_sectors(world: World) -> tuple[list[str], list[str]]:
    """The world's sectors of mining (crude, gas) and of refined petroleum. Raises `WorldError` if it lacks one."""
    from multipolar.world import describe_groups

    pairs = describe_groups()["sectors"]["energy"]["codes"].values()
    found = [[codes[i] for codes in pairs if codes[i] in world.sectors] for i in (0, 1)]
    if RUSSIA not in world.countries:
        raise WorldError("war accounts: " + unknown("country", RUSSIA, world.countries))
    if not all(found):
        needed = " or ".join("/".join(codes) for codes in pairs)
        raise WorldError(
            f"war accounts: world {world.name!r} has no sectors for mining and refined petroleum ({needed})."
        )
    return found[0], found[1]


def europe(world: World) -> list[str]:
    """Members of the European Union and the United Kingdom that the world lists."""
    from multipolar.world import country_group

    return [c for c in world.countries if c in {*country_group("EU27"), "GBR"}]


def positions(labels: Sequence[str], wanted: Sequence[str]) -> np.ndarray:
    return np.array([list(labels).index(label) for label in wanted], dtype=int)
