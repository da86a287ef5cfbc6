"""Build the war's figures that the package ships from the folder of original files.

    python tools/build_war_data.py SOURCE

SOURCE holds `war_economy/`, `controlled_goods/` and `gas_network/`. Writes src/multipolar/war/data/figures.csv; the
figures collected for the accounts themselves are in COLLECTED below. inputs.csv beside it is kept by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

DATA = Path(__file__).parents[1] / "src/multipolar/war/data"
COLUMNS = [
    "table",
    "year",
    "period",
    "party",
    "measure",
    "value",
    "unit",
    "kind",
    "note",
    "source",
    "mark",
    "use",
]
# table, file, columns to rename
TABLES = (
    ("budget", "war_economy/russia_federal_budget.csv", {"country": "party"}),
    ("military", "war_economy/military_spending_sipri.csv", {"country": "party"}),
    ("aid", "war_economy/aid_to_ukraine.csv", {"donor": "party", "date": "period"}),
    ("controlled_goods", "controlled_goods/trade_aggregates.csv", {"exporter": "party", "importer": "kind"}),
    ("oil_prices", "gas_network/oil_prices.csv", {}),
    ("oil_exports", "gas_network/oil_exports.csv", {"destination": "party"}),
)
UNKNOWN = "general knowledge, to be checked"
NOVAK = (
    "marketscreener.com 45819779 (Reuters, Novak: 91.4 bcm by pipe in 2023, about 30 pct less than in 2022)"
)
BLOOMBERG = "bnnbloomberg.ca 1.1969039 (Ministry of Economy outlook, September 2023)"
# year, period, party, measure, value, unit, kind, note, source, mark, use
COLLECTED = (
    (2022, "2022", "RUS", "urals", 76.09, "USD/bbl", "executed", "62.99 of 2023 was more than 17 pct less (78.32 to November)", "stripes.com 2024-01-19 (Bloomberg)", "derived", "validation"),
    (2022, "2022", "RUS", "crude_volume", 4.9, "million bbl/day", "executed", "242 Mt", UNKNOWN, "unconfirmed", "validation"),
    (2022, "2021-12", "RUS", "product_volume", 2.85, "million bbl/day", "executed", "December 2021 stands for 2022", "iea.org russian-supplies (CC BY 4.0)", "confirmed", "validation"),
    (2022, "2022", "RUS", "gas_europe_volume", 62, "bcm", "executed", "", "trend.sk (Reuters calculations)", "confirmed", "validation"),
    (2022, "2022", "RUS", "gas_europe_price", 983.8, "USD/1000 m3", "executed", "Europe and Türkiye", BLOOMBERG, "confirmed", "validation"),
    (2022, "2022", "RUS", "gas_china_volume", 15.5, "bcm", "executed", "", UNKNOWN, "unconfirmed", "validation"),
    (2022, "2022", "RUS", "gas_china_price", 277.1, "USD/1000 m3", "executed", "", BLOOMBERG, "confirmed", "validation"),
    (2022, "2022", "RUS", "gas_other_volume", 53.1, "bcm", "executed", "91.4 / 0.7 less Europe and China", NOVAK, "derived", "validation"),
    (2022, "2022", "RUS", "exchange_rate", 68.5, "RUB/USD", "executed", "average of the year", UNKNOWN, "unconfirmed", "validation"),
    (2022, "2022", "RUS", "oil_gas_revenue", 11.586, "trillion RUB", "executed", "holds a levy on Gazprom in autumn 2022 that these accounts do not model", "interfax.com/newsroom/top-stories/92461", "confirmed", "validation"),
    (2024, "plan of 2023", "RUS", "urals", 71.3, "USD/bbl", "plan", "price the plan was made with", UNKNOWN, "unconfirmed", "validation"),
    (2024, "plan of 2023", "RUS", "exchange_rate", 90.1, "RUB/USD", "plan", "rate the plan was made with", UNKNOWN, "unconfirmed", "validation"),
    (2024, "plan of 2023", "RUS", "oil_gas_revenue", 11.5, "trillion RUB", "plan", "", "energynews.oedigital.com 2024-06-27 (Reuters)", "confirmed", "validation"),
    (2024, "2024-10", "RUS", "urals", 67, "USD/bbl", "estimate of October", "the price of these accounts: 82 less 15", UNKNOWN, "unconfirmed", "validation"),
    (2024, "2024-10", "RUS", "oil_gas_revenue", 11.3, "trillion RUB", "estimate of October", "31.3 pct of 36.1; after May 2024, for validation only", "tass.com/economy/1858947", "derived", "validation"),
    (2024, "2025-01-01", "RUS", "liquid part of the National Wealth Fund", 3.81, "trillion RUB", "executed", "after May 2024, for validation only", "tass.com/economy/1900083", "confirmed", ""),
    (2024, "2024-01-01", "RUS", "liquid part of the National Wealth Fund", 5.01, "trillion RUB", "executed", "", "tass.com/economy/1733351", "confirmed", ""),
    (2023, "2023-12", "RUS", "sold from the National Wealth Fund for the deficit", 2.9, "trillion RUB", "executed", "", "tass.com/economy/1733351", "confirmed", ""),
    (2023, "2023", "RUS", "national defence, doubled target", 9.7, "trillion RUB", "plan", "government document seen by Reuters", "worldreportnow.com 2023-11-10 (Reuters)", "confirmed", ""),
    (2023, "2023 H1", "RUS", "national defence", 5.59, "trillion RUB", "executed", "37.3 pct of 14.97; government document seen by Reuters", "english.aawsat.com/node/4469711 (Reuters)", "confirmed", ""),
    (2024, "2024", "RUS", "gross borrowing at home", 4.07, "trillion RUB", "plan", "1.33 raised by end of June", "dailymail.co.uk article-13580637 (Reuters)", "confirmed", ""),
    (2024, "2024", "UKR", "external financing needed", 37.3, "billion USD", "plan", "", "americanchronicles.news ukraine-will-need-37-3-billion-in-2024 (Ministry of Finance, IMF)", "confirmed", ""),
    (2023, "2023", "UKR", "external financing received", 42.6, "billion USD", "executed", "", "spamchronicles.com (AFP, Shmyhal)", "confirmed", ""),
    (2024, "2024-05", "RUS", "fossil fuel export receipts", 697, "million EUR/day", "estimate", "coal included", "info-blog.org (CREA, May 2024)", "confirmed", ""),
    (2024, "2024-05", "RUS", "oil product export receipts", 221, "million EUR/day", "estimate", "by sea; chemicals included", "info-blog.org (CREA, May 2024)", "confirmed", ""),
)  # fmt: skip


def main(source: Path) -> None:
    frames = []
    for table, name, columns in TABLES:
        rows = pd.read_csv(source / name, keep_default_na=False, dtype=str)
        rows = rows.rename(columns={**columns, "status": "mark"}).assign(table=table)
        frames.append(rows)
    found = pd.DataFrame(COLLECTED, columns=COLUMNS[1:]).astype(str).assign(table="collected")
    everything = pd.concat([*frames, found]).reindex(columns=COLUMNS).fillna("")
    everything.to_csv(DATA / "figures.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
