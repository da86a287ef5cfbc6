"""One synthetic world, solved warm: prints passes, seconds and peak memory. Usage: python -m benchmarks.scaling N J GROUPS"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time

import equinox as eqx
import numpy as np

import multipolar as mp
from multipolar.economy import Shock, calibrate, solve


def synthetic_world(n: int, j: int, seed: int = 0) -> mp.World:
    """Sizes over four orders of magnitude, home bias, gravity in distance, sparse input use."""
    rng = np.random.default_rng(seed)
    size, place = rng.lognormal(0, 1.8, n), rng.uniform(0, 1, (n, 2))
    distance = np.linalg.norm(place[:, None] - place[None], axis=2) + 0.05
    pull = size[:, None, None] / distance[..., None] * rng.lognormal(0, 0.7, (n, n, j))
    abroad = pull * (1 - np.eye(n))[:, :, None]
    home = rng.beta(6, 2, (n, j))
    share = (1 - home) * abroad / abroad.sum(0)
    share[np.arange(n), np.arange(n)] = home
    mix = rng.lognormal(0, 1.5, (j, j))
    inputs = (
        mix / mix.sum(0) * rng.uniform(0.3, 0.6, j) * size[:, None, None] * rng.lognormal(0, 0.2, (n, 1, j))
    )
    final = rng.dirichlet(np.full(j, 0.7), n) * (size * j * 0.55)[:, None] + 1e-3 * size[:, None]
    flows = np.einsum("ink,nkj->iknj", share, inputs)
    for _ in range(20):  # trade, and with it output, decides what inputs a country can buy
        output = flows.sum((2, 3)) + np.einsum("ink,nk->ik", share, final)
        scale = np.minimum(1, 0.6 * output / np.maximum(flows.sum((0, 1)), 1e-300))
        if (scale > 0.999).all():
            break
        flows *= scale
    return mp.World.from_arrays(
        [f"C{i}" for i in range(n)], [f"s{k}" for k in range(j)], flows, np.einsum("ink,nk->ikn", share, final),
        rng.uniform(2, 10, j), name=f"synthetic {n}x{j}", repair_value_added=True,
    )  # fmt: skip


def main() -> None:
    n, j, groups = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    world = mp.load_world("wiod-2011") if (n, j) == (41, 35) else synthetic_world(n, j)
    economy = calibrate(world, use_groups=groups, closure="balanced")
    del world
    wedge = np.full((n, n, j, 1), 1.1)
    wedge[np.arange(n), np.arange(n)] = 1
    shock = eqx.tree_at(lambda s: s.importer_wedge, Shock.none(n, j), wedge)
    found = solve(economy, shock)
    times = []
    for _ in range(5):
        began = time.perf_counter()
        solve(economy, shock)
        times.append(time.perf_counter() - began)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(json.dumps([found.certificate.solver["passes"], statistics.median(times), memory]))


if __name__ == "__main__":
    main()
