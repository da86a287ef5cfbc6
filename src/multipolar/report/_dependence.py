"""Dependence on the page: what each can take from each other, who has the leverage, chokepoints, power, dual-use goods."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from multipolar.report._section import Section, figure, table
from multipolar.report._words import billions, percent, size_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from multipolar.strategy import DependenceResults

WIDTH, HEIGHT, RADIUS = 360, 250, 118
SHOWN = 12
LINES = (
    ("loss_equilibrium", "in general equilibrium"),
    ("loss_network", "from shares, through supply chains"),
    ("loss_direct", "from shares, consumers' purchases only"),
    ("loss_separate", "threats one by one, added up"),
)


def dependence_sections(results: DependenceResults) -> list[Section]:
    """Dependence and leverage; inputs; power; and dual-use goods where they were studied."""
    sections = [_dependence(results), _inputs(results)]
    if results.curves:
        sections.append(_power(results))
    if results.dual_use is not None:
        sections.append(_dual_use(results, results.dual_use))
    return sections


def dependence_headline(results: DependenceResults) -> str:
    """The largest leverage among the actors, and what the weaker side could do in return, in one sentence."""
    rows = _by_leverage(results)
    if not rows:
        return "Nobody here has leverage over another"
    strong, weak, strong_loss, weak_loss = rows[0]
    loser, other = (_in_text(results, actor) for actor in (weak, strong))
    if weak_loss >= 0:
        return f"Ending their mutual trade costs neither {loser} nor {other} anything"
    back = f"loses {size_of(strong_loss)}" if strong_loss < 0 else "loses nothing"
    return f"Without their mutual trade {loser} loses {size_of(weak_loss)} of real consumption and {other} {back}"


# Sections ----------------------------------------------------------------------------------------------


def _dependence(results: DependenceResults) -> Section:
    intro = (
        "What each loses when all trade between the two stops: equivalent variation in percent of consumption, every pair an "
        "equilibrium of its own. Rows lose, columns are the partner they lose. The difference of the two losses is leverage "
        "(Hirschman 1945): whoever has less to lose can ask for something."
    )
    body = [f"<p><strong>{escape(dependence_headline(results))}.</strong></p>", _heat_map(results)]
    body += [f'<div class="two"><div>{_network(results)}</div><div>{_pairs(results)}</div></div>']
    body.append("<h3>One sector at a time</h3>" + _sectors(results))
    body += [f'<p class="muted">{escape(note)}</p>' for note in results.notes]
    return Section("dependence", "Who needs whom", intro, "".join(body))


def _inputs(results: DependenceResults) -> Section:
    intro = (
        "Purchases of inputs from abroad, in cents per dollar of output, at face value and with every earlier stage looked "
        "through (Baldwin, Freeman and Theodorakopoulos 2022). Chokepoints are inputs with one dominant foreign supplier and a "
        "low trade elasticity, the costliest to lose first; cost is the first-order rise of the buyer's material costs."
    )
    reliance = results.reliance
    actors = results.actors
    rows = []
    for country in actors:
        for supplier in actors:
            if supplier != country:
                at = reliance.sel(supplier=supplier, country=country)
                cents = [f"{100 * float(at[v]):.2f}" for v in ("direct", "total", "value_added")]
                rows.append([_of(results, country), _of(results, supplier), *cents])
    body = table(
        "Reliance on inputs",
        ("Buyer", "Supplier", "Face value", "Looked through", "Value added"),
        rows,
        (2, 3, 4),
    )
    points = [
        [_of(results, r["country"]), escape(results.sector_names[r["sector"]]), _of(results, r["supplier"]),
         _share(r["import_share"]), _share(r["share"]), f"{r['trade_elasticity']:.1f}", _share(r["cost_rise"])]
        for r in results.chokepoints.head(SHOWN).to_dict("records")
    ]  # fmt: skip
    head = ("Buyer", "Input", "Supplier", "Of imports", "Of all", "Elasticity", "Cost")
    body += "<h3>Chokepoints</h3>" + (
        table("Chokepoints", head, points, (3, 4, 5, 6)) if points else "<p>None by these thresholds.</p>"
    )
    return Section("dependence-inputs", "Inputs and chokepoints", intro, body)


def _power(results: DependenceResults) -> Section:
    intro = (
        "The loss that all countries of the other actors can threaten by selling the target nothing, as they join one by one, "
        "the largest supplier first. In each good power is convex in the share controlled: the last suppliers matter most, and a "
        "joint threat is worth more than separate ones (Clayton, Maggiori and Schreger 2026). Lines from shares need no solving; beside "
        "them is the general equilibrium."
    )
    body = "".join(f"<div>{_curve(results, target, curve)}</div>" for target, curve in results.curves.items())
    key = "".join(
        f'<li><svg viewBox="0 0 26 14" aria-hidden="true"><line x1="0" x2="26" y1="7" y2="7" class="{name}"/></svg> {text}</li>'
        for name, text in LINES
    )
    return Section(
        "dependence-power",
        "Power of a coalition",
        intro,
        f'<ul class="lines">{key}</ul><div class="two">{body}</div>',
    )


def _dual_use(results: DependenceResults, studied: xr.Dataset) -> Section:
    withheld = ", ".join(results.sector_names[s].lower() for s in studied.attrs["withheld"])
    target = _name(results, studied.attrs["target"])
    intro = (
        f"What {target}'s arms-related industries lose in the short run when suppliers stop selling it the goods of the "
        f"industries that make dual-use goods: {withheld}. The table holds no finer goods, so this is an upper bound. No table "
        "lists arms; these industries hold them. Input cost is the rise of unit cost from the lost inputs alone; the other columns "
        "are the whole equilibrium, in which makers at home lose foreign rivals too: their output may rise, and their unit "
        "cost with what their scarce labour and capital then earn."
    )
    rows = []
    for case in studied.case.values.tolist():
        at = studied.sel(case=case)
        for sector in studied.sector.values[studied.arms_related.values].tolist():
            one = at.sel(sector=sector)
            cells = [
                _change(float(one[v])) for v in ("input_cost", "material_cost", "unit_cost", "output_change")
            ]
            rows.append(
                [escape(case), escape(results.sector_names[sector]), _share(float(one.controlled)), *cells]
            )
    head = (
        "Who stops selling",
        "Industry",
        "Their part of its inputs",
        "Input cost",
        "Material cost",
        "Unit cost",
        "Output",
    )
    losses = "; ".join(
        f"{case}: {percent(float(studied.welfare.sel(case=case)))}" for case in studied.case.values.tolist()
    )
    body = f"<p>Consumption in {escape(target)}: {escape(losses)}.</p>"
    return Section(
        "dependence-dual-use",
        "Dual-use goods",
        intro,
        body + table("Dual-use goods", head, rows, (2, 3, 4, 5, 6)),
    )


# Drawings ----------------------------------------------------------------------------------------------


def _heat_map(results: DependenceResults) -> str:
    losses, actors = results.losses, results.actors
    worst = max(1e-12, -float(np.nanmin(np.minimum(losses.welfare.values, 0))))
    head = "".join(f'<th scope="col">{_of(results, a)}</th>' for a in actors)
    body = []
    for country in actors:
        cells = []
        for partner in actors:
            at = losses.sel(country=country, partner=partner)
            value, usd = float(at.welfare), float(at.welfare_usd)
            if country == partner:
                cells.append('<td class="own">–</td>')
            elif math.isnan(value):
                cells.append(f'<td title="{escape(str(at.problem.item()))}">not solved</td>')
            else:
                depth = math.sqrt(max(-value, 0) / worst) * 0.8
                cells.append(
                    f'<td style="background:rgba(192,96,26,{depth:.2f})" title="{billions(usd)} a year">{percent(value)}</td>'
                )
        body.append(f'<tr><th scope="row">{_of(results, country)}</th>{"".join(cells)}</tr>')
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Loss by country and partner"><table class="matrix">'
        f'<thead><tr><th scope="col">loses, without</th>{head}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'
    )


def _network(results: DependenceResults) -> str:
    """Arrows from who has the leverage to the other side, as thick as the leverage is large."""
    actors, rows = results.actors, _by_leverage(results)
    middle, top = WIDTH / 2, RADIUS + 30
    angle = {a: 2 * math.pi * i / len(actors) - math.pi / 2 for i, a in enumerate(actors)}
    place = {a: (middle + RADIUS * math.cos(t), top + RADIUS * math.sin(t)) for a, t in angle.items()}
    largest = max((weak - strong for _, _, strong, weak in rows), key=abs, default=-1.0)
    parts = []
    for strong, weak, own, other in rows[: 3 * SHOWN]:
        size = abs((other - own) / largest) if largest else 0.0
        (x1, y1), (x2, y2) = place[strong], place[weak]
        length = math.hypot(x2 - x1, y2 - y1)
        dx, dy = (x2 - x1) / length, (y2 - y1) / length
        width = 1 + 9 * math.sqrt(size)
        head = 6 + width
        xa, ya, xb, yb = x1 + 22 * dx, y1 + 22 * dy, x2 - 22 * dx, y2 - 22 * dy
        xh, yh = xb - head * dx, yb - head * dy
        title = f"{_name(results, strong)} over {_name(results, weak)}: {_points(own - other)}"
        parts.append(
            f'<g class="arrow"><title>{escape(title)}</title><line x1="{xa:.1f}" y1="{ya:.1f}" x2="{xh:.1f}" y2="{yh:.1f}" '
            f'stroke-width="{width:.1f}"/><path d="M{xb:.1f} {yb:.1f}L{xh - head * 0.6 * dy:.1f} {yh + head * 0.6 * dx:.1f}'
            f'L{xh + head * 0.6 * dy:.1f} {yh - head * 0.6 * dx:.1f}Z"/></g>'
        )
    for actor, (x, y) in place.items():
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="19"/><text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{escape(actor[:6])}</text>'
        )
    label = "Network of leverage; arrows point from the side with less to lose"
    caption = (
        "Arrows point from the side with less to lose to the side with more; thickness is the difference."
    )
    return figure("dependence", label, (WIDTH, 2 * RADIUS + 60), parts, caption)


def _curve(results: DependenceResults, target: str, curve: pd.DataFrame) -> str:
    columns = [name for name, _ in LINES]
    top = float(np.nanmax(curve[columns].to_numpy(dtype=float))) or 1.0
    right = float(np.max(curve["controlled_imports"].to_numpy(dtype=float))) or 1.0
    left, bottom = 44, HEIGHT - 34

    def at(x: float, y: float) -> str:
        return f"{left + x / right * (WIDTH - left - 12):.1f} {bottom - y / top * (bottom - 10):.1f}"

    parts = [f'<path d="M{left} 10V{bottom}H{WIDTH - 8}" class="axis"/>']
    for part in (0.5, 1.0):
        y = bottom - part * (bottom - 10)
        parts.append(f'<line x1="{left}" x2="{WIDTH - 8}" y1="{y:.1f}" y2="{y:.1f}" class="tick"/>')
        parts.append(f'<text x="{left - 4}" y="{y + 4:.1f}" text-anchor="end">{size_of(part * top)}</text>')
        x = left + part * (WIDTH - left - 12)
        parts.append(
            f'<text x="{x:.1f}" y="{bottom + 15}" text-anchor="{"end" if part == 1 else "middle"}">{size_of(part * right)}</text>'
        )
    parts.append(
        f'<text x="{(left + WIDTH) / 2}" y="{HEIGHT - 3}" text-anchor="middle">share of imports controlled</text>'
    )
    for name in columns:
        points = [
            (x, y) for x, y in zip(curve["controlled_imports"], curve[name], strict=True) if not math.isnan(y)
        ]
        path = "L".join(at(x, y) for x, y in [(0.0, 0.0), *points])
        parts.append(f'<path d="M{path}" class="{name}"/>')
    caption = f"{_name(results, target)}, threatened by everybody else here."
    solved = curve.dropna(subset=["loss_equilibrium"]).to_dict("records")
    if solved:
        last = solved[-1]
        own = size_of(last["coalition_loss"]) if last["coalition_loss"] > 0 else "nothing"
        caption += (
            f" With {last['members']} members it loses {size_of(last['loss_equilibrium'])}, they lose {own}."
        )
    label = f"Power over {_name(results, target)} by share of its imports controlled"
    return figure("dependence", label, (WIDTH, HEIGHT), parts, caption)


# Tables ------------------------------------------------------------------------------------------------


def _pairs(results: DependenceResults) -> str:
    rows = [
        [_of(results, strong), _of(results, weak), percent(own), percent(other), _points(own - other)]
        for strong, weak, own, other in _by_leverage(results)[:SHOWN]
    ]
    return table("Leverage", ("Leverage of", "over", "Own", "Other", "Points"), rows, (2, 3, 4))


def _sectors(results: DependenceResults) -> str:
    """For each actor and sector, the partner whose trade in that sector is worth most to it."""
    losses = results.by_sector
    rows = []
    for country in results.actors:
        at = losses.welfare.sel(country=country)
        for sector in losses.sector.values.tolist():
            one = at.sel(sector=sector).to_series().dropna()
            if len(one) and one.min() < -5e-6:
                rows.append((float(one.min()), country, sector, str(one.idxmin())))
    cells = [
        [_of(results, country), escape(results.sector_names[sector]), _of(results, partner), percent(value)]
        for value, country, sector, partner in sorted(rows)[:SHOWN]
    ]
    return table("Losses by sector", ("Loses", "Sector", "Without", "Change"), cells, (3,))


def _by_leverage(results: DependenceResults) -> list[tuple[str, str, float, float]]:
    """Who has it, over whom, both welfare changes; the largest first, solved pairs only."""
    losses = results.losses
    rows = []
    for strong in results.actors:
        for weak in results.actors:
            own = float(losses.welfare.sel(country=strong, partner=weak)) if strong != weak else math.nan
            other = float(losses.welfare.sel(country=weak, partner=strong)) if strong != weak else math.nan
            if own > other:
                rows.append((strong, weak, own, other))
    return sorted(rows, key=lambda row: row[3] - row[2])


def _name(results: DependenceResults, code: str) -> str:
    return results.names.get(code, code)


def _in_text(results: DependenceResults, code: str) -> str:
    name = _name(results, code)
    return f"the {name}" if name.startswith(("European Union", "Euro area", "United", "Sanctions")) else name


def _of(results: DependenceResults, code: str) -> str:
    return escape(_name(results, code))


def _share(value: float) -> str:
    return "–" if math.isnan(value) else "no end" if math.isinf(value) else f"{100 * value:.1f}%" if value >= 0.01 else f"{100 * value:.2g}%"  # fmt: skip


def _change(value: float) -> str:
    return "–" if math.isnan(value) else percent(value)


def _points(value: float) -> str:
    return f"{100 * value:.2f}"
