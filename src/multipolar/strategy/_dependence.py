"""Who needs whom: what each of two actors loses when trade between them stops, and the difference, leverage.

Hirschman (1945, chapter 2): the power of A over B is what B would lose by the end of their trade, as far as it
exceeds what A would lose. Every loss here is a general equilibrium of its own, certified.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import equinox as eqx
import numpy as np
import xarray as xr

from multipolar.economy import Economy, Equilibrium, Shock, calibrate, log_welfare, solve, solve_many
from multipolar.economy._certificate import accounts
from multipolar.errors import InputError, MultipolarError
from multipolar.strategy._actors import Actors, actors_of, sectors_of
from multipolar.world import World

Progress = Callable[[int, int], None]
_log_welfare = eqx.filter_jit(log_welfare)


def dependence(
    world: World,
    actors: Actors | None = None,
    *,
    sectors: str | Sequence[str] = (),
    progress: Progress | None = None,
    **options: Any,
) -> xr.Dataset:
    """What each actor loses when all its trade with each other actor stops, by one embargo for every pair.

    `actors`: countries and groups (see `actors_of`; default every country); trade inside a group goes on.
    `sectors`: stop trade in these only (codes or groups). `options` are those of `economy.calibrate` and
    `trade_elasticity`, as in `World.with_trade_elasticity`. `progress` is called with how many of how many
    embargoes are solved.

    Variables over `country`, `partner` (the country's side of the pair; the diagonal is NaN):
    - `welfare`: the country's equivalent variation, fraction of its baseline consumption; negative is a loss.
      A group's is the sum of its members' over the sum of their consumption
    - `welfare_usd`: the same, million USD
    - `leverage`: the partner's loss less the country's own, both as fractions of consumption
    - `residual`: the largest residual of any equilibrium condition, at most 1e-9
    - `problem`: empty, or why this pair has no certified equilibrium; its numbers are then NaN
    Raises `InputError` for unknown or overlapping actors, unknown sectors or fewer than two actors.
    """
    table = _pairs(world, actors, [sectors_of(world, sectors)], progress, options)
    return table.isel(sector=0).assign_attrs(sectors=_listed(sectors))


def dependence_by_sector(
    world: World,
    actors: Actors | None = None,
    *,
    sectors: Sequence[str] | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> xr.Dataset:
    """As `dependence`, one sector at a time (default: every sector): what stopping trade in that sector alone
    costs each; dims `country`, `partner`, `sector`, the last holding codes or group names. Losses of sectors do not
    add up to the loss of all trade: substitutes for one sector's goods are lost with the others."""
    names = list(world.sectors if sectors is None else sectors)
    table = _pairs(world, actors, [sectors_of(world, name) for name in names], progress, options)
    return table.assign_coords(sector=names)


@dataclass(frozen=True, eq=False)
class Setting:
    """A calibrated world and its baseline, from which welfare after any shock is measured."""

    world: World
    economy: Economy

    @classmethod
    def of(cls, world: World, options: Mapping[str, Any]) -> Setting:
        """`options`: those of `economy.calibrate`, and `trade_elasticity`; None means the default."""
        given = {name: value for name, value in options.items() if value is not None}
        if "trade_elasticity" in given:
            world = world.with_trade_elasticity(given.pop("trade_elasticity"))
        return cls(world, calibrate(world, **given))

    @cached_property
    def none(self) -> Shock:
        return Shock.none(*self.economy.output.shape)

    @cached_property
    def baseline(self) -> Equilibrium:
        """The world as it is; under the closure `balanced`, the same world with balanced trade."""
        return solve(self.economy, self.none)

    @cached_property
    def consumption(self) -> np.ndarray:
        """Baseline consumption `[country]`, million USD."""
        books = accounts(self.economy, self.none, self.baseline.state)
        return books["final_use"][:, 0] * np.asarray(self.economy.money)

    @cached_property
    def _log_baseline(self) -> np.ndarray:
        return np.asarray(_log_welfare(self.economy, self.none, self.baseline.state))

    def welfare_usd(self, found: Equilibrium) -> np.ndarray:
        """Equivalent variation `[country]`, million USD."""
        change = np.asarray(_log_welfare(self.economy, found.shock, found.state)) - self._log_baseline
        return np.expm1(change) * self.consumption

    def stop(
        self, origins: np.ndarray, destinations: np.ndarray, sectors: np.ndarray, part: float = 1.0
    ) -> Shock:
        """The shock that ends sales of `sectors` from `origins` to other countries in `destinations`, all masks; with a
        smaller `part`, that raises their cost until so much less is sold at unchanged prices."""
        cell = np.outer(origins, destinations) & ~np.eye(len(origins), dtype=bool)
        with np.errstate(divide="ignore"):
            cost = np.float64(1 - part) ** (-1 / self.economy.theta)
        iceberg = np.where(cell[:, :, None] & sectors, cost, 1.0)[..., None]
        return eqx.tree_at(lambda shock: shock.iceberg, self.none, iceberg)

    def embargo(self, one: np.ndarray, other: np.ndarray, sectors: np.ndarray) -> Shock:
        """The shock that ends trade in `sectors` between two actors, both ways."""
        return self.stop(one, other, sectors).then(self.stop(other, one, sectors))


def solved(
    setting: Setting, shocks: Iterator[Shock], total: int, progress: Progress | None
) -> Iterator[tuple[np.ndarray, float, str]]:
    """For each shock: equivalent variation `[country]` (million USD), worst residual, and why it failed, if so."""
    lost = np.full(len(setting.world.countries), np.nan)
    for done, found in enumerate(solve_many((setting.economy, shock) for shock in shocks), 1):
        if isinstance(found, MultipolarError):
            yield lost, np.nan, str(found)
        else:
            yield setting.welfare_usd(found), found.certificate.worst, ""
        if progress:
            progress(done, total)


def _pairs(
    world: World,
    actors: Actors | None,
    sectors: list[np.ndarray],
    progress: Progress | None,
    options: Mapping[str, Any],
) -> xr.Dataset:
    masks = actors_of(world, actors)
    if len(masks) < 2:
        raise InputError(f"dependence needs at least two actors, got {list(masks)}.")
    setting = Setting.of(world, options)
    members = np.stack(list(masks.values()))
    consumption = members @ setting.consumption
    places = [(a, b, s) for a, b in combinations(range(len(masks)), 2) for s in range(len(sectors))]
    shape = (len(masks), len(masks), len(sectors))
    usd, residual = np.full(shape, np.nan), np.full(shape, np.nan)
    problem = np.full(shape, "", dtype=object)
    shocks = (setting.embargo(members[a], members[b], sectors[s]) for a, b, s in places)
    for (a, b, s), (change, worst, why) in zip(
        places, solved(setting, shocks, len(places), progress), strict=True
    ):
        usd[a, b, s], usd[b, a, s] = members[a] @ change, members[b] @ change
        residual[a, b, s] = residual[b, a, s] = worst
        problem[a, b, s] = problem[b, a, s] = why
    welfare = usd / consumption[:, None, None]
    dims, names = ("country", "partner", "sector"), list(masks)
    return xr.Dataset(
        {
            "welfare": (dims, welfare, {"units": "fraction"}),
            "welfare_usd": (dims, usd, {"units": "million USD"}),
            "leverage": (dims, welfare - welfare.swapaxes(0, 1), {"units": "fraction"}),
            "residual": (dims, residual, {"units": "relative"}),
            "problem": (dims, problem),
        },
        coords={"country": names, "partner": names},
        attrs={
            "world": world.name,
            "members": {name: [world.countries[i] for i in np.flatnonzero(m)] for name, m in masks.items()},
            "options": {name: value for name, value in options.items() if value is not None},
            "embargoes": len(places),
            "failed": int(np.isnan(residual)[np.triu_indices(len(masks), 1)].sum()),
        },
    )


def _listed(sectors: str | Sequence[str]) -> list[str]:
    return [sectors] if isinstance(sectors, str) else list(sectors)
