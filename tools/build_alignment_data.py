"""Build the agreement scores that the package ships from the folder of original files.

    python tools/build_alignment_data.py SOURCE

SOURCE holds `un_votes/`. Writes src/multipolar/alignment/data/votes.npz, described in the README.md beside it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from multipolar.alignment._scores import scores
from multipolar.alignment._votes import THOUSANDTHS, UNDEFINED

DATA = Path(__file__).parents[1] / "src/multipolar/alignment/data"
YEARS = range(2012, 2020)
VALUE = {"yes": 1.0, "abstain": 0.0, "no": -1.0}


def main(source: Path) -> None:
    votes = pd.read_parquet(source / "un_votes" / "votes.parquet")
    calls = pd.read_parquet(source / "un_votes" / "roll_calls.parquet")
    calls["year"] = pd.to_datetime(calls["date"]).dt.year
    votes = votes.merge(calls[["rcid", "year"]], on="rcid")
    votes = votes[votes["year"].isin(YEARS)].assign(value=lambda rows: rows["vote"].astype(str).map(VALUE))
    states = sorted(code for code in votes["iso3"].unique() if code)
    half = np.triu_indices(len(states))
    kept: dict[str, list[np.ndarray]] = {"together": [], "gap": [], "kappa": []}
    for year in YEARS:
        table = votes[votes["year"] == year].pivot(index="iso3", columns="rcid", values="value")
        found = scores(table.reindex(states).to_numpy(dtype=float))
        kappa = np.where(np.isnan(found.kappa), UNDEFINED, np.rint(THOUSANDTHS * np.nan_to_num(found.kappa)))
        kept["together"].append(found.together[half].astype(np.uint8))
        kept["gap"].append(found.gap[half].astype(np.uint16))
        kept["kappa"].append(kappa[half].astype(np.int16))
    arrays = {name: np.stack(parts) for name, parts in kept.items()}
    np.savez_compressed(DATA / "votes.npz", states=np.array(states), years=np.array(YEARS), **arrays)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
