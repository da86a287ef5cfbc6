"""Does this state satisfy the economics? Computed afresh, in plain NumPy and levels, apart from the solver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from multipolar.economy._model import Economy, State
from multipolar.economy._shock import Shock

TOLERANCE = 1e-9

CONDITIONS = {
    "unit_cost": "unit cost equals the cost of labour and materials",
    "trade_shares": "expenditure shares over origins add up to one",
    "goods_market": "every sector sells what it makes",
    "factor_market": "factors earn what sectors pay",
    "factor_mobility": "a factor's price in a sector is what draws it there",
    "capital_return": "the return to adjusting capital equals the cost of investment",
    "budget": "expenditure equals income, revenue, deficit and transfers",
    "trade_balance": "imports less exports equal the deficit and transfers",
    "numeraire": "world GDP at factor cost is unchanged",
    "joint": "what the satellite models do to the economy is what its outcome implies",
}


@dataclass(frozen=True)
class Certificate:
    """The largest relative residual of each equilibrium condition, where it occurs, and how it was found."""

    residuals: dict[str, float]
    worst_at: dict[str, str]
    solver: dict[str, Any]
    tolerance: float = TOLERANCE

    @property
    def passes(self) -> bool:
        return all(value <= self.tolerance for value in self.residuals.values())

    @property
    def worst(self) -> float:
        return max(self.residuals.values(), key=lambda v: np.inf if np.isnan(v) else v)


def failed_conditions(certificate: Certificate) -> str:
    """One line per failed condition: which, where, by how much."""
    return "\n".join(
        f"  {name} ({CONDITIONS[name]}): residual {value:.1e} at {certificate.worst_at[name]}, allowed {certificate.tolerance:g}"
        for name, value in certificate.residuals.items()
        if not value <= certificate.tolerance
    )


def certify(
    economy: Economy, shock: Shock, state: State, solver: dict[str, Any] | None = None
) -> Certificate:
    """Residuals of a state. Outputs are compared relative to the larger of old and new, so that a sector
    an embargo has closed is held to the same standard as before."""
    with np.errstate(all="ignore"):  # a state that is no equilibrium may hold anything; it fails below
        return _certify(economy, shock, state, solver)


def _certify(economy: Economy, shock: Shock, state: State, solver: dict[str, Any] | None) -> Certificate:
    books = accounts(economy, shock, state)
    active = economy.output > 0
    scale = np.maximum(np.maximum(books["output"], economy.output), 1e-300)
    cost_gap = np.where(active, np.abs(np.exp(books["unit_cost"] - np.asarray(state.cost)) - 1), 0)
    adding_up = np.where(economy.share.sum(0) > 0, np.abs(books["new_share"].sum(0) - 1), 0)
    goods = np.abs(books["sales"].sum((1, 3)) - books["output"]) / scale
    paid = books["paid"].sum(1)
    factor = np.abs(paid / books["factor_income"] - 1)
    before = economy.factor_share * (economy.value_share * economy.output)[..., None]
    live = (before > 0) & (books["paid"] > 0)
    relative = np.where(live, books["paid"], 1) / np.where(live, before, 1)
    supply = economy.immobility * (np.log(relative) - np.log(paid / economy.income)[:, None])
    mobility = np.where(live, np.abs(np.asarray(state.gap) - supply), 0)
    if not economy.specific:
        mobility = np.abs(np.asarray(state.gap))
    capital_return = np.zeros(1)
    if economy.capital_adjusts:
        capital_return = np.abs(np.expm1(np.asarray(state.factor)[:, 1] - books["basket"][:, 1]))
    income = books["wage_bill"] + books["importer_revenue"] + books["exporter_revenue"] + books["deficit"]
    budget = np.abs(income / books["expenditure"] - 1)
    border = books["border"].sum((2, 3))
    imports, exports = border.sum(0) - np.diag(border), border.sum(1) - np.diag(border)
    balance = np.abs(imports - exports - books["deficit"]) / np.maximum(
        np.maximum(imports, exports), economy.income.sum(1) * 1e-3
    )
    numeraire = np.abs(books["wage_bill"].sum() / economy.income.sum() - 1)[None]

    residuals, worst_at = {}, {}
    for name, gap, dims in (
        ("unit_cost", cost_gap, (economy.countries, economy.sectors)),
        ("trade_shares", adding_up.max(2), (economy.countries, economy.sectors)),
        ("goods_market", goods, (economy.countries, economy.sectors)),
        ("factor_market", factor, (economy.countries, economy.factors)),
        ("factor_mobility", mobility.max(2), (economy.countries, economy.sectors)),
        ("capital_return", capital_return, (economy.countries,)),
        ("budget", budget, (economy.countries,)),
        ("trade_balance", balance, (economy.countries,)),
        ("numeraire", numeraire, (("world",),)),
    ):
        gap = np.where(np.isfinite(gap), gap, np.inf)  # noqa: PLW2901
        place = np.unravel_index(int(np.argmax(gap)), gap.shape)
        residuals[name] = float(gap[place])
        worst_at[name] = " ".join(dim[i] for dim, i in zip(dims, place, strict=True))
    return Certificate(residuals, worst_at, dict(solver or {}))


def accounts(economy: Economy, shock: Shock, state: State) -> dict[str, np.ndarray]:
    """Every price, share and flow of a state, in fractions of world GDP. Flow dims `[i, n, k, g]`:
    `spending` at user prices, `border` before the importer's revenue, `sales` at the factory gate."""
    cost = np.asarray(state.cost)
    output = np.asarray(state.output) * economy.output
    expenditure = np.asarray(state.expenditure) * economy.expenditure
    theta, n_sectors = economy.theta, len(economy.sectors)
    importer, exporter = np.asarray(shock.importer_wedge), np.asarray(shock.exporter_wedge)
    with np.errstate(over="ignore", divide="ignore"):
        wedge = np.log(importer * exporter * np.asarray(shock.iceberg))
        weight = economy.share * np.exp(-theta[:, None] * (cost[:, None, :, None] + wedge))
    index = weight.sum(0)
    used = index > 0
    price = np.where(used, -np.log(np.where(used, index, 1)), 0) / theta[:, None]
    new_share = weight * np.exp(theta[:, None] * price)
    by_use = price[..., list(economy.groups)]
    input_price, final_price = by_use[..., :n_sectors], by_use[..., n_sectors:]
    material = _ces(economy.input_share, input_price, economy.sigma_m)
    basket = _ces(economy.final_share, final_price, economy.sigma_c)
    wage = np.asarray(state.factor)[:, None] + np.asarray(state.gap)
    wage = np.broadcast_to(wage, economy.factor_share.shape)
    value = _ces(economy.factor_share.swapaxes(1, 2), wage.swapaxes(1, 2), economy.sigma_f)
    own = economy.value_share
    sigma_v = economy.sigma_v[:, None]
    before = _ces(np.stack([own, 1 - own], 1), np.stack([value, material], 1), sigma_v)
    own_now = own * np.exp((1 - economy.sigma_v) * (value - before))
    factor_now = economy.factor_share * np.exp((1 - economy.sigma_f) * (wage - value[..., None]))
    paid = factor_now * (own_now * output)[..., None]
    input_now = economy.input_share * np.exp((1 - economy.sigma_m) * (input_price - material[:, None]))
    final_now = economy.final_share * np.exp((1 - economy.sigma_c) * (final_price - basket[:, None]))
    bought = input_now * ((1 - own_now) * output)[:, None]
    factor_income = np.exp(np.asarray(state.factor)) * economy.income
    final_use = economy.final_split * expenditure[:, None]
    if economy.upkeep:
        needed = np.exp(basket[:, 1])
        if economy.capital_adjusts:
            factor_income[:, 1] = paid.sum(1)[:, 1]
            needed = factor_income[:, 1] / economy.income[:, 1]
        invested = economy.final_split[:, 1] * economy.expenditure * needed
        final_use = np.stack([expenditure - invested, invested], 1)
    final = final_now * final_use[:, None]
    demand = np.concatenate([bought, final], 2) @ np.eye(max(economy.groups) + 1)[list(economy.groups)]
    spending = new_share * demand
    border = spending / (importer * (1 + economy.tariff[..., None]))
    sales = border / exporter
    deficit = economy.deficit
    if economy.closure == "fixed-real":
        deficit = deficit * np.exp((economy.expenditure * basket[:, 0]).sum() / economy.expenditure.sum())
    return {
        "unit_cost": before - np.log(np.asarray(shock.productivity)),
        "price": price,
        "basket": basket,
        "new_share": new_share,
        "wage": wage,
        "paid": paid,
        "factor_income": factor_income,
        "final_use": final_use,
        "output": output,
        "expenditure": expenditure,
        "final_price": final_price,
        "wage_bill": factor_income.sum(1),
        "spending": spending,
        "border": border,
        "sales": sales,
        "final": final,
        "importer_revenue": (spending - border).sum((0, 2, 3)),
        "exporter_revenue": (border - sales).sum((1, 2, 3)),
        "deficit": deficit + np.asarray(shock.transfer) / economy.money,
    }


def _ces(shares: np.ndarray, prices: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Log CES index over axis 1; sigma broadcasts against the shares. Prices are taken relative to their
    Cobb-Douglas mean, so that nothing cancels however far they have moved."""
    centre = (shares * prices).sum(1)
    around = prices - np.expand_dims(centre, 1)
    power = 1 - sigma
    safe = np.where(power == 0, 1.0, power)
    lifted = np.where(power == 0, 0.0, np.expm1(power * around) / safe)
    mean = (shares * lifted).sum(1)
    flat, flat_safe = (x[:, 0] if np.ndim(x) > 1 else x for x in (power, safe))
    return centre + np.where(flat == 0, 0.0, np.log1p(flat * mean) / flat_safe)
