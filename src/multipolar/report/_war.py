"""The war's resources on the page: the budget as a waterfall, the years it lasts, aid, arms, every figure's source."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from multipolar.report._section import Section, badge, figure, table
from multipolar.war import inputs

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.war import Accounts, Brief, Variant

WIDTH, ROW = 360, 36
YEARS_SHOWN = 6
# Money into the budget and out of it, in order; the last two close the gap.
STEPS = (
    ("oil_tax", 1), ("gas_tax", 1), ("revenue_without_oil_gas", 1), ("defence", -1),
    ("expenditure_without_defence", -1), ("borrowed", 1), ("fund_draw", 1),
)  # fmt: skip


def sections(brief: Brief) -> tuple[Section, ...]:
    """Three sections: the budget, the years financed, aid and arms."""
    return (_budget(brief), _years(brief), _aid(brief))


def _budget(brief: Brief) -> Section:
    found = brief.accounts
    intro = (
        f"Energy exports of {found['energy_receipts']:.0f} billion dollars a year give Russia's federal budget "
        f"{found['oil_gas_revenue']:.1f} trillion roubles; defence takes {found['defence']:.1f}. The state of May "
        "2024, line by line. A line is marked by the weakest figure it rests on; unconfirmed figures come from general "
        "knowledge and are to be checked before a claim rests on them."
    )
    rows = [
        [escape(line.title), _number(line.value), escape(line.unit), escape(line.formula), badge(line.mark)]
        for line in found.lines
    ]
    ranges = inputs()
    figures = [
        [
            escape(line.title),
            _number(line.value),
            f"{_number(ranges[line.key].low)} to {_number(ranges[line.key].high)}",
            escape(line.unit),
            escape(ranges[line.key].period),
            escape(line.source),
            escape(line.status),
            badge(line.mark),
            escape(ranges[line.key].note),
        ]
        for line in found.inputs
    ]
    checks = [
        [
            str(r["year"]),
            escape(str(r["kind"])),
            f"{r['predicted']:.1f}",
            f"{r['budget']:.1f}",
            f"{100 * r['error']:+.0f}%",
            badge(str(r["mark"])),
            escape(str(r["note"])),
        ]
        for r in brief.validation.to_dict("records")
    ]
    worst = max(found.certificate.values())
    body = (
        _waterfall(found)
        + "<details><summary>Every line of the accounts</summary>"
        + table("Accounts", ("Line", "Value", "Unit", "How", "Mark"), rows, numbers=(1,))
        + f"<p>Every sum holds to {worst:.0e} of its size.</p></details>"
        + "<details><summary>Every figure, its source and mark</summary>"
        + table(
            "Figures",
            ("Figure", "Value", "Range", "Unit", "Period", "Source", "Status", "Mark", "Note"),
            figures,
            numbers=(1, 2),
        )
        + "</details><h3>The tax take in other years</h3>"
        + "<p>Found in 2023, applied to other years' prices and volumes: oil and gas revenue, trillion roubles.</p>"
        + table(
            "Validation",
            ("Year", "Budget figure", "Predicted", "Budget", "Error", "Mark", "Note"),
            checks,
            numbers=(2, 3, 4),
        )
    )
    return Section("war-budget", "What the war costs and earns", intro, body)


def _years(brief: Brief) -> Section:
    first = brief.financing.variants[0]
    key = "years_without_borrowing"
    intro = (
        "How many years the liquid part of the National Wealth Fund covers the deficit without new debt, at one "
        f"year's prices, volumes and plans. {first.title}: {_years_text(first.accounts[key])}, between "
        f"{_years_text(first.low[key])} and {_years_text(first.high[key])} in 90 of 100 draws "
        f"({brief.financing.draws:,} draws from the ranges of the figures)."
    )
    rows = []
    for v in brief.financing.variants:
        cells = [escape(v.title), f"{v.accounts['oil_gas_revenue']:.1f}", f"{v.accounts['balance']:+.1f}"]
        for name in (key, "years"):
            cells.append(
                f"{_short(v.accounts[name])} <small>{_short(v.low[name])} to {_short(v.high[name])}</small>"
            )
        rows.append([*cells, f"{100 * v.never:.0f}%"])
    ranked = [
        [
            escape(str(r["input"]).replace("_", " ")),
            f"{r['low']:+.1f}",
            f"{r['high']:+.1f}",
            f"{r['swing']:.1f}",
            badge(str(r["mark"])),
        ]
        for r in brief.drivers.head(8).to_dict("records")
    ]
    body = (
        _ranges(brief.financing.variants, key)
        + "<p>Oil and gas revenue and balance in trillion roubles; years the fund lasts without new debt, and with the "
        "borrowing planned; the share of draws in which that borrowing is enough and the fund is never spent.</p>"
        + table(
            "Years by variant",
            ("Variant", "Oil, gas", "Balance", "No new debt", "With debt", "Debt enough"),
            rows, numbers=(1, 2, 3, 4, 5),
        )
        + "<h3>What moves the balance most</h3><p>The balance, trillion roubles, with one figure at the low and at the "
        "high end of its range and all others at their values.</p>"
        + table("Drivers", ("Figure", "Low", "High", "Swing", "Mark"), ranked, numbers=(1, 2, 3))
    )  # fmt: skip
    return Section("war-years", "How long it can be paid for", intro, body)


def _aid(brief: Brief) -> Section:
    month = next(iter(brief.aid.values())).war_month
    intro = (
        f"Aid to Ukraine in billion dollars a year, as allocated on average from January 2022 to February 2024. A "
        f"month of Ukraine's war took {month:.1f} billion dollars in 2023, its own military spending and military aid "
        "together. Only totals are known: no data by donor country within Europe are used."
    )
    rows = [
        [escape(name), escape(d.name), f"{d.usual:.1f}", f"{d.given:.1f}", f"{d.military:.1f}",
         f"{d.months_of_war:.1f} <small>{d.low:.1f} to {d.high:.1f}</small>"]
        for name, given in brief.aid.items()
        for d in given.donors
    ]  # fmt: skip
    head = ("Variant", "Donor", "Usual", "Given", "Military part", "Months of war missing")
    body = table("Aid", head, rows, numbers=(2, 3, 4, 5))
    if brief.arms is not None:
        arms = brief.arms
        top = [[escape(str(c)), f"{100 * v:.1f}%"] for c, v in arms.by_origin.head(8).items()]
        body += (
            f"<h3>What Russian arms are made of</h3><p>The industries {escape(', '.join(arms.industries))} stand for "
            f"arms in the table of {arms.year or 'the world'}: {100 * arms.imported:.0f}% of their output is imported "
            "content, directly and through suppliers. Arms themselves are not in the table, and trade has moved since.</p>"
            + table("Content of arms", ("Origin", "Share of output"), top, numbers=(1,))
        )
    body += "<h3>Russia's defence spending by two counts</h3><p>The mark is of the figure as published; the other currency "
    body += "is converted at the year's rate, unconfirmed for 2022 and 2023.</p>" + _defence(brief.defence)
    body += "<h3>Aid, as published</h3><p>Commitments, allocations, pledges and laws are different measures; they do "
    body += "not add up.</p>" + _published(brief.published_aid)
    body += "<h3>Controlled goods, as published</h3>" + _published(brief.controlled_goods)
    body += "<h3>Military spending, as first published</h3>" + _published(brief.military)
    return Section("war-aid", "Aid and arms", intro, body)


# Drawings ----------------------------------------------------------------------------------------------


def _waterfall(found: Accounts) -> str:
    level, bars = 0.0, []
    for key, sign in STEPS:
        after = level + sign * found[key]
        bars.append((found.line(key), sign, level, after))
        level = after
    low = min(0.0, *(min(a, b) for *_, a, b in bars))
    high = max(max(a, b) for *_, a, b in bars)
    x = _scale(low, high)
    parts = [f'<line x1="{x(0):.1f}" x2="{x(0):.1f}" y1="0" y2="{ROW * len(bars)}" class="zero"/>']
    for i, (line, sign, a, b) in enumerate(bars):
        y = i * ROW
        left, width = x(min(a, b)), max(x(max(a, b)) - x(min(a, b)), 1.5)
        kind = "gain" if sign > 0 else "loss"
        if line.section == "Financing":
            kind = "gap"
        open_ = ' <tspan class="muted">unconfirmed</tspan>' if line.mark == "unconfirmed" else ""
        parts.append(
            f'<text x="0" y="{y + 14}">{escape(line.title)} {sign * line.value:+.1f}{open_}</text>'
            f'<rect x="{left:.1f}" y="{y + 19}" width="{width:.1f}" height="12" class="{kind}"/>'
        )
    label = "Waterfall of the federal budget in trillion roubles, from oil tax to what the fund pays"
    caption = "Trillion roubles: revenue, spending, then what closes the gap."
    return figure("war", label, (WIDTH, ROW * len(bars) + 2), parts, caption)


def _ranges(variants: Sequence[Variant], key: str) -> str:
    x = _scale(0, YEARS_SHOWN, right=14)
    parts = []
    for tick in range(YEARS_SHOWN + 1):
        parts.append(
            f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="0" y2="{ROW * len(variants)}" class="tick"/>'
            f'<text x="{x(tick):.1f}" y="{ROW * len(variants) + 14}" text-anchor="middle" class="muted">{tick}</text>'
        )
    for i, v in enumerate(variants):
        y = i * ROW
        low, value, high = (min(n, YEARS_SHOWN) for n in (v.low[key], v.accounts[key], v.high[key]))
        more = " →" if v.high[key] > YEARS_SHOWN else ""
        parts.append(
            f'<text x="0" y="{y + 14}">{_short(v.accounts[key])}{more} · {escape(v.title)}</text>'
            f'<line x1="{x(low):.1f}" x2="{x(high):.1f}" y1="{y + 25}" y2="{y + 25}" class="range"/>'
            f'<circle cx="{x(value):.1f}" cy="{y + 25}" r="4.5" class="dot"/>'
        )
    label = "Years financed without new debt by variant, with ranges"
    note = f"Years without new debt; lines hold 90 of 100 draws, cut at {YEARS_SHOWN} years."
    return figure("war", label, (WIDTH, ROW * len(variants) + 20), parts, note)


def _scale(low: float, high: float, right: int = 4):
    return lambda value: 2 + (value - low) / (high - low) * (WIDTH - 2 - right)


# Tables ------------------------------------------------------------------------------------------------


def _defence(rows: pd.DataFrame) -> str:
    cells = [
        [
            str(r["year"]),
            escape(r["measure"]),
            escape(r["kind"]),
            escape(r["published_in"]),
            f"{r['trillion_rub']:.1f}",
            f"{r['billion_usd']:.0f}",
            badge(r["mark"]),
            escape(r["source"]),
        ]
        for r in rows.to_dict("records")
    ]
    head = ("Year", "Measure", "Kind", "Published in", "Trillion RUB", "Billion USD", "Mark", "Source")
    return table("Defence spending", head, cells, numbers=(4, 5))


def _published(rows: pd.DataFrame) -> str:
    cells = [
        [escape(str(r["period"] or r["year"])), escape(str(r["party"])), escape(str(r["measure"])), escape(str(r["value"])),
         escape(str(r["unit"])), escape(str(r["note"])), escape(str(r["source"])), badge(str(r["mark"]))]
        for r in rows.to_dict("records")
    ]  # fmt: skip
    head = ("When", "Who", "What", "Value", "Unit", "Note", "Source", "Mark")
    return table("Published figures", head, cells, numbers=(3,))


def _number(value: float) -> str:
    return "no end" if math.isinf(value) else f"{value:,.4g}"


def _short(value: float) -> str:
    return "no end" if math.isinf(value) else f"{value:.1f}" if value < 100 else "over 100"


def _years_text(value: float) -> str:
    return "no end" if math.isinf(value) else f"{_short(value)} years"
