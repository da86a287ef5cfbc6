"""From basic prices to free on board: the trade and transport margins of exported goods, booked with the goods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from multipolar.errors import WorldError, unknown

if TYPE_CHECKING:
    from multipolar.world._world import World


def free_on_board(world: World, goods: Sequence[str], margins: Sequence[str]) -> World:
    """`world` with cross-border sales of the `margins` sectors moved into the `goods` of the same pair and use.

    A table at basic prices books what wholesalers and carriers add between the factory and the border as their own
    exports; customs data have it in the value of the good. Each origin's sales of margins to a use abroad are added
    to the goods it sells to that country, by their value, and bought by these goods' industries from the margin
    sectors at home. Output, value added and every country's total exports and imports keep their balance exactly;
    goods industries gain the output that they now pass on. Raises `WorldError` for an unknown sector or tariffs.
    """
    from multipolar.world._world import World

    for name in (*goods, *margins):
        if name not in world.sectors:
            raise WorldError("free_on_board: " + unknown("sector", name, world.sectors))
    if (world.tariff_values != 0).any():
        raise WorldError(f"free_on_board: world {world.name!r} has tariffs; start from a table without.")
    j = len(world.sectors)
    g = np.array([world.sectors.index(s) for s in goods])
    m = np.array([world.sectors.index(s) for s in margins])
    uses = np.concatenate([world.intermediate_values, world.final_values], axis=3)
    for i in range(len(world.countries)):
        abroad = np.arange(len(world.countries)) != i
        sold = uses[i][:, abroad]  # [sector, destination, use], a copy
        mix = sold[g].sum(2)
        if mix.sum() == 0:
            continue
        mix = np.where(mix.sum(0) > 0, mix, mix.sum(1, keepdims=True))
        mix = mix / mix.sum(0)  # of goods in what goes to a destination
        sold[g] += np.einsum("gd,du->gdu", mix, sold[m].sum(0))
        bought = np.einsum("gd,md->mg", mix, sold[m].sum(2))
        sold[m] = 0
        uses[i][:, abroad] = sold
        own = uses[i, :, i]
        own[np.ix_(m, g)] += bought
    return World.from_arrays(
        world.countries,
        world.sectors,
        uses[..., :j],
        uses[..., j:],
        world.trade_elasticity_values,
        capital_share=world.capital_share_values,
        country_names=world.country_names,
        sector_names=world.sector_names,
        name=f"{world.name} (free on board)",
        year=world.year,
        provenance=world.provenance,
        repair_value_added=True,
    )._with(adjustments=world.adjustments)
