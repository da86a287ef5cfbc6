"""Agreement of pairs of states, from votes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

YES, ABSTAIN, NO = 1.0, 0.0, -1.0


@dataclass(frozen=True, eq=False)
class Scores:
    """For each pair `[state, state]`, over the roll calls on which both voted: `together`, their number; `gap`, the
    sum of `|x - y|` with yes 1, abstention 0, no -1; `kappa`, agreement corrected for chance, nan where undefined."""

    together: np.ndarray
    gap: np.ndarray
    kappa: np.ndarray


def scores(votes: np.ndarray) -> Scores:
    """Agreement scores from `votes` `[state, roll call]`: 1 yes, 0 abstention, -1 no, nan absent.

    `kappa = 1 - D_o / D_e` (Häge 2011, equation for Cohen's kappa with the linear weights of S): `D_o` is the mean
    of `|x - y| / 2` and `D_e` its expectation had each of the two voted independently at its own rates of yes,
    abstention and no on these roll calls. Undefined where the two never vote together or `D_e` is zero.
    """
    choice = np.stack([votes == value for value in (YES, ABSTAIN, NO)]).astype(
        float
    )  # [choice, state, roll call]
    present = choice.sum(0)
    both = present @ present.T
    apart = np.abs(np.subtract.outer((YES, ABSTAIN, NO), (YES, ABSTAIN, NO)))
    counts = np.einsum("air,bjr->abij", choice, choice, optimize=True)
    gap = np.einsum("abij,ab->ij", counts, apart)
    own = np.einsum("air,jr->aij", choice, present, optimize=True)  # i's choices where j voted too
    expected = np.einsum("aij,bji,ab->ij", own, own, apart, optimize=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        kappa = 1 - gap * both / expected
    kappa = np.where(expected > 0, kappa, np.nan)
    return Scores(both, gap, kappa)
