"""Writes the code lists of foreign tables that the package ships: sectors to WIOD industries, countries, euro rates.

Run: python tools/build_concordances.py (needs pymrio, for the lists of EXIOBASE sectors). The correspondences of the
short classifications are typed in below; EXIOBASE's sector codes begin with the NACE rev. 1 division, as WIOD's do.
"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

DATA = Path(__file__).parents[1] / "src" / "multipolar" / "world" / "data"
EXACT, PART, ASSUMED = "exact", "part", "assumed"
ISIC4 = "ISIC rev. 4 to NACE rev. 1 by division (United Nations and Eurostat correspondence tables); typed in"
EXIOBASE = "first two digits of the EXIOBASE 3 sector code are the NACE rev. 1 division"

# Code, name, WIOD industry, how close. `part`: the division lies mainly in that industry; `assumed`: it is spread.
DIVISIONS = [
    ("A01", "Crop and animal production", "c1", EXACT), ("A02", "Forestry", "c1", EXACT),
    ("A03", "Fishing and aquaculture", "c1", EXACT), ("A01_02", "Agriculture, hunting, forestry", "c1", EXACT),
    ("B", "Mining and quarrying", "c2", EXACT), ("B05", "Coal and lignite", "c2", EXACT),
    ("B06", "Oil and gas extraction", "c2", EXACT), ("B07", "Metal ores", "c2", EXACT),
    ("B08", "Other mining", "c2", EXACT), ("B05_06", "Coal, oil and gas extraction", "c2", EXACT),
    ("B07_08", "Metal ores and other mining", "c2", EXACT), ("B09", "Mining support", "c2", EXACT),
    ("C10T12", "Food, beverages and tobacco", "c3", EXACT),
    ("C13T15", "Textiles, wearing apparel, leather", "c4", PART),
    ("C16", "Wood and products of wood", "c6", EXACT), ("C17", "Paper", "c7", EXACT), ("C18", "Printing", "c7", EXACT),
    ("C17_18", "Paper and printing", "c7", EXACT), ("C19", "Coke and refined petroleum", "c8", EXACT),
    ("C20", "Chemicals", "c9", EXACT), ("C21", "Pharmaceuticals", "c9", EXACT),
    ("C22", "Rubber and plastics", "c10", EXACT), ("C23", "Other non-metallic minerals", "c11", EXACT),
    ("C24", "Basic metals", "c12", EXACT), ("C24A", "Iron and steel", "c12", EXACT),
    ("C24B", "Non-ferrous metals", "c12", EXACT), ("C25", "Fabricated metal products", "c12", EXACT),
    ("C26", "Computer, electronic and optical products", "c14", EXACT),
    ("C27", "Electrical equipment", "c14", PART), ("C28", "Machinery nec", "c13", EXACT),
    ("C29", "Motor vehicles", "c15", EXACT), ("C30", "Other transport equipment", "c15", EXACT),
    ("C301", "Ships and boats", "c15", EXACT), ("C302T309", "Other transport equipment, no ships", "c15", EXACT),
    ("C31_32", "Furniture; other manufacturing", "c16", PART),
    ("C31T33", "Furniture; other manufacturing; repair", "c16", PART),
    ("C33", "Repair and installation of machinery", "c16", ASSUMED),
    ("D", "Electricity, gas, steam", "c17", EXACT), ("D35", "Electricity, gas, steam", "c17", EXACT),
    ("E", "Water, sewerage, waste", "c17", PART), ("E36", "Water supply", "c17", EXACT),
    ("E37T39", "Sewerage, waste, remediation", "c34", PART), ("F", "Construction", "c18", EXACT),
    ("G", "Wholesale and retail trade; repair of vehicles", "c20", ASSUMED),
    ("G45", "Trade and repair of motor vehicles", "c19", EXACT), ("G46", "Wholesale trade", "c20", EXACT),
    ("G47", "Retail trade", "c21", EXACT), ("H49", "Land transport and pipelines", "c23", EXACT),
    ("H50", "Water transport", "c24", EXACT), ("H51", "Air transport", "c25", EXACT),
    ("H52", "Warehousing and support to transport", "c26", EXACT), ("H53", "Post and courier", "c27", PART),
    ("I", "Accommodation and food service", "c22", EXACT), ("J58", "Publishing", "c34", ASSUMED),
    ("J59_60", "Film, sound, broadcasting", "c34", EXACT),
    ("J58T60", "Publishing, film, sound, broadcasting", "c34", ASSUMED),
    ("J61", "Telecommunications", "c27", EXACT), ("J62_63", "Computer and information services", "c30", PART),
    ("K", "Finance and insurance", "c28", EXACT), ("K64", "Financial services", "c28", EXACT),
    ("K65", "Insurance and pensions", "c28", EXACT), ("K66", "Auxiliary to finance", "c28", EXACT),
    ("L", "Real estate", "c29", EXACT), ("L68", "Real estate", "c29", EXACT),
    ("M", "Professional, scientific, technical", "c30", EXACT),
    ("M69_70", "Legal, accounting, head offices, consulting", "c30", EXACT),
    ("M71", "Architecture and engineering", "c30", EXACT), ("M72", "Research and development", "c30", EXACT),
    ("M73", "Advertising and market research", "c30", EXACT),
    ("M74_75", "Other professional; veterinary", "c30", PART), ("N", "Administrative and support", "c30", PART),
    ("N77", "Rental and leasing", "c30", EXACT), ("N78", "Employment", "c30", EXACT),
    ("N79", "Travel agencies", "c26", EXACT), ("N80T82", "Security, buildings, office support", "c30", PART),
    ("O", "Public administration and defence", "c31", EXACT), ("O84", "Public administration and defence", "c31", EXACT),
    ("P", "Education", "c32", EXACT), ("P85", "Education", "c32", EXACT),
    ("Q", "Health and social work", "c33", EXACT), ("Q86", "Health", "c33", EXACT),
    ("Q87_88", "Residential care and social work", "c33", EXACT),
    ("R", "Arts, entertainment, recreation", "c34", EXACT), ("R90T92", "Arts, culture, gambling", "c34", EXACT),
    ("R93", "Sports and recreation", "c34", EXACT), ("S", "Other services", "c34", PART),
    ("R_S", "Arts, recreation and other services", "c34", PART), ("S94", "Membership organisations", "c34", EXACT),
    ("S95", "Repair of computers and household goods", "c34", ASSUMED), ("S96", "Other personal services", "c34", EXACT),
    ("T", "Households as employers", "c35", EXACT), ("U", "Extraterritorial bodies", "c34", ASSUMED),
]  # fmt: skip

# The release of 2016 writes ranges with hyphens and repeats letters.
WIOD_2016 = [
    "A01", "A02", "A03", "B", "C10-C12", "C13-C15", "C16", "C17", "C18", "C19", "C20", "C21", "C22", "C23", "C24", "C25",
    "C26", "C27", "C28", "C29", "C30", "C31_C32", "C33", "D35", "E36", "E37-E39", "F", "G45", "G46", "G47", "H49", "H50",
    "H51", "H52", "H53", "I", "J58", "J59_J60", "J61", "J62_J63", "K64", "K65", "K66", "L68", "M69_M70", "M71", "M72",
    "M73", "M74_M75", "N", "O84", "P85", "Q", "R_S", "T", "U",
]  # fmt: skip
ICIO = [
    "A01_02", "A01", "A02", "A03", "B05_06", "B07_08", "B05", "B06", "B07", "B08", "B09", "C10T12", "C13T15", "C16",
    "C17_18", "C19", "C20", "C21", "C22", "C23", "C24", "C24A", "C24B", "C25", "C26", "C27", "C28", "C29", "C30", "C301",
    "C302T309", "C31T33", "D", "E", "F", "G", "H49", "H50", "H51", "H52", "H53", "I", "J58T60", "J61", "J62_63", "K", "L",
    "M", "N", "O", "P", "Q", "R", "S", "T",
]  # fmt: skip
FIGARO = [
    "A01", "A02", "A03", "B", "C10T12", "C13T15", "C16", "C17", "C18", "C19", "C20", "C21", "C22", "C23", "C24", "C25",
    "C26", "C27", "C28", "C29", "C30", "C31_32", "C33", "D35", "E36", "E37T39", "F", "G45", "G46", "G47", "H49", "H50",
    "H51", "H52", "H53", "I", "J58", "J59_60", "J61", "J62_63", "K64", "K65", "K66", "L", "L68", "M69_70", "M71", "M72",
    "M73", "M74_75", "N77", "N78", "N79", "N80T82", "O84", "P85", "Q86", "Q87_88", "R90T92", "R93", "S94", "S95", "S96",
    "T", "U",
]  # fmt: skip
# Names as EORA26 spells them, misspellings included.
EORA = [
    ("Agriculture", "c1", EXACT), ("Fishing", "c1", EXACT), ("Mining and Quarrying", "c2", EXACT),
    ("Food & Beverages", "c3", EXACT), ("Textiles and Wearing Apparel", "c4", PART), ("Wood and Paper", "c7", PART),
    ("Petroleum, Chemical and Non-Metallic Mineral Products", "c9", ASSUMED), ("Metal Products", "c12", EXACT),
    ("Electrical and Machinery", "c14", PART), ("Transport Equipment", "c15", EXACT),
    ("Other Manufacturing", "c16", EXACT), ("Recycling", "c16", EXACT), ("Electricity, Gas and Water", "c17", EXACT),
    ("Construction", "c18", EXACT), ("Maintenance and Repair", "c19", PART), ("Wholesale Trade", "c20", EXACT),
    ("Retail Trade", "c21", EXACT), ("Hotels and Restraurants", "c22", EXACT), ("Transport", "c23", ASSUMED),
    ("Post and Telecommunications", "c27", EXACT),
    ("Finacial Intermediation and Business Activities", "c30", ASSUMED), ("Public Administration", "c31", EXACT),
    ("Education, Health and Other Services", "c33", ASSUMED), ("Private Households", "c35", EXACT),
    ("Others", "c34", ASSUMED), ("Re-export & Re-import", "c20", ASSUMED),
]  # fmt: skip
NACE1 = {
    "c1": (1, 2, 5), "c2": (10, 11, 12, 13, 14), "c3": (15, 16), "c4": (17, 18), "c5": (19,), "c6": (20,), "c7": (21, 22),
    "c8": (23,), "c9": (24,), "c10": (25,), "c11": (26,), "c12": (27, 28), "c13": (29,), "c14": (30, 31, 32, 33),
    "c15": (34, 35), "c16": (36, 37), "c17": (40, 41), "c18": (45,), "c19": (50,), "c20": (51,), "c21": (52,), "c22": (55,),
    "c23": (60,), "c24": (61,), "c25": (62,), "c26": (63,), "c27": (64,), "c28": (65, 66, 67), "c29": (70,),
    "c30": (71, 72, 73, 74), "c31": (75,), "c32": (80,), "c33": (85,), "c34": (90, 91, 92, 93, 99), "c35": (95,),
}  # fmt: skip
ISO2 = (
    "AL:ALB AR:ARG AT:AUT AU:AUS BE:BEL BG:BGR BR:BRA CA:CAN CH:CHE CL:CHL CN:CHN CY:CYP CZ:CZE DE:DEU DK:DNK EE:EST "
    "ES:ESP FI:FIN FR:FRA GB:GBR GR:GRC HR:HRV HU:HUN ID:IDN IE:IRL IL:ISR IN:IND IS:ISL IT:ITA JP:JPN KR:KOR LT:LTU "
    "LU:LUX LV:LVA ME:MNE MK:MKD MT:MLT MX:MEX NL:NLD NO:NOR NZ:NZL PL:POL PT:PRT RO:ROU RS:SRB RU:RUS SA:SAU SE:SWE "
    "SI:SVN SK:SVK TR:TUR TW:TWN UA:UKR US:USA ZA:ZAF"
)
RATES = (
    "1999 1.0658 2000 0.9236 2001 0.8956 2002 0.9456 2003 1.1312 2004 1.2439 2005 1.2441 2006 1.2556 2007 1.3705 "
    "2008 1.4708 2009 1.3948 2010 1.3257 2011 1.3920 2012 1.2848 2013 1.3281 2014 1.3285 2015 1.1095 2016 1.1069 "
    "2017 1.1297 2018 1.1810 2019 1.1195 2020 1.1422 2021 1.1827 2022 1.0530 2023 1.0813 2024 1.0824"
)


def main(baci_countries: str) -> None:
    import pymrio

    known = {code: row for code, *row in DIVISIONS}
    with (DATA / "wiod2013" / "industries.csv").open(encoding="utf-8") as handle:
        rows = [
            ("wiod2013", r["industry"], r["name"], r["industry"], EXACT, "itself")
            for r in csv.DictReader(handle)
        ]
    rows += [("icio", code, *known[code], ISIC4) for code in ICIO]
    rows += [("nace2-64", code, *known[code], ISIC4) for code in FIGARO]
    for code in WIOD_2016:
        plain = (
            code if code == "R_S" else re.sub(r"[-_][A-Z]", lambda m: "T" if m[0][0] == "-" else "_", code)
        )
        rows.append(("wiod2016", code, *known[plain], ISIC4))
    rows += [("eora26", name, name, *rest, "by name; typed in") for name, *rest in EORA]
    industry = {division: code for code, divisions in NACE1.items() for division in divisions}
    models = Path(pymrio.__file__).parent / "mrio_models"
    for system in ("ixi", "pxp"):
        with (models / f"exio3_{system}" / "sectors.tsv").open(encoding="utf-8") as handle:
            for line in csv.DictReader(handle, delimiter="\t"):
                name, code = line["ExioName"].strip(), line["ExioCode"]
                rows.append((f"exiobase3-{system}", name, code, industry[int(code[1:3])], EXACT, EXIOBASE))
    _write("concordance.csv", ("classification", "sector", "name", "wiod2013", "status", "source"), rows)

    with open(baci_countries, encoding="utf-8") as handle:
        names = {line["iso3"]: line["country"] for line in csv.DictReader(handle)}
    short = {iso3: iso2 for iso2, iso3 in (pair.split(":") for pair in ISO2.split())}
    names.setdefault("TWN", "Taiwan")
    missing = sorted(set(short) - set(names))
    if missing:
        sys.exit(f"no name for {missing}")
    _write(
        "country_codes.csv",
        ("iso3", "iso2", "name"),
        [(c, short.get(c, ""), names[c]) for c in sorted(names)],
    )

    values = RATES.split()
    rates = [(y, r, "ECB euro reference rates, annual average; typed in", "observed")
             for y, r in zip(values[::2], values[1::2], strict=True)]  # fmt: skip
    _write("euro_rates.csv", ("year", "usd_per_eur", "source", "status"), rates)


def _write(name: str, header: tuple[str, ...], rows: list[tuple]) -> None:
    with (DATA / name).open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows([header, *rows])


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "../shared/data/baci2023/countries.csv")
