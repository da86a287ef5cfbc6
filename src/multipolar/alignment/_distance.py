"""One number between two states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from multipolar.alignment._ideal_point import ideal_points, point
from multipolar.alignment._votes import agreement, chance_corrected, states
from multipolar.errors import InputError, unknown

if TYPE_CHECKING:
    import xarray as xr

MEASURES = ("chance-corrected", "agreement", "ideal-point")


def distance(a: str, b: str, year: int, measure: str = "chance-corrected") -> float:
    """How far apart two states (ISO 3166-1 alpha-3) voted in a year; 0 is always alike, symmetric.

    - `chance-corrected`: 1 less kappa; 1 is as alike as two who vote independently, above 1 opposed
    - `agreement`: 1 less S, 0 to 1
    - `ideal-point`: difference of ideal points, in standard deviations of all states

    Raises `InputError` for an unknown state, year or measure, and where the two never voted together. The votes end in
    2019: `alignment.years()`.
    """
    if measure not in MEASURES:
        raise InputError(unknown("measure of distance", measure, MEASURES))
    for code in (a, b):
        if code not in states():
            raise InputError("alignment: " + unknown("state", code, states()))
    if measure == "ideal-point":
        found = ideal_points(year)
        return abs(point(found, a) - point(found, b))
    matrix = agreement(year) if measure == "agreement" else chance_corrected(year)
    if a == b:
        return 0.0
    value = 1 - float(matrix.sel(state=a, other=b))
    if not np.isfinite(value):
        raise InputError(
            f"alignment: {a} and {b} have no {measure} distance in {year} (no or only uniform common votes)."
        )
    return value


def distances(countries: Sequence[str], year: int, measure: str = "chance-corrected") -> xr.DataArray:
    """`distance` of each pair `[country, other]`; nan where a state has no votes, as for `RoW`. Raises for an
    unknown year or measure."""
    import xarray as xr

    if measure not in MEASURES:
        raise InputError(unknown("measure of distance", measure, MEASURES))
    names = list(countries)
    if measure == "ideal-point":
        points = ideal_points(year).points.reindex(names).to_numpy()
        values = np.abs(points[:, None] - points)
    else:
        matrix = agreement(year) if measure == "agreement" else chance_corrected(year)
        values = 1 - matrix.reindex(state=names, other=names).values
        known = np.array([name in states() for name in names])
        values[np.diag_indices(len(names))] = np.where(known, 0.0, np.nan)
    coords = {"country": names, "other": names}
    return xr.DataArray(
        values,
        dims=("country", "other"),
        coords=coords,
        name="distance",
        attrs={"year": year, "measure": measure},
    )
