"""The accounts as a list of lines, and the one function that computes them, for numbers or for arrays of draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from multipolar.war._inputs import inputs
from multipolar.war._levers import Levers

# million bbl/day x USD/bbl -> billion USD a year; bcm x USD/1000 m3 and Mt x USD/t -> billion USD.
YEAR = 365 / 1000
GAS = LNG = 1 / 1000


@dataclass(frozen=True)
class Spec:
    """One line: where it stands, what it is, and what it is computed `of` (inputs or earlier lines)."""

    key: str
    section: str
    title: str
    unit: str
    formula: str
    of: tuple[str, ...]


def _spec(key: str, section: str, title: str, unit: str, formula: str, of: str) -> Spec:
    return Spec(key, section, title, unit, formula, tuple(of.split()))


EXPORTS, TAXES, BUDGET, RULE, MONEY = (
    "Energy exports",
    "Oil and gas revenue",
    "Federal budget",
    "Budget rule",
    "Financing",
)
LINES = (
    _spec("discount_share", EXPORTS, "Discount of Urals", "share", "discount / Brent", "urals_discount brent"),
    _spec("urals", EXPORTS, "Price of Urals", "USD/bbl", "Brent x (1 - discount)", "brent discount_share"),
    _spec("oil_price_received", EXPORTS, "Price received after the cap", "USD/bbl",
          "Urals - coverage x enforcement x max(Urals - cap, 0)", "urals cap_coverage price_cap"),
    _spec("crude_receipts", EXPORTS, "Crude oil", "billion USD", "volume x price", "crude_volume oil_price_received"),
    _spec("product_receipts", EXPORTS, "Oil products", "billion USD", "volume x price of crude x ratio",
          "product_volume product_price_ratio oil_price_received"),
    _spec("gas_europe_receipts", EXPORTS, "Pipeline gas to Europe", "billion USD", "volume x price",
          "gas_europe_volume gas_europe_price"),
    _spec("gas_china_receipts", EXPORTS, "Pipeline gas to China", "billion USD", "volume x price",
          "gas_china_volume gas_china_price"),
    _spec("gas_other_receipts", EXPORTS, "Pipeline gas to others", "billion USD", "volume x price",
          "gas_other_volume gas_other_price"),
    _spec("lng_receipts", EXPORTS, "Liquefied gas", "billion USD", "volume x price", "lng_volume lng_price"),
    _spec("energy_receipts", EXPORTS, "Energy exports in all", "billion USD", "sum of the six products",
          "crude_receipts product_receipts gas_europe_receipts gas_china_receipts gas_other_receipts lng_receipts"),
    _spec("oil_tax_rate", TAXES, "Tax take on the oil price above the threshold", "share",
          "found so that 2023 gives the budget's oil and gas revenue of 2023",
          "oil_gas_revenue_2023 exchange_rate_2023 gas_tax_rate oil_tax_threshold urals_2023 crude_volume_2023 "
          "product_volume_2023 gas_europe_volume_2023 gas_europe_price_2023 gas_china_volume_2023 "
          "gas_china_price_2023 gas_other_volume_2023 gas_other_price"),
    _spec("oil_tax", TAXES, "From oil", "trillion RUB",
          "take x max(price - threshold, 0) x barrels exported x exchange rate",
          "oil_tax_rate oil_price_received oil_tax_threshold crude_volume product_volume exchange_rate"),
    _spec("gas_tax", TAXES, "From pipeline gas", "trillion RUB", "rate x receipts x exchange rate",
          "gas_tax_rate gas_europe_receipts gas_china_receipts gas_other_receipts exchange_rate"),
    _spec("oil_gas_revenue", TAXES, "Oil and gas revenue", "trillion RUB", "oil + gas", "oil_tax gas_tax"),
    _spec("revenue_without_oil_gas", BUDGET, "Other revenue", "trillion RUB", "as planned", "nonoil_revenue"),
    _spec("revenue", BUDGET, "Revenue", "trillion RUB", "oil and gas + other",
          "oil_gas_revenue revenue_without_oil_gas"),
    _spec("defence", BUDGET, "National defence", "trillion RUB",
          "spending x (1 + arms share x change of the price of arms inputs)", "defence_spending arms_share"),
    _spec("expenditure_without_defence", BUDGET, "Other expenditure", "trillion RUB", "as planned",
          "other_expenditure"),
    _spec("expenditure", BUDGET, "Expenditure", "trillion RUB", "defence + other",
          "defence expenditure_without_defence"),
    _spec("balance", BUDGET, "Balance", "trillion RUB", "revenue - expenditure", "revenue expenditure"),
    _spec("base_revenue", RULE, "Oil and gas revenue at base prices", "trillion RUB",
          "the same taxes at 60 USD/bbl and 250 USD/1000 m3",
          "oil_tax_rate base_oil_price base_gas_price oil_tax_threshold crude_volume product_volume gas_tax_rate "
          "gas_europe_volume gas_china_volume gas_other_volume exchange_rate"),
    _spec("excess_revenue", RULE, "Above base prices, due to the fund", "trillion RUB",
          "revenue - revenue at base prices; negative: drawn from the fund", "oil_gas_revenue base_revenue"),
    _spec("rule_deficit", RULE, "Deficit under the rule", "trillion RUB",
          "expenditure - other revenue - revenue at base prices",
          "expenditure revenue_without_oil_gas base_revenue"),
    _spec("fund", MONEY, "Liquid part of the National Wealth Fund", "trillion RUB", "as published", "fund_liquid"),
    _spec("deficit", MONEY, "Deficit to finance", "trillion RUB", "max(- balance, 0)", "balance"),
    _spec("borrowed", MONEY, "Net borrowing used", "trillion RUB", "min(deficit, net borrowing planned)",
          "deficit net_borrowing"),
    _spec("fund_draw", MONEY, "Left for the fund to pay", "trillion RUB", "deficit - borrowing",
          "deficit borrowed"),
    _spec("years_without_borrowing", MONEY, "Years the fund covers the deficit, no new debt", "years",
          "fund / deficit", "fund deficit"),
    _spec("years", MONEY, "Years the fund covers what borrowing leaves", "years", "fund / left for the fund",
          "fund fund_draw"),
    _spec("defence_months_of_fund", MONEY, "Months of defence spending in the fund", "months",
          "12 x fund / defence", "fund defence"),
    _spec("revenue_over_defence", MONEY, "Oil and gas revenue over defence spending", "share",
          "revenue / defence", "oil_gas_revenue defence"),
)  # fmt: skip
# total: its parts and their signs. They hold exactly, whatever the figures.
IDENTITIES: Mapping[str, tuple[tuple[int, str], ...]] = {
    "energy_receipts": tuple((1, key) for key in LINES[9].of),
    "oil_gas_revenue": ((1, "oil_tax"), (1, "gas_tax")),
    "revenue": ((1, "oil_gas_revenue"), (1, "revenue_without_oil_gas")),
    "expenditure": ((1, "defence"), (1, "expenditure_without_defence")),
    "balance": ((1, "oil_tax"), (1, "gas_tax"), (1, "revenue_without_oil_gas"), (-1, "defence"),
                (-1, "expenditure_without_defence")),
    "rule_deficit": ((-1, "balance"), (1, "excess_revenue")),
    "deficit": ((1, "borrowed"), (1, "fund_draw")),
}  # fmt: skip
PRODUCTS = ("crude", "product", "gas_europe", "gas_china", "gas_other", "lng")
NO_EFFECTS: Mapping[str, float] = {**dict.fromkeys(PRODUCTS, 1.0), "arms_price": 1.0}


def chosen(levers: Levers) -> dict[str, float]:
    """Every input's central value, with the levers in place of theirs."""
    values = {key: item.value for key, item in inputs().items()}
    return {**values, **levers.overrides(), "cap_enforcement": levers.cap_enforcement}


def compute(v: Mapping[str, Any], effects: Mapping[str, float] = NO_EFFECTS) -> dict[str, Any]:
    """All lines from input values `v`, numbers or arrays alike. `effects` are the economy's: for each product the
    export quantity relative to the accounts' own, and the price of what arms are made of."""
    volume = {p: v[f"{p}_volume"] * effects[p] for p in PRODUCTS}
    out: dict[str, Any] = {}
    out["discount_share"] = v["urals_discount"] / v["brent"]
    out["urals"] = v["brent"] * (1 - out["discount_share"])
    over_cap = np.maximum(out["urals"] - v["price_cap"], 0)
    out["oil_price_received"] = price = out["urals"] - v["cap_coverage"] * v["cap_enforcement"] * over_cap
    out["crude_receipts"] = volume["crude"] * price * YEAR
    out["product_receipts"] = volume["product"] * price * v["product_price_ratio"] * YEAR
    for buyer in ("europe", "china", "other"):
        out[f"gas_{buyer}_receipts"] = volume[f"gas_{buyer}"] * v[f"gas_{buyer}_price"] * GAS
    out["lng_receipts"] = volume["lng"] * v["lng_price"] * LNG
    out["energy_receipts"] = sum(out[f"{p}_receipts"] for p in PRODUCTS)

    out["oil_tax_rate"] = oil_tax_rate(v)
    barrels = volume["crude"] + volume["product"]
    piped = sum(out[f"gas_{buyer}_receipts"] for buyer in ("europe", "china", "other"))
    bcm = sum(volume[f"gas_{buyer}"] for buyer in ("europe", "china", "other"))

    def oil_tax(at: Any) -> Any:
        above = np.maximum(at - v["oil_tax_threshold"], 0)
        return out["oil_tax_rate"] * above * barrels * YEAR * v["exchange_rate"] / 1000

    def gas_tax(receipts: Any) -> Any:
        return v["gas_tax_rate"] * receipts * v["exchange_rate"] / 1000

    out["oil_tax"], out["gas_tax"] = oil_tax(price), gas_tax(piped)
    out["oil_gas_revenue"] = out["oil_tax"] + out["gas_tax"]
    out["revenue_without_oil_gas"] = v["nonoil_revenue"]
    out["revenue"] = out["oil_gas_revenue"] + v["nonoil_revenue"]
    out["defence"] = v["defence_spending"] * (1 + v["arms_share"] * (effects["arms_price"] - 1))
    out["expenditure_without_defence"] = v["other_expenditure"]
    out["expenditure"] = out["defence"] + v["other_expenditure"]
    out["balance"] = out["revenue"] - out["expenditure"]

    out["base_revenue"] = oil_tax(v["base_oil_price"]) + gas_tax(bcm * v["base_gas_price"] * GAS)
    out["excess_revenue"] = out["oil_gas_revenue"] - out["base_revenue"]
    out["rule_deficit"] = out["expenditure"] - v["nonoil_revenue"] - out["base_revenue"]

    out["fund"] = v["fund_liquid"]
    out["deficit"] = np.maximum(-out["balance"], 0)
    out["borrowed"] = np.minimum(out["deficit"], v["net_borrowing"])
    out["fund_draw"] = out["deficit"] - out["borrowed"]
    with np.errstate(divide="ignore"):
        out["years_without_borrowing"] = np.divide(out["fund"], out["deficit"])
        out["years"] = np.divide(out["fund"], out["fund_draw"])
    out["defence_months_of_fund"] = 12 * out["fund"] / out["defence"]
    out["revenue_over_defence"] = out["oil_gas_revenue"] / out["defence"]
    return out


def oil_tax_rate(v: Mapping[str, Any]) -> Any:
    """The part of the price above the threshold that the budget took from each barrel exported in 2023: what is
    left of its oil and gas revenue after the tax on pipeline gas, over the dollars above the threshold."""
    gas = sum(
        v[f"gas_{buyer}_volume_2023"] * price
        for buyer, price in (
            ("europe", v["gas_europe_price_2023"]),
            ("china", v["gas_china_price_2023"]),
            ("other", v["gas_other_price"]),
        )
    )
    from_oil = v["oil_gas_revenue_2023"] * 1000 / v["exchange_rate_2023"] - v["gas_tax_rate"] * gas * GAS
    barrels = v["crude_volume_2023"] + v["product_volume_2023"]
    return from_oil / ((v["urals_2023"] - v["oil_tax_threshold"]) * barrels * YEAR)
