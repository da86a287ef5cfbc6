"""The case every solver is given, and how a time is taken."""

from __future__ import annotations

import statistics
import time

import multipolar as mp
from multipolar.economy import calibrate
from multipolar.scenario import compile_measures


def western_embargo():
    """`wiod-2011`, 41 countries x 35 sectors, and a full embargo of the western coalition on Russia."""
    world, scenario = mp.load_world("wiod-2011"), mp.load_scenario("embargo-on-russia")
    return calibrate(world), compile_measures(world, scenario.variant_measures("west"))[0]


def median_time(call, repeats: int) -> float:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return statistics.median(times)
