"""How wrong is a nowcast? Old tables nowcast to 2011 from totals alone, against the true table of 2011.

    python -m benchmarks.backtest [--technology 0 1 3] [--write FILE]

For 2000, 2005 and 2008: the old table is given the GDP of every country and the goods trade of every pair of 2011,
nothing else, and compared with the table of 2011 cell by cell and in three counterfactuals. Two rivals: the old table
as it is (scaled to world GDP), and cells scaled to the new totals without balancing. `--write` stores, instead, the
spread of the nowcast's errors by class of share (see `multipolar.world.nowcast_errors`).
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

import multipolar as mp
from multipolar.scenario import Measure
from multipolar.world import Targets, World, nowcast
from multipolar.world._nowcast import assembled, prior_of
from multipolar.world._uncertainty import error_table

YEARS = (2000, 2005, 2008)
TRUTH = 2011
NOTE = {"evidence": "assumed", "note": "a thought experiment"}
SCENARIOS = {
    "embargo on Russia": [
        Measure(kind="embargo", senders=("sanctions-coalition-2022",), targets=("RUS",), **NOTE)
    ],
    "US tariffs 20%": [
        Measure(
            kind="tariff", senders=("USA",), targets=("everyone",), sectors=("goods",), magnitude=0.2, **NOTE
        )
    ],
    "China apart": [
        Measure(kind="trade-cost", senders=("CHN",), targets=("USA", "EU27", "JPN"), magnitude=0.25, **NOTE)
    ],
}


def main(technology: list[float], write: Path | None) -> None:
    truth = mp.load_world(f"wiod-{TRUTH}")
    targets = totals(truth)
    if write:
        tables = [
            error_table(nowcast(mp.load_world(f"wiod-{year}"), targets), truth).assign(base=year, truth=TRUTH)
            for year in YEARS
        ]
        pd.concat(tables).to_csv(write, index=False, float_format="%.4g", lineterminator="\n")
        return
    wanted = {name: welfare(truth, measures) for name, measures in SCENARIOS.items()}
    rows = []
    for year in YEARS:
        base = mp.load_world(f"wiod-{year}")
        growth = truth.gdp_values.sum() / base.gdp_values.sum()
        rivals: dict[str, World] = {"old table": scaled(base, growth)}
        prior, _, _, seeded = prior_of(base, targets)
        rivals["proportional"] = assembled(base, targets, prior.cells, seeded, None, repair=True)
        for weight in technology:
            start = time.perf_counter()
            rivals[f"nowcast w={weight:g}"] = nowcast(base, targets, technology=weight)
            sys.stderr.write(f"{year} w={weight:g}: {time.perf_counter() - start:.1f} s\n")
        for name, world in rivals.items():
            rows.append({"from": year, "method": name, **compared(world, truth), **effects(world, wanted)})
    sys.stdout.write(pd.DataFrame(rows).to_string(index=False, float_format="{:.3f}".format) + "\n")


def totals(world: World) -> Targets:
    """Only what is known of 2023: GDP by country, goods trade by pair."""
    goods = [f"c{i}" for i in range(1, 17)]
    return Targets(
        world.gdp.to_pandas(),
        world.trade.sel(sector=goods).sum("sector").to_pandas(),
        goods=goods,
        year=TRUTH,
    )


def scaled(world: World, factor: float) -> World:
    return World.from_arrays(
        world.countries,
        world.sectors,
        world.intermediate_values * factor,
        world.final_values * factor,
        world.trade_elasticity_values,
    )


def cells(world: World) -> np.ndarray:
    return np.concatenate([world.intermediate_values, world.final_values], axis=3)


def compared(world: World, truth: World) -> dict[str, float]:
    """Weighted absolute errors of cells, all and international; correlation of import shares and input shares."""
    found, right = cells(world), cells(truth)
    abroad = ~np.eye(len(truth.countries), dtype=bool)
    gap, foreign = np.abs(found - right), abroad[:, None, :, None]
    share, true_share = (w.trade_values / np.maximum(w.trade_values.sum(0), 1e-9) for w in (world, truth))
    technology = [
        c[..., :-2].sum(0).reshape(c.shape[1], -1) / np.maximum(c[..., :-2].sum((0, 1)).ravel(), 1e-9)
        for c in (found, right)
    ]
    return {
        "cells": float(gap.sum() / right.sum()),
        "abroad": float((gap * foreign).sum() / (right * foreign).sum()),
        "goods abroad": float((gap * foreign)[:, :16].sum() / (right * foreign)[:, :16].sum()),
        "corr trade": float(np.corrcoef(share[abroad].ravel(), true_share[abroad].ravel())[0, 1]),
        "corr inputs": float(np.corrcoef(technology[0].ravel(), technology[1].ravel())[0, 1]),
    }


def welfare(world: World, measures: list[Measure]) -> np.ndarray:
    return np.asarray(mp.solve(world, measures).welfare.values)


def effects(world: World, wanted: dict[str, np.ndarray]) -> dict[str, float]:
    """Sum over countries of the absolute error of welfare over the sum of the absolute true effects."""
    return {
        name: float(np.abs(welfare(world, SCENARIOS[name]) - right).sum() / np.abs(right).sum())
        for name, right in wanted.items()
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--technology", type=float, nargs="+", default=[1.0])
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    main(given.technology, given.write)
