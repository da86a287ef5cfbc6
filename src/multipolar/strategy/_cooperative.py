"""Coalitions as such: Shapley values, their sampling, internal and external stability, from tables of numbers.

A coalition is a number whose bit `p` says whether player `p` is in it; tables list all `2 ** players` of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import factorial

import numpy as np

PAYOFF_TOLERANCE = 1e-9  # relative to the largest payoff: solutions are certified to as much


def members_of(coalitions: np.ndarray, players: int) -> np.ndarray:
    """Who is in each coalition, a mask `[coalition, player]`."""
    return (np.asarray(coalitions)[:, None] >> np.arange(players)) & 1 == 1


def shapley(value: np.ndarray) -> np.ndarray:
    """The Shapley value `[player]` of a game given by `value[coalition]` (Shapley 1953): each player's contribution
    to those before it, averaged over all orders. It divides `value[-1] - value[0]` exactly."""
    value = np.asarray(value, dtype=float)
    players = len(value).bit_length() - 1
    coalitions = np.arange(len(value))
    size = members_of(coalitions, players).sum(1)
    weight = np.array(
        [factorial(s) * factorial(players - s - 1) / factorial(players) for s in range(players)]
    )
    out = np.empty(players)
    for p in range(players):
        without = coalitions[(coalitions >> p) & 1 == 0]
        out[p] = weight[size[without]] @ (value[without | 1 << p] - value[without])
    return out


def orders(players: int, pairs: int, seed: int) -> np.ndarray:
    """`pairs` random orders of the players, each followed by its reverse `[2 * pairs, player]`."""
    rng = np.random.default_rng(seed)
    drawn = np.stack([rng.permutation(players) for _ in range(pairs)])
    return np.stack([drawn, drawn[:, ::-1]], 1).reshape(-1, players)


def prefixes(order: np.ndarray) -> list[int]:
    """The coalitions met when players enter in `order`, the empty one first."""
    coalitions = [0]
    for p in order:
        coalitions.append(coalitions[-1] | 1 << int(p))
    return coalitions


def sampled_shapley(value: Callable[[int], float], drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shapley values from sampled orders (Castro, Gómez and Tejada 2009) and their standard errors `[player]`.

    `drawn` holds orders and their reverses in turn (`orders`): a player early in one is late in the other, so that
    a pair varies less than two independent orders; a pair is one observation of the standard error."""
    added = np.empty(drawn.shape)
    for row, order in zip(added, drawn, strict=True):
        found = [value(c) for c in prefixes(order)]
        row[order] = np.diff(found)
    pairs = added.reshape(-1, 2, drawn.shape[1]).mean(1)
    error = pairs.std(0, ddof=1) / np.sqrt(len(pairs)) if len(pairs) > 1 else np.full(drawn.shape[1], np.nan)
    return pairs.mean(0), error


def stability(payoff: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far each coalition is from breaking, of `payoff[coalition, player]` (d'Aspremont, Jacquemin, Gabszewicz and
    Weymark 1983): `gain[coalition, player]`, what a player gains by its present choice over the other one, staying
    for members, staying out for others; and whether nobody would move, up to rounding `[coalition]`."""
    payoff = np.asarray(payoff, dtype=float)
    count, players = payoff.shape
    coalitions = np.arange(count)
    gain = np.stack([payoff[:, p] - payoff[coalitions ^ 1 << p, p] for p in range(players)], 1)
    return gain, (gain >= -PAYOFF_TOLERANCE * max(np.abs(payoff).max(), 1e-300)).all(1)


def best_of_size(value: np.ndarray, players: int) -> list[int]:
    """The coalition of each size, from one to all, whose value is largest."""
    coalitions = np.arange(len(value))
    size = members_of(coalitions, players).sum(1)
    return [int(max(coalitions[size == k], key=lambda c: value[c])) for k in range(1, players + 1)]


def coalition_number(members: Sequence[int]) -> int:
    return sum(1 << p for p in members)
