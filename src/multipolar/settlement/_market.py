"""The choice of currency by many corridors that share the liquidity they create.

Corridor `m` (an exporter paid by an importer) settles in currency `c` with probability

    s_mc = exp(v_mc) / sum_d exp(v_md),     v_mc = u_mc + k sum_p B_mp log D_pc

where `u` is attraction less cost over the dispersion of tastes `mu`, and `D_pc = F_pc + phi_pc` the depth of the
market for currency `c` in pool `p`: its use by the corridors that load on the pool, `F_pc = sum_m w_m B_mp s_mc / T_p`,
and what finance brings without trade, `phi > 0`. `k = lambda / mu` is the network strength. Pools are the world
and, where local markets matter, countries; loadings `B` sum to one over pools.

Fixed points in `Z = log D` are the critical points of the potential

    Phi(Z) = sum_p T_p sum_c (exp Z_pc - phi_pc Z_pc) - (1/k) sum_m w_m log sum_c exp v_mc

whose gradient is `T_p (D_pc - phi_pc - F_pc)` (a potential game: Monderer and Shapley 1996; Brock and Durlauf
2001 for one pool and two choices). Hence (i) the plain iteration `D <- F(D) + phi` minimises a convex majorant of
`Phi` at every step, so `Phi` falls along it and it cannot cycle; (ii) its Jacobian has real eigenvalues `rho >= 0`,
and a fixed point is stable, `rho < 1`, exactly where it is a strict minimum of `Phi`; (iii) at a fixed point
`rho <= k max F/(F + phi)`, so with `k <= 1` every one is a strict minimum and, `Phi` being coercive, there is one only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Market:
    """One market for means of payment. Dims: `m` corridor, `p` pool, `c` currency; the first currencies have
    a network, any further ones do not and are an outside option of constant attraction.

    - `weight` `[m]`: share of the corridor in the trade of all, sums to one
    - `attraction` `[m, c]`: `u` above, in units of the dispersion; `-inf` closes a currency to a corridor
    - `loading` `[m, p]`: `B` above, sums to one over pools
    - `depth` `[p, network currency]`: `phi` above, a share of the pool's trade, positive
    - `strength`: `k` above
    """

    weight: np.ndarray
    attraction: np.ndarray
    loading: np.ndarray
    depth: np.ndarray
    strength: float

    @cached_property
    def pool(self) -> np.ndarray:
        """`T`, the trade that loads on each pool `[p]`."""
        return self.weight @ self.loading

    @property
    def network(self) -> int:
        return self.depth.shape[1]

    def value(self, log_depth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Shares `[m, c]` and the log-sum `[m]`: the value of the best currency, in units of the dispersion."""
        v = self.attraction.copy()
        v[:, : self.network] += self.strength * (self.loading @ log_depth)
        top = v.max(1, keepdims=True)
        odds = np.exp(v - top)
        total = odds.sum(1, keepdims=True)
        return odds / total, (top + np.log(total))[:, 0]

    def use(self, shares: np.ndarray) -> np.ndarray:
        """`F`: the share of each currency in the trade of each pool `[p, network currency]`."""
        flows = self.loading.T @ (self.weight[:, None] * shares[:, : self.network])
        # A pool without trade keeps what finance brings.
        return np.divide(flows, self.pool[:, None], out=np.zeros_like(flows), where=self.pool[:, None] > 0)

    def potential(self, log_depth: np.ndarray) -> float:
        """`Phi` above; for a network strength of zero it is not defined."""
        held = self.pool @ (np.exp(log_depth) - self.depth * log_depth).sum(1)
        return float(held - self.weight @ self.value(log_depth)[1] / self.strength)

    def gap(self, log_depth: np.ndarray) -> np.ndarray:
        """Relative residual of the fixed point `[p, network currency]`."""
        return (self.use(self.value(log_depth)[0]) + self.depth) / np.exp(log_depth) - 1

    def pull(self, shares: np.ndarray) -> np.ndarray:
        """`K[pc, qd] = sum_m w_m B_mp B_mq (s_mc [c=d] - s_mc s_md)`: how use answers log depth, over `k`."""
        n_pools, n = self.depth.shape
        s, b = shares[:, :n], self.loading
        answer = np.empty((n_pools, n, n_pools, n))
        for c in range(n):
            for d in range(c, n):
                moved = self.weight * (s[:, c] * (c == d) - s[:, c] * s[:, d])
                answer[:, c, :, d] = b.T @ (moved[:, None] * b)
                answer[:, d, :, c] = answer[:, c, :, d]
        return answer.reshape(n_pools * n, n_pools * n)

    def multipliers(self, log_depth: np.ndarray) -> np.ndarray:
        """Eigenvalues of the plain iteration's Jacobian at a fixed point, ascending, real."""
        root = np.sqrt(np.repeat(self.pool, self.network) * np.exp(log_depth).ravel())
        inverse = np.divide(1, root, out=np.zeros_like(root), where=root > 0)
        pull = self.pull(self.value(log_depth)[0])
        return np.linalg.eigvalsh(self.strength * inverse[:, None] * pull * inverse)

    def with_strength(self, strength: float, around: np.ndarray) -> Market:
        """Another network strength with the shares at log depth `around` `[p, c]` unchanged."""
        attraction = self.attraction.copy()
        attraction[:, : self.network] += (self.strength - strength) * (self.loading @ around)
        return replace(self, attraction=attraction, strength=strength)
