"""A spatial price equilibrium as a convex program (Takayama and Judge 1971).

Sellers at each node move along an increasing linear supply curve, buyers along a falling demand curve, and carriers
ship along arcs until no arc leaves a profit. The equilibrium maximises

    sum_n (c d - e d^2 / 2) - sum_n (a s + b s^2 / 2) - sum_m (t f + k f^2 / 2)

subject to balance at every node, capacities of arcs, and limits on groups of arcs; the multipliers are node prices
and scarcity rents.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from multipolar.energy._certificate import Certificate, certify
from multipolar.errors import InfeasibleError, NotConvergedError

ROUNDS = 60


@dataclass(frozen=True, eq=False)
class Network:
    """Dims: `n` node, `m` arc, `l` limit. Quantities in any unit `q` a year, prices in money per `q`.

    - supply price at `s`: `supply_intercept + supply_slope * s`, at most `supply_limit` (0: no producer)
    - demand price at `d`: `demand_intercept - demand_slope * d`; `demand_slope` 0 marks a node without buyers
    - `withdrawal`: what a node delivers outside the network, fixed (negative: receives)
    - arc `m` runs from `tail[m]` to `head[m]`; its cost at flow `f` is `cost + cost_slope * f`, at most `capacity`
    - `member[l, m]` is 1 where arc `m` counts towards limit `l`, whose sum is at most `bound[l]`
    """

    nodes: tuple[str, ...]
    arcs: tuple[str, ...]
    limits: tuple[str, ...]
    supply_intercept: np.ndarray
    supply_slope: np.ndarray
    supply_limit: np.ndarray
    demand_intercept: np.ndarray
    demand_slope: np.ndarray
    withdrawal: np.ndarray
    tail: np.ndarray
    head: np.ndarray
    cost: np.ndarray
    cost_slope: np.ndarray
    capacity: np.ndarray
    member: np.ndarray
    bound: np.ndarray

    def incidence(self) -> np.ndarray:
        """`[n, m]`: +1 where the arc ends, -1 where it begins."""
        at = np.arange(len(self.nodes))[:, None]
        return (at == self.head).astype(float) - (at == self.tail)

    def having(self, **changes: Any) -> Network:
        return replace(self, **changes)


@dataclass(frozen=True, eq=False)
class Solution:
    """Levels and multipliers: `price` `[n]`, `arc_rent` `[m]` (the shadow value of an arc's capacity),
    `limit_rent` `[l]`, `supply_rent` `[n]` (of a producer at its limit); a `Certificate` vouches for them."""

    network: Network
    supply: np.ndarray
    demand: np.ndarray
    flow: np.ndarray
    price: np.ndarray
    arc_rent: np.ndarray
    limit_rent: np.ndarray
    supply_rent: np.ndarray
    certificate: Certificate


def solve(network: Network, start: Solution | None = None) -> Solution:
    """The certified equilibrium. `start`: a solution of a similar network, whose active set is tried first.

    The program is solved by HiGHS through linopy; which constraints bind is read off and the conditions are then
    solved as linear equations, so that they hold to rounding. Raises `InfeasibleError` where fixed withdrawals
    cannot be met, `NotConvergedError` with residuals where no active set passes the certificate.
    """
    if start is not None and start.network.arcs == network.arcs and start.network.limits == network.limits:
        tried = _polish(network, _levels(start), _multipliers(start))
        if tried is not None and tried.certificate.passes:
            return tried
    levels, multipliers = _program(network)
    solution = _polish(network, levels, multipliers)
    if solution is None or not solution.certificate.passes:
        residuals = solution.certificate.residuals if solution else {"active_set": float("inf")}
        worst = max(residuals, key=lambda name: residuals[name])
        raise NotConvergedError(
            f"energy network: no equilibrium was certified; {worst} misses by {residuals[worst]:.1e} (relative).",
            dict(residuals),
        )
    return solution


def _levels(solution: Solution) -> np.ndarray:
    return np.concatenate([solution.supply, solution.demand, solution.flow])


def _multipliers(solution: Solution) -> np.ndarray:
    return np.concatenate([solution.supply_rent, np.zeros_like(solution.demand), solution.arc_rent])


def _program(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """HiGHS's answer: levels `[s, d, f]` and multipliers of their upper bounds."""
    import linopy
    import pandas as pd
    import xarray as xr

    _silence_banner()
    model = linopy.Model()
    node, arc = pd.RangeIndex(len(network.nodes), name="n"), pd.RangeIndex(len(network.arcs), name="m")
    no_demand = network.demand_slope <= 0
    supply = model.add_variables(
        0, xr.DataArray(network.supply_limit, coords=[node]), coords=[node], name="supply"
    )
    demand = model.add_variables(
        0, xr.DataArray(np.where(no_demand, 0.0, np.inf), coords=[node]), coords=[node], name="demand"
    )
    flow = model.add_variables(0, xr.DataArray(network.capacity, coords=[arc]), coords=[arc], name="flow")
    incidence = xr.DataArray(network.incidence(), coords=[node, arc])
    model.add_constraints(
        supply - demand + (incidence * flow).sum("m") == xr.DataArray(network.withdrawal, coords=[node]),
        name="balance",
    )
    if len(network.limits):
        limit = pd.RangeIndex(len(network.limits), name="l")
        member = xr.DataArray(network.member, coords=[limit, arc])
        model.add_constraints(
            (member * flow).sum("m") <= xr.DataArray(network.bound, coords=[limit]), name="limit"
        )

    def by(values: np.ndarray, index: pd.Index) -> xr.DataArray:
        return xr.DataArray(values, coords=[index])

    model.add_objective(
        (by(network.supply_intercept, node) * supply).sum()
        + (by(network.supply_slope / 2, node) * supply * supply).sum()
        - (by(network.demand_intercept, node) * demand).sum()
        + (by(network.demand_slope / 2, node) * demand * demand).sum()
        + (by(network.cost, arc) * flow).sum()
        + (by(network.cost_slope / 2, arc) * flow * flow).sum()
    )
    status, condition = model.solve("highs", io_api="direct", output_flag=False)
    if status != "ok":
        if condition == "infeasible":
            raise InfeasibleError("energy network: fixed deliveries cannot be met by any flow; open a route.")
        raise NotConvergedError(f"energy network: HiGHS ended with {condition!r}.", {"highs": float("inf")})
    answer = model.solution
    levels = np.concatenate([answer["supply"].values, answer["demand"].values, answer["flow"].values])
    return levels, np.zeros_like(levels)


@cache
def _silence_banner() -> None:
    """HiGHS prints its name to standard output, once a process, whatever its options; machine-readable output must
    not begin with it."""
    import ctypes

    import highspy

    sys.stdout.flush()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        highspy.Highs()
        ctypes.CDLL(None).fflush(None)
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _polish(network: Network, levels: np.ndarray, upper_rent: np.ndarray) -> Solution | None:
    """Primal-dual active set: guess what binds, solve the conditions as linear equations, correct the guess by
    the signs of levels and multipliers, until it stands (Hintermüller, Ito and Kunisch 2003)."""
    n, m, count = len(network.nodes), len(network.arcs), len(network.limits)
    lower_open = np.concatenate([network.supply_limit > 0, network.demand_slope > 0, network.capacity > 0])
    top = np.concatenate([network.supply_limit, np.full(n, np.inf), network.capacity])
    slope = np.concatenate([network.supply_slope, network.demand_slope, network.cost_slope])
    constant = np.concatenate([network.supply_intercept, -network.demand_intercept, network.cost])
    balance = np.hstack([np.eye(n), -np.eye(n), network.incidence()])
    limit = np.hstack([np.zeros((count, 2 * n)), network.member])
    scale = max(1.0, float(np.abs(levels).max()))
    at_zero = (levels < 1e-6 * scale) | ~lower_open
    at_top = (levels > top - 1e-6 * scale) & lower_open
    binding = limit @ levels > network.bound - 1e-6 * scale if count else np.zeros(0, bool)
    total, best = 2 * n + m, None
    seen: set[bytes] = set()
    for _ in range(ROUNDS):
        free = ~(at_zero | at_top)
        fixed = np.where(at_top, top, 0.0)
        rows = limit[binding]
        k = len(rows)
        # slope x - balance' p + rows' v = -constant.  Levels with a slope are substituted out; the unknowns left are
        # the others x, node prices p, limit rents v.
        bent, flat = free & (slope > 0), free & (slope <= 0)
        both = np.vstack([balance, -rows])
        pull = both[:, bent] / slope[bent]
        f = int(flat.sum())
        matrix = np.zeros((f + n + k, f + n + k))
        matrix[f:, f:] = pull @ both[:, bent].T
        matrix[f:, :f] = both[:, flat]
        matrix[:f, f:] = both[:, flat].T
        right = np.concatenate([network.withdrawal, -network.bound[binding]]) - both @ fixed
        answer = _linear(matrix, np.concatenate([constant[flat], right + pull @ constant[bent]]))
        x = fixed.copy()
        x[flat] = answer[:f]
        x[bent] = (both[:, bent].T @ answer[f:] - constant[bent]) / slope[bent]
        price, rent = answer[f : f + n], np.zeros(count)
        rent[binding] = answer[f + n :]
        reduced = constant + slope * x - balance.T @ price + limit.T @ rent
        solution = _assemble(network, x, price, reduced, rent, at_zero, at_top)
        if best is None or solution.certificate.worst < best.certificate.worst:
            best = solution
        if solution.certificate.passes:
            return solution
        tiny = 1e-11 * scale
        money = 1e-11 * max(1.0, float(np.abs(price).max()))
        next_zero = ((free & (x < -tiny)) | (at_zero & (reduced > -money))) | ~lower_open
        next_top = ((free & (x > top + tiny)) | (at_top & (reduced < money))) & ~next_zero
        load = limit @ x
        next_binding = (binding & (rent > -money)) | (~binding & (load > network.bound + tiny))
        key = np.packbits(np.concatenate([next_zero, next_top, next_binding])).tobytes()
        if key in seen:
            break
        seen.add(key)
        at_zero, at_top, binding = next_zero, next_top, next_binding
    return best if total else None


def _linear(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve with one refinement; the least-norm answer where the active set leaves multipliers open."""
    try:
        if np.linalg.cond(matrix) < 1e13:
            answer = np.linalg.solve(matrix, right)
            return answer + np.linalg.solve(matrix, right - matrix @ answer)
    except np.linalg.LinAlgError:
        pass
    return np.linalg.lstsq(matrix, right, rcond=1e-13)[0]


def _assemble(
    network: Network,
    x: np.ndarray,
    price: np.ndarray,
    reduced: np.ndarray,
    limit_rent: np.ndarray,
    at_zero: np.ndarray,
    at_top: np.ndarray,
) -> Solution:
    n = len(network.nodes)
    rent = np.where(at_top & ~at_zero, -reduced, 0.0)
    shut = np.concatenate([np.zeros(2 * n, bool), network.capacity <= 0])
    # A shut arc's shadow value is what the first unit of capacity would earn.
    rent = np.where(shut, np.maximum(-reduced, 0.0), rent)
    parts = {
        "supply": x[:n], "demand": x[n : 2 * n], "flow": x[2 * n :], "price": price,
        "arc_rent": rent[2 * n :], "limit_rent": limit_rent, "supply_rent": rent[:n],
    }  # fmt: skip
    return Solution(network, **parts, certificate=certify(network, **parts))
