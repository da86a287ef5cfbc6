"""Geoeconomic power: the loss a coalition can threaten by withdrawing what it sells to a target.

Clayton, Maggiori and Schreger (A Framework for Geoeconomics, Econometrica 2026) take the source of power to be the
loss from losing, all at once, the inputs a hegemon controls. With nested CES it is known from expenditure shares alone:
a user who loses suppliers of share `s` of a good pays `(1 - s) ** (-1 / (sigma - 1))` for it, `sigma - 1 = theta`, and
the nests above average that. It is convex in `s`: the last tenth of control is worth far more than the first, and threats
made jointly are worth more than one by one. The nests here are those of this economy, not theirs; taking the statistic
through the target's own input-output table and setting it beside the general equilibrium are additions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from multipolar.economy import Economy
from multipolar.strategy._actors import actors_of, sectors_of
from multipolar.strategy._dependence import Progress, Setting, solved
from multipolar.world import World

Names = str | Sequence[str]
_ENOUGH = 1e-13


def power(
    world: World, coalition: Names, target: Names, *, sectors: Names = (), **options: Any
) -> xr.Dataset:
    """The loss `coalition` can threaten `target` with by selling it nothing in `sectors` (default all).

    `coalition`, `target`: codes and groups; `options` as in `dependence`. Losses are positive, fractions of the target's
    baseline consumption (a group's: members' losses added up):
    - `loss_direct`: the statistic on the goods consumers buy from the coalition; other prices and income stay
    - `loss_network`: with costs passed on through the target's own supply chains; wages, income and foreign prices stay
    - `loss_equilibrium`: equivalent variation when everything adjusts; `coalition_loss`: the coalition's own, fraction
      of its consumption. NaN, with the reason in `problem`, where no equilibrium could be certified
    - by `sector`: `controlled_share`, the coalition's part of the target's spending on that good, home-made included;
      `price_rise` of the good; `cost_direct` and `cost_network`, the rise of unit cost of the target's industry, at first
      hand and through its supply chains, fractions (a group's: weighted with output)
    - `controlled_spending`, `controlled_imports`: the coalition's part of the target's spending and imports in `sectors`
    A good left without any supplier has an infinite price; then `loss_direct` may be 1. Raises `InputError` as `dependence`.
    """
    setting, masks, goods = _setting(world, coalition, target, sectors, options)
    table = _statistic(setting, masks["coalition"], masks["target"], goods)
    shocks = iter([setting.stop(masks["coalition"], masks["target"], goods)])
    [(change, worst, why)] = solved(setting, shocks, 1, None)
    return table.assign(
        loss_equilibrium=-_share_of(setting, change, masks["target"]),
        coalition_loss=-_share_of(setting, change, masks["coalition"]),
        residual=worst,
        problem=why,
    ).assign_attrs(world=world.name, coalition=coalition, target=target, sectors=sectors)


def power_curve(
    world: World,
    coalition: Names,
    target: Names,
    *,
    sectors: Names = (),
    progress: Progress | None = None,
    **options: Any,
) -> pd.DataFrame:
    """`power` of a growing coalition: its members join one by one, the target's largest supplier first.

    A row for each member that joins: `member`, `members` (how many by then), `controlled_imports`, `controlled_spending`,
    `loss_direct`, `loss_network`, `loss_equilibrium`, `coalition_loss`, `residual` and `problem` of the coalition so far,
    and `loss_separate`, the sum of what its members could threaten one by one (each as in `loss_network`): the joint
    threat is worth more. Arguments, units and errors as `power`.
    """
    setting, masks, goods = _setting(world, coalition, target, sectors, options)
    bought = world.trade_values[:, masks["target"]][:, :, goods].sum((1, 2))
    order = [i for i in np.argsort(-bought, kind="stable") if masks["coalition"][i]]
    grown = np.tri(len(order), dtype=bool) @ np.eye(len(bought), dtype=bool)[order]
    shocks = (setting.stop(members, masks["target"], goods) for members in grown)
    rows, separate = [], 0.0
    found = solved(setting, shocks, len(order), progress)
    for place, members, (change, worst, why) in zip(order, grown, found, strict=True):
        alone = np.eye(len(bought), dtype=bool)[place]
        separate += float(_statistic(setting, alone, masks["target"], goods).loss_network)
        table = _statistic(setting, members, masks["target"], goods)
        rows.append(
            {
                "member": world.countries[place],
                "members": int(members.sum()),
                **{name: float(table[name]) for name in ("controlled_imports", "controlled_spending")},
                **{name: float(table[name]) for name in ("loss_direct", "loss_network")},
                "loss_equilibrium": -_share_of(setting, change, masks["target"]),
                "coalition_loss": -_share_of(setting, change, members),
                "loss_separate": separate,
                "residual": worst,
                "problem": why,
            }
        )
    return pd.DataFrame(rows)


def _setting(
    world: World, coalition: Names, target: Names, sectors: Names, options: Mapping[str, Any]
) -> tuple[Setting, dict[str, np.ndarray], np.ndarray]:
    masks = actors_of(world, {"coalition": coalition, "target": target})
    return Setting.of(world, options), masks, sectors_of(world, sectors)


def _share_of(setting: Setting, change: np.ndarray, members: np.ndarray) -> float:
    return float(change[members].sum() / setting.consumption[members].sum())


def _statistic(setting: Setting, coalition: np.ndarray, target: np.ndarray, goods: np.ndarray) -> xr.Dataset:
    """Everything known from expenditure shares."""
    economy, world = setting.economy, setting.world
    lost = (coalition[:, None] & goods).astype(float)
    direct = prices_without(economy, target, lost, 0)
    network = prices_without(economy, target, lost)
    consumption = setting.consumption[target]
    trade = (world.trade_values * (1 + world.tariff_values))[:, target]
    of_goods = trade[:, :, goods].sum((1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        controlled = trade[coalition].sum((0, 1)) / trade.sum((0, 1)) * goods
        losses = [
            float(consumption @ -np.expm1(-basket) / consumption.sum()) for _, _, basket in (direct, network)
        ]
        weight = world.output_values[target]
        weight = weight / weight.sum(0)
        costs = [np.nansum(weight * np.expm1(cost), 0) for _, cost, _ in (direct, network)]
        spending = trade.sum(0)
        price = np.nansum(spending / spending.sum(0) * np.expm1(direct[0]), 0)
        controlled_imports = of_goods[coalition].sum() / of_goods[~target].sum()
    dims, units = ("sector",), {"units": "fraction"}
    return xr.Dataset(
        {
            "controlled_share": (dims, controlled, units),
            "price_rise": (dims, price, units),
            "cost_direct": (dims, costs[0], units),
            "cost_network": (dims, costs[1], units),
            "controlled_spending": of_goods[coalition].sum() / of_goods.sum(),
            "controlled_imports": controlled_imports,
            "loss_direct": losses[0],
            "loss_network": losses[1],
        },
        coords={"sector": list(world.sectors)},
    )


def prices_without(
    economy: Economy, target: np.ndarray, lost: np.ndarray, rounds: int = 10_000
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log rises in the target's countries when the part `lost` `[origin, sector]` of sales there is gone, at baseline wages
    and foreign prices: of goods `[n, k]` (mean over use groups), unit costs `[n, j]`, consumption `[n]`. Costs are passed
    on within the target until nothing moves; with no rounds, goods cost more only by what is withdrawn."""
    inside = np.flatnonzero(target)
    theta = economy.theta[:, None]
    abroad = ~np.eye(len(target), dtype=bool)[:, inside]
    share = economy.share[:, inside] * (1 - lost[:, None] * abroad[..., None])[..., None]
    elsewhere, within = share[~target].sum(0), share[inside]
    used = economy.share[:, inside].sum(0) > 0
    own = economy.value_share[inside]
    cost = np.zeros_like(own)
    while True:
        with np.errstate(divide="ignore"):
            left = elsewhere + (within * np.exp(-theta * cost[:, None, :, None])).sum(0)
            price = np.where(used, -np.log(np.where(used, left, 1.0)) / theta, 0.0)
        by_use = price[..., list(economy.groups)]
        to_industry, to_consumers = by_use[..., : own.shape[1]], by_use[..., own.shape[1] : own.shape[1] + 1]
        material = log_ces(economy.input_share[inside], to_industry, rows_of(economy.sigma_m, inside))
        before = np.stack([own, 1 - own], 1)
        new = log_ces(before, np.stack([0 * own, material], 1), rows_of(economy.sigma_v, inside)[:, None])
        moved = np.abs(np.exp(-new) - np.exp(-cost)).max()
        if rounds == 0 or moved < _ENOUGH:
            break
        cost, rounds = new, rounds - 1
    basket = log_ces(
        economy.final_share[inside, :, :1], to_consumers, rows_of(economy.sigma_c, inside)[..., :1]
    )
    return price.mean(2), new, basket[:, 0]


def rows_of(sigma: np.ndarray, inside: np.ndarray) -> np.ndarray:
    return sigma if sigma.shape[0] == 1 else sigma[inside]


def log_ces(share: np.ndarray, price: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Log CES index over axis 1 of log prices that may be infinite."""
    power = 1 - sigma
    flat = np.abs(power) < 1e-12
    safe = np.where(flat, 1.0, power)
    with np.errstate(all="ignore"):
        lifted = np.where(flat, price, np.expm1(power * price) / safe)
        mean = np.where(share > 0, share * lifted, 0.0).sum(1)
        flat, safe = (x[:, 0] for x in (flat, safe))
        return np.where(flat, mean, np.log1p(safe * mean) / safe)
