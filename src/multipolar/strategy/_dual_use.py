"""Dual-use goods: the common high priority list, and what losing their suppliers does to the using industries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from multipolar.economy import solve_many
from multipolar.economy._certificate import accounts
from multipolar.economy._model import State
from multipolar.errors import InputError, MultipolarError
from multipolar.strategy._actors import actors_of, sectors_of
from multipolar.strategy._dependence import Setting
from multipolar.strategy._power import log_ces, prices_without, rows_of
from multipolar.world import World, sector_group

DUAL_USE = ("dual-use",)
ARMS_RELATED = ("dual-use", "metals")


def controlled_goods() -> pd.DataFrame:
    """The common high priority list: 50 HS 2022 codes in tiers (1 the most critical), as published on 23 February 2024 by the
    US with the EU, Japan and the UK. Columns `hs6`, `tier`, `group`, `description` (our wording), the industry that makes
    it (`wiod2013`, and `isic4` division, with `industry_status` derived or assumed: our reading of the headings), `source`
    and `status`. What is known of trade in them is in `war.figures("controlled_goods")`."""
    with (files("multipolar.strategy") / "data" / "controlled_goods.csv").open(encoding="utf-8") as handle:
        return pd.read_csv(handle, dtype={"hs6": str, "isic4": str, "tier": str}, keep_default_na=False)


def dual_use_loss(
    world: World,
    target: str,
    cases: Mapping[str, str | Sequence[str]],
    *,
    sectors: str | Sequence[str] = DUAL_USE,
    part: float = 1.0,
    horizon: str = "short",
    **options: Any,
) -> xr.Dataset:
    """What the `target` country's industries lose when each case's suppliers stop selling it dual-use goods.

    `cases`: names, with the codes and groups that stop selling. `sectors`: the industries whose goods are withheld; the
    tables hold no finer ones, so that everything these industries make is withheld, listed or not: an upper bound.
    `part` withholds less: trade costs rise until that part is gone at unchanged prices. `horizon` and `options` as in
    `dependence`.

    Variables over `case` and `sector` (the using industry), fractions of the baseline:
    - `controlled`: the suppliers' part of the industry's purchases of the withheld goods
    - `input_cost`: the rise of unit cost from the lost inputs alone, as `cost_network` in `power`: wages and foreign prices stay
    - `output_change`, `material_cost`, `unit_cost`: changes in general equilibrium of the quantity made and of what a unit's inputs
      and a unit cost, relative to the numeraire, world GDP. Who makes the withheld goods at home loses inputs but also
      rivals, so that its output may rise
    Over `case`: `welfare`, `residual`, `problem` as in `dependence`. `arms_related` `[sector]` marks the industries that stand
    for arms, which no table lists: machinery, electronics, transport equipment (makers of dual-use goods) and metals.
    Raises `InputError` as `dependence`, for a target of several countries, and for a part outside 0 to 1.
    """
    if not 0 < part <= 1:
        raise InputError(f"dual-use goods: part is {part!r}; expected a part above 0, up to 1 (everything).")
    setting = Setting.of(world, {"horizon": horizon, **options})
    goods = sectors_of(world, sectors)
    masks = [actors_of(world, {"target": target, "suppliers": names}) for names in cases.values()]
    inside = masks[0]["target"] if masks else np.zeros(0)
    if inside.sum() != 1:
        raise InputError(
            f"dual-use goods: the target {target!r} must be one country, and there must be a case."
        )
    place = int(np.argmax(inside))
    bought = world.intermediate_values[:, goods, place].sum(1)
    with np.errstate(invalid="ignore"):
        controlled = np.stack([bought[m["suppliers"]].sum(0) / bought.sum(0) for m in masks])
    lost = [part * (m["suppliers"][:, None] & goods) for m in masks]
    input_cost = np.stack([np.expm1(prices_without(setting.economy, inside, gone)[1][0]) for gone in lost])
    shape = (len(masks), len(world.sectors))
    changes = {name: np.full(shape, np.nan) for name in ("output_change", "material_cost", "unit_cost")}
    welfare, residual = np.full((2, len(masks)), np.nan)
    problem = np.full(len(masks), "", dtype=object)
    before = _of_industries(setting, setting.none, setting.baseline.state, place)
    shocks = (setting.stop(m["suppliers"], inside, goods, part) for m in masks)
    for c, found in enumerate(solve_many((setting.economy, shock) for shock in shocks)):
        if isinstance(found, MultipolarError):
            problem[c] = str(found)
            continue
        after = _of_industries(setting, found.shock, found.state, place)
        for name, values in changes.items():
            values[c] = np.expm1(after[name] - before[name])
        welfare[c] = setting.welfare_usd(found)[place] / setting.consumption[place]
        residual[c] = found.certificate.worst
    dims, units = ("case", "sector"), {"units": "fraction"}
    arms = [code for group in ARMS_RELATED for code in sector_group(group, world.sectors)]
    return xr.Dataset(
        {
            **{name: (dims, values, units) for name, values in changes.items()},
            "controlled": (dims, controlled, units),
            "input_cost": (dims, input_cost, units),
            "welfare": (("case",), welfare, units),
            "residual": (("case",), residual, {"units": "relative"}),
            "problem": (("case",), problem),
            "arms_related": (("sector",), np.isin(world.sectors, arms)),
        },
        coords={"case": list(cases), "sector": list(world.sectors)},
        attrs={
            "world": world.name,
            "target": target,
            "withheld": [s for s, chosen in zip(world.sectors, goods, strict=True) if chosen],
            "part": part,
            "horizon": horizon,
            "suppliers": {
                name: [names] if isinstance(names, str) else list(names) for name, names in cases.items()
            },
        },
    )


def _of_industries(setting: Setting, shock: Any, state: State, place: int) -> dict[str, np.ndarray]:
    """Logs for one country `[sector]`: quantity made, cost of a unit's materials, unit cost; NaN where nothing is made."""
    economy = setting.economy
    price = accounts(economy, shock, state)["price"][place : place + 1][..., list(economy.groups)]
    row = np.array([place])
    made, cost = np.asarray(state.output)[place], np.asarray(state.cost)[place]
    material = log_ces(economy.input_share[row], price[..., : len(cost)], rows_of(economy.sigma_m, row))[0]
    active = economy.output[place] > 0
    with np.errstate(divide="ignore"):
        logs = {
            "output_change": np.log(np.where(active, made, 1.0)) - cost,
            "material_cost": material,
            "unit_cost": cost,
        }
    return {name: np.where(active, values, np.nan) for name, values in logs.items()}
