"""From raw arrays to balanced accounts, or an error that names the cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from multipolar.errors import WorldError

LARGEST_INPUT_SHARE = 0.99


@dataclass(frozen=True)
class Adjustment:
    """What preparation changed: how much money moved (million USD), in how many cells, and why."""

    what: str
    moved: float
    cells: int
    share_of_output: float


@dataclass(frozen=True)
class Prepared:
    intermediate: np.ndarray
    final: np.ndarray
    trade_elasticity: np.ndarray
    tariff: np.ndarray
    capital_share: np.ndarray
    adjustments: tuple[Adjustment, ...]


def capital_shares(countries: Sequence[str], sectors: Sequence[str], given: Any) -> np.ndarray:
    """Capital's part of value added `[country, sector]`; a third where nothing is given."""
    try:
        share = np.asarray(1 / 3 if given is None else given, dtype=float)
        share = np.broadcast_to(share, (len(countries), len(sectors))).copy()
    except (TypeError, ValueError):
        raise WorldError(
            f"capital_share: expected one number, {len(sectors)} numbers by sector or an array "
            f"({len(countries)}, {len(sectors)}), got shape {np.asarray(given, dtype=object).shape}."
        ) from None
    wrong = np.argwhere(~((share > 0) & (share < 1)))
    if len(wrong):
        c, s = wrong[0]
        raise WorldError(
            f"capital_share of country {countries[c]!r}, sector {sectors[s]!r} is {share[c, s]:g}; "
            "expected a number above 0 and below 1."
        )
    return share


def check_labels(countries: Sequence[str], sectors: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Codes as tuples of text; raises `WorldError` for an empty, repeated or blank code."""
    for what, labels in (("countries", countries), ("sectors", sectors)):
        if isinstance(labels, str) or len(labels) == 0:
            raise WorldError(f"{what}: expected a non-empty list of codes, got {labels!r}.")
        seen: set[str] = set()
        for label in labels:
            if not isinstance(label, str) or not label.strip():
                raise WorldError(f"{what}: every code must be non-empty text, got {label!r}.")
            if label in seen:
                raise WorldError(f"{what}: code {label!r} appears twice; codes must be unique.")
            seen.add(label)
    return tuple(countries), tuple(sectors)


def prepare(
    countries: Sequence[str],
    sectors: Sequence[str],
    intermediate: Any,
    final: Any,
    trade_elasticity: Any,
    tariff: Any,
    capital_share: Any = None,
    *,
    repair_value_added: bool,
) -> Prepared:
    """Shapes, numbers and signs first, then the adjustments, then value added."""
    n, j = len(countries), len(sectors)
    shape = f"for {n} countries and {j} sectors"
    flow_dims = (countries, sectors, countries)
    z = _array(
        "intermediate",
        intermediate,
        (*flow_dims, sectors),
        (n, j, n, j),
        f"(origin, sector, destination, using sector) {shape}",
    )
    f = np.asarray(final)
    final_shape = (n, j, n) if f.ndim == 3 else (n, j, n, 2)
    f = _array(
        "final",
        final,
        (*flow_dims, ("consumption", "investment"))[: len(final_shape)],
        final_shape,
        f"(origin, sector, destination[, consumption/investment]) {shape}",
    )
    if f.ndim == 3:
        f = np.stack([f, np.zeros_like(f)], axis=-1)
    theta = np.asarray(trade_elasticity)
    theta = np.full(j, theta) if theta.ndim == 0 else theta
    theta = _array("trade_elasticity", theta, (sectors,), (j,), "(sector)")
    if tariff is None:
        t = np.zeros((n, n, j))
    else:
        t = _array(
            "tariff",
            tariff,
            (countries, countries, sectors),
            (n, n, j),
            f"(origin, destination, sector) {shape}",
        )

    _positive(
        "trade_elasticity",
        theta,
        (sectors,),
        strictly=True,
        hint=" Give it as a positive number (8.2, not -8.2).",
    )
    _positive(
        "intermediate", z, (*flow_dims, sectors), hint=" Only final demand may be negative (inventories)."
    )
    bad = np.argwhere(t <= -1)
    if len(bad):
        raise WorldError(
            f"tariff{_cell(bad[0], (countries, countries, sectors))} is {t[tuple(bad[0])]:g}; it must be above -1 (0.1 is 10%)."
        )
    domestic = np.argwhere(t[np.arange(n), np.arange(n)] != 0)
    if len(domestic):
        c, s = domestic[0]
        raise WorldError(
            f"tariff[{countries[c]}, {countries[c]}, {sectors[s]}] is {t[c, c, s]:g}; a country has no tariff on itself."
        )

    adjustments: list[Adjustment] = []
    f = _net_negatives(f, adjustments)
    z, f = _balance_value_added(countries, sectors, z, f, t, repair_value_added, adjustments)
    total = z.sum() + f.sum()
    recorded = tuple(Adjustment(a.what, a.moved, a.cells, a.moved / total) for a in adjustments if a.cells)
    for array in (z, f, theta, t):
        array.setflags(write=False)
    return Prepared(z, f, theta, t, capital_shares(countries, sectors, capital_share), recorded)


def _net_negatives(f: np.ndarray, adjustments: list[Adjustment]) -> np.ndarray:
    negative = np.minimum(f, 0)
    total = f.sum(-1)
    netted = (negative.sum(-1) < 0) & (total >= 0)
    dropped = total < 0
    positive = np.maximum(f, 0) + negative[..., ::-1]
    f = np.where((negative.sum(-1) < 0)[..., None], np.maximum(positive, 0), f)
    moved = float(-negative.sum(-1)[netted].sum())
    adjustments.append(
        Adjustment("negative final demand netted against the other category", moved, int(netted.sum()), 0)
    )
    moved = float(-total[dropped].sum())
    adjustments.append(
        Adjustment("negative final demand set to zero, output adjusted", moved, int(dropped.sum()), 0)
    )
    return f


def _balance_value_added(
    countries: Sequence[str],
    sectors: Sequence[str],
    z: np.ndarray,
    f: np.ndarray,
    t: np.ndarray,
    repair: bool,
    adjustments: list[Adjustment],
) -> tuple[np.ndarray, np.ndarray]:
    output = z.sum((2, 3)) + f.sum((2, 3))
    inputs = np.einsum("iknj,ink->nj", z, 1 + t)
    broken = (inputs > 0) & (inputs >= output) if not repair else inputs > LARGEST_INPUT_SHARE * output
    if broken.any():
        c, s = np.argwhere(broken)[0]
        if not repair:
            raise WorldError(
                f"value added of country {countries[c]!r}, sector {sectors[s]!r} is {output[c, s] - inputs[c, s]:,.6g} "
                f"(output {output[c, s]:,.6g}, intermediate inputs {inputs[c, s]:,.6g}); it must be positive "
                f"({int(broken.sum())} such cells). Correct the table, or pass repair_value_added=True to move "
                f"inputs beyond {LARGEST_INPUT_SHARE:.0%} of output to final consumption."
            )
        scale = np.where(broken, LARGEST_INPUT_SHARE * output / np.where(broken, inputs, 1), 1.0)
        moved = 0.0
        # Column by column and in place (`z` is our own copy): the largest tables fill most of the memory once.
        for c, s in np.argwhere(broken):
            excess = z[:, :, c, s] * (1 - scale[c, s])
            z[:, :, c, s] *= scale[c, s]
            f[:, :, c, 0] += excess
            moved += float(excess.sum())
        what = f"inputs beyond {LARGEST_INPUT_SHARE:.0%} of a sector's output moved to consumption"
        adjustments.append(Adjustment(what, moved, int(broken.sum()), 0))
    income = (z.sum((2, 3)) + f.sum((2, 3)) - np.einsum("iknj,ink->nj", z, 1 + t)).sum(1)
    idle = np.argwhere(income <= 0)
    if len(idle):
        raise WorldError(f"country {countries[idle[0, 0]]!r} has no value added at all; drop or merge it.")
    unconsuming = np.argwhere(f[..., 0].sum((0, 1)) <= 0)
    if len(unconsuming):
        raise WorldError(
            f"country {countries[unconsuming[0, 0]]!r} consumes nothing: final[:, :, {countries[unconsuming[0, 0]]}] is zero."
        )
    return z, f


def _array(
    name: str, value: Any, dims: tuple[Sequence[str], ...], shape: tuple[int, ...], meaning: str
) -> np.ndarray:
    try:
        array = np.array(value, dtype=float)
    except (TypeError, ValueError):
        raise WorldError(f"{name}: expected numbers in shape {shape} {meaning}.") from None
    if array.shape != shape:
        raise WorldError(f"{name}: shape is {array.shape}, expected {shape} {meaning}.")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        count = int((~np.isfinite(array)).sum())
        raise WorldError(
            f"{name}{_cell(where, dims)} is {array[where]}; every value must be a finite number ({count} are not). Missing is not zero: decide and fill in."
        )
    return array


def _positive(
    name: str, array: np.ndarray, dims: tuple[Sequence[str], ...], *, strictly: bool = False, hint: str = ""
) -> None:
    bad = np.argwhere(array <= 0 if strictly else array < 0)
    if len(bad):
        need = "positive" if strictly else "zero or positive"
        raise WorldError(
            f"{name}{_cell(bad[0], dims)} is {array[tuple(bad[0])]:g}; it must be {need} ({len(bad)} such cells).{hint}"
        )


def _cell(index: Sequence[int], dims: tuple[Sequence[str], ...]) -> str:
    return "[" + ", ".join(dim[i] for i, dim in zip(index, dims, strict=True)) + "]"
