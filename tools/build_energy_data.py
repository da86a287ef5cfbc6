"""Build src/multipolar/energy/data from the folder of public gas and oil figures, and from the rows below.

python tools/build_energy_data.py FOLDER

Rows taken from the folder keep their mark (confirmed, derived, unconfirmed). Rows typed in here are ours: `estimated`
are rounded general knowledge, not found in a stored page (unconfirmed); `assumed` are choices of this model.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

OUT = Path(__file__).parents[1] / "src/multipolar/energy/data"
OURS = "general knowledge, rounded"
MMBTU = 34.121  # million Btu in 1000 cubic metres at 36 MJ per cubic metre, the convention of the Statistical Review
MT = 1.36  # bcm of gas in a million tonnes of LNG, same source
EVIDENCE = {"confirmed": "observed", "derived": "observed", "unconfirmed": "estimated"}
EU = "AUT BEL BGR CYP CZE DEU DNK ESP EST FIN FRA GRC HRV HUN IRL ITA LTU LUX LVA MLT NLD POL PRT ROU SVK SVN SWE"

# node, name, latitude, longitude, countries, supply elasticity
GAS_NODES = """RUS|Russia|62|75|RUS|0.5
EUR|European Union|49|10|EU|0.1
GBR|United Kingdom|54|-2|GBR|0.1
NOR|Norway|62|8|NOR|0.1
TUR|Türkiye|39|34|TUR|0.1
UKR|Ukraine|49|31|UKR|0.1
BLR|Belarus|54|28|BLR|0.1
AZE|Azerbaijan|40|48|AZE|0.1
IRN|Iran|32|54|IRN|0.1
KAZ|Kazakhstan|48|67|KAZ|0.1
UZB|Uzbekistan|41|64|UZB|0.1
TKM|Turkmenistan|39|59|TKM|0.1
CHN|China|34|108|CHN|0.1
JPN|Japan|36|139|JPN|0.1
KOR|South Korea|36|128|KOR|0.1
TWN|Taiwan|24|121|TWN|0.1
IND|India|22|79|IND|0.1
MMR|Myanmar|20|96|MMR|0.1
QAT|Qatar|25|51|QAT|0.1
OMN|Oman|21|57|OMN|0.1
EGY|Egypt|28|30|EGY|0.1
DZA|Algeria|32|3|DZA|0.1
LBY|Libya|28|17|LBY|0.1
NGA|Nigeria|9|8|NGA|0.1
USA|United States|38|-95|USA|0.3
AUS|Australia|-22|122|AUS|0.1
MYS|Malaysia|4|109|MYS|0.1
IDN|Indonesia|-3|117|IDN|0.1
OATL|Other exporters, Atlantic (TTO, PER, AGO, GNQ, CMR)|4|-45|TTO PER AGO GNQ CMR|0.1
OPAC|Other exporters, Indian and Pacific Ocean (ARE, BRN, PNG)|-8|145|ARE BRN PNG|0.1
OASI|Other Asian importers (PAK, BGD, THA, SGP, KWT)|14|100|PAK BGD THA SGP KWT|0.1
LAM|Latin America|-15|-58|BRA ARG CHL MEX COL|0.1"""
# node: production 2021, 2023, consumption 2021, 2023; blank: from the folder
GAS_BALANCE = {
    "NOR": (None, None, 4.4, 4.4), "TUR": (0.4, 0.8, None, None), "MYS": (None, None, None, 44),
    "IDN": (None, None, 41, 42), "NGA": (None, None, 22, 24), "OMN": (None, None, 27, 28), "LBY": (None, None, 8, 8.5),
    "MMR": (None, None, 13, 12), "AZE": (None, None, None, 13), "BLR": (0.1, 0.1, None, None),
}  # fmt: skip
GAS_PRICE_MMBTU = {  # node: 2021, 2023, what it is
    "EUR": (8.94, 13.1, "import price at the German border 2021; hub TTF 2023"),
    "GBR": (8.9, 12.9, "as in the European Union"), "UKR": (9.0, 13.2, "European Union plus transport"),
    "TUR": (8.0, 11.0, "mix of contracts"), "IND": (9.5, 11.5, "LNG"), "LAM": (9.0, 12.0, "LNG"), "OASI": (9.8, 12.0, "LNG"),
    "JPN": (10.07, None, "LNG import price, customs"), "CHN": (10.0, None, "LNG import price"),
    "KOR": (10.3, None, "LNG import price"), "TWN": (10.4, None, "LNG import price"),
    "USA": (3.84, 2.54, "Henry Hub"),
}  # fmt: skip
# March and June 2023, USD per million Btu, customs: oilgas-info.jogmec.go.jp 1009710 and 1009847
JOGMEC_2023 = {"JPN": (14.90, 12.05), "CHN": (11.98, 10.75), "KOR": (17.67, 13.25), "TWN": (14.24, 10.08)}
GAS_PRICE = {  # USD per 1000 cubic metres, 2021, 2023: value at the node, in exporters far below what importers pay
    "RUS": (70, 70), "NOR": (280, 420), "BLR": (128, 128), "AZE": (90, 90), "IRN": (40, 40), "KAZ": (60, 60), "UZB": (60, 60),
    "TKM": (40, 40), "MMR": (150, 150), "QAT": (60, 60), "OMN": (80, 80), "EGY": (120, 120), "DZA": (100, 100),
    "LBY": (100, 100), "NGA": (80, 80), "AUS": (180, 200), "MYS": (130, 130), "IDN": (150, 150), "OATL": (120, 120),
    "OPAC": (120, 120),
}  # fmt: skip
# route | title | from | to | nameplate | tariff | flow 2021 | available 2021 | flow 2023 | available 2023 | evidence
# nameplate as in the folder's pipelines.csv unless marked *; blank available: the nameplate; = the flow (full, or all booked)
GAS_ROUTES = """nord-stream-1|Nord Stream 1|RUS|EUR|55|60|59.2|=|0|0|Nord Stream 1
nord-stream-2|Nord Stream 2|RUS|EUR|55|60|0|0|0|0|Nord Stream 2
yamal-europe|Yamal-Europe|RUS|EUR|33|65|33|=|0|0|Yamal-Europe
ukraine-transit|Transit through Ukraine|RUS|EUR|40|75|41.6|=|15.3|=|Ukraine transit (contract)
turkstream-europe|TurkStream, European string|RUS|EUR|15.75|80|14||13.7||TurkStream
turkstream-turkiye|TurkStream, Turkish string|RUS|TUR|15.75|75|13||9||TurkStream
blue-stream|Blue Stream|RUS|TUR|16|70|13||12.3||Blue Stream
russia-belarus|Russia to Belarus|RUS|BLR|40*|45|18.9||16.9||
power-of-siberia|Power of Siberia|RUS|CHN|38|60|10.4|=|22.7|=|Power of Siberia
far-eastern-route|Far Eastern route|RUS|CHN|10|60|0|0|0|0|Far Eastern route (Sakhalin-Vladivostok-China)
power-of-siberia-2|Power of Siberia 2|RUS|CHN|50|70|0|0|0|0|Power of Siberia 2 / Soyuz Vostok
central-asia-centre-reverse|Central Asia-Centre, reversed|RUS|UZB|2.8|30|0|0|1|=|Central Asia-Centre (reverse)
turkmenistan-china|Central Asia-China, from Turkmenistan|TKM|CHN|55|150|31||33||Central Asia-China C
uzbekistan-china|Central Asia-China, from Uzbekistan|UZB|CHN|10*|140|4.3||1.5||
kazakhstan-china|Central Asia-China, from Kazakhstan|KAZ|CHN|15*|120|5.9||5.5||
central-asia-china-d|Central Asia-China D|TKM|CHN|30|140|0|0|0|0|Central Asia-China D
myanmar-china|Myanmar-China|MMR|CHN|12|60|3.9||4||Myanmar-China
norway-eu|Norway to the European Union|NOR|EUR|95*|18|84||78||Norway-EU/UK (all lines)
baltic-pipe|Baltic Pipe|NOR|EUR|10|20|0|0|7||Baltic Pipe
norway-uk|Norway to the United Kingdom|NOR|GBR|25*|18|29|=|24||Norway-EU/UK (all lines)
uk-eu|Interconnectors, United Kingdom to continent|GBR|EUR|25*|6|3||8||
eu-ukraine|European Union to Ukraine|EUR|UKR|20*|8|2.6||1||
transmed|Transmed|DZA|EUR|33|25|21||23||Transmed (Enrico Mattei)
medgaz|Medgaz|DZA|EUR|10|25|8.2||8.5||Medgaz
maghreb-europe|Maghreb-Europe|DZA|EUR|12|30|4.8||0|0|Maghreb-Europe
greenstream|Greenstream|LBY|EUR|11|25|3.2||2.5||Greenstream
tanap|TANAP to Türkiye|AZE|TUR|16|35|9||9.5||TANAP
tap|Trans Adriatic Pipeline|AZE|EUR|10|70|8.1||11.8|=|TAP
iran-turkiye|Tabriz-Ankara|IRN|TUR|10|30|9.4||5.4||Iran-Turkey (Tabriz-Ankara)"""
CONFIRMED_FLOWS = {("nord-stream-1", 2021), ("power-of-siberia", 2023)}
DERIVED_FLOWS = {("ukraine-transit", 2023), ("turkstream-europe", 2023)}
# bcm: LNG exports 2021, 2023; liquefaction capacity 2021, 2023 in Mt (blank: the folder's of 2023)
LNG_EXPORTS = {
    "RUS": (39.6, None), "MYS": (33.5, 36.5), "IDN": (18.8, 21.5), "DZA": (16.1, 17.8), "NGA": (23.3, 18.0), "OMN": (14.2, 15.5),
    "EGY": (9.0, 4.7), "OATL": (22.8, 21.0), "OPAC": (27.8, 27.0), "USA": (None, None), "QAT": (None, None), "AUS": (None, None),
}  # fmt: skip
LIQUEFACTION_2021 = {"USA": 74, "RUS": 29}
LIQUEFACTION = {"OATL": 24, "OPAC": 22}
LNG_IMPORTS = {
    "EUR": (79.4, 132.0), "GBR": (14.9, 20.0), "TUR": (13.9, 14.0), "CHN": (None, None), "JPN": (None, None),
    "KOR": (64.1, 60.5), "IND": (33.6, 30.0), "TWN": (26.8, 27.5), "LAM": (24.0, 19.0),
}  # fmt: skip
REGASIFICATION = {"EUR": (118, None), "LAM": (45, 45), "OASI": (60, 70)}
# Sea miles between representative terminals, from general knowledge, rounded to hundreds.
GAS_DESTINATIONS = ["EUR", "GBR", "TUR", "CHN", "JPN", "KOR", "IND", "TWN", "OASI", "LAM"]
GAS_MILES = """USA 4800 4700 6300 10000 9400 9800 9700 10300 10500 4500
QAT 5800 6300 4000 5800 6500 6100 1300 5200 2500 8500
AUS 9500 9700 7800 3300 3700 3700 3900 2900 2900 9500
RUS 2500 2500 4900 3500 1000 1300 8500 2000 7000 7500
MYS 8200 8300 6600 1900 2500 2300 3000 1400 1500 10500
IDN 8700 8800 7100 2400 2600 2700 3500 1700 1700 10800
DZA 700 1600 1500 8900 9500 9300 4700 8400 5500 4600
NGA 4200 4300 4900 10100 10800 10500 7100 9500 7900 3600
OMN 5300 5800 3500 5300 5900 5700 900 4800 1800 8000
EGY 1900 3200 900 7300 7900 7700 3100 6900 4000 5800
OATL 4200 4000 5400 9900 9600 9900 8700 10400 9500 2600
OPAC 8900 9000 7300 2500 2600 2600 3900 2000 2200 10500"""
OIL_NODES = """RUS|Russia|60|70|RUS|0.11
KAZ|Kazakhstan and Azerbaijan|47|62|KAZ AZE|0.11
NOR|Norway|62|8|NOR|0.11
GULF|Gulf producers|26|48|SAU IRQ ARE KWT IRN OMN QAT|0.11
AFR|Africa|10|8|NGA AGO LBY DZA COG GAB|0.11
LAM|Latin America|-5|-60|BRA MEX COL VEN ECU GUY|0.11
CAN|Canada|56|-110|CAN|0.11
USA|United States|38|-95|USA|0.11
EUR|European Union and United Kingdom|49|10|EU GBR|0.11
TUR|Türkiye|39|34|TUR|0.11
BLR|Belarus|54|28|BLR|0.11
CHN|China|34|108|CHN|0.11
IND|India|22|79|IND|0.11
JPN|Japan|36|139|JPN|0.11
KOR|South Korea|36|128|KOR|0.11
OASI|Other Asia and rest of the world|10|105|TWN THA SGP PAK PHL MYS VNM|0.11"""
OIL_EXPORTS = {"KAZ": 1.8, "NOR": 1.6, "GULF": 16.5, "AFR": 5.2, "LAM": 3.8, "CAN": 3.8, "USA": 3.0}
OIL_IMPORTS = {"EUR": (10.2, 71.0), "TUR": (0.65, 71.0), "BLR": (0.3, 60.0), "USA": (6.1, 70.0), "CHN": (10.5, 72.5),
               "IND": (4.3, 71.5), "JPN": (2.5, 72.5), "KOR": (2.6, 72.5)}  # fmt: skip
OIL_CELLS = {
    "EUR": 2.45,
    "CHN": 1.55,
    "BLR": 0.3,
    "JPN": 0.1,
    "KOR": 0.15,
    "IND": 0.05,
    "USA": 0.1,
    "TUR": 0.1,
}
OIL_DESTINATIONS = ["EUR", "TUR", "USA", "CHN", "IND", "JPN", "KOR", "OASI"]
# Russia: western ports (Baltic, Black Sea); the eastern ports have a row of their own, - where nothing goes.
OIL_MILES = """RUS 1700 1500 5000 10500 6000 12500 12200 8500
RUS-east - - - 1000 - 1200 1200 -
KAZ 2200 700 6400 8800 4200 9400 9000 7000
NOR 600 3400 3900 11000 6900 11700 11300 9500
GULF 6300 4000 9500 5800 1300 6600 6300 4500
AFR 3200 3200 5600 9700 6500 10400 10100 8300
LAM 4800 6200 2000 10500 9500 10000 10300 10500
USA 4900 6400 0 10000 9700 9400 9900 10800"""
# route | title | from | to | capacity 2021 | capacity 2023 | tariff USD/bbl | flow 2021
OIL_ROUTES = """druzhba-west|Druzhba, to the European Union|RUS|EUR|0.8|0.35|1.5|0.7
druzhba-belarus|Druzhba, to Belarus|RUS|BLR|0.5|0.5|1.0|0.3
espo-china|Eastern Siberia-Pacific Ocean and Kazakhstan, to China|RUS|CHN|0.8|0.8|3.0|0.8
canada-usa|Canada to the United States|CAN|USA|4.5|4.5|6.0|3.8"""
LABANDEIRA = "Labandeira, Labeaga and López-Otero (2017), Energy Policy 102: short-run mean for natural gas"
CCI = "Caldara, Cavallo and Iacoviello, as tabulated by Bilgin and Ellwanger (Bank of Canada, 2018): supply 11%, demand -13%"
PARAMETERS = [  # name, value, unit, source, status, mark, note
    ("gas_demand_elasticity", 0.18, "1", LABANDEIRA, "estimated", "unconfirmed", "figure from memory; applied to wholesale prices"),
    ("gas_flexibility", 20, "USD/1000 m3", "a choice", "assumed", "unconfirmed", "price difference that doubles a route's normal flow"),
    ("gas_russian_supply_limit", 715, "bcm", "production of 2021, 702, plus 2 percent", "assumed", "unconfirmed", ""),
    ("liquefaction_cost", 80, "USD/1000 m3", OURS, "assumed", "unconfirmed", "about 2.3 USD per million Btu"),
    ("regasification_cost", 12, "USD/1000 m3", OURS, "assumed", "unconfirmed", ""),
    ("lng_shipping_cost", 0.0065, "USD/1000 m3/nautical mile", OURS, "assumed", "unconfirmed", "about 0.9 USD per million Btu from the Gulf of Mexico to Rotterdam"),
    ("full_utilisation", 0.9, "fraction", "a choice", "assumed", "unconfirmed", "plants above it count as full: nothing more to be had"),
    ("oil_supply_elasticity", 0.11, "1", CCI, "estimated", "confirmed", ""),
    ("oil_demand_elasticity", 0.13, "1", CCI, "estimated", "confirmed", ""),
    ("oil_flexibility", 1.0, "USD/bbl", "a choice", "assumed", "unconfirmed", "price difference that doubles a route's normal flow"),
    ("oil_shipping_cost", 0.0007, "USD/bbl/nautical mile", OURS, "assumed", "unconfirmed", ""),
    ("oil_loading_cost", 0.5, "USD/bbl", OURS, "assumed", "unconfirmed", ""),
    ("oil_eastern_ports", 1.05, "mb/d", OURS, "assumed", "unconfirmed", "what Kozmino and Sakhalin can load; 1.0 shipped in 2021"),
    ("urals_2021", 69, "USD/bbl", "folder: oil_prices.csv", "estimated", "unconfirmed", ""),
    ("price_cap_2023", 60, "USD/bbl", "en.vestikavkaza.ru/material/157601", "observed", "confirmed", ""),
    ("shadow_fleet_2023", 1.8, "mb/d", OURS, "assumed", "unconfirmed", "what Russia can ship without western services; growing"),
    ("shadow_cost_2023", 8.36458, "USD/bbl", "fitted: Urals of summer 2023", "estimated", "derived", "tools/fit_oil_2023.py"),
    ("oil_demand_shift_2023", 0.02775, "fraction", "fitted: Brent of summer 2023", "estimated", "derived", "level of demand at the prices of 2021; tools/fit_oil_2023.py"),
    ("ps2_capital_cost", 13600, "million USD", "Reuters 2023-10-30 (headtopics.com): some analysts, up to 13.6 bn", "estimated", "confirmed", "the pipe; others say far more"),
    ("ps2_inland_cost", 60, "USD/1000 m3", "a choice; Kondratov (same Reuters text) says 270", "assumed", "unconfirmed", "carriage inside China, borne by China"),
    ("ps2_build_years", 6, "years", "a choice", "assumed", "unconfirmed", "from the decision to first gas"),
    ("ps2_life", 30, "years", "a choice", "assumed", "unconfirmed", ""),
    ("discount_rate", 0.10, "fraction", "a choice", "assumed", "unconfirmed", "real, both sides"),
    ("brent_2023_summer", 80.33, "USD/bbl", "mean of North Sea Dated, June to August 2023, tass.com 1641799 1655241 1668641", "observed", "derived", ""),
    ("urals_2023_summer", 64.55, "USD/bbl", "mean of Urals, June to August 2023, same pages", "observed", "derived", ""),
    ("world_gdp_2023", 105000000, "million USD", "IMF World Economic Outlook, " + OURS, "estimated", "unconfirmed", ""),
]  # fmt: skip


def main(source: Path) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    balances = list(csv.DictReader((source / "gas_balances.csv").open(encoding="utf-8")))
    lng = list(csv.DictReader((source / "lng.csv").open(encoding="utf-8")))
    pipes = {r["pipeline"]: r for r in csv.DictReader((source / "pipelines.csv").open(encoding="utf-8"))}
    codes = {"EUR": "EU27"}

    def found(node: str, year: int, measure: str) -> tuple | None:
        rows = [
            r
            for r in balances
            if (r["node"], r["year"], r["measure"]) == (codes.get(node, node), str(year), measure)
        ]
        rank = ["confirmed", "derived", "unconfirmed"]
        rows.sort(key=lambda r: rank.index(r["status"]))
        return (
            (float(rows[0]["bcm"]), rows[0]["source"], rows[0]["status"], rows[0]["note"]) if rows else None
        )

    quantities = []

    def put(node: str, year: int, measure: str, value: float, src: str, mark: str, note: str = "") -> None:
        quantities.append((node, year, measure, round(value, 3), "bcm", src, EVIDENCE[mark], mark, note))

    for line in GAS_NODES.split("\n"):
        node = line.split("|")[0]
        for m, measure in enumerate(("production", "consumption")):
            for y, year in enumerate((2021, 2023)):
                row = found(node, year, measure)
                ours = GAS_BALANCE.get(node, (None,) * 4)[2 * m + y]
                if row:
                    put(node, year, measure, row[0], row[1], row[2], row[3])
                elif ours is not None:
                    put(node, year, measure, ours, OURS, "unconfirmed")
    for y, year in enumerate((2021, 2023)):
        sums = []
        for measure, table in (("exports", LNG_EXPORTS), ("imports", LNG_IMPORTS)):
            total = 0.0
            for node, values in table.items():
                rows = [r for r in lng if (r["node"], r["year"], r["measure"]) == (node, str(year), measure)]
                rows.sort(key=lambda r: r["unit"] != "bcm")
                if rows:
                    r = rows[0]
                    factor = MT if r["unit"] == "Mt" else 1
                    note = f"{r['value']} Mt at {MT} bcm" if factor != 1 else ""
                    value = float(r["value"]) * factor
                    put(node, year, f"lng_{measure}", value, r["source"], r["status"], note)
                else:
                    value = float(values[y])
                    put(node, year, f"lng_{measure}", value, OURS, "unconfirmed")
                total += value
            sums.append(total)
        put(
            "OASI",
            year,
            "lng_imports",
            sums[0] - sums[1],
            "residual: all exports less the imports of the others",
            "derived",
        )
        for node in LNG_EXPORTS:
            rows = [r for r in lng if (r["node"], r["measure"]) == (node, "liquefaction capacity")]
            mt = LIQUEFACTION_2021.get(node) if year == 2021 else None
            src, mark = (
                (rows[-1]["source"], rows[-1]["status"]) if rows and mt is None else (OURS, "unconfirmed")
            )
            mt = mt or (float(rows[-1]["value"]) if rows else LIQUEFACTION[node])
            put(node, year, "liquefaction", mt * MT, src, mark, f"{mt:g} Mt nameplate")
        for node in [*LNG_IMPORTS, "OASI"]:
            rows = [
                r
                for r in lng
                if (r["node"], r["measure"]) == (codes.get(node, node), "regasification capacity")
            ]
            mt = REGASIFICATION.get(node, (None, None))[y]
            src, mark = (
                (rows[0]["source"], rows[0]["status"]) if rows and mt is None else (OURS, "unconfirmed")
            )
            mt = mt or float(rows[0]["value"])
            put(node, year, "regasification", mt * MT, src, mark, f"{mt:g} Mt")
    columns = "node,year,measure,value,unit,source,status,mark,note"
    write("gas_quantities", columns, quantities)

    nodes = [line.split("|") for line in GAS_NODES.split("\n")]
    write("gas_nodes", "node,name,latitude,longitude,countries,supply_elasticity,source,status,mark",
          [(*r[:4], r[4].replace("EU", EU), r[5], "elasticity: a choice; higher for Russia (idle fields) and shale", "assumed", "unconfirmed") for r in nodes])  # fmt: skip
    prices = []
    for node, (a, b, what) in GAS_PRICE_MMBTU.items():
        for year, value in ((2021, a), (2023, b)):
            if value is not None:
                prices.append(
                    (
                        node,
                        year,
                        round(value * MMBTU, 1),
                        "USD/1000 m3",
                        OURS,
                        "estimated",
                        "unconfirmed",
                        f"{value} USD per million Btu; {what}",
                    )
                )
    for node, months in JOGMEC_2023.items():
        value = sum(months) / 2
        prices.append((node, 2023, round(value * MMBTU, 1), "USD/1000 m3", "oilgas-info.jogmec.go.jp 1009710, 1009847", "observed", "derived",
                       f"mean of March and June, {months[0]} and {months[1]} USD per million Btu"))  # fmt: skip
    for node, values in GAS_PRICE.items():
        for year, value in zip((2021, 2023), values, strict=True):
            prices.append(
                (
                    node,
                    year,
                    value,
                    "USD/1000 m3",
                    "value at the node: a choice",
                    "assumed",
                    "unconfirmed",
                    "",
                )
            )
    write("gas_prices", "node,year,value,unit,source,status,mark,note", prices)

    routes, use = [], []
    for line in GAS_ROUTES.split("\n"):
        key, title, tail, head, nameplate, tariff, f21, a21, f23, a23, evidence = line.split("|")
        row = None if "*" in nameplate else pipes.get(evidence)
        src, mark = (row["source"], row["status"]) if row else (OURS, "unconfirmed")
        number = float(nameplate.rstrip("*"))
        routes.append((key, title, tail, head, number, "bcm", tariff, src, EVIDENCE[mark], mark))
        for year, flow, available in ((2021, f21, a21), (2023, f23, a23)):
            mark = (
                "confirmed"
                if (key, year) in CONFIRMED_FLOWS
                else "derived"
                if (key, year) in DERIVED_FLOWS
                else "unconfirmed"
            )
            shown = {"": max(number, float(flow)), "=": float(flow)}.get(available)
            shown = float(available) if shown is None else shown
            where = "folder: gas_flows.csv" if mark != "unconfirmed" else OURS
            use.append((key, year, float(flow), shown, "bcm", where, EVIDENCE[mark], mark))
    write("gas_routes", "route,title,from,to,nameplate,unit,tariff,source,status,mark", routes)
    write("gas_route_use", "route,year,flow,available,unit,source,status,mark", use)

    cells = [("USA", 30.8), ("QAT", 22.5), ("RUS", 17.4), ("DZA", 15.4), ("NGA", 13.0)]
    known = [
        (
            n,
            "EUROPE",
            2021,
            v,
            "bcm",
            "expro.com.ua (bp Statistical Review 2022)",
            "observed",
            "confirmed",
            "",
        )
        for n, v in cells
    ]
    known.append(
        (
            "RUS",
            "EUROPE",
            2023,
            21.6,
            "bcm",
            "sputnikglobe.com 20230831 (Commission)",
            "observed",
            "derived",
            "twice the first half of the year, 10.8",
        )
    )
    write("gas_lng_known", "from,to,year,value,unit,source,status,mark,note", known)
    miles = []
    for commodity, table, heads in (
        ("gas", GAS_MILES, GAS_DESTINATIONS),
        ("oil", OIL_MILES, OIL_DESTINATIONS),
    ):
        for line in table.split("\n"):
            tail, *values = line.split()
            for head, value in zip(heads, values, strict=True):
                if tail != head and value != "-":
                    miles.append(
                        (commodity, tail, head, value, "nautical miles", OURS, "estimated", "unconfirmed")
                    )
    write("distances", "commodity,from,to,value,unit,source,status,mark", miles)

    oil = [("RUS", "exports", 5.0, "", "iea.org russian-supplies (CC BY 4.0)", "observed", "confirmed")]
    oil += [(n, "exports", v, "", OURS, "estimated", "unconfirmed") for n, v in OIL_EXPORTS.items()]
    oil += [(n, "imports", v, p, OURS, "estimated", "unconfirmed") for n, (v, p) in OIL_IMPORTS.items()]
    rest = 5.0 + sum(OIL_EXPORTS.values()) - sum(v for v, _ in OIL_IMPORTS.values())
    oil.append(
        (
            "OASI",
            "imports",
            round(rest, 3),
            72.0,
            "residual: all exports less the imports of the others",
            "estimated",
            "unconfirmed",
        )
    )
    write("oil_quantities", "node,measure,value,price,source,status,mark", oil)
    write("oil_nodes", "node,name,latitude,longitude,countries,supply_elasticity,source,status,mark",
          [(*(r := line.split("|"))[:4], r[4].replace("EU", EU), r[5], CCI, "estimated", "confirmed") for line in OIL_NODES.split("\n")])  # fmt: skip
    write("oil_routes", "route,title,from,to,capacity_2021,capacity_2023,tariff,flow_2021,source,status,mark",
          [(*line.split("|"), OURS, "estimated", "unconfirmed") for line in OIL_ROUTES.split("\n")])  # fmt: skip
    rest = 5.0 - sum(OIL_CELLS.values())
    write("oil_known", "from,to,year,value,source,status,mark",
          [("RUS", n, 2021, v, "folder: oil_exports.csv, shares of 5.0 mb/d; small ones " + OURS, "estimated", "unconfirmed")
           for n, v in {**OIL_CELLS, "OASI": round(rest, 3)}.items()])  # fmt: skip
    write("parameters", "name,value,unit,source,status,mark,note", PARAMETERS)


def write(name: str, columns: str, rows: list) -> None:
    with (OUT / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns.split(","))
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
