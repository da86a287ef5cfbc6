"""The economy's baseline shares and one pass over its equilibrium conditions.

Every sector of every country combines labour and materials (CES, `sigma_v`); materials combine goods
(CES, `sigma_m`); each good is bought from all origins (Armington or Eaton-Kortum, trade elasticity
`theta`); final uses combine goods (CES, `sigma_c`). With the upper elasticities at one and one use group
this is Caliendo and Parro (2015), equations (1)-(10) in changes.
"""

from __future__ import annotations

from typing import Literal, get_args

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from multipolar.errors import InputError, unknown
from multipolar.world import World

Closure = Literal["fixed-share", "balanced", "fixed-real"]
UseGroups = Literal["common", "final-intermediate", "by-use"]
CLOSURES: tuple[str, ...] = get_args(Closure)
USE_GROUPS: tuple[str, ...] = get_args(UseGroups)


class Economy(eqx.Module):
    """Baseline shares and levels of a world. Dims: `n` country, `i` origin, `k` good, `j` using sector,
    `f` final use (consumption, investment), `g` use group, `u` use (sectors, then final uses).
    Levels are fractions of world GDP.
    """

    share: Float[np.ndarray, "i n k g"]
    labour_share: Float[np.ndarray, "n j"]
    input_share: Float[np.ndarray, "n k j"]
    final_share: Float[np.ndarray, "n k f"]
    final_split: Float[np.ndarray, "n f"]
    income: Float[np.ndarray, " n"]
    output: Float[np.ndarray, "n j"]
    expenditure: Float[np.ndarray, " n"]
    deficit: Float[np.ndarray, " n"]
    tariff: Float[np.ndarray, "i n k"]
    theta: Float[np.ndarray, " k"]
    wage_elasticity: Float[np.ndarray, " n"]
    sigma_v: Float[np.ndarray, ""]
    sigma_m: Float[np.ndarray, ""]
    sigma_c: Float[np.ndarray, ""]
    money: Float[np.ndarray, ""]
    groups: tuple[int, ...] = eqx.field(static=True)
    closure: str = eqx.field(static=True)
    countries: tuple[str, ...] = eqx.field(static=True)
    sectors: tuple[str, ...] = eqx.field(static=True)


def calibrate(
    world: World,
    *,
    closure: str = "fixed-share",
    use_groups: str = "common",
    sigma_v: float = 1.0,
    sigma_m: float = 1.0,
    sigma_c: float = 1.0,
) -> Economy:
    """Read the model's shares off a world.

    `closure`: trade deficits are a fixed share of world GDP, balanced (zero), or fixed in terms of the
    world's consumption basket. `use_groups`: one sourcing pattern per good and country (`common`), one for
    industries and one for final demand, or one for every use. The sigmas are elasticities of substitution
    (1 is Cobb-Douglas). Raises `InputError` for an unknown choice or a negative elasticity.
    """
    if closure not in CLOSURES:
        raise InputError(unknown("closure", closure, CLOSURES))
    if use_groups not in USE_GROUPS:
        raise InputError(unknown("use_groups", use_groups, USE_GROUPS))
    for name, value in (("sigma_v", sigma_v), ("sigma_m", sigma_m), ("sigma_c", sigma_c)):
        if not (np.isfinite(value) and value >= 0):
            raise InputError(
                f"{name} is {value!r}; an elasticity of substitution is zero or positive (1 is Cobb-Douglas)."
            )
    n_sectors = len(world.sectors)
    money = world.value_added_values.sum()
    flows = np.concatenate([world.intermediate_values, world.final_values], axis=3) / money
    spending = flows.transpose(0, 2, 1, 3) * (1 + world.tariff_values)[..., None]
    groups = {
        "common": (0,) * (n_sectors + 2),
        "final-intermediate": (0,) * n_sectors + (1, 1),
        "by-use": tuple(range(n_sectors + 2)),
    }[use_groups]
    total = spending.sum(0)
    grouped = spending @ np.eye(max(groups) + 1)[list(groups)]
    output = world.output_values / money
    value_added = world.value_added_values / money
    inputs, final = total[..., :n_sectors], total[..., n_sectors:]
    final_use = final.sum(1)
    expenditure = final_use.sum(1)
    theta = world.trade_elasticity_values
    share = _ratio(grouped, grouped.sum(0))
    return Economy(
        share=share,
        labour_share=_ratio(value_added, output),
        input_share=_ratio(inputs, inputs.sum(1)[:, None]),
        final_share=_ratio(final, final_use[:, None]),
        final_split=final_use / expenditure[:, None],
        income=value_added.sum(1),
        output=output,
        expenditure=expenditure,
        deficit=np.zeros_like(expenditure) if closure == "balanced" else world.deficit_values / money,
        tariff=world.tariff_values,
        theta=theta,
        wage_elasticity=_wage_elasticity(spending.sum(3), theta, value_added.sum(1), output),
        sigma_v=np.asarray(float(sigma_v)),
        sigma_m=np.asarray(float(sigma_m)),
        sigma_c=np.asarray(float(sigma_c)),
        money=np.asarray(money),
        groups=groups,
        closure=closure,
        countries=world.countries,
        sectors=world.sectors,
    )


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    denominator = np.broadcast_to(denominator, numerator.shape)
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)


def _wage_elasticity(
    spending: np.ndarray, theta: np.ndarray, income: np.ndarray, output: np.ndarray
) -> np.ndarray:
    """How strongly sales of a country fall with its wage, near the baseline: scales the wage step only."""
    share = _ratio(spending, spending.sum(0))
    return np.einsum("ink,ink,k->i", spending, 1 - share, theta) / output.sum(1)


class State(eqx.Module):
    """The unknowns: log hats of wages and unit costs, output relative to baseline, expenditure likewise."""

    wage: Float[Array, " n"]
    cost: Float[Array, "n j"]
    output: Float[Array, "n j"]
    expenditure: Float[Array, " n"]

    @staticmethod
    def baseline(economy: Economy) -> State:
        n, j = economy.output.shape
        return State(jnp.zeros(n), jnp.zeros((n, j)), jnp.ones((n, j)), jnp.ones(n))


class Corridors(eqx.Module):
    """The shock's part of the trade weights, computed once a solve. Dims `[i, n, k, g]`.

    `user` is the baseline share times the wedges to the power -theta; `border` is the part of spending
    left when the importer has taken its revenue; `factory` when the exporter has too.
    """

    user: Array
    border: Array
    factory: Array


def corridors(economy: Economy, shock) -> Corridors:
    power = -economy.theta[:, None]
    wedge = shock.importer_wedge * shock.exporter_wedge * shock.iceberg
    user = economy.share * wedge**power
    border = user / (shock.importer_wedge * (1 + economy.tariff[..., None]))
    return Corridors(user, border, border / shock.exporter_wedge)


def ces(shares: Array | np.ndarray, prices: Array, sigma: Array | np.ndarray, axis: int) -> Array:
    """Log of a CES price index; exact for sigma = 1 and accurate close to it."""
    power = 1 - sigma
    safe = jnp.where(power == 0, 1.0, power)
    general = jnp.log1p(jnp.sum(shares * jnp.expm1(safe * prices), axis)) / safe
    return jnp.where(power == 0, jnp.sum(shares * prices, axis), general)


class Pass(eqx.Module):
    """Everything one pass computes from a `State`."""

    state: State
    excess: Float[Array, " n"]
    index: Float[Array, "n k g"]
    consumption_price: Float[Array, "n f"]
    importer_revenue: Float[Array, " n"]
    exporter_revenue: Float[Array, " n"]


def sweep(economy: Economy, shock, trade: Corridors, state: State) -> Pass:
    """One pass: prices from costs, costs from prices, demand from output, wages from demand."""
    theta, n_sectors = economy.theta, len(economy.sectors)
    weight = jnp.exp(-theta * state.cost)
    index = jnp.sum(trade.user * weight[:, None, :, None], 0)
    used = index > 0
    price = jnp.where(used, -jnp.log(jnp.where(used, index, 1.0)), 0.0) / theta[:, None]
    by_use = price if price.shape[2] == len(economy.groups) else price[..., jnp.array(economy.groups)]
    if price.shape[2] == 1:
        by_use = jnp.broadcast_to(price, (*price.shape[:2], len(economy.groups)))
    input_price, final_price = by_use[..., :n_sectors], by_use[..., n_sectors:]

    material = ces(economy.input_share, input_price, economy.sigma_m, 1)
    labour = economy.labour_share
    wage = jnp.broadcast_to(state.wage[:, None], labour.shape)
    both = jnp.stack([wage, material])
    cost_before = ces(jnp.stack([labour, 1 - labour]), both, economy.sigma_v, 0)
    cost = jnp.where(economy.output > 0, cost_before - jnp.log(shock.productivity), 0.0)
    basket = ces(economy.final_share, final_price, economy.sigma_c, 1)

    labour_now = labour * jnp.exp((1 - economy.sigma_v) * (wage - cost_before))
    input_now = economy.input_share * jnp.exp((1 - economy.sigma_m) * (input_price - material[:, None]))
    final_now = economy.final_share * jnp.exp((1 - economy.sigma_c) * (final_price - basket[:, None]))
    made = state.output * economy.output
    bought = input_now * ((1 - labour_now) * made)[:, None]
    spent = state.expenditure * economy.expenditure
    final = final_now * (economy.final_split * spent[:, None])[:, None]
    demand = _grouped(economy, bought, final)

    pull = demand / jnp.where(used, index, 1.0)
    at_border = jnp.sum(trade.border * weight[:, None, :, None], 0)
    importer_revenue = jnp.sum(demand - at_border * pull, (1, 2))
    border_sales = weight * jnp.sum(trade.border * pull, (1, 3))
    sales = weight * jnp.sum(trade.factory * pull, (1, 3))
    exporter_revenue = jnp.sum(border_sales - sales, 1)

    earned = jnp.exp(state.wage) * economy.income
    excess = jnp.log(jnp.sum(labour_now * sales, 1) / earned)
    deficit = economy.deficit + shock.transfer / economy.money
    if economy.closure == "fixed-real":
        basket_world = jnp.sum(economy.expenditure * basket[:, 0]) / jnp.sum(economy.expenditure)
        deficit = economy.deficit * jnp.exp(basket_world) + shock.transfer / economy.money
    expenditure = (earned + importer_revenue + exporter_revenue + deficit) / economy.expenditure
    wage_next = state.wage + excess / (1 + economy.wage_elasticity)
    wage_next = wage_next - jnp.log(jnp.sum(jnp.exp(wage_next) * economy.income) / jnp.sum(economy.income))
    output = jnp.where(economy.output > 0, sales / jnp.where(economy.output > 0, economy.output, 1.0), 0.0)
    return Pass(
        State(wage_next, cost, output, expenditure), excess, index, basket, importer_revenue, exporter_revenue
    )


def _grouped(economy: Economy, bought: Array | np.ndarray, final: Array | np.ndarray) -> Array:
    count = max(economy.groups) + 1
    if count == 1:
        return (bought.sum(2) + final.sum(2))[..., None]
    if count == 2:
        return jnp.stack([bought.sum(2), final.sum(2)], -1)
    return jnp.concatenate([bought, final], 2)
