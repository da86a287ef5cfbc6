"""Measure and write docs/benchmarks.md. Usage: python -m benchmarks"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import numpy as np

import multipolar as mp
from benchmarks import textbook
from multipolar.economy import TOLERANCE, calibrate, solve, solve_many
from multipolar.scenario import compile_measures

COLD = """
import json, resource, time
t = time.perf_counter()
import multipolar as mp
world, scenario = mp.load_world("wiod-2011"), mp.load_scenario("embargo-on-russia")
mp.run(world, scenario, ["west"])["west"].welfare
print(json.dumps([time.perf_counter() - t, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def main() -> None:
    lines = [
        "# Benchmarks",
        "",
        "Written by `python -m benchmarks` (`make bench`); rerun it to repeat. Times are seconds of wall clock, ratios are",
        "within one run. The case is `wiod-2011`, 41 countries x 35 sectors, a full embargo of the western coalition on",
        f"Russia, every residual at most {TOLERANCE:g}.",
        "",
        f"Machine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}.",
        "",
        *one_solve(),
        *scaling(),
        *batches(),
        *processes(),
    ]
    target = Path(__file__).parent.parent / "docs" / "benchmarks.md"
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def western_embargo():
    world, scenario = mp.load_world("wiod-2011"), mp.load_scenario("embargo-on-russia")
    return calibrate(world), compile_measures(world, scenario.variant_measures("west"))[0]


def median_time(call, repeats: int) -> float:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def one_solve() -> list[str]:
    economy, shock = western_embargo()
    found = solve(economy, shock)
    warm = median_time(lambda: solve(economy, shock), 21)
    iceberg = np.asarray(shock.iceberg)
    best = {linear: fastest_textbook(economy, iceberg, found, linear) for linear in (True, False)}
    share = economy.share[..., 0]
    floor = median_time(lambda: np.einsum("ink,ik->nk", share, np.ones(share.shape[::2])), 21)
    facts = found.certificate.solver
    return [
        "## One counterfactual",
        "",
        "| | seconds | passes | times ours |",
        "|---|---|---|---|",
        f"| Multipolar, warm, with certificate | {warm:.3f} | {facts['passes']} | 1 |",
        *(
            f"| textbook damped-wage loop, NumPy, spending {'by linear solve' if linear else 'iterated'}, damping {damping:g} "
            f"| {seconds:.3f} | {passes} | {seconds / warm:.0f} |"
            for linear, (seconds, damping, passes) in best.items()
        ),
        "",
        "The textbook's damping is the fastest of 0.2, 0.3 and 0.4. The same answer: wages agree to better than 1e-7. "
        f"One pass over the trade shares alone takes NumPy {1e6 * floor:.0f} "
        f"microseconds; a solve costs {warm / floor:.0f} such passes.",
        "",
    ]


def fastest_textbook(economy, iceberg, found, linear: bool) -> tuple[float, float, int]:
    rows = []
    for damping in (0.2, 0.3, 0.4):
        began = time.perf_counter()
        try:
            wage, _, _, passes = textbook.solve(economy, iceberg, linear=linear, damping=damping)
        except RuntimeError:
            continue
        rows.append((time.perf_counter() - began, damping, passes))
        worst = np.abs(np.log(wage) - np.asarray(found.state.factor)[:, 0]).max()
        assert worst < 1e-7, f"the two solvers disagree by {worst:.1e}"
    return min(rows)


def scaling() -> list[str]:
    """Each size in a process of its own, so that its peak memory is its own."""
    rows = [
        "## Size",
        "",
        "Tariffs of 10% between all countries. Synthetic worlds have lognormal sizes, home bias and gravity in distance.",
        "Memory is the peak of the whole process, table included; `by-use` gives every industry and final use its own origins.",
        "",
        "| world | sourcing | passes | seconds, warm | peak memory, GiB |",
        "|---|---|---|---|---|",
    ]
    for n, j, groups in ((41, 35, "common"), (41, 35, "by-use"), (77, 45, "common"), (141, 65, "common")):
        passes, seconds, memory = json.loads(python("-m", "benchmarks.scaling", str(n), str(j), groups))
        rows.append(f"| {n} x {j} | {groups} | {passes} | {seconds:.3f} | {memory:.1f} |")
    return [*rows, ""]


def batches() -> list[str]:
    """Draws of all trade elasticities around their values, the western embargo, on all cores."""
    world, scenario = mp.load_world("wiod-2011"), mp.load_scenario("embargo-on-russia")
    shock = compile_measures(world, scenario.variant_measures("west"))[0]
    rng, count = np.random.default_rng(0), 1000

    def cases():
        for _ in range(count):
            theta = world.trade_elasticity_values * np.exp(rng.normal(0, 0.2, len(world.sectors)))
            yield calibrate(world.with_trade_elasticity(theta)), shock

    list(solve_many(islice(cases(), 4)))
    began = time.perf_counter()
    found = list(solve_many(cases()))
    seconds = time.perf_counter() - began
    certified = sum(not isinstance(f, Exception) for f in found)
    return [
        "## A thousand draws",
        "",
        f"{count} draws of all 35 trade elasticities, calibration included: {seconds:.1f} s, {certified} certified.",
        "",
    ]


def processes() -> list[str]:
    rows = ["## Whole processes", "", "| | seconds | peak memory, MiB |", "|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        seconds, memory = json.loads(python("-c", COLD))
        rows.append(f"| import, load, calibrate, compile, one solve | {seconds:.1f} | {memory:.0f} |")
        command = ("-m", "multipolar", "run", "beijing-2024", "--out", f"{folder}/out")
        for name, cache in (
            ("first run ever (empty compilation cache)", f"{folder}/cache"),
            ("later runs", f"{folder}/cache"),
        ):
            began = time.perf_counter()
            peak = python("-c", WATCH, *command, XDG_CACHE_HOME=cache)
            rows.append(
                f"| `multipolar run beijing-2024 --out`, {name} | {time.perf_counter() - began:.1f} | {float(peak):.0f} |"
            )
    return [*rows, ""]


WATCH = """
import resource, subprocess, sys
subprocess.run([sys.executable, *sys.argv[1:]], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""


def python(*words: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip().splitlines()[-1]


if __name__ == "__main__":
    main()
