"""A study of dependence among a few actors: everything a report shows of it, and its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from multipolar.strategy._actors import Actors, actors_of
from multipolar.strategy._dependence import Progress, dependence, dependence_by_sector
from multipolar.strategy._dual_use import DUAL_USE, dual_use_loss
from multipolar.strategy._inputs import chokepoints, input_reliance
from multipolar.strategy._power import power_curve
from multipolar.world import World, country_group, country_groups, sector_group

COALITION = "sanctions-coalition-2022"
_TITLES = {"EU27": "European Union", COALITION: "Sanctions coalition", "euro-area": "Euro area"}
TRADED_SECTORS = 8
TARGETS = 4

# Every column of every table: its unit and its meaning.
COLUMNS: dict[str, tuple[str, str]] = {
    "country": ("", "country or group that depends"),
    "partner": ("", "the other side of the pair"),
    "sector": ("", "sector code of the world; of inputs, the using industry or the input bought"),
    "welfare": ("fraction", "equivalent variation over baseline consumption when trade of the pair stops"),
    "welfare_usd": ("million USD", "equivalent variation"),
    "leverage": ("fraction", "the partner's loss less the country's own"),
    "residual": ("relative", "largest residual of any equilibrium condition"),
    "problem": ("", "empty, or why there is no certified equilibrium"),
    "supplier": ("", "country or group that delivers"),
    "direct": ("USD per USD of output", "inputs bought from the supplier, face value"),
    "total": ("USD per USD of output", "the supplier's gross output needed at every stage"),
    "value_added": ("USD per USD of output", "the supplier's value added in final output"),
    "share": ("fraction", "the supplier's part of all purchases of the input"),
    "import_share": ("fraction", "the supplier's part of imports of the input"),
    "hhi": ("1", "Herfindahl-Hirschman index of foreign suppliers"),
    "trade_elasticity": ("1", "trade elasticity of the input"),
    "input_share": ("fraction", "the input's part of all material costs"),
    "price_rise": ("fraction", "rise of the input's price without that supplier, other prices given"),
    "cost_rise": ("fraction", "input_share x price_rise"),
    "target": ("", "country or group threatened"),
    "member": ("", "country that joins the coalition"),
    "members": ("1", "members by then"),
    "controlled_imports": ("fraction", "the coalition's part of the target's imports"),
    "controlled_spending": ("fraction", "the coalition's part of the target's spending"),
    "loss_direct": ("fraction", "loss of consumption from the goods consumers buy from the coalition"),
    "loss_network": ("fraction", "the same with costs passed on through the target's supply chains"),
    "loss_equilibrium": ("fraction", "loss of consumption in general equilibrium"),
    "coalition_loss": ("fraction", "the coalition's own loss of consumption in general equilibrium"),
    "loss_separate": ("fraction", "sum of loss_network over members threatening one by one"),
    "case": ("", "who stops selling"),
    "controlled": ("fraction", "the suppliers' part of the industry's purchases of the withheld goods"),
    "input_cost": ("fraction", "rise of unit cost from lost inputs alone, wages and foreign prices given"),
    "output_change": ("fraction", "change of the quantity made, general equilibrium"),
    "material_cost": ("fraction", "change of the cost of materials relative to world GDP"),
    "unit_cost": ("fraction", "change of unit cost relative to world GDP"),
    "arms_related": ("", "whether the industry stands for arms"),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class DependenceResults:
    """What each actor can take from each other, through which inputs, and with what power.

    `actors`: in the order given. `names`: for people, of actors and countries; `sector_names` of sectors. `losses`, `by_sector`: as `dependence` and
    `dependence_by_sector`, the latter for the sectors they trade most. `reliance`: as `input_reliance`, the whole of each
    actor. `chokepoints`: as the function of that name. `curves`: by target actor, `power_curve` of the countries of all the
    other actors. `dual_use`: as `dual_use_loss`, or None. `settings`: the options used. `notes`: sentences for the reader.
    """

    actors: tuple[str, ...]
    names: Mapping[str, str]
    sector_names: Mapping[str, str]
    losses: xr.Dataset
    by_sector: xr.Dataset
    reliance: xr.Dataset
    chokepoints: pd.DataFrame
    curves: Mapping[str, pd.DataFrame]
    dual_use: xr.Dataset | None
    settings: Mapping[str, Any]
    notes: tuple[str, ...]

    def to_frames(self) -> dict[str, pd.DataFrame]:
        """Tidy tables, columns as in `COLUMNS`: `dependence`, `dependence_by_sector`, `inputs`, `chokepoints`, `power`,
        `dual_use`."""
        curves = [curve.assign(target=target) for target, curve in self.curves.items()]
        frames = {
            "dependence": tidy(self.losses),
            "dependence_by_sector": tidy(self.by_sector),
            "inputs": self.reliance.to_dataframe().reset_index(),
            "chokepoints": self.chokepoints,
        }
        if curves:
            frames["power"] = pd.concat(curves, ignore_index=True)
        if self.dual_use is not None:
            frames["dual_use"] = self.dual_use.to_dataframe().reset_index()
        return frames


def dependence_for(
    actors: Actors,
    world: World,
    *,
    dual_use_target: str | None = "RUS",
    coalition: str | Sequence[str] = COALITION,
    progress: Progress | None = None,
    **options: Any,
) -> DependenceResults:
    """Study dependence among `actors` (see `actors_of`), a few of them, in seconds.

    Power is that of each of the first four actors' opponents: all countries of the other actors. Where the world has
    `dual_use_target`, dual-use goods are withheld from it by `coalition`, and by that and China, at the short horizon.
    `options` as in `dependence`, None for the defaults. `progress` counts the embargoes among the actors. Raises as
    `dependence`.
    """
    masks = actors_of(world, actors)
    losses = dependence(world, actors, progress=progress, **options)
    reliance = input_reliance(world, actors)
    whole = reliance.drop_vars("output").weighted(reliance.output).mean("sector")
    by_sector = dependence_by_sector(world, actors, sectors=_most_traded(world, masks), **options)
    members = {name: [world.countries[i] for i in np.flatnonzero(mask)] for name, mask in masks.items()}
    curves = {
        target: power_curve(
            world, [c for a in masks if a != target for c in members[a]], members[target], **options
        )
        for target in list(masks)[:TARGETS]
    }
    failed = losses.attrs["failed"]
    notes = (
        [f"{failed} of {losses.attrs['embargoes']} embargoes have no certified equilibrium."]
        if failed
        else []
    )
    return DependenceResults(
        actors=tuple(masks),
        names=dict(zip(world.countries, world.country_names, strict=True))
        | {a: _TITLES[a] for a in masks if a in _TITLES},
        sector_names=dict(zip(world.sectors, world.sector_names, strict=True)),
        losses=losses,
        by_sector=by_sector,
        reliance=whole,
        chokepoints=chokepoints(world, actors),
        curves=curves,
        dual_use=_dual_use(world, dual_use_target, coalition, options),
        settings={name: value for name, value in options.items() if value is not None},
        notes=tuple(notes),
    )


def tidy(table: xr.Dataset) -> pd.DataFrame:
    """A row for each pair of different actors, solved or not."""
    frame = table.drop_vars("sector", errors="ignore") if "sector" not in table.dims else table
    rows = frame.to_dataframe().reset_index()
    return pd.DataFrame(rows[rows["country"] != rows["partner"]]).reset_index(drop=True)


def _most_traded(world: World, masks: Mapping[str, np.ndarray]) -> list[str]:
    groups = np.stack(list(masks.values())).astype(float)
    between = np.einsum("ai,ink,bn->abk", groups, world.trade_values, groups, optimize=True)
    total = between.sum((0, 1)) - np.einsum("aak->k", between)
    return [world.sectors[k] for k in np.argsort(-total, kind="stable")[:TRADED_SECTORS]]


def _dual_use(
    world: World, target: str | None, coalition: str | Sequence[str], options: Mapping[str, Any]
) -> xr.Dataset | None:
    makers = np.isin(world.sectors, sector_group(DUAL_USE[0], world.sectors))
    names = [coalition] if isinstance(coalition, str) else list(coalition)
    codes = [c for name in names for c in (country_group(name) if name in country_groups() else [name])]
    if target not in world.countries or not makers.any() or not set(codes) & set(world.countries):
        return None
    cases: dict[str, list[str]] = {"coalition": names}
    if "CHN" in world.countries and "CHN" not in (target, *codes):
        cases["coalition and China"] = [*names, "CHN"]
    return dual_use_loss(world, str(target), cases, **{**options, "horizon": "short"})
