"""Who joins: every coalition of candidates solved, what each member adds, who would leave, who should be paid."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import equinox as eqx
import numpy as np
import pandas as pd

from multipolar._files import atomic_path
from multipolar.economy import solve
from multipolar.errors import InputError, NotConvergedError, unknown
from multipolar.scenario import Measure, compile_measures
from multipolar.strategy import _cooperative as cooperative
from multipolar.strategy._actors import Actors, actors_of
from multipolar.strategy._evaluate import Evaluator
from multipolar.world import World

Purpose = Literal["damage", "support"]
Progress = Callable[[int, int], None]
MOST_PLAYERS = 14  # exhaustively: 16384 equilibria
MOST_SAMPLED = 62  # bits of a coalition's number
SAVE_SECONDS = 5.0
EQUAL_TOLERANCE = 1e-9  # spread of welfare after equalising transfers, fraction of consumption
TRANSFER_STEPS = 60


@dataclass(frozen=True, eq=False)
class CoalitionGame:
    """Every coalition's equilibrium, by number (bit `p` is player `p`).

    - `welfare` `[coalition, player]`: players' equivalent variation, fraction of baseline consumption
    - `target_welfare` `[coalition]`: the target's; `consumption` `[player]`, `target_consumption`: million USD
    - `purpose`: coalitions `damage` the target, or `support` it against measures given
    """

    players: tuple[str, ...]
    target: str
    purpose: Purpose
    welfare: np.ndarray
    target_welfare: np.ndarray
    consumption: np.ndarray
    target_consumption: float

    @cached_property
    def value(self) -> np.ndarray:
        """What a coalition does to the target beyond the empty one, million USD `[coalition]`: the welfare it takes,
        or for a supporting coalition gives."""
        change = (self.target_welfare - self.target_welfare[0]) * self.target_consumption
        return (-change if self.purpose == "damage" else change) + 0.0

    def payoff(self, weight: float | Mapping[str, float] = 0.0) -> np.ndarray:
        """Players' payoffs, million USD `[coalition, player]`: equivalent variation plus `weight` dollars for each
        dollar of the coalition's value, whoever brought it about. Raises `InputError` for an unknown player."""
        by_player = weight if isinstance(weight, Mapping) else dict.fromkeys(self.players, weight)
        for name in by_player:
            if name not in self.players:
                raise InputError(unknown("player", name, self.players))
        weights = np.array([float(by_player.get(p, 0.0)) for p in self.players])
        return self.welfare * self.consumption + weights * self.value[:, None]

    def contributions(self) -> pd.DataFrame:
        """One row per player: its Shapley value (`contribution`, million USD of the grand coalition's value), its
        `share` of it, what it adds alone and last, and `own_loss` (fraction) and `own_loss_usd` in the grand coalition."""
        value, m = self.value, len(self.players)
        found = cooperative.shapley(value)
        bits = 1 << np.arange(m)
        loss = self.welfare[0] - self.welfare[-1]
        return pd.DataFrame(
            {
                "player": list(self.players),
                "contribution": found,
                "share": found / value[-1] if value[-1] else np.zeros(m),
                "alone": value[bits] - value[0],
                "last": value[-1] - value[(len(value) - 1) ^ bits],
                "own_loss": loss,
                "own_loss_usd": loss * self.consumption,
            }
        )

    def stability(self, weight: float | Mapping[str, float] = 0.0) -> pd.DataFrame:
        """One row per coalition: `coalition` (names), `size`, `value` (million USD), `members_loss` (million USD),
        whether `internal`ly, `external`ly stable and `stable`; `weakest`, the member with least to lose by leaving,
        and `tempted`, the outsider who would gain most by joining, with their `gain`s from staying put."""
        payoff = self.payoff(weight)
        gain, stable = cooperative.stability(payoff)
        inside = self.members
        slack = -cooperative.PAYOFF_TOLERANCE * max(np.abs(payoff).max(), 1e-300)
        least_in = np.where(inside, gain, np.inf)
        least_out = np.where(inside, np.inf, gain)
        names = np.array([*self.players, ""])
        return pd.DataFrame(
            {
                "coalition": [self.name(c) for c in range(len(payoff))],
                "size": inside.sum(1),
                "value": self.value,
                "members_loss": self.members_loss,
                "internal": (least_in >= slack).all(1),
                "external": (least_out >= slack).all(1),
                "stable": stable,
                "weakest": names[np.where(inside.any(1), least_in.argmin(1), -1)],
                "weakest_gain": least_in.min(1),
                "tempted": names[np.where(inside.all(1), -1, least_out.argmin(1))],
                "tempted_gain": least_out.min(1),
            }
        )

    def weight_to_hold(self, coalition: int) -> pd.DataFrame:
        """For each member the smallest political weight at which it stays: its cost of membership over the value its
        membership adds (infinite where that is nothing)."""
        rows = []
        for p in np.flatnonzero(self.members[coalition]):
            without = coalition ^ 1 << int(p)
            cost = (self.welfare[without, p] - self.welfare[coalition, p]) * self.consumption[p]
            adds = self.value[coalition] - self.value[without]
            rows.append([self.players[p], cost, adds, max(cost / adds, 0.0) if adds > 0 else np.inf])
        return pd.DataFrame(rows, columns=["player", "cost", "adds", "weight"])

    def best_of_size(self) -> pd.DataFrame:
        """The coalition of each size that does most to the target, with its value and its members' loss."""
        best = cooperative.best_of_size(self.value, len(self.players))
        return pd.DataFrame(
            {
                "size": range(1, len(best) + 1),
                "coalition": [self.name(c) for c in best],
                "value": self.value[best],
                "target_welfare": self.target_welfare[best],
                "members_loss": self.members_loss[best],
            }
        )

    @cached_property
    def members(self) -> np.ndarray:
        """Who is in each coalition, a mask `[coalition, player]`."""
        return cooperative.members_of(np.arange(len(self.welfare)), len(self.players))

    @property
    def members_loss(self) -> np.ndarray:
        """What the members of each coalition lose against the empty one, million USD `[coalition]`."""
        return (self.members * (self.welfare[0] - self.welfare) * self.consumption).sum(1)

    def name(self, coalition: int) -> str:
        inside = cooperative.members_of(np.array([coalition]), len(self.players))[0]
        return " ".join(np.array(self.players)[inside]) or "nobody"

    def to_frame(self) -> pd.DataFrame:
        """One row per coalition and player: numbers and names of coalitions, welfare, value."""
        count, m = self.welfare.shape
        return pd.DataFrame(
            {
                "coalition": np.repeat([self.name(c) for c in range(count)], m),
                "player": np.tile(self.players, count),
                "member": self.members.ravel(),
                "welfare": self.welfare.ravel(),
                "value": np.repeat(self.value, m),
            }
        )


def coalition_game(
    world: World,
    players: Actors,
    measures: Sequence[Measure],
    *,
    target: str,
    given: Sequence[Measure] = (),
    purpose: Purpose = "damage",
    checkpoint: str | Path | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> CoalitionGame:
    """Solve all `2 ** players` coalitions: `measures` taken by the coalition's countries in place of their own
    senders, on top of the measures `given`, which are in force whoever joins.

    With `purpose` `support` the coalition's measures help the target (lower trade costs, say, against a given
    embargo) and its value is the target's relief. Those who could join an embargo and do not are the other kind of
    counter-coalition: its game is the dual one, and its Shapley values are the same.
    `players`: countries and groups that act as one (`actors_of`). `options` are those of `economy.calibrate`.
    `checkpoint`: a file that keeps what is solved, so that a run cut short goes on where it stopped; `progress` is
    called with how many coalitions of how many are done.
    Raises `InputError` for unknown players, more than 14, a target among them, or a checkpoint of another game, and
    what `economy.solve` raises for a coalition without equilibrium.
    """
    table = _Table.of(world, players, measures, target, given, options, checkpoint, MOST_PLAYERS, purpose)
    table.fill(range(2 ** len(table.masks)), progress)
    return table.game(purpose)


def sampled_contributions(
    world: World,
    players: Actors,
    measures: Sequence[Measure],
    *,
    target: str,
    given: Sequence[Measure] = (),
    purpose: Purpose = "damage",
    pairs: int = 50,
    seed: int = 0,
    checkpoint: str | Path | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Shapley values for more players than can be solved exhaustively: `pairs` random orders and their reverses.
    Columns: `player`, `contribution` (million USD), `standard_error`, `share`. Other arguments as `coalition_game`."""
    table = _Table.of(world, players, measures, target, given, options, checkpoint, MOST_SAMPLED, purpose)
    if pairs < 2:
        raise InputError(f"pairs is {pairs}; a standard error needs at least 2.")
    drawn = cooperative.orders(len(table.masks), pairs, seed)
    table.fill(sorted({c for order in drawn for c in cooperative.prefixes(order)}), progress)
    found, error = cooperative.sampled_shapley(table.value, drawn)
    return pd.DataFrame(
        {
            "player": list(table.masks),
            "contribution": found,
            "standard_error": error,
            "share": found / found.sum() if found.sum() else found,
        }
    )


@dataclass(frozen=True, eq=False)
class BurdenSharing:
    """`table`: one row per member: welfare `before` and `after` transfers (fractions), `transfer` (million USD,
    received), and as a fraction of its consumption. `spread`: the largest difference left between members."""

    members: tuple[str, ...]
    target: str
    table: pd.DataFrame
    spread: float
    target_welfare: float


def share_burden(
    world: World,
    members: Actors,
    measures: Sequence[Measure],
    *,
    target: str,
    given: Sequence[Measure] = (),
    **options: Any,
) -> BurdenSharing:
    """Transfers among members that leave each with the same percentage change of welfare (the burden sharing of
    Chowdhry, Hinz, Kamin and Wanner 2024), found in general equilibrium: they move prices too. Inside a group they
    are spread with consumption. Raises `NotConvergedError` if no such transfers are found."""
    masks = actors_of(world, members)
    evaluator = Evaluator.of(world, **options)
    place = _place(world, target, masks)
    consumption = evaluator.consumption
    within = np.stack([m * consumption / consumption[m].sum() for m in masks.values()])
    spending = np.array([evaluator.economy.expenditure[m].sum() for m in masks.values()])
    spending = spending * evaluator.economy.money
    together = _by(measures, world, np.any(list(masks.values()), axis=0))
    shock, _ = compile_measures(world, [*given, *together])
    transfer, steps = np.zeros(len(masks)), []
    for _ in range(TRANSFER_STEPS):
        paid = eqx.tree_at(lambda s: s.transfer, shock, np.asarray(shock.transfer) + transfer @ within)
        welfare = evaluator.welfare(solve(evaluator.economy, paid))
        by_member = within @ welfare
        steps.append(by_member)
        if np.ptp(by_member) <= EQUAL_TOLERANCE:
            break
        transfer = transfer + spending * (spending @ by_member / spending.sum() - by_member)
        transfer = transfer - transfer.mean()
    else:
        spread = float(np.ptp(steps[-1]))
        raise NotConvergedError(
            f"no transfers were found that equalise the members' welfare; they still differ by {spread:.1e} of "
            "consumption. Members may be too unequal in size: leave the smallest out.",
            {"spread": spread},
        )
    total = np.array([consumption[m].sum() for m in masks.values()])
    table = pd.DataFrame(
        {
            "player": list(masks),
            "before": steps[0],
            "after": steps[-1],
            "transfer": transfer,
            "transfer_share": transfer / total,
        }
    )
    return BurdenSharing(tuple(masks), target, table, float(np.ptp(steps[-1])), float(welfare[place]))


@dataclass
class _Table:
    """Coalitions solved so far, in memory and in the checkpoint."""

    evaluator: Evaluator
    masks: dict[str, np.ndarray]
    place: int
    measures: Sequence[Measure]
    given: Sequence[Measure]
    sign: float
    path: Path | None
    key: str
    welfare: dict[int, np.ndarray]

    @staticmethod
    def of(world, players, measures, target, given, options, checkpoint, most, purpose) -> _Table:
        if purpose not in ("damage", "support"):
            raise InputError(unknown("purpose", purpose, ["damage", "support"]))
        masks = actors_of(world, players)
        if not 1 <= len(masks) <= most:
            hint = " Use sampled_contributions, or group them." if most == MOST_PLAYERS else ""
            raise InputError(f"{len(masks)} players; expected 1 to {most}.{hint}")
        if not measures:
            raise InputError("the coalition has no measures to take; give at least one.")
        place = _place(world, target, masks)
        evaluator = Evaluator.of(world, **options)
        told = {
            "world": [world.name, *(float(a.sum()) for a in (world.output_values, world.tariff_values))],
            "theta": world.trade_elasticity_values.tolist(),
            "options": {k: repr(v) for k, v in sorted(options.items())},
            "measures": [m.model_dump_json() for m in (*measures, *given)],
            "players": {k: np.flatnonzero(m).tolist() for k, m in masks.items()},
            "target": target,
        }
        key = hashlib.sha256(json.dumps(told).encode()).hexdigest()
        path = Path(checkpoint) if checkpoint is not None else None
        sign = -1.0 if purpose == "damage" else 1.0
        known = _read(path, key) if path is not None and path.exists() else {}
        return _Table(evaluator, masks, place, measures, given, sign, path, key, known)

    def fill(self, coalitions: Iterable[int], progress: Progress | None) -> None:
        coalitions = list(coalitions)
        missing = [c for c in coalitions if c not in self.welfare]
        done, saved = len(coalitions) - len(missing), time.monotonic()
        cases = ([*self.given, *self._measures(c)] for c in missing)
        try:
            for c, found in zip(missing, self.evaluator.solve_many(cases), strict=False):
                self.welfare[c] = self.evaluator.welfare(found)
                done += 1
                if progress:
                    progress(done, len(coalitions))
                if time.monotonic() - saved > SAVE_SECONDS:
                    self._save()
                    saved = time.monotonic()
        finally:
            self._save()

    def _measures(self, coalition: int) -> list[Measure]:
        inside = [m for p, m in enumerate(self.masks.values()) if coalition >> p & 1]
        return _by(self.measures, self.evaluator.world, np.any(inside, axis=0)) if inside else []

    def _save(self) -> None:
        if self.path is None or not self.welfare:
            return
        with atomic_path(self.path) as temporary, temporary.open("wb") as handle:
            numbers = np.array(sorted(self.welfare), dtype=np.int64)
            values = np.stack([self.welfare[int(c)] for c in numbers])
            np.savez(handle, key=np.array(self.key), coalition=numbers, welfare=values)

    def value(self, coalition: int) -> float:
        change = self.welfare[coalition][self.place] - self.welfare[0][self.place]
        return float(self.sign * change * self.evaluator.consumption[self.place])

    def game(self, purpose: Purpose) -> CoalitionGame:
        welfare = np.stack([self.welfare[c] for c in range(2 ** len(self.masks))])
        consumption = self.evaluator.consumption
        total = np.array([consumption[m].sum() for m in self.masks.values()])
        by_player = [
            (welfare[:, m] @ consumption[m]) / t for m, t in zip(self.masks.values(), total, strict=True)
        ]
        place = self.place
        return CoalitionGame(
            tuple(self.masks), self.evaluator.world.countries[place], purpose, np.stack(by_player, 1), welfare[:, place],
            total, float(consumption[place]),
        )  # fmt: skip


def _read(path: Path, key: str) -> dict[int, np.ndarray]:
    try:
        with np.load(path) as stored:
            same = str(stored["key"]) == key
            numbers, values = stored["coalition"], stored["welfare"]
    except Exception as error:
        raise InputError(f"{path}: not a checkpoint of coalitions ({error}). Give another file.") from None
    if not same:
        raise InputError(
            f"{path}: this checkpoint belongs to another game (other players, measures, world or options). "
            "Give another file, or delete it."
        )
    return {int(c): v for c, v in zip(numbers, values, strict=True)}


def _by(measures: Sequence[Measure], world: World, countries: np.ndarray) -> list[Measure]:
    """The same measures, with these countries as their senders."""
    codes = tuple(np.array(world.countries)[countries])
    return [m.model_copy(update={"senders": codes}) for m in measures]


def _place(world: World, target: str, masks: Mapping[str, np.ndarray]) -> int:
    if target not in world.countries:
        raise InputError(f"target: {unknown('country', target, world.countries)}")
    place = world.countries.index(target)
    for name, mask in masks.items():
        if mask[place]:
            raise InputError(f"target {target} is also in player {name!r}; it cannot be on both sides.")
    return place
