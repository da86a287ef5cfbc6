"""Multipolar beside gegravity 0.3 on its own ground: one sector, no intermediate inputs, balanced trade.

gegravity's equations are the endowment model of structural gravity (Larch and Yotov 2016). Ours with one sector,
value added only and theta = sigma - 1 is the same: the factory-gate price is the wage.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

import equinox as eqx
import numpy as np

import multipolar as mp
from benchmarks.case import median_time
from multipolar.economy import Shock, calibrate, solve

VARIABLE = "MULTIPOLAR_GEGRAVITY_PYTHON"
SIGMA = 5.0
COUNTRIES, OLD_BLOC, NEW_BLOC = 30, slice(10, 16), slice(0, 8)
COSTS = {"log_distance": -0.8, "international": -2.0, "rta": 0.5}


def case(seed: int = 0) -> dict[str, np.ndarray]:
    """Thirty countries with outputs of `wiod-2011` at random places; trade is exactly what structural gravity says:
    X_in = T_in Y_i E_n / (Pi_i P_n), E = Y, T = exp(costs). An agreement among six grows by one among eight others."""
    world = mp.load_world("wiod-2011")
    largest = np.argsort(-world.output_values.sum(1))[:COUNTRIES]
    output = world.output_values.sum(1)[largest]
    place = np.random.default_rng(seed).uniform(0, 10_000, (COUNTRIES, 2))
    log_distance = np.log(np.linalg.norm(place[:, None] - place[None], axis=2) + 300)
    before = np.zeros((COUNTRIES, COUNTRIES))
    before[OLD_BLOC, OLD_BLOC] = 1
    after = before.copy()
    after[NEW_BLOC, NEW_BLOC] = 1
    for rta in (before, after):
        np.fill_diagonal(rta, 0)
    abroad = 1 - np.eye(COUNTRIES)
    weight = np.exp(
        COSTS["log_distance"] * log_distance + COSTS["international"] * abroad + COSTS["rta"] * before
    )
    seller = buyer = np.ones(COUNTRIES)
    for _ in range(10_000):
        last, seller = seller, output / (weight @ buyer)
        buyer = output / (seller @ weight)
        if np.abs(seller / last - 1).max() < 1e-15:
            break
    return {
        "countries": np.array(world.countries)[largest],
        "output": output,
        "trade": seller[:, None] * weight * buyer,
        "log_distance": log_distance,
        "rta_before": before,
        "rta_after": after,
        "cost_names": np.array(list(COSTS)),
        "cost_coefficients": np.array(list(COSTS.values())),
        "sigma": np.array(SIGMA),
    }


def ours(case: dict[str, np.ndarray]) -> dict:
    """Factory-gate prices and real GDP after the agreement, in units of the first country's price index."""
    codes = [str(c) for c in case["countries"]]
    n = len(codes)
    world = mp.World.from_arrays(
        codes, ["goods"], np.zeros((n, 1, n, 1)), case["trade"][:, None, :], SIGMA - 1, name="gravity"
    )
    economy = calibrate(world)
    eased = np.exp(COSTS["rta"] * (case["rta_after"] - case["rta_before"]))
    iceberg = eased ** (-1 / (SIGMA - 1))
    shock = eqx.tree_at(lambda s: s.iceberg, Shock.none(n, 1), iceberg[:, :, None, None])
    found = solve(economy, shock)
    price = np.exp(np.asarray(found.state.cost)[:, 0])
    index = (economy.share[..., 0, 0] * eased * price[:, None] ** (1 - SIGMA)).sum(0) ** (1 / (1 - SIGMA))
    return {
        "calibrate": median_time(lambda: calibrate(world), 11),
        "seconds": median_time(lambda: solve(economy, shock), 21),
        "passes": found.certificate.solver["passes"],
        "worst": found.certificate.worst,
        "price": price / index[0],
        "real_gdp": price / index,
    }


def unsold(case: dict[str, np.ndarray], price: np.ndarray) -> float:
    """How far sales are from output at these factory-gate prices, the largest, relative: one measure for everybody."""
    eased = np.exp(COSTS["rta"] * (case["rta_after"] - case["rta_before"]))
    weight = case["trade"] * eased * price[:, None] ** (1 - SIGMA)
    made = price * case["output"]
    return float(np.abs((weight / weight.sum(0) * made).sum(1) / made - 1).max())


def section() -> list[str]:
    head = ["## gegravity, the same one-sector model", ""]
    python = os.environ.get(VARIABLE)
    if not python:
        return [
            *head,
            f"Not run: no Python with gegravity 0.3 given (`--gegravity-python` or {VARIABLE}).",
            "",
        ]
    data = case()
    with tempfile.TemporaryDirectory() as folder:
        np.savez(f"{folder}/case.npz", **data)
        worker = Path(__file__).with_name("gegravity_peer.py")
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(
            [python, str(worker), f"{folder}/case.npz"],
            capture_output=True, text=True, check=False, env=environment,
        )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{python} could not run gegravity:\n{done.stderr.strip()[-2000:]}")
    theirs = json.loads(done.stdout.strip().splitlines()[-1])
    mine = ours(data)

    def apart(run: str, what: str) -> float:
        return float(np.abs(np.array(theirs[run][what]) / mine[what] - 1).max())

    def row(name: str, run: str) -> str:
        it = theirs[run]
        market = unsold(data, np.array(it["price"]))
        return (
            f"| {name} | {it['seconds']:.3f} | {it['residual']:.0e} | {market:.0e} | {apart(run, 'price'):.0e} "
            f"| {it['seconds'] / mine['seconds']:.0f} |"
        )

    default, renewed = theirs["default"], theirs["renewed"]
    change = np.abs(mine["real_gdp"] - 1).max()
    return [
        *head,
        f"{len(data['countries'])} countries with the outputs of `wiod-2011` at random places, trade exactly by structural gravity "
        f"(sigma {SIGMA:g}), gegravity {theirs['version']}'s baseline meets it to {default['baseline_error']:.0e}; an agreement among six "
        f"grows by one among eight others. Its `omr_rescale` is {theirs['omr_rescale']:g}, the best of its own check.",
        "",
        "| | seconds | own residual | goods market | factory-gate prices from ours | times ours |",
        "|---|---|---|---|---|---|",
        f"| Multipolar, warm, with certificate, {mine['passes']} passes | {mine['seconds']:.4f} | {mine['worst']:.0e} "
        f"| {unsold(data, mine['price']):.0e} | 0 | 1 |",
        row("gegravity, `simulate`, its tolerance 1e-8", "default"),
        row("gegravity, `simulate`, tolerance 1e-13", "tight"),
        row(f"gegravity's equations, shares renewed, {renewed['solves']} solves", "renewed"),
        "",
        "`simulate` solves its equations with the shares of output and expenditure at the baseline, and lets both move with "
        "the factory-gate price afterwards. The goods market, one measure for all, is how far sales then are from output at those "
        f"prices; by its own flows sales miss output by {theirs['tight']['flows']:.0e}. Real GDP, which here changes "
        f"by up to {100 * change:.1f}%, comes out up to {100 * apart('tight', 'real_gdp'):.2f} percentage points away from the model's own equilibrium, at either "
        "tolerance. Solving again with the shares its prices imply, until they stay, gives the equilibrium, and ours to "
        f"{apart('renewed', 'price'):.0e}. Of the seconds of `simulate`, {default['root_seconds']:.3f} are in SciPy's `root`, the rest makes its tables. Baselines: gegravity's takes {default['baseline_seconds']:.3f} s, our calibration "
        f"{mine['calibrate']:.4f} s. Imports are not counted.",
        "",
    ]
