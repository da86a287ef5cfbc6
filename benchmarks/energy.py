"""Seconds to solve the energy networks: `python -m benchmarks.energy` prints them and writes nothing."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from multipolar import energy
from multipolar.energy._network import solve


def main() -> None:
    energy.gas(), energy.oil()  # read, calibrate, import
    network = energy.gas().solution.network
    pipe, cap = energy.Levers(open=("power-of-siberia-2",)), energy.Levers(price_cap=50.0)
    size = f"{len(network.nodes)} nodes, {len(network.arcs)} arcs, {len(network.limits)} limits"
    for name, call in {
        f"gas ({size}), linopy, HiGHS and polish": lambda: solve(network),
        "gas with a lever, from the calibrated active set": lambda: energy.gas(pipe),
        "oil with a cap": lambda: energy.oil(cap),
        "bargain": energy.bargain,
    }.items():
        print(f"{name}: {_median(call):.3f} s")


def _median(call: Callable[[], object], times: int = 5) -> float:
    found = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


if __name__ == "__main__":
    main()
