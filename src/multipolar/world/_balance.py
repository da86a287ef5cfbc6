"""Minimum cross-entropy balancing of a world table: generalised RAS, solved by Newton's method on its dual.

Cells `x[i, k, n, u]` (origin, good, destination, use; uses are the J industries of `n`, then its final uses) and
value added `v[n, j]` are those nearest to a prior in

    D(x | x0) + D(v | v0) + w [ D(y | y0) + D(v | v0) ],    y[k, n, u] = sum_i x[i, k, n, u],
    D(a | b) = sum a log(a / b) - a + b,

subject to: sales of every industry = its purchases + its value added; value added of a country = its GDP; trade of
every pair of countries in each group of goods = the total given. `w >= 0` is the weight of technology: with `w = 0`
this is plain cross-entropy (Golan, Judge and Robinson 1994; generalised RAS without negative cells); a larger `w`
holds what is used closer to the prior than from whom it is bought. The nested objective solves in closed form for
given multipliers, like a nested CES:

    x = y * pi0 B / Q,   y = y0 (Q exp(-mu[n, u]))^(1 - rho),   Q = sum_i pi0 B,   B = exp(mu[i, k] + tau[i, n, s(k)]),
    v = v0 exp(gamma[n] - mu[n, j])^(1 - rho),           rho = w / (1 + w),   mu[n, u] = 0 in final uses,

and the multipliers minimise a smooth convex function, so Newton's method with a line search finds them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MAX_ITERATIONS = 100
TOLERANCE = 1e-11  # of the largest relative residual; what is left is rounding
_LARGEST_STEP = 3.0  # in logs


@dataclass(frozen=True)
class Prior:
    """Where balancing starts: `cells` `[origin, good, destination, use]`, `value_added` `[country, industry]`, and
    the `group` of goods `[good]` (0, 1, ...) whose trade totals bind together. Zeros stay zero."""

    cells: np.ndarray
    value_added: np.ndarray
    group: np.ndarray


@dataclass(frozen=True)
class Multipliers:
    """The dual solution, in logs: `mu` `[country, sector]`, `gamma` `[country]`, `tau` `[origin, destination, group]`."""

    mu: np.ndarray
    gamma: np.ndarray
    tau: np.ndarray


@dataclass(frozen=True)
class Balanced:
    """The balanced table, its multipliers, and the largest relative residual of each kind of constraint with its
    place: `{"accounts": (1e-15, (n, j)), "gdp": (..., (n,)), "trade": (..., (i, n, s))}`."""

    cells: np.ndarray
    value_added: np.ndarray
    multipliers: Multipliers
    residuals: dict[str, tuple[float, tuple[int, ...]]]
    iterations: int


def table(prior: Prior, multipliers: Multipliers, technology: float) -> tuple[np.ndarray, np.ndarray]:
    """Cells and value added at given multipliers (the equations of the module)."""
    keep = 1 / (1 + technology)  # 1 - rho
    mu, gamma, tau = multipliers.mu, multipliers.gamma, multipliers.tau
    _, goods, countries, uses = prior.cells.shape
    lift = np.exp(mu[:, :, None] + tau[:, :, prior.group].transpose(0, 2, 1))  # [origin, good, destination]
    cells = prior.cells * lift[..., None]
    use = cells.sum(0)
    before = prior.cells.sum(0)
    price = np.divide(use, before, out=np.ones_like(use), where=before > 0)
    wedge = np.zeros((countries, uses))
    wedge[:, :goods] = mu
    cells *= price ** (keep - 1) * np.exp(-keep * wedge)
    return cells, prior.value_added * np.exp(keep * (gamma[:, None] - mu))


def balance(prior: Prior, gdp: np.ndarray, trade: np.ndarray, technology: float = 0.0) -> Balanced:
    """The table nearest to `prior` with value added `gdp` `[country]` and trade `trade` `[origin, destination, group]`
    between different countries. `technology` is `w`. Totals must be positive where the prior has cells and zero where
    it has none; callers check that. The residuals tell whether it converged; nothing is raised here."""
    start = Multipliers(np.zeros(prior.value_added.shape), np.zeros(len(gdp)), np.zeros_like(trade))
    system = _System(prior, gdp, trade, technology)
    point = start
    cells, added = table(prior, point, technology)
    value = system.value(point, cells, added)
    best, iterations = system.residuals(cells, added), 0
    while _largest(best) > TOLERANCE and iterations < MAX_ITERATIONS:
        iterations += 1
        step, slope = system.newton(cells, added)
        longest = max(float(np.abs(part).max()) for part in (step.mu, step.gamma, step.tau))
        length = min(1.0, _LARGEST_STEP / longest) if np.isfinite(longest) and longest > 0 else 0.0
        improved = False
        while length > 1e-6:
            trial = Multipliers(
                *(getattr(point, f) + length * getattr(step, f) for f in ("mu", "gamma", "tau"))
            )
            new_cells, new_added = table(prior, trial, technology)
            new_value = system.value(trial, new_cells, new_added)
            found = system.residuals(new_cells, new_added)
            # Near the solution the function no longer resolves progress; the residuals do.
            if new_value <= value + 1e-4 * length * slope or _largest(found) < 0.5 * _largest(best):
                point, value, cells, added, best, improved = (
                    trial,
                    new_value,
                    new_cells,
                    new_added,
                    found,
                    True,
                )
                break
            length /= 2
        if not improved:
            break
    return Balanced(cells, added, point, best, iterations)


def _largest(residuals: dict[str, tuple[float, tuple[int, ...]]]) -> float:
    return max(size for size, _ in residuals.values())


class _System:
    """Value, residuals and Newton steps of the dual. Unknowns are ordered by group of goods, country, sector, so that
    the part that the trade multipliers of one group touch is a block."""

    def __init__(self, prior: Prior, gdp: np.ndarray, trade: np.ndarray, technology: float):
        self.prior, self.gdp, self.trade = prior, gdp, trade
        self.keep = 1 / (1 + technology)
        n, j = prior.value_added.shape
        self.groups = [np.flatnonzero(prior.group == s) for s in range(int(prior.group.max()) + 1)]
        self.bound = (trade > 0) & ~np.eye(n, dtype=bool)[:, :, None]
        self.order = np.concatenate([(np.arange(n)[:, None] * j + k).ravel() for k in self.groups])
        self.place = np.empty(n * j, int)
        self.place[self.order] = np.arange(n * j)

    def gradient(self, cells: np.ndarray, added: np.ndarray) -> Multipliers:
        j = added.shape[1]
        accounts = cells.sum((2, 3)) - cells[..., :j].sum((0, 1)) - added
        traded = np.stack([cells[:, k].sum((1, 3)) for k in self.groups], -1)
        return Multipliers(accounts, added.sum(1) - self.gdp, np.where(self.bound, traded - self.trade, 0.0))

    def residuals(self, cells: np.ndarray, added: np.ndarray) -> dict[str, tuple[float, tuple[int, ...]]]:
        gap = self.gradient(cells, added)
        output = cells.sum((2, 3))
        scale = np.maximum(output, np.where(output > 0, 0, 1))
        relative = {
            "accounts": np.abs(gap.mu) / scale,
            "gdp": np.abs(gap.gamma) / self.gdp,
            "trade": np.abs(gap.tau) / np.where(self.bound, self.trade, 1),
        }
        found = {}
        for name, off in relative.items():
            array = np.where(np.isfinite(off), off, np.inf)
            place = tuple(int(i) for i in np.unravel_index(int(array.argmax()), array.shape))
            found[name] = (float(array[place]), place)
        return found

    def value(self, point: Multipliers, cells: np.ndarray, added: np.ndarray) -> float:
        spent = (cells.sum() + added.sum()) / self.keep
        return float(spent - (point.gamma * self.gdp).sum() - (point.tau * self.trade * self.bound).sum())

    def newton(self, cells: np.ndarray, added: np.ndarray) -> tuple[Multipliers, float]:
        """The Newton step and the slope of the dual along it. The trade multipliers are eliminated first, one
        destination and group at a time; GDP's likewise; what is left is one symmetric system in `mu`."""
        from scipy.linalg import cho_factor, cho_solve, solve_triangular

        n, j = added.shape
        keep, rho = self.keep, 1 - self.keep
        gap = self.gradient(cells, added)
        use = cells.sum(0)
        root = cells / np.sqrt(np.where(use > 0, use, 1))
        # alike[n, k, i, i']: how alike two origins' sales of a good to a destination are
        packed = root.transpose(2, 1, 0, 3)
        alike = packed @ packed.transpose(0, 1, 3, 2)
        sales = cells.sum(3)  # [origin, good, destination]

        matrix = np.zeros((n * j, n * j))
        for k in range(j):
            rows = self.place[np.arange(n) * j + k]
            matrix[np.ix_(rows, rows)] -= rho * alike[:, k].sum(0)
        bought = keep * cells[..., :j].reshape(n * j, n * j)[np.ix_(self.order, self.order)]
        matrix -= bought + bought.T
        matrix[np.diag_indices(n * j)] += (
            cells.sum((2, 3)) + keep * (cells[..., :j].sum((0, 1)) + added)
        ).ravel()[self.order]
        right = -gap.mu.ravel()[self.order]

        # GDP: eliminate gamma
        pivot = keep * added.sum(1)
        for c in range(n):
            at = self.place[c * j : (c + 1) * j]
            column = -keep * added[c]
            matrix[np.ix_(at, at)] -= np.outer(column, column) / pivot[c]
            right[at] -= column * (-gap.gamma[c] / pivot[c])

        eliminated = []
        start = 0
        for s, goods in enumerate(self.groups):
            width = n * len(goods)
            block = slice(start, start + width)
            start += width
            others = np.setdiff1d(np.arange(j), goods)
            stacked, crossed = [], []
            for c in range(n):
                open_ = np.flatnonzero(self.bound[:, c, s])
                if not len(open_):
                    continue
                core = -rho * alike[c][goods].sum(0)[np.ix_(open_, open_)]
                core[np.diag_indices(len(open_))] += sales[open_, :, c][:, goods].sum(1)
                # coupling with mu of the same group [open, country, good] and of the destination's own industries
                near = -rho * alike[c][goods][:, open_].transpose(1, 2, 0)
                near[np.arange(len(open_)), open_] += sales[open_][:, goods, c]
                own = -keep * cells[open_, :, c, :j][:, goods].sum(1)
                near[:, c] += own[:, goods]
                scale = 1 / np.sqrt(np.diag(core))
                lower = np.linalg.cholesky(core * scale[:, None] * scale + 1e-14 * np.eye(len(open_)))
                whiten = solve_triangular(lower, np.diag(scale), lower=True)
                near_white = whiten @ near.reshape(len(open_), width)
                far_white = whiten @ own[:, others]
                gap_white = whiten @ -gap.tau[open_, c, s]
                at = self.place[c * j + others]
                cross = near_white.T @ far_white
                matrix[block, at] -= cross
                matrix[at, block] -= cross.T
                matrix[np.ix_(at, at)] -= far_white.T @ far_white
                right[block] -= near_white.T @ gap_white
                right[at] -= far_white.T @ gap_white
                stacked.append(near_white)
                crossed.append((c, open_, at, whiten, far_white, gap_white))
            if stacked:
                whole = np.concatenate(stacked)
                matrix[block, block] -= whole.T @ whole
                eliminated.append((s, block, stacked, crossed))

        size = np.sqrt(np.maximum(np.diag(matrix), 0))
        size[size <= 0] = np.inf  # an account without sales or purchases
        inverse = 1 / size
        matrix *= inverse[:, None] * inverse
        matrix[np.diag_indices(n * j)] = np.where(np.isinf(size), 1.0, np.diag(matrix) + 1e-13)
        mu = inverse * cho_solve(cho_factor(matrix, lower=True, overwrite_a=True), inverse * right)

        tau = np.zeros_like(gap.tau)
        for s, block, stacked, crossed in eliminated:
            for near_white, (c, open_, at, whiten, far_white, gap_white) in zip(
                stacked, crossed, strict=True
            ):
                tau[open_, c, s] = whiten.T @ (gap_white - near_white @ mu[block] - far_white @ mu[at])
        by_account = mu[self.place].reshape(n, j)
        gamma = (-gap.gamma + keep * (added * by_account).sum(1)) / pivot
        step = Multipliers(by_account, gamma, tau)
        slope = sum(float((getattr(step, f) * getattr(gap, f)).sum()) for f in ("mu", "gamma", "tau"))
        return step, slope
