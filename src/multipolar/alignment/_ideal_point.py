"""One dimension behind the votes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from multipolar.alignment._votes import agreement, together
from multipolar.errors import InputError, NotConvergedError, unknown

if TYPE_CHECKING:
    import pandas as pd

TOLERANCE = 1e-9
POLE = "USA"


@dataclass(frozen=True, eq=False)
class IdealPoints:
    """`points` `[state]`: mean 0, standard deviation 1, the United States positive. `share`: the part of the
    positive eigenvalues that this dimension holds; `gap`: the second eigenvalue over the first; `residual`:
    relative residual of the eigenvalue equation; `left_out`: states with too few common votes."""

    year: int
    points: pd.Series
    share: float
    gap: float
    residual: float
    left_out: tuple[str, ...]


@cache
def ideal_points(year: int, least: int = 20) -> IdealPoints:
    """Ideal points of one year by classical scaling of `1 - S` as squared distance: the leading eigenvector of the
    doubly centred agreement matrix (Torgerson 1952; one dimension suffices for most of these votes, Bailey,
    Strezhnev and Voeten 2017, whose ordered model with bridging over years this is not: only positions within a
    year compare).

    States that voted fewer than `least` times together with some other are left out, fewest votes first. Raises
    `InputError` for a year without votes or where the pole is left out, `NotConvergedError` if the eigenvector
    is not certified to 1e-9.
    """
    import pandas as pd

    both, score = together(year), agreement(year)
    codes = [str(code) for code in both["state"].values]
    kept = np.flatnonzero(np.diag(both.values) > 0)
    while len(kept) and both.values[np.ix_(kept, kept)].min() < least:
        counts = both.values[np.ix_(kept, kept)]
        # Of the pair that meets least, the one who voted less goes.
        pair = np.unravel_index(counts.argmin(), counts.shape)
        out = min(pair, key=lambda at: (counts[at, at], at))
        kept = np.delete(kept, out)
    names = [codes[i] for i in kept]
    if POLE not in names:
        raise InputError(
            f"ideal points of {year}: {POLE} has fewer than {least} votes with some other; lower `least`."
        )
    matrix = score.values[np.ix_(kept, kept)]
    centre = np.eye(len(kept)) - 1 / len(kept)
    centred = centre @ matrix @ centre
    values, vectors = np.linalg.eigh((centred + centred.T) / 2)
    first, second, vector = values[-1], values[-2], vectors[:, -1]
    residual = float(np.linalg.norm(centred @ vector - first * vector) / first)
    if not residual <= TOLERANCE:
        raise NotConvergedError(
            f"ideal points of {year}: eigenvector off by {residual:.1e}.", {"eigenvector": residual}
        )
    vector = vector * np.sign(vector[names.index(POLE)])
    points = pd.Series((vector - vector.mean()) / vector.std(), index=names, name="ideal_point")
    left = tuple(code for i, code in enumerate(codes) if i not in set(kept) and both.values[i, i] > 0)
    share = float(first / values[values > 0].sum())
    return IdealPoints(year, points.sort_values(), share, float(second / first), residual, left)


def point(found: IdealPoints, state: str) -> float:
    if state not in found.points.index:
        raise InputError(
            f"ideal points of {found.year}: " + unknown("state", state, sorted(found.points.index))
        )
    return float(found.points.to_dict()[state])
