"""Multipolar beside what a user would pick instead, in one run on one machine, each answer put to the same certificate.

Usage: python -m benchmarks.peers [--gegravity-python PATH] [--limit SECONDS]

gegravity is no dependency. To include it, make it an environment of its own and name that Python here or in
MULTIPOLAR_GEGRAVITY_PYTHON:  python -m venv DIR; DIR/bin/pip install gegravity==0.3 setuptools
"""

from __future__ import annotations

import argparse
import contextlib
import os
import time

import equinox as eqx
import jax
import numpy as np
from scipy.optimize import root

from benchmarks import gravity, textbook
from benchmarks.case import median_time, western_embargo
from multipolar.economy import TOLERANCE, certify, solve
from multipolar.economy._feasible import check_feasible
from multipolar.economy._model import State, corridors, sweep
from multipolar.economy._solve import _fixed_point

LIMIT = 60.0  # seconds for one root, then given up
STOP = TOLERANCE / 20  # own residuals; the certificate measures against trade, which is smaller than output
INNER = 1e-13  # prices and spending within a guess of wages: below what a finite difference sees
SHARES_READ = 4  # contractions of the trade shares with something, in one pass


def peers(limit: float = LIMIT) -> list[str]:
    economy, shock = western_embargo()
    found = solve(economy, shock)
    warm = median_time(lambda: solve(economy, shock), 21)
    return [
        *one_counterfactual(economy, shock, found, warm, limit),
        *where_time_goes(economy, shock, found, warm),
        *gravity.section(),
    ]


def one_counterfactual(economy, shock, found, warm: float, limit: float) -> list[str]:
    facts = found.certificate.solver
    rows = [
        f"| Multipolar, warm, with certificate | {warm:.3f} | {facts['passes']} | {found.certificate.worst:.1e} | 1 |"
    ]
    iceberg = np.asarray(shock.iceberg)
    dampings = (0.2, 0.3, 0.4)
    for linear in (False, True):
        seconds, damping, (wage, cost, output, passes) = textbook.fastest(
            economy, iceberg, linear=linear, tolerance=STOP, dampings=dampings
        )
        dampings = (damping,)  # how spending is found hardly matters to the wages' steps
        worst = judged(economy, shock, found, wage, np.log(cost), output)
        how = "by linear solve" if linear else "iterated"
        rows.append(
            f"| textbook damped-wage loop, spending {how}, damping {damping:g} | {seconds:.3f} | {passes} "
            f"| {worst:.1e} | {seconds / warm:.0f} |"
        )
    for system in (Wages, Everything):
        for method in ("hybr", "krylov", "df-sane"):
            rows.append(root_row(economy, shock, found, warm, system, method, limit))
    return [
        "## One counterfactual, side by side",
        "",
        "| solver | seconds | passes | worst residual | times ours |",
        "|---|---|---|---|---|",
        *rows,
        "",
        "The residual is the largest of Multipolar's certificate, put to every answer alike; all stop at the first "
        f"iterate whose own residuals are at most {STOP:g}, so that the certificate's, measured against trade too and not "
        f"output alone, are at most {TOLERANCE:g}; wages agree with ours to better than 1e-7. A pass is "
        "one use of the whole array of trade shares for prices, or one for sales; one of ours does both. The "
        "textbook's damping is the fastest of 0.2, 0.3 and 0.4. `root` is SciPy's, with its own finite differences, "
        f"from the baseline, given up at the first evaluation after {limit:g} seconds: for the {len(economy.countries)} wages with prices "
        "and outputs iterated inside each guess, and for all wages, unit costs and outputs at once.",
        "",
    ]


def judged(economy, shock, found, wage, log_cost, output) -> float:
    """The certificate's worst residual of somebody else's answer."""
    wage = np.asarray(wage)
    income = wage[:, None] * economy.income
    state = State(
        factor=np.log(wage)[:, None],
        gap=np.zeros((len(wage), 1, 1)),
        cost=np.where(economy.output > 0, log_cost, 0.0),
        output=np.divide(output, economy.output, out=np.zeros_like(output), where=economy.output > 0),
        expenditure=(income.sum(1) + economy.deficit) / economy.expenditure,
    )
    worst = certify(economy, shock, state).worst
    apart = np.abs(np.log(wage) - np.asarray(found.state.factor)[:, 0]).max()
    assert worst <= TOLERANCE, f"stopped too early: the certificate finds {worst:.1e}"
    assert apart < 1e-7, f"two certified answers differ by {apart:.1e}"
    return worst


class Reached(Exception):
    """An iterate good enough, or time run out: `root` is left from within its function."""


class Wages:
    """Relative wages, in logs; prices and outputs are iterated inside. The last market clears by Walras's law."""

    name = "wages"

    def __init__(self, economy, iceberg):
        self.book = textbook.Textbook(economy, iceberg, linear=False, tolerance=INNER)
        self.start = np.zeros(len(economy.countries) - 1)

    def __call__(self, x):
        wage = self.levels(x)
        excess = self.book.excess(wage)
        return excess[1:], np.abs(excess).max()

    def levels(self, x):
        wage = np.exp(np.concatenate([[0.0], x]))
        return wage * self.book.income.sum() / (wage @ self.book.income)

    def answer(self, x):
        self.book.excess(self.levels(x))
        return self.levels(x), self.book.log_cost, self.book.output


class Everything:
    """Wages, unit costs and outputs in levels relative to the baseline. One labour market clears by Walras's law;
    the numeraire takes its place."""

    name = "wages, unit costs and outputs"

    def __init__(self, economy, iceberg):
        self.book = textbook.Textbook(economy, iceberg, linear=False, tolerance=INNER)
        self.n, self.before = len(economy.countries), economy.output
        self.active = economy.output > 0
        self.start = np.ones(self.n + 2 * self.before.size)

    def parts(self, x):
        cost, output = x[self.n :].reshape(2, *self.before.shape)
        return x[: self.n], np.log(cost), np.where(self.active, output * self.before, 0.0)

    def __call__(self, x):
        book = self.book
        wage, log_cost, output = self.parts(x)
        price, new_cost = book.prices(np.log(wage), log_cost)
        sales = book.sales(book.shares(price, log_cost), output, wage * book.income + book.deficit)
        labour = (book.beta * output).sum(1) / (wage * book.income) - 1
        labour[0] = wage @ book.income / book.income.sum() - 1
        given = x[self.n :].reshape(2, *self.before.shape)
        goods = np.divide(sales, self.before, out=np.ones_like(sales), where=self.active) - given[1]
        residual = np.concatenate([labour, (np.exp(new_cost) - given[0]).ravel(), goods.ravel()])
        return residual, np.abs(residual).max()

    def answer(self, x):
        return self.parts(x)


def root_row(economy, shock, found, warm: float, system, method: str, limit: float) -> str:
    unknowns = system(economy, np.asarray(shock.iceberg))
    best = {"gap": np.inf, "x": unknowns.start, "why": "stopped"}
    began = time.perf_counter()

    def residual(x):
        with np.errstate(all="ignore"):
            value, gap = unknowns(x)
        if gap < best["gap"]:
            best.update(gap=gap, x=np.array(x))
        if gap <= STOP:
            raise Reached
        if time.perf_counter() - began > limit:
            best["why"] = "out of time"
            raise Reached
        return value

    # Tighter than what `residual` stops at, so that every method is left at the same place.
    options = {
        "hybr": {"xtol": 1e-14, "maxfev": 10**9},
        "krylov": {"fatol": STOP / 100, "maxiter": 10**6},
        "df-sane": {"fatol": STOP / 100, "ftol": 0.0, "maxfev": 10**9},
    }[method]
    with contextlib.suppress(Reached, ValueError, OverflowError, np.linalg.LinAlgError):
        best["why"] = root(residual, unknowns.start, method=method, options=options).message
    seconds, passes = time.perf_counter() - began, unknowns.book.passes
    name = f"SciPy `root`, {method}, {unknowns.start.size} unknowns: {unknowns.name}"
    if not best["gap"] <= STOP:
        return f"| {name} | {seconds:.1f}, {best['why']} | {passes} | {best['gap']:.0e}, its own | - |"
    with np.errstate(all="ignore"):
        worst = judged(economy, shock, found, *unknowns.answer(best["x"]))
    return f"| {name} | {seconds:.3f} | {passes} | {worst:.1e} | {seconds / warm:.0f} |"


def where_time_goes(economy, shock, found, warm: float) -> list[str]:
    """Parts timed each alone, inside compiled code where they run inside it."""
    share = economy.share[..., 0]
    floor = median_time(lambda: np.einsum("ink,ik->nk", share, np.ones(share.shape[::2])), 101)
    state = jax.tree.map(jax.numpy.asarray, found.state)
    repeats = 200

    @eqx.filter_jit
    def trade_of(economy, shock):
        return corridors(economy, shock)

    # Both loops start at the solution, where a pass changes nothing: what is not used, the compiler leaves out,
    # so that the first holds the prices alone.
    @eqx.filter_jit
    def looped(economy, shock, trade, state, only_prices: bool):
        def step(_, now):
            new = sweep(economy, shock, trade, now).state
            return eqx.tree_at(lambda s: s.cost, now, new.cost) if only_prices else new

        return jax.lax.fori_loop(0, repeats, step, state)

    trade = trade_of(economy, shock)

    def timed(call) -> float:
        jax.block_until_ready(call())
        return median_time(lambda: jax.block_until_ready(call()), 11)

    prices = timed(lambda: looped(economy, shock, trade, state, True)) / repeats
    whole = timed(lambda: looped(economy, shock, trade, state, False)) / repeats
    iteration = timed(lambda: _fixed_point(economy, shock, State.baseline(economy)))
    setup = timed(lambda: trade_of(economy, shock))
    feasible = timed(lambda: check_feasible(economy, shock))
    certificate = timed(lambda: certify(economy, shock, found.state))
    passes = found.certificate.solver["passes"]
    acceleration = iteration - setup - passes * whole
    rows = [
        ("prices: indices, materials, unit costs", passes * prices),
        ("spending and sales: demand, markets, factor prices", passes * (whole - prices)),
        ("steps and acceleration: home inverse, Anderson, stopping", acceleration),
        ("trade weights of the shock, and handing over the arrays", setup),
        ("does an equilibrium exist: suppliers, budgets", feasible),
        ("certificate, afresh in NumPy", certificate),
        ("the rest", warm - iteration - feasible - certificate),
    ]
    return [
        "### Where the time goes",
        "",
        f"One pass over the trade shares (`einsum` of the {share.size:,} shares with unit costs, NumPy) takes "
        f"{1e6 * floor:.0f} microseconds; a certified solve costs {warm / floor:.0f} of them. One of our passes takes "
        f"{1e6 * whole:.0f} microseconds, {whole / floor:.1f} of them, and contracts arrays of that size {SHARES_READ} times; a solve "
        f"has {passes}.",
        "",
        "| part | milliseconds | share |",
        "|---|---|---|",
        *(f"| {name} | {1e3 * seconds:.2f} | {100 * seconds / warm:.0f}% |" for name, seconds in rows),
        f"| all, measured whole | {1e3 * warm:.2f} | 100% |",
        "",
        "Each part is timed alone; the rest is what they leave of the whole.",
        "",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__.splitlines()[0])
    parser.add_argument("--gegravity-python", help="a Python with gegravity 0.3 installed")
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds for one SciPy root (default 60)")
    given = parser.parse_args()
    if given.gegravity_python:
        os.environ[gravity.VARIABLE] = given.gegravity_python
    print("\n".join(peers(given.limit)))


if __name__ == "__main__":
    main()
