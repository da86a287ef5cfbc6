"""The economy's baseline shares and one pass over its equilibrium conditions.

Every sector of every country combines primary factors (CES, `sigma_f`) and materials (CES, `sigma_v`);
materials combine goods (CES, `sigma_m`); each good is bought from all origins (Armington or Eaton-Kortum,
trade elasticity `theta`); final uses combine goods (CES, `sigma_c`). Factors move between the sectors of a
country freely, not at all, or with a Roy-Fréchet elasticity; capital may adjust until its return is back.
With one mobile factor, upper elasticities of one and one use group this is Caliendo and Parro (2015),
equations (1)-(10) in changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

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


@dataclass(frozen=True)
class Horizon:
    """What has had time to adjust. `mobility` is the Roy-Fréchet parameter of both factors: infinite is full
    mobility between sectors, 1 none. `capital`: part of one composite factor, a factor of its own in fixed
    supply, or adjusting."""

    sigma_v: float
    sigma_m: float
    sigma_c: float
    mobility: float
    capital: Literal["composite", "fixed", "adjusts"]
    meaning: str


HORIZONS: dict[str, Horizon] = {
    "short": Horizon(0.5, 0.2, 0.9, 1.0, "fixed", "labour and capital stay in their sector; inputs are hard to replace"),
    "medium": Horizon(1.0, 1.0, 1.0, np.inf, "composite", "factors move between sectors; Caliendo and Parro"),
    "long": Horizon(1.0, 1.0, 1.0, np.inf, "adjusts", "capital grows or shrinks until its return is back"),
}  # fmt: skip
AT_ONE, NEAR_ONE = 1e-6, 0.1
CAPITAL = ("composite", "fixed", "adjusts")


class Economy(eqx.Module):
    """Baseline shares and levels of a world. Dims: `n` country, `i` origin, `k` good, `j` using sector,
    `f` final use (consumption, investment), `g` use group, `h` factor (labour or composite, then capital).
    Levels are fractions of world GDP; a size of one in an elasticity's dims stands for all.
    """

    share: Float[np.ndarray, "i n k g"]
    value_share: Float[np.ndarray, "n j"]
    factor_share: Float[np.ndarray, "n j h"]
    input_share: Float[np.ndarray, "n k j"]
    final_share: Float[np.ndarray, "n k f"]
    final_split: Float[np.ndarray, "n f"]
    income: Float[np.ndarray, "n h"]
    output: Float[np.ndarray, "n j"]
    expenditure: Float[np.ndarray, " n"]
    deficit: Float[np.ndarray, " n"]
    tariff: Float[np.ndarray, "i n k"]
    theta: Float[np.ndarray, " k"]
    wage_elasticity: Float[np.ndarray, " n"]
    sales_elasticity: Float[np.ndarray, "n j"]
    home_inverse: Float[np.ndarray, "n x x"]
    sigma_f: Float[np.ndarray, ""]
    sigma_v: Float[np.ndarray, "n j"]
    sigma_m: Float[np.ndarray, "n 1 j"]
    sigma_c: Float[np.ndarray, "n 1 f"]
    immobility: Float[np.ndarray, " h"]
    money: Float[np.ndarray, ""]
    groups: tuple[int, ...] = eqx.field(static=True)
    closure: str = eqx.field(static=True)
    specific: bool = eqx.field(static=True)
    capital_adjusts: bool = eqx.field(static=True)
    countries: tuple[str, ...] = eqx.field(static=True)
    sectors: tuple[str, ...] = eqx.field(static=True)

    @property
    def upkeep(self) -> bool:
        """Whether investment is what keeps the capital stock up, rather than a fixed share of spending."""
        return self.income.shape[1] == 2

    def with_trade_elasticity(self, theta: np.ndarray) -> Economy:
        """The same economy with other trade elasticities `[k]`: what `calibrate` makes of a world with them, in a
        third of its time, for draws. Raises `InputError` where one is not positive."""
        theta = np.broadcast_to(np.asarray(theta, dtype=float), self.theta.shape)
        if not (np.isfinite(theta) & (theta > 0)).all():
            raise InputError(f"trade elasticities are {theta.tolist()}; each must be a positive number.")
        inputs = self.input_share * ((1 - self.value_share) * self.output)[:, None]
        final = self.final_share * (self.final_split * self.expenditure[:, None])[:, None]
        demand = np.concatenate([inputs, final], 2) @ np.eye(max(self.groups) + 1)[list(self.groups)]
        spending = np.einsum("inkg,nkg->ink", self.share, demand)
        steps = stepping(
            spending,
            spending / (1 + self.tariff),
            inputs,
            final.sum(2),
            self.value_share * self.output,
            theta,
        )
        return replace(self, theta=theta, **steps)

    @property
    def factors(self) -> tuple[str, ...]:
        return ("labour", "capital") if self.income.shape[1] == 2 else ("value added",)


def calibrate(
    world: World,
    *,
    horizon: str = "medium",
    closure: str = "fixed-share",
    use_groups: str = "common",
    sigma_v: Any = None,
    sigma_m: Any = None,
    sigma_c: Any = None,
    sigma_f: float = 1.0,
    mobility: float | None = None,
    capital: str | None = None,
) -> Economy:
    """Read the model's shares off a world.

    `horizon`: `short`, `medium` or `long` sets the upper elasticities, the mobility of factors and the role of
    capital (`HORIZONS`); each can be replaced. `closure`: trade deficits are a fixed share of world GDP,
    balanced (zero), or fixed in terms of the world's consumption basket. `use_groups`: one sourcing pattern
    per good and country (`common`), one for industries and one for final demand, or one for every use.

    The sigmas are elasticities of substitution (1 is Cobb-Douglas): a number, numbers by sector, or an array
    `[country, sector]`; for `sigma_c` a number or numbers by country; `sigma_f` between labour and capital.
    `mobility` is 1 (specific factors) to infinity. `capital`: one `composite` factor, or labour and capital
    with capital `fixed` or one that `adjusts`; the split is `World.capital_share`.
    Raises `InputError` for an unknown choice or an elasticity out of range.
    """
    if closure not in CLOSURES:
        raise InputError(unknown("closure", closure, CLOSURES))
    if use_groups not in USE_GROUPS:
        raise InputError(unknown("use_groups", use_groups, USE_GROUPS))
    if horizon not in HORIZONS:
        raise InputError(unknown("horizon", horizon, HORIZONS))
    preset = HORIZONS[horizon]
    capital = preset.capital if capital is None else capital
    if capital not in CAPITAL:
        raise InputError(unknown("capital", capital, CAPITAL))
    mobility = preset.mobility if mobility is None else float(mobility)
    if not mobility >= 1:
        raise InputError(
            f"mobility is {mobility!r}; it is 1 (factors stay in their sector) or more, up to infinity."
        )
    n, n_sectors = len(world.countries), len(world.sectors)
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
    value_share = _ratio(value_added, output)
    if capital == "composite":
        factor_share = np.ones((n, n_sectors, 1))
    else:
        factor_share = np.stack([1 - world.capital_share_values, world.capital_share_values], -1)
    return Economy(
        share=_ratio(grouped, grouped.sum(0)),
        value_share=value_share,
        factor_share=factor_share,
        input_share=_ratio(inputs, inputs.sum(1)[:, None]),
        final_share=_ratio(final, final_use[:, None]),
        final_split=final_use / expenditure[:, None],
        income=(factor_share * value_added[..., None]).sum(1),
        output=output,
        expenditure=expenditure,
        deficit=np.zeros_like(expenditure) if closure == "balanced" else world.deficit_values / money,
        tariff=world.tariff_values,
        theta=theta,
        **stepping(
            spending.sum(3), flows.sum(3).transpose(0, 2, 1), inputs, final.sum(2), value_added, theta
        ),
        sigma_f=np.asarray(float(sigma_f)),
        sigma_v=_elasticity("sigma_v", preset.sigma_v if sigma_v is None else sigma_v, (n, n_sectors)),
        sigma_m=_elasticity("sigma_m", preset.sigma_m if sigma_m is None else sigma_m, (n, n_sectors))[
            :, None
        ],
        sigma_c=_elasticity("sigma_c", preset.sigma_c if sigma_c is None else sigma_c, (n, 1))[:, None],
        immobility=np.full(factor_share.shape[2], 1 / mobility),
        money=np.asarray(money),
        groups=groups,
        closure=closure,
        specific=bool(np.isfinite(mobility)),
        capital_adjusts=capital == "adjusts",
        countries=world.countries,
        sectors=world.sectors,
    )


def _elasticity(name: str, given: Any, shape: tuple[int, int]) -> np.ndarray:
    """An elasticity as `[country or 1, sector or 1]`."""
    try:
        value = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"{name} is {given!r}; expected a number, or numbers by sector.") from None
    if value.ndim == 1 and len(value) == shape[0] and shape[1] == 1:
        value = value[:, None]
    value = np.atleast_2d(value)
    if value.shape[0] not in (1, shape[0]) or value.shape[1] not in (1, shape[1]):
        raise InputError(
            f"{name} has shape {np.shape(given)}; expected one number, {shape[1]} numbers or {shape}."
        )
    if not (np.isfinite(value).all() and (value >= 0).all()):
        raise InputError(
            f"{name} is {given!r}; an elasticity of substitution is zero or positive (1 is Cobb-Douglas)."
        )
    return value


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    denominator = np.broadcast_to(denominator, numerator.shape)
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)


def stepping(
    spending: np.ndarray,
    sales: np.ndarray,
    inputs: np.ndarray,
    final: np.ndarray,
    value_added: np.ndarray,
    theta: np.ndarray,
) -> dict[str, np.ndarray]:
    """What turns a pass's changes into steps, from the baseline's flows; it never moves the solution.

    In: `spending` at user prices and `sales` at the factory gate `[i, n, k]`, `inputs` `[n, k, j]`, `final`
    `[n, k]`, `value_added` `[n, j]`. Out: `wage_elasticity` and `sales_elasticity`, how strongly sales fall with
    costs at given demand, and `home_inverse`: for each country, the inverse of identity less the Jacobian of
    `sweep` in that country's own unknowns (factor price, unit costs, outputs, expenditure), Cobb-Douglas,
    others held fixed. What it leaves out, acceleration finds.
    """
    n, j = value_added.shape
    home = np.arange(n)
    output, demand = sales.sum(1), spending.sum(0)
    own = _ratio(value_added, output)
    share = _ratio(spending, demand)
    elasticity = _ratio((sales * (1 - share)).sum(1) * theta, output)
    at_home = _ratio(sales[home, home], output)
    input_share = _ratio(inputs, inputs.sum(1)[:, None])
    c, y = slice(1, 1 + j), slice(1 + j, 1 + 2 * j)
    jacobian = np.zeros((n, 2 * j + 2, 2 * j + 2))
    jacobian[:, c, 0] = own
    jacobian[:, c, c] = ((1 - own)[:, None] * input_share * share[home, home][..., None]).transpose(0, 2, 1)
    jacobian[:, y, y] = at_home[..., None] * _ratio(inputs, demand[..., None])
    jacobian[:, y, -1] = at_home * _ratio(final, demand)
    jacobian[:, y, c] = -elasticity[..., None] * np.eye(j)
    jacobian[:, -1, 0] = value_added.sum(1) / final.sum(1)
    weight = _ratio(value_added, value_added.sum(1, keepdims=True))
    wage_elasticity = _ratio((elasticity * output).sum(1), output.sum(1))
    step = 1 / (1 + wage_elasticity)
    jacobian[:, 0] = step[:, None] * np.einsum("nj,njx->nx", weight, jacobian[:, y])
    jacobian[:, 0, 0] += 1 - step
    return {
        "wage_elasticity": wage_elasticity,
        "sales_elasticity": elasticity * own,
        "home_inverse": np.linalg.inv(np.eye(2 * j + 2) - jacobian),
    }


class State(eqx.Module):
    """The unknowns. Log hats: `factor`, a factor's income, or its rental price where it adjusts; `gap`, its
    price in a sector over that; `cost`, unit costs. Relative to baseline: `output`, `expenditure`."""

    factor: Float[Array, "n h"]
    gap: Float[Array, "n s h"]
    cost: Float[Array, "n j"]
    output: Float[Array, "n j"]
    expenditure: Float[Array, " n"]

    @staticmethod
    def baseline(economy: Economy) -> State:
        n, j = economy.output.shape
        h = economy.income.shape[1]
        gap = jnp.zeros((n, j if economy.specific else 1, h))
        return State(jnp.zeros((n, h)), gap, jnp.zeros((n, j)), jnp.ones((n, j)), jnp.ones(n))


class Corridors(eqx.Module):
    """The shock's part of the trade weights, computed once a solve and laid out for matrix products.
    Dims `[k, g, i, n]`.

    `user` is the baseline share times the wedges to the power -theta; `border` is the part of spending
    left when the importer has taken its revenue; `factory` when the exporter has too.
    """

    user: Array
    border: Array
    factory: Array


def corridors(economy: Economy, shock) -> Corridors:
    importer, exporter, share, iceberg = (
        jnp.transpose(jnp.asarray(part), (2, 3, 0, 1))
        for part in (shock.importer_wedge, shock.exporter_wedge, economy.share, shock.iceberg)
    )
    # An embargo is kept out of the logarithm, so that derivatives stay finite.
    open_ = jnp.isfinite(iceberg)
    wedge = jnp.log(importer) + jnp.log(exporter) + jnp.log(jnp.where(open_, iceberg, 1.0))
    user = jnp.where(open_, share * jnp.exp(-jnp.asarray(economy.theta)[:, None, None, None] * wedge), 0.0)
    border = user / (importer * (1 + jnp.transpose(jnp.asarray(economy.tariff), (2, 0, 1))[:, None]))
    return Corridors(user, border, border / exporter)


def _lift(sigma: Array | np.ndarray, price: Array) -> Array:
    """What a CES index averages: `exp((1 - sigma) p)`, or near sigma = 1 `(exp((1 - sigma) p) - 1) / (1 - sigma)`,
    which is `p` at one; closest to it a series keeps the value and its derivatives exact."""
    power, near, at_one, away = _powers(sigma)
    small = jnp.where(near & ~at_one, power, 0.0)
    return jnp.where(
        near,
        jnp.where(at_one, price + power * price**2 / 2, jnp.expm1(small * price) / away),
        jnp.exp(jnp.where(near, 0.0, power) * price),
    )


def _unlift(sigma: Array | np.ndarray, mean: Array | np.ndarray) -> Array:
    """The log price index from the average of `_lift`; zero where nothing is averaged."""
    power, near, at_one, away = _powers(sigma)
    small = jnp.where(near & ~at_one, power, 0.0)
    some = jnp.where(near | (mean <= 0), 1.0, mean)
    return jnp.where(
        near,
        jnp.where(at_one, mean - power * mean**2 / 2, jnp.log1p(small * mean) / away),
        jnp.log(some) / away,
    )


def _powers(sigma: Array | np.ndarray) -> tuple[Array, Array, Array, Array]:
    power = jnp.asarray(1 - sigma)
    at_one = jnp.abs(power) < AT_ONE
    return power, jnp.abs(power) < NEAR_ONE, at_one, jnp.where(at_one, 1.0, power)


def _mean(share: Array | np.ndarray, lifted: Array) -> Array:
    """Average over goods: `share[n, k, x]` times `lifted[n, k, 1 or x]`."""
    if lifted.shape[2] == 1:
        return jnp.einsum("nkx,nk->nx", share, lifted[..., 0])
    return jnp.sum(share * lifted, 1)


class Pass(eqx.Module):
    """Everything one pass computes from a `State`."""

    state: State
    excess: Float[Array, "n h"]
    basket: Float[Array, "n f"]
    final_use: Float[Array, "n f"]
    sales: Float[Array, "n j"]


def sweep(economy: Economy, shock, trade: Corridors, state: State) -> Pass:
    """One pass: prices from costs, costs from prices, demand from output, factor prices from demand."""
    theta, n_sectors = economy.theta, len(economy.sectors)
    count = max(economy.groups) + 1
    weight = jnp.exp(-theta[:, None] * state.cost.T)
    weights = jnp.broadcast_to(weight[:, None], (n_sectors, count, len(economy.countries)))
    index = jnp.einsum("kgin,kgi->kgn", trade.user, weights)
    used = index > 0
    safe_index = jnp.where(used, index, 1.0)
    price = jnp.transpose(-jnp.log(safe_index) / theta[:, None, None], (2, 0, 1))
    input_price, final_price = _by_use(economy, price)

    s_m, s_c, s_v = economy.sigma_m, economy.sigma_c, economy.sigma_v
    material = _unlift(s_m[:, 0], _mean(economy.input_share, _lift(s_m, input_price)))
    basket = _unlift(s_c[:, 0], _mean(economy.final_share, _lift(s_c, final_price)))
    wage = state.factor[:, None] + state.gap
    value = _unlift(economy.sigma_f, jnp.sum(economy.factor_share * _lift(economy.sigma_f, wage), 2))
    own = economy.value_share
    cost_before = _unlift(s_v, own * _lift(s_v, value) + (1 - own) * _lift(s_v, material))
    cost = jnp.where(economy.output > 0, cost_before - jnp.log(shock.productivity), 0.0)
    own_now = own * jnp.exp((1 - s_v) * (value - cost_before))

    made = state.output * economy.output
    on_inputs = (1 - own_now) * made * jnp.exp((s_m[:, 0] - 1) * material)
    spent = state.expenditure * economy.expenditure
    invested = economy.final_split[:, 1] * spent
    if economy.upkeep:
        needed = jnp.exp(basket[:, 1])
        if economy.capital_adjusts:
            payments = _factor_payments(economy, own_now * made, wage, value)
            needed = jnp.sum(payments[..., 1], 1) / economy.income[:, 1]
        invested = jnp.minimum(economy.final_split[:, 1] * economy.expenditure * needed, 0.95 * spent)
    final_use = jnp.stack([spent - invested, invested], 1)
    on_final = final_use * jnp.exp((s_c[:, 0] - 1) * basket)
    demand = _demand(economy, (input_price, final_price), on_inputs, on_final)

    pull = jnp.transpose(demand, (1, 2, 0)) / safe_index
    at_border = jnp.einsum("kgin,kgi->kgn", trade.border, weights)
    importer_revenue = jnp.sum(pull * (index - at_border), (0, 1))
    border_sales = weight * jnp.einsum("kgin,kgn->ki", trade.border, pull)
    sales = weight * jnp.einsum("kgin,kgn->ki", trade.factory, pull)
    exporter_revenue = jnp.sum(border_sales - sales, 0)
    sales = sales.T

    paid = _factor_payments(economy, own_now * sales, wage, value)
    total = jnp.sum(paid, 1)
    earned = jnp.exp(state.factor) * economy.income
    excess = jnp.log(total / earned)
    factor_next = state.factor + excess / (1 + economy.wage_elasticity)[:, None]
    if economy.capital_adjusts:
        earned = earned.at[:, 1].set(total[:, 1])
        excess = excess.at[:, 1].set(basket[:, 1] - state.factor[:, 1])
        factor_next = factor_next.at[:, 1].set(basket[:, 1])
    nominal = jnp.log(jnp.sum(earned) / jnp.sum(economy.income))
    factor_next = factor_next.at[:, 0].add(-nominal)
    gap_next = jnp.zeros_like(state.gap)
    if economy.specific:
        gap_next = state.gap + (_gap(economy, paid, total) - state.gap) / (
            1 + economy.immobility * economy.sales_elasticity[..., None]
        )
    deficit = economy.deficit + shock.transfer / economy.money
    if economy.closure == "fixed-real":
        basket_world = jnp.sum(economy.expenditure * basket[:, 0]) / jnp.sum(economy.expenditure)
        deficit = economy.deficit * jnp.exp(basket_world) + shock.transfer / economy.money
    income = jnp.sum(earned, 1) * jnp.exp(-nominal)
    expenditure = (income + importer_revenue + exporter_revenue + deficit) / economy.expenditure
    output = jnp.where(economy.output > 0, sales / jnp.where(economy.output > 0, economy.output, 1.0), 0.0)
    return Pass(State(factor_next, gap_next, cost, output, expenditure), excess, basket, final_use, sales)


def _by_use(economy: Economy, price: Array) -> tuple[Array, Array]:
    """Prices `[n, k, group]` as inputs buy and as final uses buy; a last dim of one serves all."""
    count, n_sectors = price.shape[2], len(economy.sectors)
    if count <= 2:
        return price[..., :1], price[..., count - 1 :]
    return price[..., :n_sectors], price[..., n_sectors:]


def _demand(economy: Economy, prices: tuple[Array, Array], on_inputs: Any, on_final: Array) -> Array:
    """Spending on goods `[n, k, g]` from spending of sectors and final uses, each over its own price index."""
    parts = []
    for share, sigma, price, money in (
        (economy.input_share, economy.sigma_m, prices[0], on_inputs),
        (economy.final_share, economy.sigma_c, prices[1], on_final),
    ):
        tilt = jnp.exp((1 - sigma) * price)
        if max(economy.groups) > 1:
            parts.append(share * tilt * money[:, None])
        elif tilt.shape[2] == 1:
            parts.append(tilt * jnp.einsum("nkx,nx->nk", share, money)[..., None])
        else:
            parts.append(jnp.einsum("nkx,nkx,nx->nk", share, tilt, money)[..., None])
    return parts[0] + parts[1] if max(economy.groups) == 0 else jnp.concatenate(parts, 2)


def _factor_payments(economy: Economy, paid: Array | np.ndarray, wage: Array, value: Array) -> Array:
    tilt = jnp.exp((1 - economy.sigma_f) * (wage - value[..., None]))
    return jnp.asarray(economy.factor_share * tilt * paid[..., None])


def _gap(economy: Economy, paid: Array, total: Array) -> Array:
    """A factor's price in each sector over its average return, log: the Roy-Fréchet supply
    (Galle, Rodríguez-Clare and Yi 2023, equations 3-5) solved for the price at given payments."""
    before = economy.factor_share * (economy.value_share * economy.output)[..., None]
    live = (before > 0) & (paid > 0)
    relative = jnp.where(live, paid, 1.0) / jnp.where(live, before, 1.0)
    change = jnp.log(relative) - jnp.log(total / economy.income)[:, None]
    return jnp.where(live, economy.immobility * change, 0.0)
