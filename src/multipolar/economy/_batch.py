"""Many equilibria in one call: in step on the device, each certified on its own."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from multipolar.economy._feasible import check_feasible
from multipolar.economy._model import Economy, State
from multipolar.economy._shock import Shock
from multipolar.economy._solve import STEP_TOLERANCE, Equilibrium, _certified, _fixed_point, solve
from multipolar.errors import MultipolarError

CHUNK = 64


def solve_many(
    cases: Iterable[tuple[Economy, Shock]], chunk: int | None = None
) -> Iterator[Equilibrium | MultipolarError]:
    """Solve many shocks or parameter draws; one result per case, in order, as chunks are done.

    `cases` are economies (which may be one and the same object, or draws of the same shape and settings) with
    shocks; they are drawn from the iterable as needed. On a CPU each core takes the next case. On a GPU, or where
    `chunk` is given, `chunk` cases (default 64) are iterated in step, and that many are held at a time.
    A case without an equilibrium yields its error, the one `solve` would raise, and the others go on. Cases
    that the common iteration does not finish are solved again on their own with everything `solve` tries.
    """
    if chunk is None and jax.default_backend() == "cpu":
        yield from _by_threads(iter(cases))
        return
    size, rest = chunk or CHUNK, iter(cases)
    while batch := list(islice(rest, size)):
        yield from _solve_chunk(batch, size)


def _by_threads(cases: Iterator[tuple[Economy, Shock]]) -> Iterator[Equilibrium | MultipolarError]:
    workers = os.cpu_count() or 1

    def attempt(case: tuple[Economy, Shock]) -> Equilibrium | MultipolarError:
        try:
            return solve(*case)
        except MultipolarError as error:
            return error

    with ThreadPoolExecutor(workers) as pool:
        waiting = deque(pool.submit(attempt, case) for case in islice(cases, 2 * workers))
        while waiting:
            done = waiting.popleft().result()
            waiting.extend(pool.submit(attempt, case) for case in islice(cases, 1))
            yield done


def _solve_chunk(batch: list[tuple[Economy, Shock]], size: int) -> Iterator[Equilibrium | MultipolarError]:
    began = time.perf_counter()
    problems: list[MultipolarError | None] = []
    for economy, shock in batch:
        try:
            check_feasible(economy, shock)
            problems.append(None)
        except MultipolarError as error:
            problems.append(error)
    sound = [case for case, problem in zip(batch, problems, strict=True) if problem is None]
    solved = iter(_in_step(sound, size) if sound else [])
    for (economy, shock), problem in zip(batch, problems, strict=True):
        if problem is not None:
            yield problem
            continue
        state, passes, gap = next(solved)
        try:
            if gap <= STEP_TOLERANCE:
                yield _certified(economy, shock, state, passes, gap, began)
            else:
                yield solve(economy, shock)
        except MultipolarError as error:
            yield error


def _in_step(cases: list[tuple[Economy, Shock]], size: int) -> list[tuple[State, int, float]]:
    # Always the same size, so that one compiled program serves; surplus copies cost time, not memory.
    padded = cases + [cases[-1]] * (size - len(cases))
    economies, shocks = zip(*padded, strict=True)
    shock = jax.tree.map(lambda *parts: np.stack(parts), *shocks)
    if all(economy is economies[0] for economy in economies):
        states, passes, gaps = _one_economy(economies[0], shock)
    else:
        states, passes, gaps = _many_economies(
            jax.tree.map(lambda *parts: np.stack(parts), *economies), shock
        )
    states, passes, gaps = jax.device_get((states, passes, gaps))
    return [
        (jax.tree.map(lambda part, b=b: part[b], states), int(passes[b]), float(gaps[b]))
        for b in range(len(cases))
    ]


@eqx.filter_jit
def _one_economy(economy: Economy, shocks: Shock):
    return jax.vmap(lambda shock: _fixed_point(economy, shock, State.baseline(economy)))(_arrays(shocks))


@eqx.filter_jit
def _many_economies(economies: Economy, shocks: Shock):
    def one(economy, shock):
        return _fixed_point(economy, shock, State.baseline(economy))

    return eqx.filter_vmap(one)(_arrays(economies), _arrays(shocks))


def _arrays(tree):
    return jax.tree.map(jnp.asarray, tree)
