"""How sure a nowcast is: the errors it made on a table that is known, and worlds drawn with errors of that size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from multipolar.errors import InputError, NotConvergedError, WorldError, unknown
from multipolar.world import _data
from multipolar.world._balance import Prior, balance
from multipolar.world._groups import sector_group
from multipolar.world._nowcast import TOLERANCE

if TYPE_CHECKING:
    from multipolar.world._world import World

KINDS = ("sourcing", "technology")
CLASSES = ((0.0, 0.001), (0.001, 0.01), (0.01, 0.1), (0.1, 1.0))
_ROBUST = 1.4826  # standard deviation over the median absolute deviation, for a normal distribution


def nowcast_errors(base: int = 2000) -> pd.DataFrame:
    """Spread of the nowcast's errors in logs by class of share, measured by nowcasting the table of `base` (2000,
    2005 or 2008) to 2011 and comparing with the true one (`benchmarks/backtest.py`).

    Columns: `kind` (`sourcing`: an origin's share in a country's purchases of a good, abroad and at home together;
    `technology`: a good's share in an industry's inputs), `share_from`, `share_to` (of the nowcast's share), `log_sd`
    (robust: 1.4826 times the median absolute error), `cells`, `base`, `truth`. The span of 2000 to 2011 is nearest to
    that of `world-2023`. Raises `InputError` for another year.
    """
    table = pd.read_csv(_data.path("nowcast_errors.csv"))
    if base not in set(table["base"]):
        raise InputError(unknown("backtest from", base, sorted(set(table["base"]))))
    return table.iloc[np.flatnonzero(table["base"].to_numpy() == base)].reset_index(drop=True)


def perturbed(
    world: World, seed: int, errors: pd.DataFrame | None = None, *, technology: float = 1.0
) -> World:
    """A world drawn around `world` with errors as large as a nowcast's, and the same totals.

    Every origin's sales of a good to a country, and every industry's use of a good, are multiplied by an independent
    lognormal factor whose spread is that of the class of its share in `errors` (columns as in `nowcast_errors`, its
    default). Then the table nearest to that draw with the GDP of every country and the trade of every pair in goods
    and in services of `world` is taken (`technology` as in `nowcast`), so that only what totals leave open varies.
    The same seed gives the same world. Raises `InputError` for a table of errors that is not one, `WorldError` for a
    world with tariffs.
    """
    if (world.tariff_values != 0).any():
        raise WorldError(f"perturbed: world {world.name!r} has tariffs; draw first, then add them.")
    errors = nowcast_errors() if errors is None else errors
    rng = np.random.default_rng(seed)
    spread = {kind: _spread(kind, share, errors) for kind, share in _shares(world).items()}
    lift = {kind: np.exp(s * rng.standard_normal(s.shape) - s**2 / 2) for kind, s in spread.items()}
    j = len(world.sectors)
    cells = np.concatenate([world.intermediate_values, world.final_values], axis=3)
    cells *= lift["sourcing"].transpose(0, 2, 1)[..., None]
    cells[..., :j] *= lift["technology"]
    goods = [s for s in sector_group("goods") if s in world.sectors]
    group = np.array([0 if s in goods else 1 for s in world.sectors])
    if group.min() == 1:
        group[:] = 0
    trade = np.stack([world.trade_values[..., group == s].sum(2) for s in range(group.max() + 1)], -1)
    trade[np.arange(len(trade)), np.arange(len(trade))] = 0
    found = balance(Prior(cells, world.value_added_values, group), world.gdp_values, trade, technology)
    worst = max(size for size, _ in found.residuals.values())
    if not worst <= TOLERANCE:
        raise NotConvergedError(
            f"perturbed: draw {seed} of {world.name!r} could not be balanced (off by {worst:.1e}); the errors given are "
            "too large for this world.",
            {kind: size for kind, (size, _) in found.residuals.items()},
        )
    drawn = type(world).from_arrays(
        world.countries,
        world.sectors,
        found.cells[..., :j],
        found.cells[..., j:],
        world.trade_elasticity_values,
        capital_share=world.capital_share_values,
        country_names=world.country_names,
        sector_names=world.sector_names,
        name=f"{world.name}, draw {seed}",
        year=world.year,
        provenance={**world.provenance, "drawn": f"errors of a nowcast, seed {seed}"},
    )
    return drawn._with(adjustments=world.adjustments)


def _spread(kind: str, share: np.ndarray, errors: pd.DataFrame) -> np.ndarray:
    missing = [c for c in ("kind", "share_from", "share_to", "log_sd") if c not in errors.columns]
    if missing or kind not in set(errors["kind"]):
        lacking = f"column {missing[0]!r}" if missing else f"rows of kind {kind!r}"
        raise InputError(f"perturbed: errors lack {lacking}; expected a table like nowcast_errors().")
    spread = np.zeros_like(share)
    columns = zip(errors["kind"], errors["share_from"], errors["share_to"], errors["log_sd"], strict=True)
    for low, high, size in ((float(a), float(b), float(c)) for name, a, b, c in columns if name == kind):
        if not (np.isfinite(size) and 0 <= size < 5):
            raise InputError(f"perturbed: log_sd of {kind} is {size:g}; expected a number from 0 to 5.")
        spread[(share > low) & (share <= high)] = size
    return spread


def error_table(found: World, truth: World) -> pd.DataFrame:
    """The columns of `nowcast_errors` for one nowcast and the true table of the same countries and sectors."""
    rows = []
    for kind, share in _shares(found).items():
        right = _shares(truth)[kind]
        both = (share > 0) & (right > 0)
        gap = np.log(share[both] / right[both])
        for low, high in CLASSES:
            inside = (share[both] > low) & (share[both] <= high)
            spread = _ROBUST * float(np.median(np.abs(gap[inside]))) if inside.any() else np.nan
            rows.append([kind, low, high, spread, int(inside.sum())])
    return pd.DataFrame(rows, columns=["kind", "share_from", "share_to", "log_sd", "cells"])


def _shares(world: World) -> dict[str, np.ndarray]:
    """`sourcing` `[origin, destination, sector]`, `technology` `[good, country, industry]`."""
    bought = world.trade_values.sum(0)
    used = world.intermediate_values.sum(0)
    total = used.sum(0)
    return {
        "sourcing": np.divide(
            world.trade_values, bought, out=np.zeros_like(world.trade_values), where=bought > 0
        ),
        "technology": np.divide(used, total, out=np.zeros_like(used), where=total > 0),
    }
