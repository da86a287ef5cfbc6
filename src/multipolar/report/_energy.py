"""The energy networks on the page: the map of flows, prices, who pays, the bargain, what 2023 would have been."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

from multipolar.energy._data import names
from multipolar.energy._data import table as shipped
from multipolar.report._section import Section, figure, table

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.energy import Bargain, Brief, EnergyResult, Prediction

WIDTH, HEIGHT = 760, 400
WEST, EAST, NORTH, SOUTH = -125.0, 168.0, 72.0, -42.0
THINNEST, BCM_PER_PIXEL = 4.0, 14.0
MB_PER_PIXEL = 0.45
ROWS = 14


def sections(brief: Brief) -> tuple[Section, ...]:
    """The gas network; crude; the bargain; the prediction, as far as the brief holds them."""
    found = [_network(brief.gas, brief.gas_before)]
    if brief.oil is not None and brief.oil_before is not None:
        found.append(_crude(brief.oil, brief.oil_before, brief.urals))
    if brief.bargain is not None:
        found.append(_bargain(brief.bargain, brief.outside_options))
    if brief.prediction is not None:
        found.append(_prediction(brief.prediction))
    return tuple(found)


def _network(after: EnergyResult, before: EnergyResult) -> Section:
    intro = (
        "Who ships gas to whom when nobody can gain by shipping otherwise: pipelines and LNG, with the price at every node. "
        "Widths are flows; colours show what the levers change. Many of the figures behind it are marked unconfirmed."
    )
    prices: Any = after.prices
    old: Any = before.prices
    moved = sorted(prices.index, key=lambda n: -abs(prices[n] - old[n]))[:ROWS]
    called = names("gas")
    rows = [
        [escape(called[n]), f"{old[n]:.0f}", f"{prices[n]:.0f}", f"{prices[n] - old[n]:+.0f}"] for n in moved
    ]
    pipes: Any = after.pipelines
    was: Any = before.pipelines
    titles = dict(zip(shipped("gas_routes")["route"], shipped("gas_routes")["title"], strict=True))
    shown = pipes[(pipes["flow"] > 0) | (was["flow"] > 0) | (pipes["shadow_value"] > 100)]
    pipe_rows = [
        [escape(titles[p]), f"{was.at[p, 'flow']:.1f}", f"{r['flow']:.1f}", f"{r['capacity']:.1f}", f"{r['shadow_value']:.0f}"]
        for p, r in shown.iterrows()
    ]  # fmt: skip
    body = (
        _map(after, before, BCM_PER_PIXEL, "bcm a year")
        + "<h3>Prices, USD per 1000 cubic metres</h3>"
        + table("Gas prices", ("Node", "Before", "With the levers", "Change"), rows, range(1, 4))
        + "<h3>Pipelines, bcm a year</h3><p>The shadow value is what one more unit of capacity would earn, USD per 1000 "
        "cubic metres; for a shut pipeline, what the first unit would.</p>"
        + table(
            "Pipelines",
            ("Pipeline", "Before", "With the levers", "Capacity", "Shadow value"),
            pipe_rows,
            range(1, 5),
        )
        + _who_pays(after, before)
        + _certified(after)
    )
    return Section("gas", "Gas: flows, prices, what each pipe is worth", intro, body)


def _crude(after: EnergyResult, before: EnergyResult, urals: pd.DataFrame | None) -> Section:
    intro = (
        "Crude oil under embargo and price cap. Western services may carry Russian crude only up to the cap; the shadow fleet "
        "escapes it at a cost. Brent and Urals of summer 2023 were fitted; destinations were not."
    )
    body = ""
    if urals is not None:
        rows = [
            [escape(str(i)), *(f"{v:.1f}" for v in r)]
            for i, r in zip(urals.index, urals.to_numpy(), strict=True)
        ]
        heads = ["USD a barrel", *(str(c).capitalize() for c in urals.columns)]
        body += table("Brent and Urals", heads, rows, range(1, len(heads)))
    flows: Any = after.trade["flow"].loc["RUS"]
    was: Any = before.trade["flow"].loc["RUS"]
    called = names("oil")
    rows = [
        [escape(called[d]), f"{was[d]:.2f}", f"{flows[d]:.2f}"]
        for d in flows.index
        if max(flows[d], was[d]) > 5e-3
    ]
    body += "<h3>Russian crude by buyer, million barrels a day</h3>"
    body += table("Russian crude", ("Buyer", "Before", "With the levers"), rows, (1, 2))
    body += (
        _map(after, before, MB_PER_PIXEL, "million barrels a day")
        + _who_pays(after, before)
        + _certified(after)
    )
    return Section("oil", "Crude oil: cap, embargo, shadow fleet", intro, body)


def _bargain(found: Bargain, options: Any) -> Section:
    intro = (
        f"Power of Siberia 2, {found.volume:.0f} bcm a year: below {found.reserve_russia:.0f} dollars per 1000 cubic metres Russia "
        f"would rather not build, above {found.reserve_china:.0f} China would rather not buy. "
    )
    intro += (
        "No price leaves both a gain."
        if math.isnan(found.price)
        else f"With a bargaining power of {found.power:g} for Russia, they meet at {found.price:.0f}."
    )
    body = ""
    if options is not None:
        body = _ranges(options)
        rows = [
            [
                escape(str(name)),
                *(
                    "–" if math.isnan(r[c]) else f"{r[c]:.0f}"
                    for c in ("reserve_russia", "price", "reserve_china")
                ),
                f"{r['gain_russia'] / 1e3:.1f}",
                f"{r['gain_china'] / 1e3:.1f}",
                f"{r['worth'] / 1e3:+.1f}",
            ]
            for name, r in options.iterrows()
        ]
        heads = [
            "Without agreement",
            "Lowest",
            "Nash price",
            "Highest",
            "Gain Russia",
            "Gain China",
            "Worth to Russia",
        ]
        body += table("Outside options", heads, rows, range(1, 7))
        body += (
            "<p>Prices in USD per 1000 cubic metres at the Chinese border, gains in billion USD a year from first gas. "
            "Worth to Russia: what it has in that world, with its part of the bargain, over today's.</p>"
        )
    return Section("power-of-siberia-2", "The bargain over Power of Siberia 2", intro, body)


def _ranges(options: Any) -> str:
    low = min(options["reserve_russia"].min(), options["reserve_china"].min())
    high = max(options["reserve_russia"].max(), options["reserve_china"].max())
    span, row = max(high - low, 1.0), 44

    def x(value: float) -> float:
        return 14 + (value - low) / span * 332

    parts = []
    for i, (name, r) in enumerate(options.iterrows()):
        y = 16 + i * row
        a, b = x(float(r["reserve_russia"])), x(float(r["reserve_china"]))
        agreed = b >= a
        parts.append(f'<text x="14" y="{y}">{escape(str(name))}</text>')
        parts.append(
            f'<line class="{"range" if agreed else "apart"}" x1="{min(a, b):.1f}" x2="{max(a, b):.1f}" y1="{y + 12}" y2="{y + 12}"/>'
        )
        parts.append(
            f'<circle class="russia" cx="{a:.1f}" cy="{y + 12}" r="4"/><circle class="china" cx="{b:.1f}" cy="{y + 12}" r="4"/>'
        )
        if agreed and not math.isnan(float(r["price"])):
            parts.append(f'<circle class="nash" cx="{x(float(r["price"])):.1f}" cy="{y + 12}" r="5"/>')
    caption = (
        "From the lowest price Russia takes (orange) to the highest China pays (blue); black: the Nash solution. "
        "Dashed: Russia asks more than China would pay."
    )
    return figure("energy narrow", "Bargaining ranges", (360, 16 + len(options) * row), parts, caption)


def _prediction(found: Prediction) -> Section:
    intro = (
        "The test: the network calibrated to 2021, told only which pipelines were lost, what capacity was added and what policy "
        "and growth did to demand, against what was seen in 2023. Misses included."
    )
    frame: Any = found.table
    rows = [
        [
            escape(str(name)) + (" (given)" if r["given"] else ""), escape(str(r["unit"])),
            *(f"{r[c]:.0f}" for c in ("seen_2021", "closures", "supply", "all", "seen_2023", "miss")),
        ]
        for name, r in frame.iterrows()
    ]  # fmt: skip
    skill = ", ".join(f"{escape(k)} {v:.2f}" for k, v in found.skill.items())
    heads = ["Figure", "Unit", "Seen 2021", "Closures", "and supply", "and demand", "Seen 2023", "Miss"]
    body = (
        table("Prediction of 2023", heads, rows, range(2, 8))
        + f"<p>Skill over no change (1 perfect, 0 none): {skill}.</p>"
    )
    return Section("energy-test", "2023 predicted from 2021", intro, body)


def _map(after: EnergyResult, before: EnergyResult, per_pixel: float, unit: str) -> str:
    nodes: Any = shipped(f"{after.commodity}_nodes").set_index("node")
    flows: Any = after.trade["flow"]
    old: Any = before.trade["flow"]
    lines: list[tuple[float, str]] = []
    for pair in flows.index.union(old.index):
        origin, head = pair
        now, was = float(flows.get(pair, 0.0)), float(old.get(pair, 0.0))
        width = max(now, was) / per_pixel
        if width < THINNEST / per_pixel / (1 if after.commodity == "gas" else 20):
            continue
        change = now - was
        kind = "same" if abs(change) < 0.02 * max(now, was) else "more" if change > 0 else "less"
        (x1, y1), (x2, y2) = _place(nodes.loc[origin]), _place(nodes.loc[head])
        middle = ((x1 + x2) / 2 + (y2 - y1) * 0.12, (y1 + y2) / 2 - abs(x2 - x1) * 0.10)
        text = f"{nodes.at[origin, 'name']} to {nodes.at[head, 'name']}: {now:.2f} {unit}, {change:+.2f}"
        lines.append((
            width,
            f'<path class="{kind}" d="M{x1:.0f} {y1:.0f}Q{middle[0]:.0f} {middle[1]:.0f} {x2:.0f} {y2:.0f}" '
            f'stroke-width="{max(0.7, width):.1f}"><title>{escape(text)}</title></path>',
        ))  # fmt: skip
    marks = []
    prices: Any = after.prices
    digits = 0 if after.commodity == "gas" else 1
    for node in prices.index:
        x, y = _place(nodes.loc[node])
        marks.append(
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3"/><text x="{x + 5:.0f}" y="{y + 4:.0f}">{escape(node)} '
            f'<tspan class="muted">{prices[node]:.{digits}f}</tspan></text>'
        )
    drawn = "".join(path for _, path in sorted(lines, reverse=True))
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Network map"><figure class="energy">'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="Map of the network">{drawn}{"".join(marks)}</svg>'
        '<figcaption>Width: flow. <span class="more">Blue</span>: more than before; <span class="less">orange</span>: less; grey: '
        "as before. Beside each node its price. Places are rough.</figcaption></figure></div>"
    )


def _place(row: Any) -> tuple[float, float]:
    x = (float(row["longitude"]) - WEST) / (EAST - WEST) * WIDTH
    y = (NORTH - float(row["latitude"])) / (NORTH - SOUTH) * HEIGHT
    return x, y


def _who_pays(after: EnergyResult, before: EnergyResult) -> str:
    change: Any = after.who_pays(before)
    if change["total"].abs().max() < 1e-6:
        return ""
    called = {**names(after.commodity), "outside": "Outside the network"}
    keep = set(change["total"].abs().nlargest(ROWS).index)
    columns = ["consumers", "producers", "mark_ups", "rents", "capital", "total"]
    rows = [
        [escape(called[n]), *(f"{r[c] / 1e3:+.1f}" for c in columns)]
        for n, r in change.iterrows()
        if n in keep
    ]
    heads = ["Node", "Consumers", "Producers", "Mark-ups", "Rents", "Capital", "Total"]
    return "<h3>Who pays, billion USD a year</h3>" + table("Who pays", heads, rows, range(1, 7))


def _certified(result: EnergyResult) -> str:
    items = ", ".join(
        f"{escape(k.replace('_', ' '))} {v:.0e}" for k, v in result.certificate.residuals.items()
    )
    return f'<p class="muted">Certificate, largest relative residuals: {items}.</p>'
