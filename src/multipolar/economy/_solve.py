"""From a shock to a certified equilibrium.

All conditions are iterated together as one fixed point, with Anderson acceleration (Walker and Ni 2011);
wages step by their excess demand divided by the sales elasticity. If that stalls, the shock is applied in
stages. Whatever comes out is returned only with a certificate computed afresh.
"""

from __future__ import annotations

import time

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array

from multipolar.economy._certificate import Certificate, certify, failed_conditions
from multipolar.economy._feasible import check_feasible
from multipolar.economy._model import Economy, State, corridors, sweep
from multipolar.economy._shock import Shock
from multipolar.errors import NotConvergedError

STEP_TOLERANCE = 1e-11
MEMORY = 12
MAX_PASSES = 500
SMALLEST_STAGE = 1 / 256


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
    state, passes, gap = _fixed_point(economy, shock, start or State.baseline(economy))
    total, stages = int(passes), 1
    if not float(gap) <= STEP_TOLERANCE:
        state, more, stages = _in_stages(economy, shock)
        total += more
    certificate = certify(
        economy, shock, state, {"passes": total, "stages": stages, "seconds": time.perf_counter() - began}
    )
    if not certificate.passes:
        raise NotConvergedError(
            f"no certified equilibrium after {total} passes in {stages} stage(s).\n{failed_conditions(certificate)}\n"
            "Try: a smaller magnitude to see where it breaks; the closure 'balanced' if a country is nearly cut off "
            "from trade; trade elasticities closer to 5 if some are very large or small.",
            certificate.residuals,
        )
    return Equilibrium(economy, shock, state, certificate)


def fixed_point_on_path(economy: Economy, shock: Shock, progress: float, start: State) -> State:
    """The state part of the way along the shock's path (`Shock.at`), from a state nearby.
    Raises `NotConvergedError` like `solve`."""
    part = shock.at(progress, economy.theta)
    state, _, gap = _fixed_point(economy, part, start)
    return state if float(gap) <= STEP_TOLERANCE else solve(economy, part).state


def _in_stages(economy: Economy, shock: Shock) -> tuple[State, int, int]:
    reached, step, passes, stages = 0.0, 0.25, 0, 0
    state = State.baseline(economy)
    while reached < 1:
        target = min(1.0, reached + step)
        part = shock if target == 1.0 else shock.at(target, economy.theta)
        trial, used, gap = _fixed_point(economy, part, state)
        passes, stages = passes + int(used), stages + 1
        if float(gap) <= STEP_TOLERANCE:
            reached, state, step = target, trial, step * 2
        else:
            step /= 2
            if step < SMALLEST_STAGE:
                return trial, passes, stages
    return state, passes, stages


@eqx.filter_jit
def _fixed_point(economy: Economy, shock: Shock, start: State) -> tuple[State, Array, Array]:
    """Anderson-accelerated passes: the state, how many, and the largest change at the end."""
    trade = corridors(economy, shock)
    flat, unflatten = ravel_pytree(start)
    wages = jnp.arange(flat.size) < len(economy.countries)

    def residual(x: Array) -> tuple[Array, Array]:
        result = sweep(economy, shock, trade, unflatten(x))
        change = ravel_pytree(result.state)[0] - x
        return change, jnp.maximum(jnp.max(jnp.abs(change)), jnp.max(jnp.abs(result.excess)))

    def body(carry):
        x, change, _, best, dx, df, count, passes = carry
        gram = df @ df.T
        scale = jnp.trace(gram) + 1e-300
        known = jnp.arange(MEMORY) < count
        ridge = jnp.where(known, 1e-14 * scale, scale)
        coefficients = jnp.linalg.solve(gram + jnp.diag(ridge), df @ change)
        step = change - (dx + df).T @ coefficients
        largest = jnp.max(jnp.where(wages, jnp.abs(step), 0.0))
        step = step * jnp.minimum(1.0, 1.0 / jnp.maximum(largest, 1e-300))
        x_new = x + jnp.clip(step, -2.0, 2.0)
        floor = unflatten(x)
        floor = eqx.tree_at(lambda s: (s.wage, s.cost), floor, (floor.wage - 9, floor.cost - 9))
        floor = eqx.tree_at(
            lambda s: (s.output, s.expenditure), floor, (floor.output * 0.1, floor.expenditure * 0.1)
        )
        x_new = jnp.maximum(x_new, ravel_pytree(floor)[0])
        change_new, gap_new = residual(x_new)
        worse = ~(gap_new <= 10 * best)
        # A bad extrapolation is dropped: step back to the plain pass and forget the history.
        x_new = jnp.where(worse, x + change * 0.5, x_new)
        change_new, gap_new = jax.lax.cond(worse, lambda: residual(x_new), lambda: (change_new, gap_new))
        slot = jnp.mod(count, MEMORY)
        dx = jnp.where(worse, 0.0, dx).at[jnp.where(worse, 0, slot)].set(jnp.where(worse, 0.0, x_new - x))
        df = (
            jnp.where(worse, 0.0, df)
            .at[jnp.where(worse, 0, slot)]
            .set(jnp.where(worse, 0.0, change_new - change))
        )
        count = jnp.where(worse, 0, count + 1)
        best = jnp.where(worse, gap_new, jnp.minimum(best, gap_new))
        return x_new, change_new, gap_new, best, dx, df, count, passes + 1 + worse

    def going(carry):
        gap, passes = carry[2], carry[-1]
        return (~(gap <= STEP_TOLERANCE)) & (passes < MAX_PASSES) & jnp.isfinite(gap)

    change, gap = residual(flat)
    empty = jnp.zeros((MEMORY, flat.size))
    carry = (flat, change, gap, gap, empty, empty, jnp.array(0), jnp.array(1))
    carry = jax.lax.while_loop(going, body, carry)
    return unflatten(carry[0]), carry[-1], carry[2]
