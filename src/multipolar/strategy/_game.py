"""Comply or defy: a sender threatens a third country with secondary sanctions if it keeps trading with the target.

First the sender makes a threat of some size or none; then the third country complies or defies; then, if defied, the
sender carries the threat out or backs down. Payoffs are equivalent variations of certified equilibria plus political
weights that are stated; the game is solved by subgame perfection (Selten 1965).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from multipolar.errors import InputError, listed, unknown
from multipolar.strategy._actors import actors_of
from multipolar.strategy._evaluate import Evaluator
from multipolar.strategy._threat import Threat
from multipolar.world import World

SIZES = (0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)
REFINED = 5e-3  # relative width to which the ends of working sizes are found
PLAYERS = ("sender", "third", "target")

COMPLIES, PUNISHED, DEFIES, BACKS_DOWN, UNWANTED = REGIMES = (
    "complies", "punished", "defies", "backs down", "not worth it",
)  # fmt: skip
MEANING = {
    COMPLIES: "the threat is made and works: the third country complies",
    PUNISHED: "the third country would defy, and the sender prefers carrying the threat out to the status quo",
    DEFIES: "the threat is credible but the third country would defy; the sender makes none",
    BACKS_DOWN: "the threat is not credible: defied, the sender would back down; it makes none",
    UNWANTED: "the third country would comply, but compliance is not worth its cost to the sender",
}


@dataclass(frozen=True)
class Weight:
    """A number of politics: its value, how it is known (`observed`, `estimated`, `assumed`), and where from."""

    value: float
    note: str
    evidence: Literal["observed", "estimated", "assumed"] = "assumed"

    def __post_init__(self) -> None:
        if not np.isfinite(self.value):
            raise InputError(f"a political weight is {self.value!r}; expected a finite number.")
        if self.evidence not in ("observed", "estimated", "assumed"):
            raise InputError(unknown("evidence", self.evidence, ("observed", "estimated", "assumed")))
        if not self.note:
            raise InputError("a political weight says in `note` where it comes from.")


MONEY_ONLY = Weight(0.0, "economic interest only")


@dataclass(frozen=True)
class PoliticalWeights:
    """What players value besides their own welfare.

    - `damage`: worth to the sender of a dollar of the target's loss, dollars
    - `relation`: worth to the third country of a dollar of the target's welfare, dollars
    - `credibility`: what backing down costs the sender, million USD
    """

    damage: Weight = MONEY_ONLY
    relation: Weight = MONEY_ONLY
    credibility: Weight = MONEY_ONLY

    def moved(self, name: str, value: float) -> PoliticalWeights:
        """The same with one weight at another value, for maps."""
        if name not in self.__dataclass_fields__:
            raise InputError(unknown("political weight", name, self.__dataclass_fields__))
        return replace(self, **{name: Weight(float(value), "varied", "assumed")})


@dataclass(frozen=True)
class Play:
    """The subgame-perfect equilibrium at one size of the threat. `credible`: defied, the sender carries it out;
    `would_comply`: threatened, the third country complies; payoffs are million USD against the status quo."""

    regime: str
    threatens: bool
    would_comply: bool
    credible: bool
    sender_payoff: float
    third_payoff: float


@dataclass(frozen=True, eq=False)
class ComplyGame:
    """The solved economics of one threat. Welfare: million USD against the status quo, by player in `PLAYERS` order.

    - `complied` `[player]`; `punished` `[size, player]`: after the threat of each of `sizes` is carried out
    - `consumption` `[player]`: million USD at the baseline
    - `working`: ranges of sizes at which the threat is credible and the third country complies, ends found by
      bisection between solved sizes (a range narrower than the gap between two of them can be missed)
    - `residual`: the largest residual of all equilibria behind it
    """

    threat: Threat
    weights: PoliticalWeights
    sizes: np.ndarray
    complied: np.ndarray
    punished: np.ndarray
    consumption: np.ndarray
    working: tuple[tuple[float, float], ...]
    residual: float
    elasticity: float = 1.0

    def plays(self, weights: PoliticalWeights | None = None) -> list[Play]:
        """The equilibrium at each size, under other political weights if given."""
        return [play(self.complied, p, weights or self.weights) for p in self.punished]

    @property
    def smallest_threat(self) -> float | None:
        """The smallest credible threat that works, or None."""
        return self.working[0][0] if self.working else None

    def breakeven(self) -> pd.DataFrame:
        """One row per size: the weights at which an answer turns, others as they are. `credibility`: the threat is
        credible from this cost of backing down; `relation`: the third country defies from this weight (infinite
        where no weight makes it); `damage`: compliance is worth its cost to the sender from this weight."""
        w = self.weights
        s, third, t = self.punished.T
        gain = self.complied[1] - third
        stake = t - self.complied[2]
        with np.errstate(divide="ignore", invalid="ignore"):
            relation = np.where(stake > 0, gain / stake, np.where(gain >= 0, np.inf, -np.inf))
        taken = -self.complied[2]
        damage = -self.complied[0] / taken if taken > 0 else np.inf
        return pd.DataFrame(
            {
                "size": self.sizes,
                "credibility": np.maximum(-(s - w.damage.value * t), 0.0),
                "relation": relation,
                "damage": max(damage, 0.0),
            }
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per size: magnitude, welfare of all three if it is carried out, and the equilibrium."""
        plays = self.plays()
        frame = pd.DataFrame({"third": self.threat.third, "size": self.sizes})
        frame["magnitude"] = self.sizes * self.threat.magnitude
        for i, name in enumerate(PLAYERS):
            frame[f"{name}_complied"] = self.complied[i]
            frame[f"{name}_punished"] = self.punished[:, i]
        frame["credible"] = [p.credible for p in plays]
        frame["would_comply"] = [p.would_comply for p in plays]
        frame["regime"] = [p.regime for p in plays]
        return frame


def comply_or_defy(
    world: World,
    threat: Threat,
    weights: PoliticalWeights = PoliticalWeights(),
    *,
    sizes: Sequence[float] = SIZES,
    elasticity: float = 1.0,
    refine: bool = True,
    **options: Any,
) -> ComplyGame:
    """Solve the status quo, compliance and the threat carried out at each of `sizes` (multiples of the magnitudes in
    `threat.penalty`), and find the ranges of sizes that work, unless `refine` is off. `elasticity` multiplies all trade elasticities;
    `options` are those of `economy.calibrate`. Raises `InputError` for sizes that are not positive and rising or
    push a magnitude out of its range, and what `economy.solve` raises."""
    grid = np.asarray(sizes, dtype=float)
    if grid.ndim != 1 or not len(grid) or not (grid > 0).all() or not (np.diff(grid) > 0).all():
        raise InputError(
            f"sizes are {list(sizes)}; expected positive numbers, each larger than the one before."
        )
    if not elasticity > 0:
        raise InputError(
            f"elasticity is {elasticity!r}; it multiplies the trade elasticities and is positive."
        )
    if elasticity != 1.0:
        world = world.with_trade_elasticity(world.trade_elasticity_values * elasticity)
    evaluator = Evaluator.of(world, **options)
    read = _reader(evaluator, threat)
    cases = [threat.status_quo, threat.complied, *(threat.carried_out(size) for size in grid)]
    found = list(evaluator.solve_many(cases))
    status_quo, complied, *punished = (read(e) for e in found)
    residuals = [e.certificate.worst for e in found]

    def works(size: float) -> bool:
        equilibrium = evaluator.solve(threat.carried_out(size))
        residuals.append(equilibrium.certificate.worst)
        at = play(complied - status_quo, read(equilibrium) - status_quo, weights)
        return at.credible and at.would_comply

    gains = np.stack(punished) - status_quo
    at_grid = [
        p.credible and p.would_comply for p in (play(complied - status_quo, g, weights) for g in gains)
    ]
    working = _ranges(grid, at_grid, works) if refine else ()
    return ComplyGame(
        threat, weights, grid, complied - status_quo, gains, _by_player(evaluator, threat, evaluator.consumption),
        working, max(residuals), elasticity,
    )  # fmt: skip


def play(complied: np.ndarray, punished: np.ndarray, weights: PoliticalWeights) -> Play:
    """The subgame-perfect equilibrium of one threat, by pygambit: of the game's pure equilibria in behaviour, the one
    in which every move is best where it is made, reached or not. `complied`, `punished`: welfare `[player]` against
    the status quo. Among equilibria that tie, the one best for the sender, then for the third country."""
    import pygambit

    worth = _payoffs(complied, punished, weights)
    game = pygambit.Game.new_tree(players=["sender", "third"])  # pyright: ignore[reportAttributeAccessIssue]
    game.append_move(game.root, "sender", ["none", "threat"])
    threatened = game.root.children["threat"]
    game.append_move(threatened, "third", ["comply", "defy"])
    defied = threatened.children["defy"]
    game.append_move(defied, "sender", ["carry out", "back down"])
    ends = {
        "status quo": game.root.children["none"],
        "complied": threatened.children["comply"],
        "punished": defied.children["carry out"],
        "backed down": defied.children["back down"],
    }
    for name, node in ends.items():
        game.set_outcome(node, game.add_outcome(name, list(worth[name])))
    moves = {"threat": game.root, "comply": threatened, "carry out": defied}
    perfect = []
    for profile in pygambit.nash.enumpure_agent_solve(game).equilibria:
        if all(_best(profile, node) for node in moves.values()):
            values = tuple(float(profile.node_value(p, game.root)) for p in game.players)
            does = {label: profile[node.infoset.actions[label]] == 1 for label, node in moves.items()}
            perfect.append((values, does))
    values, does = max(perfect, key=lambda found: found[0])
    threatens, would_comply, credible = does["threat"], does["comply"], does["carry out"]
    if threatens:
        regime = COMPLIES if would_comply else PUNISHED if credible else BACKS_DOWN
    else:
        regime = UNWANTED if would_comply else DEFIES if credible else BACKS_DOWN
    return Play(regime, threatens, would_comply, credible, *values)


def _payoffs(
    complied: np.ndarray, punished: np.ndarray, w: PoliticalWeights
) -> dict[str, tuple[float, float]]:
    """(sender, third), million USD against the status quo, at each end of the game."""

    def worth(welfare: np.ndarray) -> tuple[float, float]:
        sender, third, target = (float(x) for x in welfare)
        return sender - w.damage.value * target, third + w.relation.value * target

    return {
        "status quo": (0.0, 0.0),
        "complied": worth(complied),
        "punished": worth(punished),
        "backed down": (-w.credibility.value, 0.0),
    }


def _best(profile: Any, node: Any) -> bool:
    """Whether the move chosen at `node` is worth most to the one who makes it, given what follows."""
    worth = {a: profile.node_value(node.player, node.children[a.label]) for a in node.infoset.actions}
    chosen = max(node.infoset.actions, key=lambda a: profile[a])
    return worth[chosen] >= max(worth.values())


def _reader(evaluator: Evaluator, threat: Threat) -> Callable[..., np.ndarray]:
    """Welfare `[player]`, million USD, of an equilibrium."""

    def read(equilibrium) -> np.ndarray:
        return _by_player(evaluator, threat, evaluator.welfare(equilibrium) * evaluator.consumption)

    return read


def _by_player(evaluator: Evaluator, threat: Threat, money: np.ndarray) -> np.ndarray:
    world = evaluator.world
    masks = actors_of(world, {"sender": threat.senders, "third": threat.third, "target": threat.target})
    return np.array([money[masks[name]].sum() for name in PLAYERS])


def _ranges(
    grid: np.ndarray, at_grid: Sequence[bool], works: Callable[[float], bool]
) -> tuple[tuple[float, float], ...]:
    """Ranges of sizes that work, their ends refined between the grid's points."""

    def turn(low: float, high: float, at_low: bool) -> float:
        while high - low > REFINED * high:
            middle = (low + high) / 2
            low, high = (middle, high) if works(middle) == at_low else (low, middle)
        return low if at_low else high

    found, start = [], None
    for i, good in enumerate(at_grid):
        before = at_grid[i - 1] if i else works(float(grid[0]) * 1e-3)
        low = float(grid[i - 1]) if i else float(grid[0]) * 1e-3
        if good and start is None:
            start = low if before else turn(low, float(grid[i]), False)
        elif not good and start is None and before and not i:
            start = low
        if not good and start is not None:
            found.append((start, turn(low, float(grid[i]), True)))
            start = None
    if start is not None:
        found.append((start, float(grid[-1])))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class RegimeMap:
    """The regime over two parameters: `regime[y, x]`, an index into `REGIMES`. `x`, `y` name them: a political weight,
    `size` of the threat, or `elasticity`, the multiple of all trade elasticities."""

    third: str
    x: str
    x_values: np.ndarray
    y: str
    y_values: np.ndarray
    regime: np.ndarray

    def to_frame(self) -> pd.DataFrame:
        rows = [
            [self.third, self.x, x, self.y, y, REGIMES[self.regime[j, i]]]
            for j, y in enumerate(self.y_values)
            for i, x in enumerate(self.x_values)
        ]
        return pd.DataFrame(rows, columns=["third", "x", "x_value", "y", "y_value", "regime"])


def regimes_by_size(game: ComplyGame, weight: str, values: Sequence[float] | np.ndarray) -> RegimeMap:
    """How the answer moves with a political weight and the size of the threat; nothing is solved again."""
    table = [game.plays(game.weights.moved(weight, v)) for v in values]
    cells = np.array([[REGIMES.index(column[j].regime) for column in table] for j in range(len(game.sizes))])
    return RegimeMap(game.threat.third, weight, np.asarray(values, float), "size", game.sizes, cells)


def regimes_by_elasticity(
    world: World,
    threat: Threat,
    weights: PoliticalWeights,
    weight: str,
    values: Sequence[float] | np.ndarray,
    *,
    size: float = 1.0,
    elasticities: Sequence[float] = (0.5, 0.75, 1.0, 1.5, 2.0),
    **options: Any,
) -> RegimeMap:
    """How the answer at one `size` moves with a political weight and the trade elasticities, all multiplied by each
    of `elasticities` in turn. Trade costs given by the change of trade are found anew for each."""
    cells = []
    for multiple in elasticities:
        game = comply_or_defy(
            world, threat, weights, sizes=[size], elasticity=multiple, refine=False, **options
        )
        cells.append([REGIMES.index(game.plays(weights.moved(weight, v))[0].regime) for v in values])
    return RegimeMap(
        threat.third,
        weight,
        np.asarray(values, float),
        "elasticity",
        np.asarray(elasticities, float),
        np.array(cells),
    )


def regimes_by_weights(
    game: ComplyGame,
    x: str,
    x_values: Sequence[float] | np.ndarray,
    y: str,
    y_values: Sequence[float] | np.ndarray,
    *,
    size: float = 1.0,
) -> RegimeMap:
    """How the answer at one of the solved sizes moves with two political weights; nothing is solved again."""
    if size not in game.sizes:
        raise InputError(f"size {size:g} was not solved; choose among {listed(game.sizes)}.")
    punished = game.punished[list(game.sizes).index(size)]
    cells = [
        [
            REGIMES.index(play(game.complied, punished, game.weights.moved(x, a).moved(y, b)).regime)
            for a in x_values
        ]
        for b in y_values
    ]
    return RegimeMap(
        game.threat.third, x, np.asarray(x_values, float), y, np.asarray(y_values, float), np.array(cells)
    )
