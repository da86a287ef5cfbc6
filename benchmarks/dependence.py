"""Time the full matrix of dependence, every pair of countries an embargo. Usage: python -m benchmarks.dependence [WORLD ...]"""

from __future__ import annotations

import os
import platform
import sys
import time

import multipolar as mp
from multipolar.strategy import chokepoints, dependence, dependence_for, input_reliance


def main(names: list[str]) -> None:
    print(
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}\n"
    )
    print("| world | what | equilibria | certified | worst residual | seconds | CPU seconds |")
    print("|---|---|---|---|---|---|---|")
    for name in names:
        world = mp.load_world(name)
        for horizon in ("medium", "short"):
            first = list(world.countries[:2])
            report(
                world.name,
                f"compilation, {horizon}",
                lambda h=horizon, f=first, w=world: dependence(w, f, horizon=h),
            )
            report(world.name, f"full matrix, {horizon}", lambda h=horizon, w=world: dependence(w, horizon=h))
        report(world.name, "inputs and chokepoints", lambda w=world: inputs(w))
        actors = ["RUS", "CHN", "EU27", "USA"]
        report(world.name, "study of four actors", lambda w=world, a=actors: dependence_for(a, w).losses)


def inputs(world: mp.World) -> None:
    input_reliance(world)
    chokepoints(world)


def report(world: str, what: str, call) -> None:
    wall, used = time.perf_counter(), time.process_time()
    found = call()
    wall, used = time.perf_counter() - wall, time.process_time() - used
    facts = "| | |"
    if found is not None:
        total = found.attrs["embargoes"]
        facts = f"| {total} | {total - found.attrs['failed']} | {float(found.residual.max()):.0e}"
    print(f"| {world} | {what} {facts} | {wall:.1f} | {used:.1f} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or ["wiod-2011"])
