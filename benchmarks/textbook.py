"""The textbook solver: Caliendo and Parro (2015, appendix) in vectorised NumPy, as users write it today.

Guess wages; iterate prices to convergence; find spending; move wages by a damped multiple of the excess demand
for labour; repeat. Spending comes from a linear system of all countries and sectors, as in the published code, or,
faster, from an inner iteration. Both inner problems start warm, which flatters the textbook. Trade costs only.
"""

from __future__ import annotations

import time

import numpy as np

INNER_LIMIT = 1_000  # passes


class Textbook:
    """The economy as a function of its wages alone. Holds the last unit costs (log) and outputs, to start from,
    and counts its passes over the trade shares."""

    def __init__(self, economy, iceberg, *, linear: bool, tolerance: float):
        assert not economy.tariff.any(), "the textbook knows no tariffs"
        with np.errstate(divide="ignore"):
            self.weight = economy.share[..., 0] * iceberg[..., 0] ** -economy.theta
        self.beta, self.gamma, self.theta = economy.value_share, economy.input_share, economy.theta
        self.final_mix = np.einsum("nkf,nf->nk", economy.final_share, economy.final_split)
        self.income, self.deficit = economy.income[:, 0], economy.deficit
        self.log_cost, self.output = np.zeros_like(economy.output), economy.output.copy()
        self.linear, self.tolerance, self.passes = linear, tolerance, 0

    def prices(self, log_wage, log_cost):
        """Log price indices, and the unit costs that follow from them."""
        self.passes += 1
        index = np.einsum("ink,ik->nk", self.weight, np.exp(-self.theta * log_cost))
        used = index > 0
        price = np.where(used, -np.log(np.where(used, index, 1)) / self.theta, 0)
        material = np.einsum("nkj,nk->nj", self.gamma, price)
        return price, self.beta * log_wage[:, None] + (1 - self.beta) * material

    def shares(self, price, log_cost):
        return self.weight * np.exp(-self.theta * log_cost)[:, None] * np.exp(self.theta * price)[None]

    def sales(self, share, output, spending):
        self.passes += 1
        demand = np.einsum("nkj,nj->nk", self.gamma, (1 - self.beta) * output)
        return np.einsum("ink,nk->ik", share, demand + self.final_mix * spending[:, None])

    def excess(self, wage):
        """Relative excess demand for labour at these wages, all prices and outputs having adjusted."""
        for _ in range(INNER_LIMIT):
            price, new = self.prices(np.log(wage), self.log_cost)
            gap = np.abs(new - self.log_cost).max()
            self.log_cost = new
            if gap < self.tolerance:
                break
        share = self.shares(price, self.log_cost)
        spending = wage * self.income + self.deficit
        for _ in range(0 if self.linear else INNER_LIMIT):
            new = self.sales(share, self.output, spending)
            gap = np.abs(new - self.output).max() / self.output.max()
            self.output = new
            if gap < self.tolerance:
                break
        if self.linear:
            self.passes += 1
            n, j = self.output.shape
            inputs = np.einsum("ink,nkj,nj->iknj", share, self.gamma, 1 - self.beta).reshape(n * j, n * j)
            final = np.einsum("ink,nk->ik", share, self.final_mix * spending[:, None]).ravel()
            self.output = np.linalg.solve(np.eye(n * j) - inputs, final).reshape(n, j)
        return (self.beta * self.output).sum(1) / (wage * self.income) - 1


def solve(economy, iceberg, *, linear: bool, damping: float, tolerance: float = 1e-9, limit: int = 2_000):
    """Wages, unit costs, outputs and the number of passes over the trade shares."""
    book = Textbook(economy, iceberg, linear=linear, tolerance=tolerance / 10)
    wage = np.ones(len(book.income))
    for _ in range(limit):
        excess = book.excess(wage)
        if np.abs(excess).max() < tolerance:
            return wage, np.exp(book.log_cost), book.output, book.passes
        wage = wage * (1 + damping * excess)
        wage /= (wage * book.income).sum() / book.income.sum()
    raise RuntimeError("the textbook loop reached its limit")


def fastest(economy, iceberg, *, linear: bool, tolerance: float = 1e-9, dampings=(0.2, 0.3, 0.4)):
    """Seconds, damping, and what `solve` returns, for the fastest of these dampings."""
    best = None
    for damping in dampings:
        began = time.perf_counter()
        try:
            answer = solve(economy, iceberg, linear=linear, damping=damping, tolerance=tolerance)
        except RuntimeError:
            continue
        seconds = time.perf_counter() - began
        if best is None or seconds < best[0]:
            best = (seconds, damping, answer)
    return best
