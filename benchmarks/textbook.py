"""The textbook solver: Caliendo and Parro (2015, appendix) in vectorised NumPy, as users write it today.

Guess wages; iterate prices to convergence; find spending; move wages by a damped multiple of the excess demand
for labour; repeat. Spending comes from a linear system of all countries and sectors, as in the published code, or,
faster, from an inner iteration. Both inner problems start warm, which flatters the textbook. Trade costs only.
"""

from __future__ import annotations

import numpy as np


def solve(economy, iceberg, *, linear: bool, damping: float, tolerance: float = 1e-9, limit: int = 2_000):
    """Wages, unit costs, outputs and the number of passes over the trade shares."""
    with np.errstate(divide="ignore"):
        weight = economy.share[..., 0] * iceberg[..., 0] ** -economy.theta
    beta, gamma, alpha = economy.value_share, economy.input_share, economy.final_share
    income0, theta = economy.income[:, 0], economy.theta
    final_mix = np.einsum("nkf,nf->nk", alpha, economy.final_split)
    wage, log_cost = np.ones(len(income0)), np.zeros_like(economy.output)
    output = economy.output.copy()
    passes = 0
    for _ in range(limit):
        while True:
            passes += 1
            index = np.einsum("ink,ik->nk", weight, np.exp(-theta * log_cost))
            used = index > 0
            price = np.where(used, -np.log(np.where(used, index, 1)) / theta, 0)
            new = beta * np.log(wage)[:, None] + (1 - beta) * np.einsum("nkj,nk->nj", gamma, price)
            gap = np.abs(new - log_cost).max()
            log_cost = new
            if gap < tolerance / 10:
                break
        share = weight * np.exp(-theta * log_cost)[:, None] * np.exp(theta * price)[None]
        spending = wage * income0 + economy.deficit
        while not linear:
            passes += 1
            demand = np.einsum("nkj,nj->nk", gamma, (1 - beta) * output) + final_mix * spending[:, None]
            new = np.einsum("ink,nk->ik", share, demand)
            gap = np.abs(new - output).max() / output.max()
            output = new
            if gap < tolerance / 10:
                break
        if linear:
            passes += 1
            n, j = output.shape
            inputs = np.einsum("ink,nkj,nj->iknj", share, gamma, 1 - beta).reshape(n * j, n * j)
            final = np.einsum("ink,nk->ik", share, final_mix * spending[:, None]).ravel()
            output = np.linalg.solve(np.eye(n * j) - inputs, final).reshape(n, j)
        excess = (beta * output).sum(1) / (wage * income0) - 1
        if np.abs(excess).max() < tolerance:
            return wage, np.exp(log_cost), output, passes
        wage = wage * (1 + damping * excess)
        wage /= (wage * income0).sum() / income0.sum()
    raise RuntimeError("the textbook loop reached its limit")
