"""Derivatives of an equilibrium by the implicit function theorem, never through the iterations.

The state solves `sweep(x; p) = x`, so `dx = (I - A)^-1 B dp` with A and B the Jacobians of one pass in the state
and in the parameters p: every array of the economy and of the shock. Both directions are matrix-free: GMRES with
the home inverse as preconditioner (for the transposed system, its transpose).
"""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array

from multipolar.economy._model import Economy, State, corridors, sweep
from multipolar.economy._shock import Shock
from multipolar.economy._solve import Equilibrium
from multipolar.errors import NotConvergedError

LINEAR_TOLERANCE = 1e-11
KRYLOV = 80


def log_welfare(economy: Economy, shock: Shock, state: State) -> Array:
    """Log change of real consumption from the world's own baseline `[country]`."""
    books = sweep(economy, shock, corridors(economy, shock), state)
    before = jnp.asarray(economy.final_split)[:, 0] * economy.expenditure
    return jnp.log(books.final_use[:, 0] / before) - books.basket[:, 0]


def tangent(equilibrium: Equilibrium, economy: Economy, shock: Shock) -> tuple[State, np.ndarray]:
    """Forward: the change of the state and of `log_welfare` per unit of a direction. `economy` and `shock` hold
    the direction: the same structures, zero where nothing moves. Raises `NotConvergedError` if the linear
    system is not solved."""
    at = _floats(equilibrium)
    state, welfare, gap = _tangent(at, (_zeros_like(economy), _zeros_like(shock)))
    _check(gap)
    return state, np.asarray(welfare)


def gradient(equilibrium: Equilibrium, weights: np.ndarray) -> tuple[Economy, Shock]:
    """Adjoint: the gradient of `weights @ log_welfare` in every array of the economy and the shock, in the same
    structures. One linear system, whatever the number of parameters. Raises as `tangent`.

    Gradients hold at given other arrays: a share can be moved only together with those it adds up with."""
    found, gap = _gradient(_floats(equilibrium), jnp.asarray(weights))
    _check(gap)
    return jax.tree.map(np.asarray, found)


def _check(gap: Array) -> None:
    if not float(gap) <= 1e-7:
        raise NotConvergedError(
            f"the linear system behind the derivative is solved to {float(gap):.1e} only, allowed 1e-7. The "
            "equilibrium may be close to one where it stops existing; move the measure away from there.",
            {"linear_system": float(gap)},
        )


def _floats(equilibrium: Equilibrium) -> tuple[Economy, Shock, State]:
    # Without the certificate, which differs from one equilibrium to the next and would be compiled in.
    return jax.tree.map(jnp.asarray, (equilibrium.economy, equilibrium.shock, equilibrium.state))


def _zeros_like(tree):
    return jax.tree.map(lambda part: jnp.asarray(part, dtype=float), tree)


def _parts(at: tuple[Economy, Shock, State]):
    economy, shock, state = at
    flat, unflatten = ravel_pytree(state)
    (moving, fixed) = eqx.partition((economy, shock), eqx.is_inexact_array)

    def change(x: Array, parameters) -> Array:
        economy, shock = eqx.combine(parameters, fixed)
        result = sweep(economy, shock, corridors(economy, shock), unflatten(x))
        return ravel_pytree(result.state)[0]

    def value(x: Array, parameters) -> Array:
        economy, shock = eqx.combine(parameters, fixed)
        return log_welfare(economy, shock, unflatten(x))

    return flat, unflatten, moving, change, value


def _precondition(economy: Economy, unflatten, transpose: bool):
    inverse = jnp.swapaxes(economy.home_inverse, 1, 2) if transpose else economy.home_inverse

    def apply(vector: Array) -> Array:
        state = unflatten(vector)
        j = state.cost.shape[1]
        own = jnp.concatenate([state.factor[:, :1], state.cost, state.output, state.expenditure[:, None]], 1)
        own = jnp.einsum("nxy,ny->nx", inverse, own)
        factor = state.factor.at[:, 0].set(own[:, 0])
        return ravel_pytree(State(factor, state.gap, own[:, 1 : j + 1], own[:, j + 1 : -1], own[:, -1]))[0]

    return apply


def _solve_linear(apply, right: Array, precondition) -> tuple[Array, Array]:
    found, _ = jax.scipy.sparse.linalg.gmres(
        apply, right, M=precondition, tol=LINEAR_TOLERANCE, restart=KRYLOV, maxiter=10
    )
    scale = jnp.maximum(jnp.max(jnp.abs(right)), 1e-300)
    return found, jnp.max(jnp.abs(apply(found) - right)) / scale


@eqx.filter_jit
def _tangent(at: tuple[Economy, Shock, State], direction):
    flat, unflatten, parameters, change, value = _parts(at)
    moving = jax.tree.map(
        lambda p, d: None if p is None else d, parameters, direction, is_leaf=lambda p: p is None
    )
    _, push = jax.linearize(lambda x: change(x, parameters), flat)
    _, right = jax.jvp(lambda p: change(flat, p), (parameters,), (moving,))
    dx, gap = _solve_linear(lambda d: d - push(d), right, _precondition(at[0], unflatten, False))
    _, welfare = jax.jvp(value, (flat, parameters), (dx, moving))
    return unflatten(dx), welfare, gap


@eqx.filter_jit
def _gradient(at: tuple[Economy, Shock, State], weights: Array):
    flat, unflatten, parameters, change, value = _parts(at)
    _, pull_value = jax.vjp(value, flat, parameters)
    right, direct = pull_value(weights)
    _, pull = jax.vjp(lambda x: change(x, parameters), flat)
    costate, gap = _solve_linear(lambda d: d - pull(d)[0], right, _precondition(at[0], unflatten, True))
    _, pull_parameters = jax.vjp(lambda p: change(flat, p), parameters)
    through = pull_parameters(costate)[0]
    return jax.tree.map(jnp.add, direct, through), gap
