"""Measures by sector as numbers to optimise over, and welfare with its exact gradient in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import equinox as eqx
import numpy as np

from multipolar.economy import Equilibrium, Shock, gradient, solve
from multipolar.errors import InputError, unknown
from multipolar.strategy._evaluate import Evaluator

# Which wedge, and whether on the senders' imports from the target or on their exports to it.
INSTRUMENTS: dict[str, tuple[str, bool]] = {
    "tariff": ("importer_wedge", True),
    "export-tax": ("exporter_wedge", False),
    "import-cost": ("iceberg", True),
    "export-cost": ("iceberg", False),
}
LEAST_WEIGHT = 1e-4
KEPT = 64  # points remembered; a line search comes back to few


@dataclass(frozen=True, eq=False)
class Levers:
    """Log factors on buyers' prices, `x[lever, sector]` flattened over the free sectors: each lever is an instrument
    between two sets of countries, on top of the shock `given`."""

    given: Shock
    instruments: tuple[str, ...]
    corridors: tuple[np.ndarray, ...]  # [origin, destination], one mask per lever
    free: np.ndarray  # [sector]

    @staticmethod
    def between(
        given: Shock,
        instruments: Sequence[str],
        pairs: Sequence[tuple[np.ndarray, np.ndarray]],
        free: np.ndarray,
    ) -> Levers:
        """One lever for each of the instruments and each (senders, targets) of `pairs`."""
        if not instruments:
            raise InputError("no instrument was given; choose among " + ", ".join(INSTRUMENTS) + ".")
        for name in instruments:
            if name not in INSTRUMENTS:
                raise InputError(unknown("instrument", name, INSTRUMENTS))
        if not free.any():
            raise InputError("every sector is exempt; nothing is left to act on.")
        names, masks = [], []
        for senders, targets in pairs:
            for name in instruments:
                imports = INSTRUMENTS[name][1]
                names.append(name)
                masks.append(np.outer(targets, senders) if imports else np.outer(senders, targets))
        return Levers(given, tuple(names), tuple(masks), free)

    @property
    def size(self) -> int:
        return len(self.instruments) * int(self.free.sum())

    def rates(self, x: np.ndarray) -> np.ndarray:
        """Ad-valorem rates `[lever, sector]`, zero where exempt."""
        out = np.zeros((len(self.instruments), len(self.free)))
        out[:, self.free] = np.expm1(x.reshape(len(self.instruments), -1))
        return out

    def shock(self, x: np.ndarray) -> Shock:
        wedges = {
            name: np.array(getattr(self.given, name))
            for name in ("importer_wedge", "exporter_wedge", "iceberg")
        }
        factors = 1 + self.rates(x)
        for name, mask, factor in zip(self.instruments, self.corridors, factors, strict=True):
            wedges[INSTRUMENTS[name][0]] *= np.where(mask[:, :, None], factor, 1.0)[..., None]
        return eqx.tree_at(
            lambda s: (s.importer_wedge, s.exporter_wedge, s.iceberg), self.given, tuple(wedges.values())
        )

    def pull(self, shock: Shock, slope: Shock) -> np.ndarray:
        """The gradient in `x` from that in the shock's arrays."""
        rows = []
        for name, mask in zip(self.instruments, self.corridors, strict=True):
            wedge, by_wedge = (np.asarray(getattr(s, INSTRUMENTS[name][0])) for s in (shock, slope))
            by_log = np.where(np.isfinite(wedge), wedge, 0.0) * by_wedge
            rows.append(by_log[mask].sum((0, 2))[self.free])
        return np.concatenate(rows)


@dataclass
class Objective:
    """Welfare of actors, million USD against the baseline, as functions of the levers, with their gradient.
    Equilibria start from the last one found."""

    evaluator: Evaluator
    levers: Levers
    actors: Mapping[str, np.ndarray]
    found: dict[bytes, tuple[Equilibrium, np.ndarray]] = field(default_factory=dict)
    residual: float = 0.0

    @cached_property
    def unit(self) -> np.ndarray:
        """A natural step of each number: one over the root of the trade it bears on times its trade elasticity, which
        is roughly the curvature of welfare in it. Optimisers see `x / unit`."""
        world = self.evaluator.world
        pull = [(world.trade_values[m].sum(0) * world.trade_elasticity_values) for m in self.levers.corridors]
        weight = np.concatenate([p[self.levers.free] for p in pull])
        weight = weight / max(weight.max(), 1e-300)
        return 1 / np.sqrt(np.maximum(weight, LEAST_WEIGHT))

    def at(self, x: np.ndarray) -> tuple[Equilibrium, np.ndarray]:
        """The equilibrium and log welfare `[country]`. Raises as `economy.solve`."""
        key = np.asarray(x, dtype=float).tobytes()
        if key not in self.found:
            start = next(reversed(self.found.values()))[0].state if self.found else None
            equilibrium = solve(self.evaluator.economy, self.levers.shock(x), start)
            self.residual = max(self.residual, equilibrium.certificate.worst)
            while len(self.found) >= KEPT:
                self.found.pop(next(iter(self.found)))
            self.found[key] = equilibrium, self.evaluator.log_welfare(equilibrium)
        return self.found[key]

    def welfare(self, x: np.ndarray, actor: str) -> float:
        _, logs = self.at(x)
        mask = self.actors[actor]
        return float(self.evaluator.consumption[mask] @ np.expm1(logs[mask]))

    def value(self, x: np.ndarray, weights: Mapping[str, float]) -> float:
        """Weighted welfare of several actors."""
        return sum(w * self.welfare(x, actor) for actor, w in weights.items())

    def slope(self, x: np.ndarray, weights: Mapping[str, float]) -> np.ndarray:
        """The gradient of `value`, by the implicit function theorem: one linear system."""
        equilibrium, logs = self.at(x)
        by_log = np.zeros(len(logs))
        for actor, w in weights.items():
            by_log += np.where(self.actors[actor], w * self.evaluator.consumption * np.exp(logs), 0.0)
        _, by_shock = gradient(equilibrium, by_log)
        return self.levers.pull(equilibrium.shock, by_shock)


def stationarity(slope: np.ndarray, x: np.ndarray, low: float, high: float) -> float:
    """How far `x` is from a maximum within bounds: the largest part of the gradient that a move inside them could
    follow."""
    room = 1e-7 * max(high - low, 1.0)
    up = np.where(x < high - room, np.maximum(slope, 0), 0)
    down = np.where(x > low + room, np.maximum(-slope, 0), 0)
    return float(np.maximum(up, down).max())
