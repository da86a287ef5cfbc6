"""The worlds that come with the package."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from multipolar.errors import WorldError, unknown
from multipolar.world import _data
from multipolar.world._elasticities import DEFAULT_SET, load_elasticities
from multipolar.world._world import World
from multipolar.world._world2023 import GOODS_NAME, NAME, YEAR, goods_2023, world_2023

WIOD_YEARS = tuple(range(1995, 2012))
BASE_YEAR = 2011  # of the table that world-2023 starts from
CALIENDO_PARRO = "caliendo-parro-1993"
_FINAL_CONSUMPTION = 3  # households, non-profit institutions, government; then fixed capital, inventories


def shipped_worlds() -> pd.DataFrame:
    """Name, year, size, description and licence of every shipped world, oldest first."""
    info = _data.provenance()
    rows = [
        {
            "world": name,
            "year": year,
            "countries": info[key]["countries"],
            "sectors": info[key]["sectors"],
            "source": info[key]["short"],
            "licence": info[key]["licence"],
        }
        for name, year, key in [
            (CALIENDO_PARRO, 1993, "caliendo-parro"),
            *((f"wiod-{year}", year, "wiod2013") for year in WIOD_YEARS),
            (NAME, YEAR, NAME),
            (GOODS_NAME, YEAR, GOODS_NAME),
        ]
    ]
    return pd.DataFrame(rows)


def load_world(name: str | Path) -> World:
    """A shipped world by name, or a world file by path. Raises `WorldError` with the nearest valid name."""
    text = str(name)
    if text == CALIENDO_PARRO:
        return _caliendo_parro()
    if text.startswith("wiod-") and text[5:].isdigit() and int(text[5:]) in WIOD_YEARS:
        return _wiod(int(text[5:]))
    if text == NAME:
        return world_2023(_wiod(BASE_YEAR))
    if text == GOODS_NAME:
        return goods_2023(_wiod(BASE_YEAR))
    if text.endswith(".npz") or Path(text).is_file():
        return World.load(text)
    raise WorldError(
        unknown("world", text, shipped_worlds()["world"]) + " A file written by World.save works too."
    )


@cache
def _wiod(year: int) -> World:
    countries = pd.read_csv(_data.path("wiod2013/countries.csv"))
    sectors = pd.read_csv(_data.path("wiod2013/industries.csv"))
    n, j = len(countries), len(sectors)
    with np.load(_data.path(f"wiod2013/wiot_{year}.npz")) as table:
        intermediate = table["intermediate"].reshape(n, j, n, j).astype(float)
        categories = table["final"].reshape(n, j, n, -1).astype(float)
    final = np.stack(
        [categories[..., :_FINAL_CONSUMPTION].sum(-1), categories[..., _FINAL_CONSUMPTION:].sum(-1)], axis=-1
    )
    theta = load_elasticities(DEFAULT_SET).loc[sectors["industry"]]
    return World.from_arrays(
        countries["iso3"].tolist(),
        sectors["industry"].tolist(),
        intermediate,
        final,
        theta["theta"].to_numpy(),
        country_names=countries["name"].tolist(),
        sector_names=sectors["name"].tolist(),
        name=f"wiod-{year}",
        year=year,
        capital_share=pd.read_csv(_data.path("capital_shares.csv"))
        .set_index("sector")
        .loc[sectors["industry"], "capital_share"]
        .to_numpy(),
        provenance={
            **_data.provenance()["wiod2013"],
            "capital_share": "assumed by industry: capital_shares.csv",
            "trade_elasticity": f"{DEFAULT_SET}: {'; '.join(theta['source'].unique())}",
        },
        repair_value_added=True,
    )


@cache
def _caliendo_parro() -> World:
    with np.load(_data.path("caliendo_parro_1993.npz")) as data:
        countries, sectors = [str(c) for c in data["countries"]], [str(s) for s in data["sectors"]]
        share, tariff = data["share"], data["tariff"]  # [origin, destination, sector]
        net = share / (1 + tariff)
        intermediate = np.einsum("ink,nkj->iknj", net, data["intermediate"])
        final = np.einsum("ink,nk->ikn", net, data["final"])
        theta = data["theta"]
    return World.from_arrays(
        countries,
        sectors,
        intermediate,
        final,
        theta,
        tariff,
        country_names=countries,
        sector_names=sectors,
        name=CALIENDO_PARRO,
        year=1993,
        provenance=_data.provenance()["caliendo-parro"],
    )
