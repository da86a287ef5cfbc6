"""Where a welfare change comes from, adding up.

Along the path from no shock to the whole shock (`Shock.at`), the change of real expenditure is exactly

    E dlnW = [exports dln p - imports dln p]  terms of trade (p: border prices, export taxes included)
           + [(tm - 1) p dq + (tx - 1) c dq]  volume of trade: quantities times the wedges with revenue
           - [spending dln d] + [output dln A]  real cost: iceberg costs, embargoes, productivity
           + [d deficit + d transfers]
           + E [dln P_final - dln P_consumption]  consumption goods against investment goods
           + [return - upkeep] dln K         capital, where it adjusts (then for consumption, not E)

(the envelope theorem; Caliendo and Parro 2015, equation 15, extended to every wedge). The integrals are
taken with Clenshaw-Curtis quadrature over equilibria on the path, derivatives by spectral differentiation.
"""

from __future__ import annotations

import numpy as np

from multipolar.economy._certificate import accounts
from multipolar.economy._model import State
from multipolar.economy._solve import Equilibrium, fixed_point_on_path

EFFECTS = ("terms_of_trade", "volume_of_trade", "real_cost", "transfers", "relative_price", "capital")
ADDING_UP = 1e-8
NODES = (8, 16, 32, 64)


def decompose(equilibrium: Equilibrium) -> tuple[np.ndarray, float]:
    """Effects `[country, effect]` in log points of real consumption, in the order of `EFFECTS`, and the
    largest adding-up gap. More path points are taken until the gap is below 1e-8; the caller shows the gap."""
    economy, shock = equilibrium.economy, equilibrium.shock
    reference = State.baseline(economy)
    if economy.closure == "balanced":
        reference = fixed_point_on_path(economy, shock, 0.0, reference)
    effects, gap = np.zeros((len(economy.countries), len(EFFECTS))), np.inf
    for count in NODES:
        effects, gap = _integrate(equilibrium, reference, count)
        if gap <= ADDING_UP:
            break
    return effects, gap


def _integrate(equilibrium: Equilibrium, reference: State, count: int) -> tuple[np.ndarray, float]:
    economy, shock, theta = equilibrium.economy, equilibrium.shock, equilibrium.economy.theta
    points, weights, derive = _chebyshev(count)
    parts = [shock.at(s, theta) for s in points[1:-1]]
    states, state = [reference], reference
    for s in points[1:-1]:
        state = fixed_point_on_path(economy, shock, s, state)
        states.append(state)
    states.append(equilibrium.state)
    shocks = [shock.at(0.0, theta), *parts, shock]
    books = [accounts(economy, part, state) for part, state in zip(shocks, states, strict=True)]

    def d(series: list[np.ndarray]) -> np.ndarray:
        stacked = np.stack(series)
        return (derive @ stacked.reshape(len(stacked), -1)).reshape(stacked.shape)

    abroad = (1 - np.eye(len(economy.countries)))[:, :, None, None]
    cost = d([np.asarray(s.cost) for s in states])
    export_wedge = d([np.log(np.asarray(p.exporter_wedge)) for p in shocks])
    # Quantity shipped, valued at the factory gate of the baseline.
    shipped = d(
        [
            b["sales"] / np.exp(np.asarray(s.cost))[:, None, :, None]
            for b, s in zip(books, states, strict=True)
        ]
    )
    deficit = d([b["deficit"] for b in books])
    final = d([b["final_price"] for b in books])
    basket = d([b["basket"] for b in books])
    capital = np.zeros((len(books), len(economy.countries)))
    if economy.capital_adjusts:
        prices = [np.asarray(s.factor)[:, 1] for s in states]
        capital = d([np.log(b["factor_income"][:, 1]) - r for b, r in zip(books, prices, strict=True)])
    log_iceberg = _log_derivative_times_weight(np.asarray(shock.iceberg), theta)
    productivity = np.log(np.asarray(shock.productivity))

    effects = np.zeros((len(economy.countries), len(EFFECTS)))
    for t, (book, part, state, weight) in enumerate(zip(books, shocks, states, weights, strict=True)):
        border = book["border"] * abroad
        price = cost[t][:, None, :, None] + export_wedge[t]
        moved = border * price
        exporter, importer = (
            np.asarray(part.exporter_wedge),
            np.asarray(part.importer_wedge) * (1 + economy.tariff[..., None]),
        )
        level = np.exp(np.asarray(state.cost))[:, None, :, None] * shipped[t] * abroad
        duties, taxes = (importer - 1) * exporter * level, (exporter - 1) * level
        raw = _spending_per_weight(economy, part, state, book)
        lost = raw * log_iceberg(points[t])
        real = -lost.sum((0, 2, 3)) + (book["output"] * productivity).sum(1)
        relative = (book["final"] * final[t]).sum((1, 2)) - book["expenditure"] * basket[t][:, 0]
        accumulated, spending = np.zeros(len(relative)), book["expenditure"]
        if economy.upkeep:
            # Real investment follows capital: more of it earns its return and costs its upkeep, and consumption is
            # what is left.
            accumulated = (book["factor_income"][:, 1] - book["final_use"][:, 1]) * capital[t]
            relative, spending = 0 * relative, book["final_use"][:, 0]
        change = np.stack(
            [
                moved.sum((1, 2, 3)) - moved.sum((0, 2, 3)),
                duties.sum((0, 2, 3)) + taxes.sum((1, 2, 3)),
                real,
                deficit[t],
                relative,
                accumulated,
            ],
            1,
        )
        effects += weight * change / spending[:, None]
    consumption = books[-1]["final_use"][:, 0] / books[0]["final_use"][:, 0]
    total = np.log(consumption) - (books[-1]["basket"] - books[0]["basket"])[:, 0]
    return effects, float(np.abs(effects.sum(1) - total).max())


def _log_derivative_times_weight(iceberg: np.ndarray, theta: np.ndarray):
    """d ln(iceberg) / ds times the iceberg's trade weight at s: finite also where the iceberg is infinite."""
    power = theta[:, None]
    with np.errstate(divide="ignore", over="ignore"):
        final_weight = iceberg**-power
        log = np.log(np.where(np.isfinite(iceberg), iceberg, 1.0))

    def at(s: float) -> np.ndarray:
        return np.where(iceberg > 1, (1 - final_weight) / power, log * np.exp(-power * s * log))

    return at


def _spending_per_weight(economy, part, state, book) -> np.ndarray:
    """Spending on each corridor divided by its iceberg trade weight."""
    wedge = np.log(np.asarray(part.importer_wedge) * np.asarray(part.exporter_wedge))
    power = -economy.theta[:, None]
    without = economy.share * np.exp(
        power * (np.asarray(state.cost)[:, None, :, None] + wedge - book["price"][None])
    )
    demand = book["spending"].sum(0)
    return without * demand


def _chebyshev(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Chebyshev-Lobatto points on [0, 1], Clenshaw-Curtis weights, differentiation matrix
    (Trefethen 2000, Spectral Methods in MATLAB, programs cheb and clencurt)."""
    angle = np.pi * np.arange(count + 1) / count
    x = np.cos(angle)
    c = np.ones(count + 1)
    c[[0, -1]] = 2
    c *= (-1.0) ** np.arange(count + 1)
    gap = x[:, None] - x[None, :] + np.eye(count + 1)
    matrix = np.outer(c, 1 / c) / gap
    matrix -= np.diag(matrix.sum(1))
    inner = np.arange(1, count)
    v = np.ones(count - 1)
    weights = np.zeros(count + 1)
    weights[[0, -1]] = 1 / (count**2 - 1)
    for k in range(1, count // 2):
        v -= 2 * np.cos(2 * k * angle[inner]) / (4 * k**2 - 1)
    v -= np.cos(count * angle[inner]) / (count**2 - 1)
    weights[inner] = 2 * v / count
    return ((1 - x) / 2), weights / 2, -2 * matrix
