"""Measure and write docs/benchmarks.md. Usage: python -m benchmarks"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import numpy as np

import multipolar as mp
from benchmarks.peers import peers
from multipolar.economy import TOLERANCE, calibrate, solve_many
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
    whole = processes()  # first: a child starts with the peak memory of the process that made it
    lines = [
        "# Benchmarks",
        "",
        "Written by `python -m benchmarks` (`make bench`); rerun it to repeat. Times are seconds of wall clock, ratios are",
        "within one run. The case is `wiod-2011`, 41 countries x 35 sectors, a full embargo of the western coalition on",
        f"Russia, every residual at most {TOLERANCE:g}.",
        "",
        f"Machine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}.",
        "",
        *peers(),
        *scaling(),
        *batches(),
        *whole,
    ]
    target = Path(__file__).parent.parent / "docs" / "benchmarks.md"
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


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
    economy, rng, count = calibrate(world), np.random.default_rng(0), 1000

    def cases():
        for _ in range(count):
            theta = world.trade_elasticity_values * np.exp(rng.normal(0, 0.2, len(world.sectors)))
            yield economy.with_trade_elasticity(theta), shock

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
        for name, more in (
            ("without studies, first run ever (empty compilation cache)", ("--no-studies",)),
            ("without studies, later runs", ("--no-studies",)),
            ("with studies, first time", ()),
            ("with studies, later runs", ()),
        ):
            began = time.perf_counter()
            peak = python("-c", WATCH, *command, *more, XDG_CACHE_HOME=f"{folder}/cache")
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
