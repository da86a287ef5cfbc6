"""Build the list of controlled goods that the package ships from the folder of original files.

    python tools/build_controlled_goods.py SOURCE

SOURCE holds `controlled_goods/`. What is written is described in src/multipolar/strategy/data/README.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

DATA = Path(__file__).parents[1] / "src/multipolar/strategy/data"
LIST = "common high priority list, 23 February 2024 (US with EU, Japan, UK; bis.gov/node/6280)"
SECOND_HAND = "codes and tiers through the public code file common_high_priority.py of the package tradesieve"

# HS heading: WIOD 2013 industry, ISIC Rev. 4 division. Our reading of the headings against the two classifications.
INDUSTRY = {
    "8457": ("c13", "28"), "8458": ("c13", "28"), "8459": ("c13", "28"), "8466": ("c13", "28"), "8471": ("c14", "26"),
    "8482": ("c13", "28"), "8486": ("c13", "28"), "8504": ("c14", "27"), "8517": ("c14", "26"), "8525": ("c14", "26"),
    "8526": ("c14", "26"), "8529": ("c14", "26"), "8532": ("c14", "26"), "8534": ("c14", "26"), "8536": ("c14", "27"),
    "8541": ("c14", "26"), "8542": ("c14", "26"), "8543": ("c14", "27"), "8548": ("c14", "27"), "8807": ("c15", "30"),
    "9013": ("c14", "26"), "9014": ("c14", "26"), "9027": ("c14", "26"), "9030": ("c14", "26"),
}  # fmt: skip
UNCLEAR = {
    "8486": "special-purpose machinery; electrical equipment in some classifications",
    "8504": "27 with power supplies; partly 26",
    "8543": "electrical apparatus; signal generators may count as measuring instruments, 26",
    "8548": "parts not named elsewhere; 26 or 27",
    "9013": "optical instruments; weapon sights may count as arms",
}


def main(source: Path) -> None:
    given = pd.read_csv(source / "controlled_goods" / "chpl_50.csv", dtype={"hs6": str})
    heading = given["hs6"].str[:4]
    goods = given[["hs6", "nomenclature", "tier", "group", "description", "year"]].assign(
        wiod2013=[INDUSTRY[h][0] for h in heading],
        isic4=[INDUSTRY[h][1] for h in heading],
        industry_status=["assumed" if h in UNCLEAR else "derived" for h in heading],
        industry_note=[UNCLEAR.get(h, "") for h in heading],
        source=f"{LIST}; {SECOND_HAND}",
        status=given["status"].str.partition(":")[0] + " at second hand",
    )
    DATA.mkdir(exist_ok=True)
    goods.to_csv(DATA / "controlled_goods.csv", index=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
