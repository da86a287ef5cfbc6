"""Build the data of the settlement model from the folder of original files.

    python tools/build_settlement_data.py SOURCE

SOURCE holds `settlement/`, `baci2023/` and `wiod2013/`. `currencies.csv` and `parameters.csv` are typed in and stay.
Everything is described in src/multipolar/settlement/data/README.md.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pandas as pd

DATA = Path(__file__).parents[1] / "src/multipolar/settlement/data"
BOZ = "Boz and others (2022), Mendeley Data 10.17632/6z6w78968m.1"
CBR = "Bank of Russia report of March 2023, through the press; dollars and euros split as in Boz and others for 2019"
HSBC = "HSBC Reserve Management Trends 2024, centralbanking.com 7960672"
PBOC = "People's Bank of China, RMB internationalisation report 2023, pigeonreporter.com 2023-10-30"
GROUPS = {"USD+EUR (unfriendly)": "USD+EUR", "RUB+friendly": "not USD+EUR", "not USD/EUR": "not USD+EUR"}
MONTHS = {"2023-H1": "2023-04", "2023 (about year end)": "2023-12", "2024 spring": "2024-04"}


def main(source: Path) -> None:
    targets(source / "settlement")
    points(source / "settlement")
    trade(source)


def targets(source: Path) -> None:
    """The latest shares of dollar and euro of every economy, and what stands in for Russia and China in January 2022."""
    table = pd.read_csv(source / "invoicing_shares_boz2022.csv")
    last = table.sort_values("year").groupby(["iso3", "flow"]).last()
    rows = []
    for row in last.reset_index().itertuples():
        if row.iso3 == "RUS":
            continue
        for currency, share in (("USD", row.usd_pct), ("EUR", row.eur_pct)):
            if pd.notna(share):
                rows.append(
                    [row.iso3, row.flow, currency, f"{share:g}", row.year, "observed", row.status, BOZ, ""]
                )
    boz = table[(table.iso3 == "RUS") & (table.year == 2019)].set_index("flow")
    observed = {"export": (87.0, 0.5), "import": (65.0, 4.0)}
    for flow, (west, yuan) in observed.items():
        dollars = boz.usd_pct[flow] / (boz.usd_pct[flow] + boz.eur_pct[flow])
        split = {"USD": west * dollars, "EUR": west * (1 - dollars)}
        for currency, share in split.items():
            rows.append(
                ["RUS", flow, currency, f"{share:.1f}", 2022, "estimated", "derived", CBR, "January 2022"]
            )
        rows.append(["RUS", flow, "CNY", f"{yuan:g}", 2022, "observed", "confirmed", CBR, "January 2022"])
    for flow, share in {"export": 12.0, "import": 29.0}.items():
        note = "January 2022: what dollar, euro and yuan leave, less 0.5 (exports) or 2 (imports) for others"
        rows.append(["RUS", flow, "RUB", f"{share:g}", 2022, "estimated", "derived", CBR, note])
    note = (
        "middle of the range of 10 to 15 percent of goods trade given for 2017-21; one figure for both flows"
    )
    rows += [["CHN", flow, "CNY", "12.5", 2021, "estimated", "derived", HSBC, note] for flow in observed]
    columns = ["country", "flow", "currency", "share_pct", "year", "evidence", "status", "source", "note"]
    _write("targets.csv", columns, rows)


def points(source: Path) -> None:
    """Dated observations to fit to and to judge by; nothing after 2022 is ever fitted to."""
    rows = []
    for row in pd.read_csv(source / "russia_settlement_shares.csv").fillna("").itertuples():
        period = MONTHS.get(row.period, row.period if "-" in row.period else f"{row.period}-07")
        currency = GROUPS.get(row.currency_group, row.currency_group)
        role = "context"
        known = ("USD+EUR", "CNY", "RUB", "not USD+EUR", "friendly", "unfriendly")
        if row.flow in ("export", "import", "total") and currency in known and period > "2022-01":
            role = "fit" if period <= "2022-12" else "judge"
        if "large exporters" in row.note:
            role = "context"
        series = "Russia"
        flow = row.flow
        if row.flow.endswith("Asia"):
            series, flow = "Russia with Asia", row.flow.split()[0]
        currency = "USD+EUR" if currency == "unfriendly" else currency
        origin = row.source.replace("Bloomberg copy at 15.188.152.128/", "Bloomberg (a copy), ")
        rows.append([period, series, flow, currency, row.share_pct, role, row.status, row.note, origin])
    for row in pd.read_csv(source / "rub_cny_share_russia_china.csv").fillna("").itertuples():
        period = row.date[:7] if "-" in str(row.date) else "2021-12"
        role = "judge" if period > "2022" else "context"
        note = f"{row.qualifier} {row.speaker}: a speech, not a statistic".strip()
        rows.append(
            [period, "Russia-China", "total", "RUB+CNY", row.share_pct, role, row.status, note, row.source]
        )
    for row in pd.read_csv(source / "rmb_swift_cips.csv").itertuples():
        if row.measure == "Swift payment share" and row.currency == "CNY":
            rows.append(
                [row.period, "Swift", "total", "CNY", row.value, "context", row.status, "", row.source]
            )
    china = [
        ("2022-12", 18.2, PBOC, "whole year"),
        ("2023-09", 24.4, PBOC, "January to September"),
        ("2023-12", 26, HSBC, "end of year"),
    ]
    for period, share, name, note in china:
        rows.append(
            [
                period,
                "China",
                "total",
                "CNY",
                share,
                "judge" if period > "2023" else "context",
                "confirmed",
                note,
                name,
            ]
        )
    columns = ["period", "series", "flow", "currency", "share_pct", "role", "status", "note", "source"]
    _write("points.csv", columns, sorted(rows, key=lambda r: (r[1], r[0], r[2], r[3])))


def trade(source: Path) -> None:
    """Goods trade of 2023 between the 40 countries of the 2013 WIOD tables, and the rest of the world in one."""
    known = set(pd.read_csv(source / "wiod2013/countries.csv")["iso3"])
    table = pd.read_parquet(source / "baci2023/trade.parquet")
    for side in ("exporter", "importer"):
        table[side] = table[side].where(table[side].isin(known), "RoW")
    total = table.groupby(["exporter", "importer"])["value_musd"].sum().reset_index()
    total = total[(total.exporter != total.importer) & (total.value_musd >= 0.5)]
    _write(
        "trade_2023.csv",
        ["origin", "destination", "value_musd"],
        [[r.exporter, r.importer, round(r.value_musd)] for r in total.itertuples()],
    )


def _write(name: str, columns: list[str], rows: list[list]) -> None:
    with (DATA / name).open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
