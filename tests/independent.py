"""An independent, slow solver: the same economy in levels, written from the equations, solved by SciPy.

Nothing here is shared with the package. Unknowns are wages, unit costs, outputs and expenditures in levels;
technology is recovered from the baseline as CES share parameters at unit prices.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import root


def solve_levels(world, shock, sigma_v=1.0, sigma_m=1.0, sigma_c=1.0):
    """Real consumption (hat), wages, output [n, k], trade [i, n, k] at border prices; common sourcing."""
    n, j = len(world.countries), len(world.sectors)
    z = np.array(world.intermediate_values)
    f = np.array(world.final_values)
    money = world.value_added_values.sum()
    z, f = z / money, f / money
    tariff0 = np.array(world.tariff_values)
    gross = (z.sum(3) + f.sum(3)).transpose(0, 2, 1) * (1 + tariff0)
    taste = gross / gross.sum(0)
    z_use = np.einsum("iknj,ink->nkj", z, 1 + tariff0)
    f_use = np.einsum("iknf,ink->nkf", f, 1 + tariff0)
    make = z.sum((2, 3)) + f.sum((2, 3))
    labour_cost = make - z_use.sum(1)
    labour = labour_cost.sum(1)
    spend = f_use.sum((1, 2))
    split = f_use.sum(1) / spend[:, None]
    theta = np.array(world.trade_elasticity_values)
    trade0 = (z.sum(3) + f.sum(3)).sum(1)
    deficit = trade0.sum(0) - trade0.sum(1) + np.asarray(shock.transfer) / money
    tm = (1 + tariff0) * np.asarray(shock.importer_wedge)[..., 0]
    tx = np.asarray(shock.exporter_wedge)[..., 0]
    cost_up = np.asarray(shock.iceberg)[..., 0]
    skill = np.asarray(shock.productivity)
    # At the baseline a user pays (1 + tariff0); taste absorbs it, so prices are relative to that.
    relative = np.asarray(shock.importer_wedge)[..., 0] * tx * cost_up

    def ces_index(weights, prices, sigma, axis):
        if sigma == 1:
            return np.exp((weights * np.log(prices)).sum(axis))
        return ((weights * prices ** (1 - sigma)).sum(axis)) ** (1 / (1 - sigma))

    def picture(x):
        w, c, y, e = np.split(np.exp(x), [n, n + n * j, n + 2 * n * j])
        c, y = c.reshape(n, j), y.reshape(n, j)
        weight = taste * (c[:, None] * relative) ** -theta
        price = weight.sum(0) ** (-1 / theta)
        share = weight / weight.sum(0)
        in_weight = z_use / z_use.sum(1, keepdims=True)
        material = ces_index(in_weight, price[:, :, None], sigma_m, 1)
        beta = labour_cost / make
        before = ces_index(
            np.stack([beta, 1 - beta]), np.stack([w[:, None] + 0 * beta, material]), sigma_v, 0
        )
        beta_now = beta * (w[:, None] / before) ** (1 - sigma_v)
        in_now = in_weight * (price[:, :, None] / material[:, None]) ** (1 - sigma_m)
        out_weight = f_use / f_use.sum(1, keepdims=True)
        basket = ces_index(out_weight, price[:, :, None], sigma_c, 1)
        out_now = out_weight * (price[:, :, None] / basket[:, None]) ** (1 - sigma_c)
        demand = np.einsum("nkj,nj->nk", in_now, (1 - beta_now) * y)
        demand = demand + np.einsum("nkf,nf,n->nk", out_now, split, e)
        spending = share * demand
        border = spending / tm
        sale = border / tx
        duty = (spending - border).sum((0, 2)) + (border - sale).sum((1, 2))
        return w, c, y, e, before / skill, beta_now, sale.sum(1), border, duty, basket

    def gaps(x):
        w, c, y, e, unit, beta, sold, _, duty, _ = picture(x)
        wage_gap = np.log((beta * sold).sum(1) / (w * labour))
        wage_gap[0] = np.log((w * labour).sum() / labour.sum())
        income_gap = np.log((w * labour + duty + deficit) / e)
        return np.concatenate([wage_gap, np.log(unit / c).ravel(), np.log(sold / y).ravel(), income_gap])

    start = np.concatenate([np.zeros(n + n * j), np.log(make).ravel(), np.log(spend)])
    found = root(gaps, start, method="hybr", options={"xtol": 1e-13, "maxfev": 200_000})
    assert np.abs(gaps(found.x)).max() < 1e-11, np.abs(gaps(found.x)).max()
    w, _, y, e, _, _, _, border, _, basket = picture(found.x)
    return e / spend / basket[:, 0], w, y * money, border * money
