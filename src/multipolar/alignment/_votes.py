"""The shipped scores, labelled."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from multipolar.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

# Kappa is stored in thousandths; this stands for undefined.
THOUSANDTHS, UNDEFINED = 1000, -32768


def years() -> tuple[int, ...]:
    """Years with scores. The votes end in 2019: nothing in them follows the invasion of Ukraine."""
    return tuple(int(year) for year in _data()["years"])


def together(year: int) -> xr.DataArray:
    """Roll calls of the year on which both voted `[state, other]`."""
    return _label(_square("together", year), year, "together", "roll calls")


def agreement(year: int) -> xr.DataArray:
    """Signorino and Ritter's S on votes `[state, other]`: one less the mean distance, 0 (always opposed) to 1
    (always alike), an abstention half-way; nan where the two never voted together.

    Raises `InputError` for a year without votes.
    """
    both, gap = _square("together", year).astype(float), _square("gap", year)
    return _label(1 - gap / np.where(both > 0, 2 * both, np.nan), year, "agreement", "share")


def chance_corrected(year: int) -> xr.DataArray:
    """Cohen's kappa with the weights of S `[state, other]` (Häge 2011): 1 always alike, 0 as alike as two who vote
    independently, below 0 opposed; rounded to thousandths; nan where undefined. Raises as `agreement`."""
    stored = _square("kappa", year)
    values = np.where(stored == UNDEFINED, np.nan, stored / THOUSANDTHS)
    return _label(values, year, "chance_corrected", "kappa")


def states() -> tuple[str, ...]:
    return tuple(str(code) for code in _data()["states"])


def check_year(year: int) -> int:
    """The year's place in the data. Raises `InputError` naming the years there are."""
    known = years()
    if year not in known:
        last = known[-1]
        after = f" The votes end in {last}; a later position must be assumed from it." if year > last else ""
        raise InputError(f"alignment: no votes of {year}; known are {known[0]} to {last}.{after}")
    return known.index(year)


def _label(values: np.ndarray, year: int, name: str, units: str) -> xr.DataArray:
    import xarray as xr

    codes = list(states())
    coords = {"state": codes, "other": codes}
    return xr.DataArray(
        values, dims=("state", "other"), coords=coords, name=name, attrs={"units": units, "year": year}
    )


def _square(name: str, year: int) -> np.ndarray:
    """The full symmetric matrix from the pairs stored; the diagonal is stored too."""
    at, n = check_year(year), len(states())
    half = _data()[name][at]
    rows, columns = np.triu_indices(n)
    out = np.empty((n, n), dtype=half.dtype if name == "kappa" else np.int64)
    out[rows, columns] = out[columns, rows] = half
    return out


@cache
def _data() -> dict[str, np.ndarray]:
    with (
        (files("multipolar.alignment") / "data" / "votes.npz").open("rb") as handle,
        np.load(handle) as stored,
    ):
        return {name: stored[name] for name in stored.files}
