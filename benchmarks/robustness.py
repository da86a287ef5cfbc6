"""A stress run over random and adversarial shocks: certified, or refused with the right error. Writes docs/robustness.md.

Usage: python -m benchmarks.robustness
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

import equinox as eqx
import numpy as np
from tests.worlds import random_world

import multipolar as mp
from multipolar.economy import Economy, Shock, calibrate, solve
from multipolar.errors import InfeasibleError, NoSupplierError, NotConvergedError

SMALL, REAL = 1700, 400
KINDS = (
    "coalition embargo",
    "tariffs to 1000%",
    "trade costs to 1000%",
    "productivity to -90%",
    "subsidies and transfers",
    "all at once",
)


def main() -> None:
    rng = np.random.default_rng(2024)
    results: Counter[tuple[str, str, str]] = Counter()
    worst, slowest = 0.0, 0.0
    for number, (label, kind, economy, shock) in enumerate(cases(rng)):
        began = time.perf_counter()
        try:
            found = solve(economy, shock)
            assert all(
                np.isfinite(x).all() for x in (found.state.factor, found.state.cost, found.state.output)
            )
            worst, outcome = max(worst, found.certificate.worst), "certified"
        except NoSupplierError:
            outcome = "refused: no supplier"
        except InfeasibleError:
            outcome = "refused: infeasible"
        except NotConvergedError as error:
            ruined = "falls to nothing" in str(error)
            outcome = "refused: a country cannot pay" if ruined else "not converged"
        seconds = time.perf_counter() - began
        slowest = max(slowest, seconds) if number > 50 else slowest
        results[label, kind, outcome] += 1
        if number % 100 == 0:
            print(
                number,
                dict(Counter(k[2] for k in results.elements())),
                f"{slowest:.1f} s",
                file=sys.stderr,
                flush=True,
            )
    write(results, worst, slowest)


def cases(rng: np.random.Generator):
    shapes = [(3, 2), (6, 3), (12, 5)]
    for number in range(SMALL):
        n, j = shapes[number % len(shapes)]
        world = awkward_world(rng, n, j)
        economy = economy_of(world, rng)
        kind = KINDS[number % len(KINDS)]
        yield "random worlds", kind, economy, adversarial(rng, economy, kind)
    economies = [
        calibrate(mp.load_world("wiod-2011"), horizon=horizon, closure=closure)
        for horizon, closure in (
            ("medium", "fixed-share"),
            ("medium", "balanced"),
            ("short", "balanced"),
            ("long", "balanced"),
        )
    ]
    for number in range(REAL):
        economy = economies[number % len(economies)]
        kind = KINDS[number // len(economies) % len(KINDS)]
        yield "wiod-2011", kind, economy, adversarial(rng, economy, kind)


def awkward_world(rng: np.random.Generator, n: int, j: int):
    """Tiny countries, sectors some countries lack, elasticities from 0.5 to 60, tariffs."""
    world = random_world(int(rng.integers(1 << 30)), n, j, tariffs=True)
    inputs, final = world.intermediate_values.copy(), world.final_values.copy()
    if rng.random() < 0.5:  # a country a thousandth of its size
        scale = np.ones(n)
        scale[rng.integers(n)] = 1e-3
        pair = np.outer(scale, scale) ** 0.5
        inputs, final = inputs * pair[:, None, :, None], final * pair[:, None, :, None]
    if rng.random() < 0.5:  # a sector a country does not run, but buys
        c, s = rng.integers(n), rng.integers(j)
        inputs[c, s], final[c, s] = 0, 0
        inputs[:, :, c, s] = 0
    theta = np.exp(rng.uniform(np.log(0.5), np.log(60), j))
    return mp.World.from_arrays(
        world.countries, world.sectors, inputs, final, theta, world.tariff_values, repair_value_added=True
    )


def economy_of(world, rng: np.random.Generator) -> Economy:
    sigma = lambda: float(np.exp(rng.uniform(np.log(0.05), np.log(20)))) if rng.random() < 0.5 else 1.0  # noqa: E731
    return calibrate(
        world,
        horizon=str(rng.choice(["short", "medium", "long"])),
        closure=str(rng.choice(["fixed-share", "balanced", "fixed-real"])),
        sigma_v=sigma(), sigma_m=sigma(), sigma_c=sigma(),
    )  # fmt: skip


def adversarial(rng: np.random.Generator, economy: Economy, kind: str) -> Shock:
    n, j = economy.output.shape
    abroad = (~np.eye(n, dtype=bool))[:, :, None, None] * np.ones((1, 1, j, 1), bool)
    touched = abroad & (rng.random((n, n, j, 1)) < rng.choice([0.1, 0.5, 1.0]))
    shock = Shock.none(n, j)
    everything = kind == "all at once"
    if kind == "coalition embargo" or everything:
        members = rng.random(n) < rng.uniform(0.1, 0.9)
        target = np.zeros(n, bool)
        target[rng.integers(n)] = True
        pair = np.outer(members, target) | np.outer(target, members)
        shock = eqx.tree_at(
            lambda s: s.iceberg, shock, np.where(pair[:, :, None, None] & abroad, np.inf, 1.0)
        )
    if kind == "tariffs to 1000%" or everything:
        shock = eqx.tree_at(
            lambda s: s.importer_wedge, shock, np.where(touched, 1 + rng.uniform(0, 10, touched.shape), 1.0)
        )
    if kind == "trade costs to 1000%":
        shock = eqx.tree_at(
            lambda s: s.iceberg, shock, np.where(touched, 1 + rng.uniform(0, 10, touched.shape), 1.0)
        )
    if kind == "productivity to -90%" or everything:
        shock = eqx.tree_at(lambda s: s.productivity, shock, rng.uniform(0.1, 1.0, (n, j)))
    if kind == "subsidies and transfers":
        shock = eqx.tree_at(
            lambda s: s.exporter_wedge, shock, np.where(touched, rng.uniform(0.5, 1.5, touched.shape), 1.0)
        )
        money = rng.normal(0, 0.05, n) * economy.income.sum(1) * float(economy.money)
        money[-1] = -money[:-1].sum()
        shock = eqx.tree_at(lambda s: s.transfer, shock, money)
    return shock


def write(results: Counter[tuple[str, str, str]], worst: float, slowest: float) -> None:
    outcomes = sorted({k[2] for k in results}, key=lambda o: (o != "certified", o))
    lines = [
        "# Robustness",
        "",
        "Written by `python -m benchmarks.robustness`. Random and adversarial shocks, fixed seed: random worlds of 3x2, 6x3 and",
        "12x5 with tiny countries, missing sectors, trade elasticities from 0.5 to 60 and upper elasticities from 0.05 to 20, all",
        "horizons and closures; and `wiod-2011`. Each is either certified, every residual at most 1e-9, or refused with an error.",
        "",
        "| world | shock | " + " | ".join(outcomes) + " |",
        "|---|---|" + "---|" * len(outcomes),
    ]
    for label, kind in dict.fromkeys(k[:2] for k in results):
        lines.append(
            f"| {label} | {kind} | " + " | ".join(str(results[label, kind, o]) for o in outcomes) + " |"
        )
    totals = Counter(k[2] for k in results.elements())
    lines += [
        "| all | | " + " | ".join(str(totals[o]) for o in outcomes) + " |",
        "",
        f"{sum(totals.values())} shocks. Largest residual of a certified one: {worst:.1e}. Longest: {slowest:.1f} s, compilation of "
        "rescue steps included. None hung; none returned a number that is not finite.",
        "",
        '"A country cannot pay": the surplus its closure fixes, the transfer it must pay or the upkeep of its capital exceeds what it earns;',
        'no proof that no equilibrium exists, but its spending goes to zero on the way. "Not converged": no equilibrium was found and',
        "no reason is known.",
    ]
    (Path(__file__).parent.parent / "docs" / "robustness.md").write_text(
        "\n".join(lines) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
