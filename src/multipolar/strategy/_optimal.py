"""Optimal measures: the package by sector that takes most from the target for what it costs, the target's best
retaliation, and tariffs that answer each other best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from multipolar.economy import Shock
from multipolar.errors import InputError, NotConvergedError
from multipolar.scenario import Measure, compile_measures
from multipolar.strategy._actors import Actors, actors_of, sectors_of
from multipolar.strategy._evaluate import Evaluator
from multipolar.strategy._levers import Levers, Objective, stationarity
from multipolar.world import World

OPTIMALITY = 1e-3  # largest relative slope left inside the bounds
SLOPE_LEFT = 1e-5  # at which an optimiser stops, relative
PRICE_RANGE = 6.0  # of prices around the frontier's mean, each way
NASH_GAIN = 1e-7  # largest gain from deviating, fraction of the player's consumption
UNIFORM_RATES = 9
ROUNDS = 60


@dataclass(frozen=True, eq=False)
class Package:
    """Measures by sector and what they do. `rates` `[instrument, sector]` are factors less one on the buyer's price;
    losses are million USD of equivalent variation against the measures given. `price`: dollars of the target's loss the
    last dollar of own loss buys, infinite where the senders think of themselves only. `optimality`: the largest slope
    left, relative (`OPTIMALITY` allowed)."""

    price: float
    rates: pd.DataFrame
    target_loss: float
    own_loss: float
    optimality: float
    shock: Shock


@dataclass(frozen=True, eq=False)
class Frontier:
    """Packages from the one that is best for the senders themselves to the one that does most to the target.

    `uniform`: one rate on every free sector, at several rates; `done`: own and target loss of named sets of measures.
    `consumption`: of the senders and of the target, million USD. `residual`: of all equilibria behind it."""

    senders: tuple[str, ...]
    target: str
    instruments: tuple[str, ...]
    exempt: tuple[str, ...]
    bound: float
    packages: tuple[Package, ...]
    uniform: pd.DataFrame
    done: pd.DataFrame
    consumption: tuple[float, float]
    residual: float

    def to_frame(self) -> pd.DataFrame:
        """One row per package: own and target loss (million USD and fractions of consumption), the target's loss under
        a uniform rate of the same own cost (interpolated; NaN beyond the solved rates), and optimality."""
        own = np.array([p.own_loss for p in self.packages])
        target = np.array([p.target_loss for p in self.packages])
        dearer = self.uniform.iloc[int(self.uniform.own_loss.argmin()) :]
        equal = np.interp(own, dearer.own_loss, dearer.target_loss, left=np.nan, right=np.nan)
        return pd.DataFrame(
            {
                "own_loss": own,
                "target_loss": target,
                "own_share": own / self.consumption[0],
                "target_share": target / self.consumption[1],
                "uniform_target_loss": equal,
                "price": [p.price for p in self.packages],
                "optimality": [p.optimality for p in self.packages],
            }
        )

    def rates(self) -> pd.DataFrame:
        """One row per package, instrument and sector: the rate."""
        rows = [
            [i, instrument, sector, rate]
            for i, p in enumerate(self.packages)
            for instrument, by_sector in zip(p.rates.index, p.rates.to_numpy(), strict=True)
            for sector, rate in zip(p.rates.columns, by_sector, strict=True)
        ]
        return pd.DataFrame(rows, columns=["package", "instrument", "sector", "rate"])


def frontier(
    world: World,
    senders: Actors,
    target: str,
    *,
    instruments: Sequence[str] = ("tariff", "export-tax"),
    exempt: str | Sequence[str] = (),
    bound: float = 1.0,
    points: int = 6,
    given: Sequence[Measure] = (),
    done: Mapping[str, Sequence[Measure]] | None = None,
    **options: Any,
) -> Frontier:
    """The Pareto frontier of the target's loss against the senders' own, over rates by sector from 0 to `bound`.

    `instruments`: `tariff` on the senders' imports from the target, `export-tax` on their sales to it (revenue to the
    senders), `import-cost` and `export-cost` (real costs, like controls). All senders act alike. `exempt`: sectors and
    groups left alone. `given`: measures in force anyway. `done`: sets of measures to compare with, by name, each in
    place of the package. Each point maximises the target's loss less `price` times the senders', at prices around the
    frontier's mean (L-BFGS-B with exact gradients): the points of the frontier's convex hull, each a local optimum
    certified by its first-order conditions.
    `options` are those of `economy.calibrate`. Raises `InputError` for wrong names or numbers, `NotConvergedError`
    where a point's conditions are not met, and what `economy.solve` raises.
    """
    if points < 2 or not bound > 0:
        raise InputError(
            f"points is {points} and bound {bound!r}; expected at least 2 points and a positive bound."
        )
    given_masks = actors_of(world, senders)
    own = np.any(list(given_masks.values()), axis=0)
    place = actors_of(world, [target])[target]
    if (own & place).any():
        raise InputError(f"target {target} is among the senders; it cannot be on both sides.")
    free = _free(world, exempt)
    evaluator = Evaluator.of(world, **options)
    levers = Levers.between(compile_measures(world, given)[0], instruments, [(own, place)], free)
    objective = Objective(evaluator, levers, {"own": own, "target": place})
    none, high = np.zeros(levers.size), float(np.log1p(bound))
    base = {who: objective.welfare(none, who) for who in ("own", "target")}
    full = np.full(levers.size, high)
    ends = [
        _maximise(objective, none, high, {"own": 1.0}),
        _maximise(objective, full, high, {"target": -1.0}),
    ]
    lost = [{who: base[who] - objective.welfare(x, who) for who in base} for x in ends]
    mean = (lost[1]["target"] - lost[0]["target"]) / max(lost[1]["own"] - lost[0]["own"], 1e-300)
    prices = [np.inf, *(mean * np.geomspace(PRICE_RANGE, 1 / PRICE_RANGE, points - 2)), 0.0]
    packages, x = [], ends[0]
    for price in prices:
        weights = _weights(price)
        if price in (np.inf, 0.0):
            x = ends[0] if price else ends[1]
        else:
            x = _maximise(objective, x, high, weights)
        gap = _first_order(objective, x, high, weights)
        if not gap <= OPTIMALITY:
            raise NotConvergedError(
                f"frontier: the point at price {price:.3g} is not optimal; a slope of {gap:.1e} of the largest is left, "
                f"allowed {OPTIMALITY:g}. Try a smaller bound or fewer sectors.",
                {"optimality": gap},
            )
        loss = {who: base[who] - objective.welfare(x, who) for who in base}
        packages.append(
            Package(
                price, _rates(world, levers, x), loss["target"], loss["own"], gap, objective.at(x)[0].shock
            )
        )
    rows = []
    for log_rate in np.linspace(0, high, UNIFORM_RATES):
        x = np.full(levers.size, log_rate)
        rows.append([np.expm1(log_rate), *(base[w] - objective.welfare(x, w) for w in ("own", "target"))])
    compared = []
    for name, measures in (done or {}).items():
        logs = evaluator.welfare(evaluator.solve(measures)) * evaluator.consumption
        compared.append([name, base["own"] - logs[own].sum(), base["target"] - logs[place].sum()])
    return Frontier(
        tuple(given_masks), target, tuple(instruments), tuple(np.array(world.sectors)[~free]), bound, tuple(packages),
        pd.DataFrame(rows, columns=["rate", "own_loss", "target_loss"]),
        pd.DataFrame(compared, columns=["name", "own_loss", "target_loss"]),
        (float(evaluator.consumption[own].sum()), float(evaluator.consumption[place].sum())), objective.residual,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Response:
    """A player's best measures against others: `rates` `[instrument, sector]`, its `gain` and the others' `harm`,
    million USD against doing nothing, and `optimality` as in `Package`."""

    player: str
    rates: pd.DataFrame
    gain: float
    harm: float
    optimality: float


def best_response(
    world: World,
    player: str,
    against: Actors,
    *,
    shock: Shock | None = None,
    given: Sequence[Measure] = (),
    instruments: Sequence[str] = ("tariff", "export-tax"),
    exempt: str | Sequence[str] = (),
    bound: float = 3.0,
    **options: Any,
) -> Response:
    """The rates by sector that are best for `player` itself on its trade with `against`, on top of the measures
    `given` or of a package's `shock`: the target's best retaliation, or an optimal tariff. Raises as `frontier`."""
    masks = actors_of(world, {"player": player, "against": tuple(actors_of(world, against))})
    evaluator = Evaluator.of(world, **options)
    under = compile_measures(world, given)[0] if shock is None else shock
    levers = Levers.between(under, instruments, [(masks["player"], masks["against"])], _free(world, exempt))
    objective = Objective(evaluator, levers, masks)
    none, high = np.zeros(levers.size), float(np.log1p(bound))
    x = _maximise(objective, none, high, {"player": 1.0})
    gap = _first_order(objective, x, high, {"player": 1.0})
    if not gap <= OPTIMALITY:
        raise NotConvergedError(
            f"best response of {player}: a slope of {gap:.1e} of the largest is left, allowed {OPTIMALITY:g}. "
            "Try a smaller bound or fewer sectors.",
            {"optimality": gap},
        )
    gain = objective.welfare(x, "player") - objective.welfare(none, "player")
    harm = objective.welfare(none, "against") - objective.welfare(x, "against")
    return Response(player, _rates(world, levers, x), gain, harm, gap)


@dataclass(frozen=True, eq=False)
class NashTariffs:
    """Tariffs of which each player's are its best response to the others'.

    - `rates`: one row per player, partner and sector
    - `welfare`: one row per player: equivalent variation against no such tariffs (fraction, million USD)
    - `deviation`: the largest gain any player finds by optimising again, from where it stands and from no tariffs,
      fraction of its consumption (`NASH_GAIN` allowed); `rounds` of best responses it took
    """

    players: tuple[str, ...]
    rates: pd.DataFrame
    welfare: pd.DataFrame
    deviation: float
    rounds: int
    residual: float


def nash_tariffs(
    world: World,
    players: Actors,
    *,
    given: Sequence[Measure] = (),
    exempt: str | Sequence[str] = (),
    bound: float = 3.0,
    **options: Any,
) -> NashTariffs:
    """Tariffs by partner and sector, from 0 to `bound`, that are best responses to each other, by iterating best
    responses (as in Ossa 2014). Other countries keep theirs. Raises `NotConvergedError` when they do not settle."""
    masks = actors_of(world, players)
    if len(masks) < 2:
        raise InputError(f"{len(masks)} player; a tariff war needs at least two.")
    free = _free(world, exempt)
    evaluator = Evaluator.of(world, **options)
    names = list(masks)
    pairs = [(a, b) for a in names for b in names if a != b]
    levers = Levers.between(
        compile_measures(world, given)[0], ["tariff"], [(masks[a], masks[b]) for a, b in pairs], free
    )
    objective = Objective(evaluator, levers, masks)
    high, width = float(np.log1p(bound)), int(free.sum())
    own = {
        name: np.concatenate([np.full(width, a == name) for a, _ in pairs]) for name in names
    }  # which numbers are whose
    consumption = {name: float(evaluator.consumption[m].sum()) for name, m in masks.items()}

    def respond(x: np.ndarray, name: str, start: np.ndarray) -> np.ndarray:
        return _maximise(objective, x, high, {name: 1.0}, own[name], start)

    x, turn = np.zeros(levers.size), 0
    for turn in range(1, ROUNDS + 1):  # noqa: B007 (told below)
        before = x
        for name in names:
            x = respond(x, name, x[own[name]])
        if np.abs(x - before).max() <= 1e-6:
            break
    deviation = 0.0
    for name in names:
        now = objective.welfare(x, name)
        for start in (x[own[name]], np.zeros(int(own[name].sum()))):
            gain = objective.welfare(respond(x, name, start), name) - now
            deviation = max(deviation, gain / consumption[name])
    if not deviation <= NASH_GAIN:
        raise NotConvergedError(
            f"Nash tariffs: after {turn} rounds a player still gains {deviation:.1e} of its consumption by deviating, "
            f"allowed {NASH_GAIN:g}. Best responses may cycle; try fewer players or sectors.",
            {"deviation": deviation},
        )
    found = levers.rates(x)
    rates = pd.DataFrame(
        [
            [a, b, sector, found[i, k]]
            for i, (a, b) in enumerate(pairs)
            for k, sector in enumerate(world.sectors)
        ],
        columns=["player", "partner", "sector", "rate"],
    )
    change = [objective.welfare(x, n) - objective.welfare(np.zeros_like(x), n) for n in names]
    welfare = pd.DataFrame(
        {
            "player": names,
            "welfare": [c / consumption[n] for c, n in zip(change, names, strict=True)],
            "welfare_usd": change,
        }
    )
    return NashTariffs(tuple(names), rates, welfare, deviation, turn, objective.residual)


def _free(world: World, exempt: str | Sequence[str]) -> np.ndarray:
    names = (exempt,) if isinstance(exempt, str) else tuple(exempt)
    return ~sectors_of(world, names) if names else np.ones(len(world.sectors), dtype=bool)


def _maximise(
    objective: Objective,
    x: np.ndarray,
    high: float,
    weights: Mapping[str, float],
    moving: np.ndarray | None = None,
    start: np.ndarray | None = None,
) -> np.ndarray:
    """The levers (those `moving`) that maximise weighted welfare within 0 to `high`."""
    moving = np.ones(len(x), dtype=bool) if moving is None else moving
    unit = objective.unit[moving]

    def full(part: np.ndarray) -> np.ndarray:
        whole = x.copy()
        whole[moving] = np.clip(part * unit, 0.0, high)
        return whole

    def value(part: np.ndarray) -> tuple[float, np.ndarray]:
        at = full(part)
        return -objective.value(at, weights) / scale, -objective.slope(at, weights)[moving] * unit / scale

    # Welfare is measured in its own slope where nothing is done, so that tolerances are relative.
    nothing = full(np.zeros(int(moving.sum())))
    scale = 1.0
    scale = max(float(np.abs(value(nothing[moving] / unit)[1]).max()), 1e-300)
    found = minimize(
        value, (x[moving] if start is None else start) / unit, jac=True, method="L-BFGS-B",
        bounds=[(0.0, high / u) for u in unit],
        options={"maxiter": 500, "ftol": 1e-13, "gtol": SLOPE_LEFT, "maxcor": 30},
    )  # fmt: skip
    return full(np.asarray(found.x))


def _weights(price: float) -> dict[str, float]:
    return {"own": 1.0} if price == np.inf else {"own": price, "target": -1.0} if price else {"target": -1.0}


def _rates(world: World, levers: Levers, x: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        levers.rates(x),
        index=pd.Index(levers.instruments, name="instrument"),
        columns=pd.Index(world.sectors, name="sector"),
    )


def _first_order(objective: Objective, x: np.ndarray, high: float, weights: Mapping[str, float]) -> float:
    """The largest slope left inside the bounds, relative to the largest where nothing is done."""
    reference = np.abs(objective.slope(np.zeros_like(x), weights)).max()
    return stationarity(objective.slope(x, weights), x, 0.0, high) / max(float(reference), 1e-300)
