"""A table of a later year: the one nearest to an old table among all that have the new totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from multipolar.errors import NotConvergedError, WorldError, unknown
from multipolar.world._balance import Multipliers, Prior, balance, table
from multipolar.world._groups import sector_group
from multipolar.world._prepare import Adjustment

if TYPE_CHECKING:
    from multipolar.world._world import World

TOLERANCE = 1e-9
TECHNOLOGY_WEIGHT = 1.0


@dataclass(frozen=True, eq=False)
class Targets:
    """The totals that a nowcast must have, in million current USD.

    - `gdp`: by country, every country of the world
    - `goods_trade`: origin (index) by destination (columns), every country of the world; the diagonal is ignored
    - `services_trade`: likewise; when not given, each pair's trade in the base table moves with the geometric mean
      of the two countries' growth of GDP
    - `goods`: the sectors that `goods_trade` covers; when not given, the sector group `goods`
    """

    gdp: pd.Series
    goods_trade: pd.DataFrame
    services_trade: pd.DataFrame | None = None
    goods: Sequence[str] | None = None
    year: int | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)


def nowcast(
    world: World, targets: Targets, *, technology: float = TECHNOLOGY_WEIGHT, name: str | None = None
) -> World:
    """The table nearest to `world` in cross-entropy with the totals of `targets` and exact accounts.

    Before balancing, every cell is scaled to the new totals: trade between two countries to its target, everything
    inside a country with its GDP. A pair that traded nothing in the base and does now starts from the origin's other
    exports. Then minimum cross-entropy (`_balance`; `technology` is the weight that holds technology closer than
    sourcing) meets every total to a relative 1e-9; consumption and investment follow from the accounts. Total trade
    elasticities, capital shares and labels stay.

    Raises `WorldError` for labels that do not match, values that are missing or negative, totals that contradict each
    other (naming the country), a base with tariffs; `NotConvergedError` naming the worst constraint.
    """
    if not (np.isfinite(technology) and technology >= 0):
        raise WorldError(f"nowcast: technology is {technology!r}; expected a number, zero or above.")
    prior, gdp, trade, seeded = prior_of(world, targets)
    result = balance(prior, gdp, trade, technology)
    worst = max(result.residuals, key=lambda kind: result.residuals[kind][0])
    size, place = result.residuals[worst]
    if not size <= TOLERANCE:
        raise NotConvergedError(
            f"nowcast: no table has these totals: after {result.iterations} steps {_named(world, worst, place)} is off "
            f"by {size:.1e} (allowed {TOLERANCE:g}). Check that total against the others of the same countries.",
            {kind: residual for kind, (residual, _) in result.residuals.items()},
        )
    return assembled(world, targets, result.cells, seeded, name)


def rebuilt(
    world: World, targets: Targets, multipliers: Multipliers, technology: float, name: str | None = None
) -> World:
    """What `nowcast` returned, from its stored multipliers. Raises `NotConvergedError` if they do not belong to
    this base and these targets."""
    prior, gdp, _, seeded = prior_of(world, targets)
    cells, added = table(prior, multipliers, technology)
    found = assembled(world, targets, cells, seeded, name)
    gap = max(
        float(np.abs(found.gdp_values / gdp - 1).max()),
        float((np.abs(found.value_added_values - added) / found.output_values.clip(1e-6)).max()),
    )
    if gap > TOLERANCE:
        raise NotConvergedError(
            f"stored multipliers do not balance {name or world.name}: off by {gap:.1e}; build them again.",
            {"accounts": gap},
        )
    return found


def prior_of(world: World, targets: Targets) -> tuple[Prior, np.ndarray, np.ndarray, Adjustment]:
    """The scaled prior, GDP, trade by group of goods (goods, then services), and what was seeded."""
    if (world.tariff_values != 0).any():
        raise WorldError(f"nowcast: world {world.name!r} has tariffs; start from a table without.")
    n = len(world.countries)
    goods = _goods(world, targets.goods)
    group = np.where(goods, 0, 1)
    base = world.trade_values
    old = np.stack([base[..., goods].sum(2), base[..., ~goods].sum(2)], -1)
    gdp = _by_country("gdp", targets.gdp, world.countries)
    if (gdp <= 0).any():
        c = int(np.flatnonzero(gdp <= 0)[0])
        raise WorldError(f"nowcast: gdp of {world.countries[c]!r} is {gdp[c]:g}; it must be positive.")
    growth = gdp / world.gdp_values
    trade = np.zeros((n, n, 2))
    trade[..., 0] = _by_pair("goods_trade", targets.goods_trade, world.countries)
    if targets.services_trade is None:
        trade[..., 1] = old[..., 1] * np.sqrt(np.outer(growth, growth))
    else:
        trade[..., 1] = _by_pair("services_trade", targets.services_trade, world.countries)
    if goods.all():
        trade[..., 1] = 0
    trade[np.arange(n), np.arange(n)] = 0

    absorption = gdp + trade.sum((0, 2)) - trade.sum((1, 2))
    if (absorption <= 0).any():
        c = int(np.flatnonzero(absorption <= 0)[0])
        raise WorldError(
            f"nowcast: {world.countries[c]!r} would sell {trade[c].sum():,.6g} abroad, more than its GDP "
            f"{gdp[c]:,.6g} and imports {trade[:, c].sum():,.6g} together (million USD): nothing is left to consume. "
            "Correct gdp or goods_trade (re-exports?)."
        )

    ratio = np.divide(trade, old, out=np.zeros_like(trade), where=old > 0)
    ratio[np.arange(n), np.arange(n)] = growth[:, None]
    uses = np.concatenate([world.intermediate_values, world.final_values], axis=3)
    cells = uses * ratio[:, :, group].transpose(0, 2, 1)[..., None]
    new = (trade > 0) & (old == 0)
    for i, d, s in np.argwhere(new):
        cells[i, :, d] += _seed(world, uses, group == s, int(i), int(d)) * trade[i, d, s]
    seeded = Adjustment(
        "trade of pairs that had none in the base table, given its origin's other exports",
        float(trade[new].sum()),
        int(new.sum()),
        float(trade[new].sum() / cells.sum()),
    )
    return Prior(cells, world.value_added_values * growth[:, None], group), gdp, trade, seeded


def assembled(
    world: World,
    targets: Targets,
    cells: np.ndarray,
    seeded: Adjustment,
    name: str | None,
    *,
    repair: bool = False,
) -> World:
    """`cells` as a world with the labels of `world`."""
    from multipolar.world._world import World

    j = len(world.sectors)
    made = World.from_arrays(
        world.countries,
        world.sectors,
        cells[..., :j],
        cells[..., j:],
        world.trade_elasticity_values,
        capital_share=world.capital_share_values,
        country_names=world.country_names,
        sector_names=world.sector_names,
        name=name or f"{world.name} nowcast to {targets.year or 'new totals'}",
        year=targets.year,
        provenance={**world.provenance, "nowcast_from": world.name, **targets.provenance},
        repair_value_added=repair,
    )
    return made._with(adjustments=made.adjustments + ((seeded,) if seeded.cells else ()))


def _seed(world: World, uses: np.ndarray, sectors: np.ndarray, origin: int, destination: int) -> np.ndarray:
    """Cells of a new flow, adding up to one: the origin's exports by sector, used as the destination uses imports."""
    before, after = uses[origin, :, :origin], uses[origin, :, origin + 1 :]
    sold = (before.sum((1, 2)) + after.sum((1, 2))) * sectors
    bought = uses[:destination, :, destination].sum(0) + uses[destination + 1 :, :, destination].sum(0)
    bought = bought * sectors[:, None]
    if sold.sum() == 0 or bought.sum() == 0:
        who, what = (origin, "exports") if sold.sum() == 0 else (destination, "imports")
        raise WorldError(
            f"nowcast: goods_trade[{world.countries[origin]}, {world.countries[destination]}] is positive, but in the "
            f"base table {world.countries[who]!r} {what} nothing of the kind, so its mix is unknown."
        )
    total = bought.sum(1, keepdims=True)
    pattern = np.where(total > 0, bought / np.where(total > 0, total, 1), bought.sum(0) / bought.sum())
    return sold[:, None] / sold.sum() * pattern


def _goods(world: World, given: Sequence[str] | None) -> np.ndarray:
    names = list(given) if given is not None else [s for s in sector_group("goods") if s in world.sectors]
    for name in names:
        if name not in world.sectors:
            raise WorldError("nowcast: goods: " + unknown("sector", name, world.sectors))
    if not names:
        raise WorldError(
            f"nowcast: none of the sectors of {world.name!r} is known to be a good; give `goods`."
        )
    return np.array([s in names for s in world.sectors])


def _by_country(what: str, given: Any, countries: Sequence[str]) -> np.ndarray:
    series = pd.Series(given)
    _labels(what, series.index, countries)
    return _finite(what, series.reindex(list(countries)).to_numpy(dtype=float), countries)


def _by_pair(what: str, given: pd.DataFrame, countries: Sequence[str]) -> np.ndarray:
    _labels(f"{what} (rows)", given.index, countries)
    _labels(f"{what} (columns)", given.columns, countries)
    array = given.reindex(index=list(countries), columns=list(countries)).to_numpy(dtype=float).copy()
    np.fill_diagonal(array, 0)
    return _finite(what, array, countries, countries)


def _labels(what: str, found: pd.Index, countries: Sequence[str]) -> None:
    for label in found:
        if label not in countries:
            raise WorldError(f"nowcast: {what}: {unknown('country', label, countries)}")
    if found.has_duplicates:
        raise WorldError(f"nowcast: {what}: country {found[found.duplicated()][0]!r} appears twice.")
    missing = [c for c in countries if c not in found]
    if missing:
        raise WorldError(
            f"nowcast: {what}: country {missing[0]!r} of the world is missing ({len(missing)} in all)."
        )


def _finite(what: str, array: np.ndarray, *dims: Sequence[str]) -> np.ndarray:
    bad = np.argwhere(~(np.isfinite(array) & (array >= 0)))
    if len(bad):
        place = ", ".join(str(dim[i]) for dim, i in zip(dims, bad[0], strict=True))
        raise WorldError(
            f"nowcast: {what}[{place}] is {array[tuple(bad[0])]:g}; expected a finite number, zero or above."
        )
    return array


def _named(world: World, kind: str, place: tuple[int, ...]) -> str:
    c = world.countries
    if kind == "accounts":
        return f"the account of country {c[place[0]]!r}, sector {world.sectors[place[1]]!r}"
    if kind == "gdp":
        return f"GDP of {c[place[0]]!r}"
    return f"trade in {('goods', 'services')[place[2]]} from {c[place[0]]!r} to {c[place[1]]!r}"
