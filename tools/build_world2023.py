"""Build the data of the worlds of 2023 that the package ships.

    python tools/build_world2023.py SOURCE

SOURCE holds `baci2023/`. Writes `src/multipolar/world/data/world2023/`: GDP and trade by country (with the totals
that `assumed_totals.csv` adds), the US tariffs of April 2025, and the multipliers of the nowcast, after balancing it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from multipolar.world import load_world
from multipolar.world._world2023 import solve_world_2023

DATA = Path(__file__).parents[1] / "src/multipolar/world/data/world2023"
BACI = "CEPII BACI HS22 V202501"
WDI = "World Bank WDI"
TYPED = "assumed_totals.csv"


def main(source: Path) -> None:
    assumed = pd.read_csv(DATA / "assumed_totals.csv")
    gdp(source / "baci2023", assumed[assumed["what"] == "gdp"])
    trade(source / "baci2023", assumed)
    tariffs(source / "baci2023")
    multipliers, residuals = solve_world_2023(load_world("wiod-2011"))
    for kind, (size, _) in residuals.items():
        sys.stdout.write(f"{kind}: largest relative residual {size:.1e}\n")
        if not size <= 1e-9:
            raise SystemExit("not balanced; nothing written")
    np.savez_compressed(
        DATA / "multipliers.npz", mu=multipliers.mu, gamma=multipliers.gamma, tau=multipliers.tau
    )


def gdp(source: Path, assumed: pd.DataFrame) -> None:
    table = pd.read_parquet(source / "gdp.parquet").set_index("iso3")[["country", "gdp_musd", "year"]]
    table["gdp_musd"] = table["gdp_musd"].round(3)
    table["status"], table["source"] = "observed", WDI
    names = {"TWN": "Taiwan"}
    for row in assumed.itertuples():
        name = names.get(row.iso3) or table.loc[row.iso3, "country"]
        table.loc[row.iso3] = [name, row.value_musd, row.year, "assumed", TYPED]
    table.sort_index().to_csv(DATA / "gdp.csv", lineterminator="\n")


def trade(source: Path, assumed: pd.DataFrame) -> None:
    table = pd.read_parquet(source / "trade.parquet")
    table["value_musd"] = table["value_musd"].map(lambda v: float(f"{v:.9g}"))
    table["status"], table["source"] = "observed", BACI
    pairs = assumed[assumed["what"] == "trade"].rename(columns={"iso3": "exporter", "partner": "importer"})
    pairs = pairs[["exporter", "importer", "value_musd", "year", "status"]].assign(source=TYPED)
    known = set(zip(table["exporter"], table["importer"], strict=True))
    if twice := known & set(zip(pairs["exporter"], pairs["importer"], strict=True)):
        raise SystemExit(f"assumed trade that the source has: {sorted(twice)}")
    table = pd.concat([table, pairs, taiwan(table, assumed)], ignore_index=True)
    table = table.sort_values(["exporter", "importer"])
    table.to_csv(
        DATA / "trade.csv.gz", index=False, lineterminator="\n", compression={"method": "gzip", "mtime": 0}
    )


def taiwan(table: pd.DataFrame, assumed: pd.DataFrame) -> pd.DataFrame:
    """Taiwan's trade: its partners of the 2011 table, moved with their total trade, scaled to its assumed totals.
    What the 2011 table has with the rest of the world is divided by total trade."""
    world = load_world("wiod-2011")
    goods = world.trade_values[..., :16].sum(2)
    t = world.countries.index("TWN")
    frames = []
    for what, here, there in (("exports", goods[t], "importer"), ("imports", goods[:, t], "exporter")):
        total_now = table.groupby(there)["value_musd"].sum()
        axis = 0 if what == "exports" else 1
        total_then = goods.sum(axis) - np.diag(goods)
        listed = {c for c in world.countries if c in total_now.index}
        rest_now = total_now[[c for c in total_now.index if c not in listed]]
        value = {
            c: here[i] / total_then[i] * total_now[c] for i, c in enumerate(world.countries) if c in listed
        }
        value |= (here[-1] * rest_now / rest_now.sum() * rest_now.sum() / total_then[-1]).to_dict()
        series = pd.Series(value)
        series *= float(assumed.query("what == @what and iso3 == 'TWN'")["value_musd"].iloc[0]) / series.sum()
        partner, side = ("importer", "exporter") if what == "exports" else ("exporter", "importer")
        frame = pd.DataFrame({partner: series.index, "value_musd": series.round(6).to_numpy(), side: "TWN"})
        frames.append(frame)
    both = pd.concat(frames, ignore_index=True)
    return both.assign(year=2023, status="estimated", source="2011 table moved with partners' trade")


def tariffs(source: Path) -> None:
    table = pd.read_parquet(source / "us_2025_tariffs.parquet")
    rows = table[table["applied_tariff"] > 0]
    frame = pd.DataFrame(
        {
            "origin": rows["iso3"],
            "destination": "USA",
            "sector": "goods",
            "tariff": rows["applied_tariff"].map(lambda v: f"{v:g}"),
            "date": "2025-04-02",
            "status": "observed",
            "source": "Ignatenko, Lashkaripour, Macedoni and Simonovska (2025), replication data: "
            + rows["basis"],
        }
    )
    frame.to_csv(DATA.parent / "tariffs_us_2025_04.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
