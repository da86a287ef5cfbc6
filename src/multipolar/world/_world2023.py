"""The worlds of 2023: 75 countries x 35 industries by nowcast of the 2011 table, and 194 countries with one sector."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from multipolar.world import _data
from multipolar.world._balance import Multipliers, balance
from multipolar.world._nowcast import TECHNOLOGY_WEIGHT, Targets, prior_of, rebuilt
from multipolar.world._prepare import Adjustment
from multipolar.world._split import split_region
from multipolar.world._valuation import free_on_board

if TYPE_CHECKING:
    from multipolar.world._world import World

NAME, GOODS_NAME, YEAR = "world-2023", "goods-2023", 2023
REST = "RoW"
LEAST_GDP = 200_000.0  # million USD
# Below the size rule, kept for what sanctions on Russia turn on, or (HRV) so that the European Union is complete.
ALSO = ("ARM", "AZE", "BLR", "GEO", "HRV", "KGZ", "UKR", "UZB")
LARGEST_GOODS_DEFICIT = 1 / 3  # of GDP; imports beyond it are taken for goods in transit
GOODS_THETA = 4.0
LEAST_HOME_SALES = 0.1  # of a country's output in the one-sector world
# Between the factory and the border; customs values include them (see `free_on_board`).
MARGINS = ("c19", "c20", "c21", "c23")
CLASSES = {
    "food": ("c1", "c3"),
    "textiles": ("c4", "c5"),
    "mining": ("c2",),
    "refined": ("c8",),
    "chemicals": ("c9", "c10"),
    "metals": ("c12",),
    "machinery": ("c13", "c14", "c15"),
    "other": ("c6", "c7", "c11", "c16"),
}


def gdp_2023() -> pd.DataFrame:
    """GDP in million current USD, index `iso3`: columns `country`, `gdp_musd`, `year`, `status`, `source`."""
    return pd.read_csv(_data.path("world2023/gdp.csv"), keep_default_na=False).set_index("iso3")


def trade_2023() -> pd.DataFrame:
    """Goods trade in million current USD: `exporter`, `importer`, `value_musd`, `year`, `status`, `source`."""
    return pd.read_csv(_data.path("world2023/trade.csv.gz"))


def countries_2023(base: World) -> list[str]:
    """The countries of `world-2023` that the base table has only in its rest of the world, by ISO code."""
    gdp = gdp_2023()
    large = {str(c) for c in gdp.index[gdp["gdp_musd"].to_numpy() >= LEAST_GDP]}
    return sorted((large | set(ALSO)) - set(base.countries))


def split_2023(base: World) -> World:
    """`base` (a 2011 table) free on board, with its rest of the world split by what is known of 2023: GDP and trade by
    country, and what is assumed of each (`structure.csv`). Technology and tastes are the rest of the world's."""
    base = free_on_board(base, list(np.array(base.sectors)[_goods(base)]), MARGINS)
    new = [*countries_2023(base), REST]
    kept = [c for c in base.countries if c != REST]
    gdp, trade = _by_region([*kept, *new])
    size = gdp.loc[new].to_numpy()
    r, goods = base.countries.index(REST), _goods(base)
    own = base.trade_values[r, np.arange(len(base.countries)) != r].sum(0) * goods
    assumed = pd.read_csv(_data.path("world2023/structure.csv")).set_index("iso3").loc[new[:-1]]
    composition = np.tile(goods.astype(float), (len(new), 1))
    mixes = assumed[list(CLASSES)].to_numpy(dtype=float)
    for number, sectors in enumerate(CLASSES.values()):
        at = [base.sectors.index(s) for s in sectors]
        share = mixes[:, number] / mixes.sum(1)
        composition[:-1, at] = (share / (own[at].sum() / own.sum()))[:, None]
    home = np.ones((len(new), len(base.sectors)))
    for sector, column in (("c1", "home_agriculture"), ("c2", "home_mining")):
        home[:-1, base.sectors.index(sector)] = assumed[column].to_numpy(dtype=float)
    names = gdp_2023()["country"].to_dict()
    split = split_region(
        base,
        REST,
        new,
        size,
        trade.loc[new, new].to_numpy() * base.gdp_values[r] / size.sum(),
        trade.loc[new, kept].to_numpy(),
        composition,
        _services(base, assumed, size) / size[:, None],
        home,
        [*(names[c] for c in new[:-1]), "Rest of the World"],
    )
    return _remixed(split)


def _remixed(world: World) -> World:
    """The goods of single pairs in the mix assumed for 2023 (`pair_mix.csv`), where that of 2011 is known to be far
    off; what is in each class keeps its proportions."""
    inputs, final = world.intermediate_values.copy(), world.final_values.copy()
    goods = _goods(world)
    for row in pd.read_csv(_data.path("world2023/pair_mix.csv")).to_dict("records"):
        o, d = (world.countries.index(row[side]) for side in ("exporter", "importer"))
        sold = world.trade_values[o, d]
        whole = sum(row[name] for name in CLASSES)
        factor = np.ones(len(world.sectors))
        for name, sectors in CLASSES.items():
            at = [world.sectors.index(s) for s in sectors]
            if sold[at].sum() > 0:
                factor[at] = row[name] / whole * sold[goods].sum() / sold[at].sum()
        inputs[o, :, d] *= factor[:, None]
        final[o, :, d] *= factor[:, None]
    return world._with(intermediate_values=inputs, final_values=final)


def _services(base: World, assumed: pd.DataFrame, size: np.ndarray) -> np.ndarray:
    """Weights `[part, exports|imports]` of services. Exports by the assumed ones; imports stand to exports as assumed,
    and what the rest of the world imports beyond that (its deficit) is divided by GDP. What remains of the rest of
    the world counts like the average of the countries split from it."""
    r, goods = base.countries.index(REST), _goods(base)
    abroad = np.arange(len(base.countries)) != r
    sold, bought = (
        base.trade_values[r, abroad][:, ~goods].sum(),
        base.trade_values[abroad, r][:, ~goods].sum(),
    )
    flows = assumed[["services_exports_bn", "services_imports_bn"]].to_numpy(dtype=float)
    flows = np.vstack([flows, flows.sum(0) * size[-1] / size[:-1].sum()]) / flows[:, 0].sum()
    flows *= sold / flows[:, 0].sum()
    rest = bought - flows[:, 1].sum()
    flows[:, 1] += max(rest, 0.0) * size / size.sum()
    return flows


def targets_2023(split: World) -> tuple[Targets, pd.Series]:
    """What the table of 2023 must add up to, and what was taken out of imports as goods in transit."""
    gdp, trade = _by_region(list(split.countries))
    trade, transit = without_transit(gdp, trade)
    provenance = {
        **_data.provenance()[NAME],
        "split": f"rest of the world split into {', '.join(countries_2023(split))} and what remains",
    }
    targets = Targets(
        gdp, trade, goods=list(np.array(split.sectors)[_goods(split)]), year=YEAR, provenance=provenance
    )
    return targets, transit


def without_transit(gdp: pd.Series, trade: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Trade with the imports of entrepots scaled down, over all origins alike, until the goods deficit is a third of
    GDP, and what that took out by importer: the data book goods that pass through a port as its imports, but not as
    its exports."""
    values = trade.to_numpy(copy=True)
    np.fill_diagonal(values, 0)
    before = values.sum(0)
    # Less imports here are less exports elsewhere, which can bring another country over the line.
    for _ in range(100):
        imports = values.sum(0)
        room = values.sum(1) + LARGEST_GOODS_DEFICIT * gdp.to_numpy()
        over = imports > room * (1 + 1e-12)
        if not over.any():
            break
        values = values * np.where(over, room / np.where(over, imports, 1), 1.0)
    moved = pd.Series(before - values.sum(0), index=gdp.index)
    return pd.DataFrame(values, index=trade.index, columns=trade.columns), moved


def _transit_record(moved: pd.Series, output: float) -> tuple[Adjustment, ...]:
    sizes = {str(country): float(size) for country, size in moved.items() if size > 1e-9 * moved.sum()}
    if not sizes:
        return ()
    named = ", ".join(sorted(sizes, key=lambda c: -sizes[c]))
    what = f"goods in transit taken out of imports beyond a goods deficit of a third of GDP: {named}"
    total = sum(sizes.values())
    return (Adjustment(what, total, len(sizes), total / output),)


def solve_world_2023(base: World) -> tuple[Multipliers, dict[str, tuple[float, tuple[int, ...]]]]:
    """The multipliers of `world-2023`, balanced from `base` (seconds), and the residuals."""
    split = split_2023(base)
    prior, gdp, trade, _ = prior_of(split, targets_2023(split)[0])
    result = balance(prior, gdp, trade, TECHNOLOGY_WEIGHT)
    return result.multipliers, result.residuals


@cache
def world_2023(base: World) -> World:
    """`world-2023`: the stored multipliers applied to the 2011 table."""
    split = split_2023(base)
    targets, transit = targets_2023(split)
    with np.load(_data.path("world2023/multipliers.npz")) as stored:
        multipliers = Multipliers(stored["mu"], stored["gamma"], stored["tau"])
    world = rebuilt(split, targets, multipliers, TECHNOLOGY_WEIGHT, NAME)
    return world._with(adjustments=world.adjustments + _transit_record(transit, world.output_values.sum()))


@cache
def goods_2023(base: World) -> World:
    """One sector, 194 countries. Output is GDP times the world's gross output over GDP in `base` (a table with
    sectors), at least exports / 0.9; domestic sales are output less exports. Inputs are output less GDP; inputs
    and consumption come from the same origins. Trade elasticity 4 (Simonovska and Waugh 2014)."""
    from multipolar.world._world import World

    table = gdp_2023().drop("TWN")  # its trade is estimated
    countries = [str(c) for c in table.index]
    trade, transit = without_transit(*_by_region(countries))
    values, product = trade.to_numpy(), table["gdp_musd"].to_numpy(dtype=float)
    exports = values.sum(1)
    plain = base.output_values.sum() / base.gdp_values.sum() * product
    output = np.maximum(plain, exports / (1 - LEAST_HOME_SALES))
    sales = values + np.diag(output - exports)
    inputs = output - product
    absorbed = sales.sum(0)
    # GDP plus the deficit is left to consume: positive, for output exceeds exports.
    origin = sales / absorbed
    raised = output > plain
    lifted = Adjustment(
        "output raised so that a tenth of it is sold at home (exports above 0.9 of GDP times the output ratio)",
        float((output - plain)[raised].sum()),
        int(raised.sum()),
        float((output - plain)[raised].sum() / output.sum()),
    )
    world = World.from_arrays(
        countries,
        ["goods"],
        (origin * inputs)[:, None, :, None],
        (origin * (absorbed - inputs))[:, None, :],
        GOODS_THETA,
        country_names=table["country"].tolist(),
        sector_names=["Whole economy; goods cross borders"],
        name=GOODS_NAME,
        year=YEAR,
        provenance={
            **_data.provenance()[GOODS_NAME],
            "trade_elasticity": "4, about the estimate of Simonovska and Waugh (2014), Journal of International Economics 92(1)",
            "capital_share": "assumed: a third",
        },
    )
    return world._with(
        adjustments=(
            *world.adjustments, *_transit_record(transit, output.sum()), *([lifted] if raised.any() else [])
        )
    )  # fmt: skip


def _goods(world: World) -> np.ndarray:
    goods = [s for sectors in CLASSES.values() for s in sectors]
    return np.array([s in goods for s in world.sectors])


def _by_region(regions: list[str]) -> tuple[pd.Series, pd.DataFrame]:
    """GDP and goods trade by region; countries not listed are added up in the rest of the world, if that is."""
    gdp, flows = gdp_2023(), trade_2023()
    place = {region: i for i, region in enumerate(regions)}
    # One bin beyond the regions takes what belongs to none of them.
    at = {country: place.get(country, place.get(REST, len(regions))) for country in gdp.index}
    size, trade = np.zeros(len(regions) + 1), np.zeros((len(regions) + 1, len(regions) + 1))
    np.add.at(size, [at[c] for c in gdp.index], gdp["gdp_musd"].to_numpy())
    origins, destinations = ([at[c] for c in flows[side]] for side in ("exporter", "importer"))
    np.add.at(trade, (origins, destinations), flows["value_musd"].to_numpy())
    frame = pd.DataFrame(trade[:-1, :-1], index=pd.Index(regions), columns=pd.Index(regions))
    return pd.Series(size[:-1], index=pd.Index(regions)), frame
