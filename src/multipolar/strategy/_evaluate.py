"""Welfare under measures, for the games: one economy, its baseline, and what each country gains or loses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import numpy as np

from multipolar._fit import held
from multipolar.economy import Economy, Equilibrium, Shock, calibrate, log_welfare, solve, solve_many
from multipolar.economy._certificate import accounts
from multipolar.errors import MultipolarError
from multipolar.scenario import KINDS, LIMITS, Measure, compile_measures
from multipolar.world import World

_log_welfare = eqx.filter_jit(log_welfare)


@dataclass(frozen=True, eq=False)
class Evaluator:
    """An economy and its baseline. `consumption`: million USD `[country]`; `log_base`: log welfare of the closure's
    baseline over the world's (zero unless the closure moves it)."""

    world: World
    economy: Economy
    consumption: np.ndarray
    log_base: np.ndarray

    @staticmethod
    def of(world: World, **options: Any) -> Evaluator:
        """`options` are those of `economy.calibrate`."""
        economy = calibrate(world, **options)
        base = solve(economy, Shock.none(*economy.output.shape))
        books = accounts(economy, base.shock, base.state)
        log_base = np.asarray(_log_welfare(economy, base.shock, base.state))
        return Evaluator(world, economy, books["final_use"][:, 0] * economy.money, log_base)

    def log_welfare(self, equilibrium: Equilibrium) -> np.ndarray:
        """Log change of real consumption `[country]`."""
        e = equilibrium
        return np.asarray(_log_welfare(e.economy, e.shock, e.state)) - self.log_base

    def welfare(self, equilibrium: Equilibrium) -> np.ndarray:
        """Equivalent variation, fraction of baseline consumption `[country]`."""
        return np.expm1(self.log_welfare(equilibrium))

    def solve(self, measures: Sequence[Measure]) -> Equilibrium:
        return held(self.world, self.economy, measures)[0]

    def solve_many(self, cases: Iterable[Sequence[Measure]]) -> Iterator[Equilibrium]:
        """The equilibria of many sets of measures, in order, on all cores. Raises as `economy.solve`."""
        cases = [list(measures) for measures in cases]
        if any(KINDS[m.kind].acts in LIMITS for measures in cases for m in measures):
            yield from (self.solve(measures) for measures in cases)
            return
        shocks = (compile_measures(self.world, measures)[0] for measures in cases)
        for found in solve_many((self.economy, shock) for shock in shocks):
            if isinstance(found, MultipolarError):
                raise found
            yield found
