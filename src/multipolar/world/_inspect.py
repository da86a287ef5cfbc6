"""Looking at worlds: one country's trade and sectors, two worlds side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from multipolar.errors import WorldError, unknown
from multipolar.world._world import World


@dataclass(frozen=True)
class Profile:
    """One country in the baseline. Money in million USD, shares as fractions.

    - `totals`: GDP, output, exports, imports, deficit, openness, share of world GDP
    - `partners`: by partner, largest trade first: exports, imports, balance, share of exports and of imports
    - `sectors`: by sector: name, output, value added, exports, imports, and of each the main customer and supplier
      abroad with their share of it (blank where there is no trade)
    """

    world: str
    country: str
    name: str
    totals: dict[str, float]
    partners: pd.DataFrame
    sectors: pd.DataFrame


@dataclass(frozen=True)
class Comparison:
    """Two worlds. `countries`: GDP, exports, imports of each (million USD), what the second is relative to the first, and
    `same_partners`, the part of exports and imports that goes to the same partners in both (1: identical shares, 0: none in
    common). `partners` holds one country's exports and imports by partner. Countries and sectors that only one has are listed.
    """

    first: str
    second: str
    countries: pd.DataFrame
    partners: pd.DataFrame | None
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    same_sectors: bool


def profile(world: World, country: str) -> Profile:
    """What a country makes, sells, buys and from whom. Raises `WorldError` for an unknown country."""
    n = _position(world, country)
    trade = world.trade_values
    sold, bought = trade[n].copy(), trade[:, n].copy()
    sold[n], bought[n] = 0, 0
    exports, imports = float(sold.sum()), float(bought.sum())
    gdp = float(world.gdp_values[n])
    partners = pd.DataFrame(
        {"name": world.country_names, "exports": sold.sum(1), "imports": bought.sum(1)},
        index=pd.Index(world.countries, name="partner"),
    ).drop(country)
    partners["balance"] = partners["exports"] - partners["imports"]
    partners["share_of_exports"] = partners["exports"] / (exports or 1)
    partners["share_of_imports"] = partners["imports"] / (imports or 1)
    order = np.argsort(-(partners["exports"] + partners["imports"]).to_numpy(), kind="stable")
    customer, customer_share = _main(world, sold)
    supplier, supplier_share = _main(world, bought)
    sectors = pd.DataFrame(
        {
            "name": world.sector_names,
            "output": world.output_values[n],
            "value_added": world.value_added_values[n],
            "exports": sold.sum(0),
            "imports": bought.sum(0),
            "main_customer": customer,
            "customer_share": customer_share,
            "main_supplier": supplier,
            "supplier_share": supplier_share,
        },
        index=pd.Index(world.sectors, name="sector"),
    )
    totals = {
        "gdp": gdp,
        "output": float(world.output_values[n].sum()),
        "exports": exports,
        "imports": imports,
        "deficit": float(world.deficit_values[n]),
        "openness": (exports + imports) / (2 * gdp),
        "share_of_world_gdp": gdp / float(world.gdp_values.sum()),
    }
    return Profile(world.name, country, world.country_names[n], totals, partners.iloc[order], sectors)


def compare(first: World, second: World, country: str | None = None) -> Comparison:
    """Two worlds on the countries both have. Raises `WorldError` if they have none in common or `country` is not in both."""
    both = [c for c in first.countries if c in second.countries]
    if not both:
        raise WorldError(f"worlds {first.name!r} and {second.name!r} have no country in common.")
    a, b = first.summary().loc[both], second.summary().loc[both]
    frame = pd.DataFrame({"name": a["name"]})
    for column in ("gdp", "exports", "imports"):
        frame[f"{column}_first"], frame[f"{column}_second"] = a[column], b[column]
        frame[f"{column}_ratio"] = b[column] / a[column].where(a[column] != 0)
    one, two = (_abroad(w, both) for w in (first, second))
    frame["same_partners"] = (_overlap(one, two) + _overlap(one.T, two.T)) / 2
    partners = None
    if country is not None:
        for world in (first, second):
            _position(world, country)
        k = both.index(country)
        partners = pd.DataFrame(
            {
                "exports_first": one[k], "exports_second": two[k],
                "imports_first": one[:, k], "imports_second": two[:, k],
            },
            index=pd.Index(both, name="partner"),
        ).drop(country)  # fmt: skip
        partners = partners.iloc[np.argsort(-partners.to_numpy().sum(1), kind="stable")]
    return Comparison(
        first.name, second.name, frame, partners,
        tuple(c for c in first.countries if c not in both), tuple(c for c in second.countries if c not in both),
        first.sectors == second.sectors,
    )  # fmt: skip


def _position(world: World, country: str) -> int:
    if country not in world.countries:
        raise WorldError(f"world {world.name!r}: {unknown('country', country, world.countries)}")
    return world.countries.index(country)


def _main(world: World, flows: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Of flows `[partner, sector]` the largest partner of each sector and its share."""
    total = flows.sum(0)
    top = flows.argmax(0)
    share = np.divide(flows.max(0), total, out=np.zeros_like(total), where=total > 0)
    return [world.countries[i] if t > 0 else "" for i, t in zip(top, total, strict=True)], share


def _abroad(world: World, countries: list[str]) -> np.ndarray:
    at = [world.countries.index(c) for c in countries]
    trade = world.trade_values.sum(2)[np.ix_(at, at)].copy()
    np.fill_diagonal(trade, 0)
    return trade


def _overlap(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    total = [t.sum(1, keepdims=True) for t in (one, two)]
    shares = [
        np.divide(t, s, out=np.zeros_like(t), where=s > 0) for t, s in zip((one, two), total, strict=True)
    ]
    return np.minimum(*shares).sum(1)
