"""One region of a table into several countries, by their size, what they trade with each other and what they export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from multipolar.errors import WorldError, unknown

if TYPE_CHECKING:
    from multipolar.world._world import World

LARGEST_INNER_SHARE = 0.8  # of a good that a part buys inside the old region may come from its other parts


def split_region(
    world: World,
    region: str,
    parts: Sequence[str],
    size: np.ndarray,
    inner_trade: np.ndarray,
    outer_sales: np.ndarray,
    composition: np.ndarray,
    services: np.ndarray | None = None,
    home: np.ndarray | None = None,
    names: Sequence[str] | None = None,
) -> World:
    """`world` with `region` replaced, at its end, by `parts` (one of which may keep the region's code).

    Every part has the region's technology and tastes. `size` `[part]` is each part's share of the region's GDP.
    `inner_trade` `[part, part]` (million USD) is trade in goods among the parts, until now inside the region;
    `outer_sales` `[part, country]` (million USD, countries without the region) divides the region's sales of goods to
    each country. `composition` `[part, sector]` weighs the goods in each part's exports relative to the region's own
    mix (ones: the same mix; zero: not a good). `services` `[part, 2]` weighs each part's exports and imports of what
    is not a good relative to its size (ones when not given). `home` `[part, sector]`, 0 to 1, scales what a part buys
    at home; the rest comes from the other parts, by their exports. Each part's output follows from its sales through
    its own Leontief inverse, so that an exporter of oil has an oil industry.

    Raises `WorldError` for a wrong label or shape, or tariffs of the region.
    """
    from multipolar.world._world import World

    if region not in world.countries:
        raise WorldError("split: " + unknown("country", region, world.countries))
    r = world.countries.index(region)
    kept = [i for i in range(len(world.countries)) if i != r]
    n, m, j = len(kept), len(parts), len(world.sectors)
    services = np.ones((m, 2)) if services is None else np.asarray(services)
    bought_home = np.ones((m, j)) if home is None else np.asarray(home)
    given = {
        "size": (size, (m,)),
        "inner_trade": (inner_trade, (m, m)),
        "outer_sales": (outer_sales, (m, n)),
        "composition": (composition, (m, j)),
        "services": (services, (m, 2)),
        "home": (bought_home, (m, j)),
    }
    for name, (value, shape) in given.items():
        array = np.asarray(value, dtype=float)
        if array.shape != shape or not np.isfinite(array).all() or (array < 0).any():
            raise WorldError(f"split: {name} must be finite numbers, not negative, of shape {shape}.")
    if (world.tariff_values[r] != 0).any() or (world.tariff_values[:, r] != 0).any():
        raise WorldError(f"split: region {region!r} has tariffs; split a world without tariffs.")
    size = np.asarray(size) / np.sum(size)
    uses = np.concatenate([world.intermediate_values, world.final_values], axis=3)
    goods = np.asarray(composition).sum(0) > 0
    weight = size[:, None] * np.asarray(services)
    weight = weight / weight.sum(0)  # of exports and imports of services

    # Sales to the countries outside: goods by the given trade and mix, the rest by size.
    sold = uses[r][:, kept]  # [sector, country, use]
    by_good = sold.sum(2)
    mix = np.einsum("pk,kc->pkc", composition, by_good * goods[:, None])
    total = mix.sum(1, keepdims=True)
    mix = np.divide(mix, total, out=np.zeros_like(mix), where=total > 0)
    column = np.asarray(outer_sales).sum(0)
    share = np.divide(outer_sales, column, out=np.repeat(size[:, None], n, 1), where=column > 0)
    part = np.einsum("pkc,pc,c->pkc", mix, share, by_good[goods].sum(0))
    factor = np.divide(part, by_good, out=np.zeros_like(part), where=by_good > 0)
    factor[:, ~goods] = weight[:, :1, None]
    outward = factor[..., None] * sold  # [part, sector, country, use]

    # Inside the old region: what a part buys from the others, the rest at home.
    inside = uses[r][:, r]  # [sector, use]
    region_mix = by_good.sum(1) * goods
    own_mix = np.asarray(composition) * region_mix
    own_mix = own_mix / own_mix.sum(1, keepdims=True)
    apart = np.asarray(inner_trade) * (1 - np.eye(m))
    bought = np.einsum("pq,pk->pqk", apart, own_mix)  # [seller, buyer, sector]
    use_of = size[:, None] * inside.sum(1)
    imported = bought.sum(0)
    limit = LARGEST_INNER_SHARE * use_of
    cut = np.divide(limit, imported, out=np.ones_like(imported), where=imported > limit)
    bought = bought * cut
    away = np.divide(bought, use_of, out=np.zeros_like(bought), where=use_of > 0)  # share by seller
    # What is not bought at home at all comes from the other parts, by what they export.
    exports = outward.sum((2, 3))
    by_seller = np.repeat(exports[:, None], m, 1) * (1 - np.eye(m))[..., None]
    by_seller = np.divide(
        by_seller, by_seller.sum(0), out=np.zeros_like(by_seller), where=by_seller.sum(0) > 0
    )
    keep = np.where(by_seller.sum(0) > 0, bought_home, 1.0)
    away = away * keep + by_seller * (1 - keep)
    at_home = 1 - away.sum(0)

    # Output of each part from its sales; its purchases scale with its output. Sales to the other parts are taken
    # at their size first, then once more at the purchases that follow.
    output = world.output_values[r]
    input_share = np.divide(inside[:, :j], output, out=np.zeros((j, j)), where=output > 0)
    final = inside[:, j:].sum(1)
    scale = np.ones((m, j))
    for _ in range(50):
        demand = size[:, None, None] * np.concatenate(
            [inside[:, :j] * scale[:, None, :], np.repeat(inside[None, :, j:], m, 0)], axis=2
        )  # [buyer, sector, use]
        across = np.einsum("pqk,qk->pk", away, demand.sum(2))
        fixed = outward.sum((2, 3)) + across + at_home * size[:, None] * final
        made = np.stack(
            [np.linalg.solve(np.eye(j) - at_home[p][:, None] * input_share, fixed[p]) for p in range(m)]
        )
        new = np.divide(made, size[:, None] * output, out=np.zeros_like(made), where=output > 0)
        moved = np.abs(new - scale).max()
        scale = new
        if moved < 1e-12 * scale.max():
            break
    stretch = np.concatenate([scale, np.ones((m, uses.shape[3] - j))], axis=1)  # [part, use]

    table = np.zeros((n + m, j, n + m, uses.shape[3]))
    table[:n, :, :n] = uses[np.ix_(kept, range(j), kept)]
    table[n:, :, :n] = outward
    of_goods = np.where(goods[:, None], size, weight[:, 1])  # [sector, part]
    table[:n, :, n:] = np.einsum("kp,iku,pu->ikpu", of_goods, uses[kept][:, :, r], stretch)
    inner = away.copy()
    inner[np.arange(m), np.arange(m)] = at_home
    table[n:, :, n:] = np.einsum("pqk,q,ku,qu->pkqu", inner, size, inside, stretch)

    capital = np.concatenate(
        [world.capital_share_values[kept], np.repeat(world.capital_share_values[[r]], m, 0)]
    )
    part_names = list(names or parts)
    return World.from_arrays(
        [*(world.countries[i] for i in kept), *parts],
        world.sectors,
        table[..., :j],
        table[..., j:],
        world.trade_elasticity_values,
        capital_share=capital,
        country_names=[*(world.country_names[i] for i in kept), *part_names],
        sector_names=world.sector_names,
        name=f"{world.name} ({region} split)",
        year=world.year,
        provenance=world.provenance,
        repair_value_added=True,
    )._with(adjustments=world.adjustments)
