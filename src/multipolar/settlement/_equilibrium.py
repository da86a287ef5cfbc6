"""Fixed points of a market: reached from a state, all of them, and followed as the market changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from multipolar.errors import NotConvergedError
from multipolar.settlement._market import Market

TOLERANCE = 1e-9
STEPS = 20_000
DRAWS = 24
ROUNDS = 6
_NEAR = 1e-3  # a plain step this small, in logs, hands over to Newton's method
_CLOSE = 0.05
_SAME = 1e-6


@dataclass(frozen=True, eq=False)
class CurrencyEquilibrium:
    """A certified fixed point. `log_depth` `[pool, network currency]`; `shares` `[corridor, currency]`; `use`
    `[currency]` of all trade. `residual`: largest relative gap of the fixed point, at most 1e-9. `radius`: spectral
    radius of the plain iteration's Jacobian; `index`: how many of its eigenvalues exceed one."""

    log_depth: np.ndarray
    shares: np.ndarray
    use: np.ndarray
    residual: float
    radius: float
    index: int

    @property
    def stable(self) -> bool:
        """Whether use that strays a little comes back: the spectral radius is below one."""
        return self.radius < 1


def settle(market: Market, start: np.ndarray) -> CurrencyEquilibrium:
    """The equilibrium in whose basin the log depth `start` lies: where use goes if choices follow the depth there is.
    Raises `NotConvergedError` with the residual if it is not reached to 1e-9."""
    z = np.array(start, dtype=float)
    hand_over = _NEAR
    for _ in range(STEPS):
        new = np.log(market.use(market.value(z)[0]) + market.depth)
        step, z = np.abs(new - z).max(), new
        if step < TOLERANCE / 1000:
            break
        if step < hand_over:
            hand_over = step / 10
            polished = _newton(market, z)
            # Near a tipping point Newton may leave for a saddle or another basin: take it only close by, downhill
            # and at a minimum.
            if polished is not None and np.abs(polished - z).max() < _CLOSE:
                found = _certified(market, polished)
                downhill = not market.strength or market.potential(polished) <= market.potential(z) + 1e-14
                if found.stable and downhill:
                    return found
    return _certified(market, z)


def equilibria(
    market: Market, starts: Iterable[np.ndarray] = (), *, draws: int = DRAWS, seed: int = 0
) -> list[CurrencyEquilibrium]:
    """All equilibria found, stable ones first, the most used currency's use descending.

    Stable ones: the plain iteration from `starts`, from every currency alone dominant, every pair of them, `draws`
    random states, and downhill from saddles. Others: Newton's method from all of these, from points between stable
    ones, and from recombinations of what was found, until `completeness` is met or nothing new appears. With one pool
    the search covers a handful of dimensions; it remains a search, not a proof.
    Up to a network strength of one there is one equilibrium, by proof (see `_market`), and the search stops there.
    """
    points = [*starts, *_corners(market)]
    found = [settle(market, points[0])]
    if market.strength <= 1:
        return found
    points += _random_states(market, draws, seed)
    for point in points[1:]:
        _add(found, settle(market, point))
    stable = list(found)
    for i, one in enumerate(stable):
        for two in stable[i + 1 :]:
            points += [one.log_depth + t * (two.log_depth - one.log_depth) for t in (0.2, 0.4, 0.5, 0.6, 0.8)]
    fresh: list[CurrencyEquilibrium] = []
    for point in points:
        z = _newton(market, point)
        if z is not None and _add(fresh, found_at := _certified(market, z)):
            _add(found, found_at)
    for _ in range(ROUNDS):
        if not fresh or completeness(found) == 1:
            break
        fresh = _recombined(market, found, fresh)
    return sorted(found, key=lambda e: (not e.stable, -e.use.max()))


def completeness(found: Sequence[CurrencyEquilibrium]) -> int:
    """The sum of `(-1)^index` over equilibria: one if all were found (Morse: the potential is coercive, on a space
    without holes). Another number proves that some are missing; one does not prove that none is."""
    return sum((-1) ** e.index for e in found)


def follow(
    market_at: Callable[[float], Market], values: Sequence[float], start: np.ndarray
) -> list[CurrencyEquilibrium]:
    """The stable equilibrium carried along as a parameter takes `values` in turn: up and down again shows hysteresis."""
    path, state = [], start
    for value in values:
        path.append(settle(market_at(value), state))
        state = path[-1].log_depth
    return path


def tipping_strength(market: Market, log_depth: np.ndarray) -> float:
    """The network strength at which the shares at `log_depth` cease to be stable if they are kept as an equilibrium:
    the spectral radius is proportional to the strength."""
    unit = market.with_strength(1.0, log_depth)
    return 1 / float(unit.multipliers(log_depth)[-1])


def _certified(market: Market, z: np.ndarray) -> CurrencyEquilibrium:
    residual = float(np.abs(market.gap(z)).max())
    if not residual <= TOLERANCE:
        raise NotConvergedError(
            f"settlement: the use of currencies was not solved: relative residual {residual:.1e}, allowed {TOLERANCE:.0e}. "
            "Near a tipping point the iteration is slow; move the network strength or the levers a little.",
            {"use of currencies": residual},
        )
    shares, _ = market.value(z)
    multipliers = market.multipliers(z)
    return CurrencyEquilibrium(
        z, shares, market.weight @ shares, residual, float(multipliers[-1]), int((multipliers > 1).sum())
    )


def _newton(market: Market, z: np.ndarray) -> np.ndarray | None:
    """Newton's method on the gradient of the potential, or None where it does not converge."""
    pool = np.repeat(market.pool, market.network)
    for _ in range(30):
        gap = market.gap(z)
        if np.abs(gap).max() < 1e-14:
            return z
        depth = np.exp(z)
        scale = np.where(pool > 0, pool, 1.0)
        # Rows divided by pool and depth, so that the system is well scaled for small currencies.
        slope = market.strength * market.pull(market.value(z)[0]) / (scale * depth.ravel())[:, None]
        matrix = np.diag(1 + gap.ravel()) - slope
        try:
            step = np.linalg.solve(matrix, gap.ravel()).reshape(z.shape)
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(step).all() or np.abs(step).max() > 10:
            return None
        z = z + step
        if np.abs(step).max() < 1e-13:
            break
    return z if np.abs(market.gap(z)).max() <= TOLERANCE else None


def _add(found: list[CurrencyEquilibrium], new: CurrencyEquilibrium) -> bool:
    if any(np.abs(new.log_depth - old.log_depth).max() < _SAME for old in found):
        return False
    found.append(new)
    return True


def _recombined(
    market: Market, found: list[CurrencyEquilibrium], fresh: list[CurrencyEquilibrium]
) -> list[CurrencyEquilibrium]:
    """New equilibria, added to `found`: from fresh ones with one currency's depth taken from another (small
    currencies tip almost on their own), and downhill from fresh saddles."""
    points = [
        np.where(np.arange(market.network) == c, other.log_depth, one.log_depth)
        for one in fresh
        for other in found
        for c in range(market.network)
        if np.abs(one.log_depth[:, c] - other.log_depth[:, c]).max() > 1e-3
    ]
    unique = {tuple(np.round(p, 4).ravel()): p for p in points}
    news = [_certified(market, z) for p in unique.values() if (z := _newton(market, p)) is not None]
    for saddle in fresh:
        if saddle.index == 1:
            way = _steepest(market, saddle.log_depth)
            news += [settle(market, saddle.log_depth + 1e-3 * sign * way) for sign in (1, -1)]
    return [e for e in news if _add(found, e)]


def _steepest(market: Market, z: np.ndarray) -> np.ndarray:
    """The direction in which use leaves a saddle: the eigenvector of the largest multiplier."""
    root = np.sqrt(np.maximum(np.repeat(market.pool, market.network), 1e-300) * np.exp(z).ravel())
    pull = market.pull(market.value(z)[0])
    _, vectors = np.linalg.eigh(pull / root[:, None] / root)
    way = (vectors[:, -1] / root).reshape(z.shape)
    return way / np.abs(way).max()


def _corners(market: Market) -> list[np.ndarray]:
    n_pools, n = market.depth.shape
    mixes = [np.eye(n)[c] for c in range(n)]
    mixes += [(np.eye(n)[c] + np.eye(n)[d]) / 2 for c in range(n) for d in range(c + 1, n)]
    return [np.log(np.tile(mix, (n_pools, 1)) + market.depth) for mix in mixes]


def _random_states(market: Market, draws: int, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    n_pools, n = market.depth.shape
    states = rng.dirichlet(np.full(n, 0.4), (draws, n_pools))
    return [np.log(state + market.depth) for state in states]
