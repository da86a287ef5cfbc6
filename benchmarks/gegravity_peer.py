"""gegravity's side of `benchmarks.peers`: runs under a Python that has gegravity 0.3, which this project never needs.

Usage: PYTHON gegravity_peer.py CASE.npz. The case holds the columns of gegravity's input table, before and after;
prints JSON: seconds, residuals and factory-gate prices by way of solving.
"""

from __future__ import annotations

import contextlib
import io
import json
import statistics
import sys
import time
import warnings
from importlib.metadata import version

import gegravity
import numpy as np
import pandas as pd
import scipy.optimize

REPEATS = 3
TIGHT = 1e-13
RENEWED = 1e-10
MOST_RENEWALS = 200

engine = sys.modules["gegravity.OneSectorGE"]
in_root: list[float] = []  # seconds of every call


def timed_root(*args, **kwargs):
    began = time.perf_counter()
    found = scipy.optimize.root(*args, **kwargs)
    in_root.append(time.perf_counter() - began)
    return found


def main() -> None:
    engine.root = timed_root
    warnings.simplefilter("ignore")
    case = dict(np.load(sys.argv[1], allow_pickle=False))
    before, after = (table(case, case[name]) for name in ("rta_before", "rta_after"))
    scale = rescaling(model(case, before))
    runs = {
        "default": run(case, before, after, scale, 1e-8),
        "tight": run(case, before, after, scale, TIGHT),
        "renewed": renewed(case, before, after, scale),
    }
    print(json.dumps({"omr_rescale": scale, "version": version("gegravity"), **runs}))


def table(case: dict, rta: np.ndarray) -> pd.DataFrame:
    codes, n = case["countries"], len(case["countries"])
    return pd.DataFrame(
        {
            "exporter": np.repeat(codes, n),
            "importer": np.tile(codes, n),
            "year": "2011",
            "trade": case["trade"].ravel(),
            "Y": np.repeat(case["output"], n),
            "E": np.tile(case["output"], n),
            "log_distance": case["log_distance"].ravel(),
            "international": (1 - np.eye(n)).ravel(),
            "rta": rta.ravel(),
        }
    )


def model(case: dict, before: pd.DataFrame) -> gegravity.OneSectorGE:
    baseline = gegravity.BaselineData(
        before.copy(), trade_var_name="trade", expend_var_name="E", output_var_name="Y"
    )
    names = [str(name) for name in case["cost_names"]]
    estimates = pd.DataFrame({"var": names, "coeff": case["cost_coefficients"]})
    return gegravity.OneSectorGE(
        baseline,
        year="2011",
        reference_importer=str(case["countries"][0]),
        sigma=float(case["sigma"]),
        cost_variables=names,
        cost_coeff_values=gegravity.CostCoeffs(estimates, identifier_col="var", coeff_col="coeff"),
        quiet=True,
    )


def rescaling(fresh: gegravity.OneSectorGE) -> float:
    """The rescale factor that gegravity's own check finds to solve the baseline best."""
    with contextlib.redirect_stdout(io.StringIO()):
        tried = fresh.check_omr_rescale(omr_rescale_range=3)
    solved = tried[tried["solved"].astype(bool)]
    best = solved.loc[solved["max_func_value"].abs().idxmin()]
    return float(best["omr_rescale"])


def run(case: dict, before: pd.DataFrame, after: pd.DataFrame, scale: float, tolerance: float) -> dict:
    """`simulate` as its users call it."""
    baseline_times, times, solving = [], [], []
    for _ in range(REPEATS):
        ge = model(case, before)
        began = time.perf_counter()
        ge.build_baseline(omr_rescale=scale, mr_tolerance=tolerance, mr_max_iter=10_000)
        baseline_times.append(time.perf_counter() - began)
        ge.define_experiment(after)
        in_root.clear()
        began = time.perf_counter()
        ge.simulate(ge_tolerance=tolerance, ge_max_iter=10_000)
        times.append(time.perf_counter() - began)
        solving.append(sum(in_root))
    flows = ge.bilateral_trade_results.reset_index()
    results, accounts = ge.country_results, ge.outputs_expenditures
    sales = flows.groupby("exporter")["experiment trade"].sum()
    modelled = flows.set_index(["exporter", "importer"])["baseline modeled trade"]
    observed = before.set_index(["exporter", "importer"])["trade"]
    return {
        "seconds": statistics.median(times),
        "root_seconds": statistics.median(solving),
        "baseline_seconds": statistics.median(baseline_times),
        "residual": float(np.abs(ge.solver_diagnostics["full_GE"].fun).max()),
        "flows": float((sales / accounts["experiment output"] - 1).abs().max()),
        "baseline_error": float((modelled / observed - 1).abs().max()),
        "price": (1 + results["factory gate price change (percent)"] / 100)
        .loc[list(case["countries"])]
        .tolist(),
        "real_gdp": (1 + results["GDP change (percent)"] / 100).loc[list(case["countries"])].tolist(),
    }


def renewed(case: dict, before: pd.DataFrame, after: pd.DataFrame, scale: float) -> dict:
    """gegravity's own equations, solved again and again with the shares of output and expenditure that its last
    prices imply, until they stay: `simulate` holds them at the baseline."""
    ge = model(case, before)
    ge.build_baseline(omr_rescale=scale, mr_tolerance=TIGHT, mr_max_iter=10_000)
    ge.define_experiment(after)
    began = time.perf_counter()
    ge._calculate_multilateral_resistance(trade_costs=ge.experiment_trade_costs, version="conditional")
    ge._ge_method, ge._ge_tolerance, ge._ge_max_iter = "hybr", TIGHT, 10_000
    countries = list(ge.country_set.values())
    output = np.array([c.baseline_output for c in countries])
    price, solves = np.ones(len(countries)), 0
    while True:
        ge._calculate_full_ge()
        solves += 1
        last, price = price, np.array([c.experiment_factory_price for c in countries])
        gap = float(np.abs(price / last - 1).max())
        if gap < RENEWED or solves == MOST_RENEWALS:
            break
        share = price * output / (price * output).sum()
        for country, part in zip(countries, share, strict=True):
            country.baseline_output_share = country.baseline_expenditure_share = part
            country._conditional_imr_ratio = country._experiment_imr_ratio
            country._conditional_omr_ratio = country._experiment_omr_ratio
    seconds = time.perf_counter() - began
    named = {c.identifier.removeprefix("ZZZ_"): p for c, p in zip(countries, price, strict=True)}
    return {
        "seconds": seconds,
        "solves": solves,
        "gap": gap,
        "residual": float(np.abs(ge.solver_diagnostics["full_GE"].fun).max()),
        "price": [named[str(c)] for c in case["countries"]],
    }


if __name__ == "__main__":
    main()
