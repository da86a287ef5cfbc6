"""From a shock to a certified equilibrium.

All conditions are iterated together as one fixed point, with Anderson acceleration (Walker and Ni 2011);
wages step by their excess demand divided by the sales elasticity. If that stalls, Newton-Krylov steps follow;
if those fail, the shock is applied in stages. Whatever comes out is returned only with a certificate computed afresh.
"""

from __future__ import annotations

import time
from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array

from multipolar.economy._certificate import Certificate, accounts, certify, failed_conditions
from multipolar.economy._feasible import check_feasible
from multipolar.economy._model import Economy, State, corridors, sweep
from multipolar.economy._shock import Shock
from multipolar.errors import NotConvergedError

STEP_TOLERANCE = 1e-11
MEMORY = 12
MAX_PASSES = 500
SMALLEST_STAGE = 1 / 64
NEWTON_STEPS = 12
KRYLOV = 60
POLISHABLE = 1e-6
RUINED = 1e-6  # spending, relative to baseline
LEAST_CONSUMPTION = 0.06  # share of spending; a pass leaves it at least 0.05


class Equilibrium(eqx.Module):
    """A certified solution: the economy, the shock, the state and how it was found."""

    economy: Economy
    shock: Shock
    state: State
    certificate: Certificate = eqx.field(static=True)


def solve(economy: Economy, shock: Shock, start: State | None = None) -> Equilibrium:
    """The equilibrium after `shock`, certified.

    `start` is a state to start from (default: the baseline). Raises `NoSupplierError` or
    `InfeasibleError` before solving when no equilibrium can exist, `NotConvergedError` when none was found.
    """
    check_feasible(economy, shock)
    began = time.perf_counter()
    state, total, gap = _converge(economy, shock, start or State.baseline(economy))
    return _certified(economy, shock, state, total, gap, began)


def _certified(
    economy: Economy, shock: Shock, state: State, total: int, gap: float, began: float
) -> Equilibrium:
    """The rescue by stages where needed, the certificate, or the error."""
    stages = 1
    if not gap <= STEP_TOLERANCE:
        state, more, stages = _in_stages(economy, shock)
        total += more
    certificate = certify(economy, shock, state)
    if not certificate.passes and certificate.worst < POLISHABLE:
        # Where a country hardly trades, a tiny error in its income is a large one in its trade balance.
        state, more, _ = _fixed_point(economy, shock, state, STEP_TOLERANCE / 1000)
        total += int(more)
        certificate = certify(economy, shock, state)
    facts = {"passes": total, "stages": stages, "seconds": time.perf_counter() - began}
    certificate = replace(certificate, solver=facts)
    if not certificate.passes:
        raise NotConvergedError(
            f"no certified equilibrium after {total} passes in {stages} stage(s).\n{failed_conditions(certificate)}\n"
            f"{_hint(economy, shock, state)}",
            certificate.residuals,
        )
    return Equilibrium(economy, shock, state, certificate)


def _hint(economy: Economy, shock: Shock, state: State) -> str:
    poorest = int(np.argmin(np.nan_to_num(np.asarray(state.expenditure), nan=-1.0)))
    if not float(state.expenditure[poorest]) > RUINED:
        return (
            f"Spending of {economy.countries[poorest]} falls to nothing on the way: the surplus or transfer it must pay "
            "exceeds what it earns. Try the closure 'balanced', or smaller transfers."
        )
    if economy.upkeep:
        with np.errstate(all="ignore"):
            books = accounts(economy, shock, state)
            left = np.nan_to_num(books["final_use"][:, 0] / books["expenditure"], nan=-1.0)
        poorest = int(np.argmin(left))
        if not left[poorest] > LEAST_CONSUMPTION:
            return (
                f"Consumption of {economy.countries[poorest]} falls to nothing on the way: keeping up its capital costs more "
                "than it can spend. Try the horizon 'medium', where investment is a share of spending, or a smaller shock."
            )
    return (
        "Try: a smaller magnitude to see where it breaks; the closure 'balanced' if a country is nearly cut off "
        "from trade; trade elasticities closer to 5 if some are very large or small."
    )


def fixed_point_on_path(economy: Economy, shock: Shock, progress: float, start: State) -> State:
    """The state part of the way along the shock's path (`Shock.at`), from a state nearby.
    Raises `NotConvergedError` like `solve`."""
    part = shock.at(progress, economy.theta)
    state, _, gap = _fixed_point(economy, part, start)
    return state if float(gap) <= STEP_TOLERANCE else solve(economy, part, start).state


def _converge(economy: Economy, shock: Shock, start: State) -> tuple[State, int, float]:
    """The accelerated iteration; if it stalls, again without the baseline's home inverse, which may be far from
    what a hard shock leaves; then Newton steps."""
    state, used, gap = _fixed_point(economy, shock, start)
    passes, best = int(used), float(gap)
    if not best <= STEP_TOLERANCE:
        size = economy.home_inverse.shape[1]
        plain = eqx.tree_at(
            lambda e: e.home_inverse, economy, np.broadcast_to(np.eye(size), economy.home_inverse.shape)
        )
        other, used, gap = _fixed_point(plain, shock, start)
        passes += int(used)
        if not float(gap) >= best:
            state, best = other, float(gap)
    if not best <= STEP_TOLERANCE:
        state, more, best = _by_newton(economy, shock, state)
        passes += more
    return state, passes, best


def _by_newton(economy: Economy, shock: Shock, state: State) -> tuple[State, int, float]:
    """Newton steps finish what Anderson's began: many countries close to autarky mean many slow directions."""
    passes, best = 0, np.inf
    for _ in range(NEWTON_STEPS):
        state, gap, used = _newton_step(economy, shock, state)
        passes, before, best = passes + int(used), best, min(best, float(gap))
        if best <= STEP_TOLERANCE or not float(gap) < before:
            break
    if STEP_TOLERANCE < best < 1e-6:
        state, used, gap = _fixed_point(economy, shock, state)
        passes, best = passes + int(used), float(gap)
    return state, passes, best


@eqx.filter_jit
def _newton_step(economy: Economy, shock: Shock, start: State) -> tuple[State, Array, Array]:
    """One inexact Newton step on `sweep(x) - x = 0`: GMRES on the linearised pass, then the longest step that helps."""
    trade = corridors(economy, shock)
    flat, unflatten = ravel_pytree(start)

    def change(x: Array) -> Array:
        return ravel_pytree(sweep(economy, shock, trade, unflatten(x)).state)[0] - x

    now, push = jax.linearize(change, flat)
    step, _ = jax.scipy.sparse.linalg.gmres(
        lambda d: -push(d), now, tol=1e-8, restart=KRYLOV, maxiter=2, solve_method="batched"
    )
    sizes = 0.5 ** jnp.arange(7.0)
    most = 2 * jnp.maximum(1.0, flat)

    def at(size: Array) -> tuple[Array, Array]:
        moved = flat + size * jnp.clip(step, -most, most)
        positive = State(*(-jnp.inf for _ in range(3)), 1e-12, 1e-12)  # type: ignore[arg-type]
        floor = jax.tree.map(jnp.full_like, start, positive)
        moved = jnp.maximum(moved, ravel_pytree(floor)[0])
        return moved, jnp.nan_to_num(jnp.max(jnp.abs(change(moved))), nan=jnp.inf)

    points, gaps = jax.lax.map(at, sizes)
    best = jnp.argmin(gaps)
    return unflatten(points[best]), gaps[best], jnp.array(2 * KRYLOV + sizes.size)


def _in_stages(economy: Economy, shock: Shock) -> tuple[State, int, int]:
    reached, step, passes, stages = 0.0, 0.25, 0, 0
    state = State.baseline(economy)
    while reached < 1:
        target = min(1.0, reached + step)
        part = shock if target == 1.0 else _staged(shock, target, economy.theta)
        trial, used, gap = _converge(economy, part, state)
        passes, stages = passes + used, stages + 1
        if gap <= STEP_TOLERANCE:
            reached, state, step = target, trial, step * 2
        else:
            step /= 2
            if step < SMALLEST_STAGE:
                return trial, passes, stages
    return state, passes, stages


def _step(economy: Economy, change: State) -> State:
    """A pass's changes, each country's put through its home inverse."""
    own = jnp.concatenate(
        [change.factor[:, :1], change.cost, change.output, change.expenditure[:, None]], axis=1
    )
    own = jnp.einsum("nxy,ny->nx", economy.home_inverse, own)
    j = change.cost.shape[1]
    return State(
        change.factor.at[:, 0].set(own[:, 0]), change.gap, own[:, 1 : j + 1], own[:, j + 1 : -1], own[:, -1]
    )


def _staged(shock: Shock, progress: float, theta: np.ndarray) -> Shock:
    """Part of the shock: finite wedges in equal ratios, embargoes by the share of trade that is left."""
    part = shock.at(progress, theta)

    def in_ratios(whole, linear):
        return np.where(np.isfinite(whole), np.asarray(whole) ** progress, linear)

    return Shock(
        in_ratios(shock.importer_wedge, part.importer_wedge),
        in_ratios(shock.exporter_wedge, part.exporter_wedge),
        in_ratios(shock.iceberg, part.iceberg),
        part.productivity,
        part.transfer,
    )


@eqx.filter_jit
def _fixed_point(
    economy: Economy, shock: Shock, start: State, tolerance: float | Array = STEP_TOLERANCE
) -> tuple[State, Array, Array]:
    """Anderson-accelerated passes: the state, how many, and the largest change at the end.

    A step that leaves the residual ten times larger than the best is not taken; the history is dropped and a
    shorter plain step tried instead. No branch depends on data, so that batches run in step.
    """
    trade = corridors(economy, shock)
    flat, unflatten = ravel_pytree(start)
    levels = ravel_pytree(
        eqx.tree_at(
            lambda s: (s.output, s.expenditure), jax.tree.map(jnp.zeros_like, start), replace_fn=jnp.ones_like
        )
    )[0]
    wages = jnp.arange(flat.size) < start.factor.size

    def residual(x: Array) -> tuple[Array, Array]:
        result = sweep(economy, shock, trade, unflatten(x))
        change = ravel_pytree(result.state)[0] - x
        relative = jnp.abs(change) / jnp.maximum(1.0, levels * x)
        gap = jnp.maximum(jnp.max(relative), jnp.max(jnp.abs(result.excess)))
        return ravel_pytree(_step(economy, unflatten(change)))[0], gap

    def body(carry):
        x, change, gap, best, history, df, gram, count, damping, passes = carry
        known = jnp.arange(MEMORY) < count
        both = known[:, None] & known[None, :]
        scale = jnp.sum(jnp.where(known, jnp.diagonal(gram), 0.0)) + 1e-300
        matrix = jnp.where(both, gram, 0.0) + jnp.diag(jnp.where(known, 1e-14 * scale, 1.0))
        coefficients = jnp.where(known, jnp.linalg.solve(matrix, jnp.where(known, df @ change, 0.0)), 0.0)
        step = (change - coefficients @ history) * damping
        largest = jnp.max(jnp.where(wages, jnp.abs(step), 0.0))
        most = 2 * jnp.maximum(1.0, levels * x)
        step = jnp.clip(step * jnp.minimum(1.0, 1.0 / jnp.maximum(largest, 1e-300)), -most, most)
        trial = x + step
        # Outputs and expenditures stay positive on the way.
        trial = jnp.maximum(trial, jnp.where(levels > 0, 0.1 * x, x - 9.0))
        change_trial, gap_trial = residual(trial)
        worse = ~(gap_trial <= 10 * best)
        slot = jnp.mod(count, MEMORY)
        df_new = change_trial - change
        row = jnp.where(jnp.arange(MEMORY) == slot, 0.0, df @ df_new)
        row = row.at[slot].set(df_new @ df_new)
        df = df.at[slot].set(df_new)
        history = history.at[slot].set(trial - x + df_new)
        gram = gram.at[slot].set(row).at[:, slot].set(row)
        return (
            jnp.where(worse, x, trial),
            jnp.where(worse, change, change_trial),
            jnp.where(worse, gap, gap_trial),
            jnp.where(worse, gap, jnp.minimum(best, gap_trial)),
            history,
            df,
            gram,
            jnp.where(worse, 0, count + 1),
            jnp.where(worse, jnp.maximum(damping / 2, 1 / 64), jnp.minimum(2 * damping, 1.0)),
            passes + 1,
        )

    def going(carry):
        return (carry[2] > tolerance) & (carry[-1] < MAX_PASSES)

    change, gap = residual(flat)
    empty = jnp.zeros((MEMORY, flat.size))
    gram = jnp.zeros((MEMORY, MEMORY))
    carry = (flat, change, gap, gap, empty, empty, gram, jnp.array(0), jnp.array(1.0), jnp.array(1))
    carry = jax.lax.while_loop(going, body, carry)
    return unflatten(carry[0]), carry[-1], carry[2]
