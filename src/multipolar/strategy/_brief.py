"""The games of one scenario together: what threats, coalitions and optimal packages come to, for its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from multipolar.strategy._actors import Actors
from multipolar.strategy._coalition import BurdenSharing, CoalitionGame, coalition_game, share_burden
from multipolar.strategy._game import (
    SIZES,
    ComplyGame,
    PoliticalWeights,
    RegimeMap,
    comply_or_defy,
    regimes_by_elasticity,
    regimes_by_size,
    regimes_by_weights,
)
from multipolar.strategy._optimal import Frontier, Response, best_response, frontier
from multipolar.strategy._threat import Threat

if TYPE_CHECKING:
    from multipolar.outcome import Outcome

OPTIONS = ("horizon", "closure", "use_groups", "sigma_v", "sigma_m", "sigma_c", "mobility", "capital")
CELLS = 25  # values of a political weight on a map
ELASTICITIES = (0.5, 0.75, 1.0, 1.5, 2.0)


@dataclass(frozen=True, eq=False)
class Threats:
    """The games of comply or defy, one for each third country; `maps` of each: cost of backing down against size,
    against the weight of the relation with the target, and against the trade elasticities."""

    games: tuple[ComplyGame, ...]
    maps: tuple[tuple[RegimeMap, ...], ...]

    def to_frames(self) -> dict[str, pd.DataFrame]:
        """Tidy tables: `threats`, `turning_points`, `regimes`."""
        return {
            "threats": pd.concat([g.to_frame() for g in self.games]),
            "turning_points": pd.concat([g.breakeven().assign(third=g.threat.third) for g in self.games]),
            "regimes": pd.concat([m.to_frame() for maps in self.maps for m in maps]),
        }


def threats(
    outcomes: Mapping[str, Outcome],
    thirds: Sequence[str],
    target: str,
    *,
    status_quo: str,
    complied: str,
    punished: str,
    stands_for: str | None = None,
    senders: Sequence[str] = (),
    weights: PoliticalWeights = PoliticalWeights(),  # noqa: B008 (frozen)
    sizes: Sequence[float] = SIZES,
) -> Threats:
    """The game against each of `thirds` that the world has, from solved variants (`Threat.from_variants`), with maps
    that reach a little beyond the weights at which answers turn. The maps over the elasticities and between weights are
    for size 1, or the size nearest to it."""
    outcome = outcomes[complied]
    options = settings_of(outcome)
    games, maps = [], []
    for third in thirds:
        if third not in outcome.world.countries:
            continue
        threat = Threat.from_variants(
            outcomes, third=third, target=target, status_quo=status_quo, complied=complied, punished=punished,
            senders=senders, stands_for=stands_for,
        )  # fmt: skip
        game = comply_or_defy(outcome.world, threat, weights, sizes=sizes, **options)
        at = int(np.argmin(np.abs(game.sizes - 1)))
        size, turns = float(game.sizes[at]), game.breakeven()
        # Compliance is worth nothing to a sender that does not value the target's loss: a dollar for a dollar here.
        valued = game.weights if game.weights.damage.value else game.weights.moved("damage", 1.0)
        shown = replace(game, weights=valued)
        costs = np.linspace(0, 1.5 * float(turns.credibility[at]) or 1.0, CELLS)
        turning = float(turns.relation[at])
        relation = np.linspace(0, 2 * turning if 0 < turning < np.inf else 2.0, CELLS)
        firm = valued.moved("credibility", float(turns.credibility[at]) * 1.5)
        games.append(game)
        maps.append(
            (
                regimes_by_size(shown, "credibility", costs),
                regimes_by_weights(shown, "relation", relation, "credibility", costs[::2], size=size),
                regimes_by_elasticity(
                    outcome.world,
                    threat,
                    firm,
                    "relation",
                    relation,
                    size=size,
                    elasticities=ELASTICITIES,
                    **options,
                ),
            )
        )
    return Threats(tuple(games), tuple(maps))


@dataclass(frozen=True, eq=False)
class Coalitions:
    """Every coalition of the players taking the measures of one variant, and the burden shared among all of them."""

    game: CoalitionGame
    burden: BurdenSharing

    def to_frames(self) -> dict[str, pd.DataFrame]:
        """Tidy tables: `contributions`, `stability`, `best_of_size`, `burden`, `weight_to_hold` and all `coalitions`."""
        return {
            "contributions": self.game.contributions(),
            "stability": self.game.stability(),
            "best_of_size": self.game.best_of_size(),
            "burden": self.burden.table,
            "weight_to_hold": self.game.weight_to_hold(len(self.game.value) - 1),
            "coalitions": self.game.to_frame(),
        }


def coalitions(
    outcomes: Mapping[str, Outcome], players: Actors, target: str, *, variant: str, **more: Any
) -> Coalitions:
    """Each coalition takes the measures of `variant` aimed at `target`, in place of those who do in the scenario.
    `more` goes to `coalition_game`."""
    outcome = outcomes[variant]
    measures = [m for m in outcome.measures if target in m.targets]
    options = settings_of(outcome)
    game = coalition_game(outcome.world, players, measures, target=target, **more, **options)
    return Coalitions(game, share_burden(outcome.world, players, measures, target=target, **options))


@dataclass(frozen=True, eq=False)
class OptimalMeasures:
    """The frontier, and the target's best retaliation against its hardest package."""

    frontier: Frontier
    retaliation: Response

    def to_frames(self) -> dict[str, pd.DataFrame]:
        """Tidy tables: `frontier`, `rates`, `uniform`, `done`."""
        found = self.frontier
        return {
            "frontier": found.to_frame(),
            "rates": found.rates(),
            "uniform": found.uniform,
            "done": found.done,
        }


def optimal_measures(
    outcomes: Mapping[str, Outcome], senders: Actors, target: str, *, compare: Sequence[str] = (), **more: Any
) -> OptimalMeasures:
    """The frontier on the outcomes' world, with the measures of the variants `compare` beside it. `more` goes to
    `frontier`."""
    outcome = next(iter(outcomes.values()))
    options = settings_of(outcome)
    done = {name: outcomes[name].measures for name in compare}
    found = frontier(outcome.world, senders, target, done=done, **more, **options)
    answer = best_response(
        outcome.world, target, senders, shock=found.packages[-1].shock, bound=found.bound,
        exempt=found.exempt, **options,
    )  # fmt: skip
    return OptimalMeasures(found, answer)


def settings_of(outcome: Outcome) -> dict[str, Any]:
    """The options of `economy.calibrate` an outcome was solved with."""
    return {name: outcome.settings[name] for name in OPTIONS if name in outcome.settings}
