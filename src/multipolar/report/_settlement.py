"""Settlement on the page: who pays in what, Russia since 2022, what a dollar block costs, where use tips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from multipolar.report._section import Section, badge, figure, table
from multipolar.settlement import CORRIDORS, CURRENCIES

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.settlement import Brief, Settlement

WIDTH = 360
PARTNERS = 10
LINES = ("USD", "EUR", "CNY")


def sections(brief: Brief) -> tuple[Section, ...]:
    """Four sections: shares by corridor, the judgement, the block, tipping."""
    return (_shares(brief), _judgement(brief), _block(brief), _tipping(brief))


def _shares(brief: Brief) -> Section:
    found = brief.settlement
    e = found.equilibrium
    countries = set(map(str, found.trade["origin"].values))
    pairs = [p for p in CORRIDORS if set(p) <= countries]
    rows = []
    for i, j in pairs:
        trade = float(found.trade.sel(origin=i, destination=j))
        cost = float(found.cost.sel(origin=i, destination=j))
        rows.append([f"{i} to {j}", f"{trade / 1e3:,.0f}", f"{100 * cost:.2f}", f"{cost * trade / 1e3:,.2f}"])
    intro = (
        f"The currencies that {_levers(found)} leave in use. The dollar's share of payments between currencies goes from "
        f"{100 * float(found.use_before.sel(currency='USD')):.0f}% to {100 * float(found.use.sel(currency='USD')):.0f}%; "
        f"payments cost {float(found.bill().sum()) / 1e3:,.1f} billion dollars a year more. Money figures are proportional to an "
        "assumed scale of tastes, shares are not."
    )
    body = (
        _bars(found, pairs)
        + "<h3>Cost added by corridor</h3>"
        + table("Cost added by corridor", ("Seller to buyer", "Trade, bn USD", "Cost added, %", "Bill, bn USD"), rows, (1, 2, 3))
        + f"<p>The equilibrium holds to {e.residual:.0e} of every currency's use and is {'stable' if e.stable else 'not stable'} "
        f"(spectral radius {e.radius:.2f}).</p>"
    )  # fmt: skip
    return Section("settlement", "The currency of payment", intro, body)


def _judgement(brief: Brief) -> Section:
    found = brief.judgement
    scores = found.scores.set_index("points of")
    intro = (
        f"Four costs are fitted to five observations of December 2022. Against {scores.loc['all', 'count']} reports of 2023 and "
        f"2024, none of them used, the model is off by {scores.loc['all', 'model']:.1f} points on average; had shares stayed as in December "
        f"2022, {scores.loc['all', 'december_2022']:.1f}. Many reports are speeches or press accounts; the mark says how a figure is known."
    )
    used = found.table.loc[found.table["role"] != "context"]
    rows = [
        [escape(str(r["period"])), escape(f"{r['series']}, {r['flow']}"), escape(str(r["currency"])), f"{r['observed']:.1f}",
         f"{r['model']:.1f}", f"{r['gap']:+.1f}".replace("-", "−"), escape(str(r["role"])), badge(str(r["status"])), escape(str(r["note"]))]
        for r in _rows(used)
    ]  # fmt: skip
    head = ("Month", "Trade", "Currency", "Reported, %", "Model, %", "Gap", "Role", "Mark", "Note")
    body = (
        _key({"usd": "USD and EUR", "cny": "CNY", "rub": "RUB"})
        + "".join(_path(brief, flow) for flow in ("export", "import"))
        + "<details><summary>Every report beside the model</summary>"
        + table("Reported and modelled shares", head, rows, (3, 4, 5))
        + "</details><h3>Mean absolute error in points</h3>"
        + table(
            "Mean absolute error in points",
            ("Reports of", "Number", "Model", "As in December 2022", "As before the war"),
            [
                [escape(str(r["points of"])), str(r["count"]), *(f"{r[c]:.1f}" for c in ("model", "december_2022", "before"))]
                for r in _rows(found.scores)
            ],
            (1, 2, 3, 4),
        )
    )  # fmt: skip
    return Section("settlement-judged", "Russia since 2022: model and reports", intro, body)


def _block(brief: Brief) -> Section:
    bill = brief.reverse["bill"].sum() / 1e3
    russia = float(brief.reverse["bill"].reindex(["RUS"], fill_value=0.0).iloc[0]) / 1e3
    intro = (
        f"If Chinese banks lost dollar clearing, paying for China's trade would cost {bill:,.1f} billion dollars a year more, "
        f"of which {russia:,.1f} in trade with Russia: the rest is the price of the dollar to China's other trade."
    )
    rows = [
        [escape(str(name)), f"{r['trade'] / 1e3:,.0f}", f"{r['bill'] / 1e3:,.2f}", f"{100 * r['cost']:.2f}",
         f"{100 * r['dollar_before']:.0f}", f"{100 * r['dollar_after']:.0f}"]
        for name, r in brief.reverse.head(PARTNERS).iterrows()
    ]  # fmt: skip
    curve_rows = [
        [escape(country), f"{100 * r['added_depth']:g}", f"{100 * r['alternative_use']:.1f}", f"{100 * r['alternative_use_after']:.1f}",
         f"{100 * r['cost']:.2f}", f"{r['bill'] / 1e3:,.2f}"]
        for country, curve in brief.curves.items()
        for r in _rows(curve)
    ]  # fmt: skip
    body = (
        "<h3>Cost of a dollar block of Chinese banks by partner</h3>"
        + table(
            "Cost of a dollar block of Chinese banks by partner",
            ("Partner", "Trade, bn USD", "Bill, bn USD", "Cost, %", "Dollar before, %", "After, %"), rows, (1, 2, 3, 4, 5),
        )
        + "<h3>How much a dollar block bites as the yuan deepens</h3>"
        + table(
            "Cost of a dollar block by depth of the yuan",
            ("Blocked", "Depth added, % of world trade", "Yuan before, %", "Yuan after, %", "Cost, %", "Bill, bn USD"),
            curve_rows, (1, 2, 3, 4, 5),
        )
    )  # fmt: skip
    return Section("settlement-block", "What a dollar block costs", intro, body)


def _tipping(brief: Brief) -> Section:
    found = brief.tipping
    several = found.table.loc[found.table["stable"]].groupby("strength").size()
    from_ = several.index[several > 1]
    multiple = f"More than one stable state is found from {from_[0]:g}. " if len(from_) else ""
    intro = (
        "How strongly a currency's use feeds on itself is not known. Up to a network strength of one there is one state, by proof. "
        f"Today's shares are stable up to {found.at_baseline:.2f}. {multiple}"
        "Where there are several, a shock that ends need not be undone."
    )
    complete = "at every strength shown" if found.complete.all() else "not at every strength shown"
    up = brief.hysteresis.loc[brief.hysteresis["direction"] == "up"]
    down = brief.hysteresis.loc[brief.hysteresis["direction"] == "down"]
    rows = [
        [f"{100 * a['cost']:.2f}", *(f"{100 * x[c]:.0f}" for c in LINES for x in (a, b))]
        for a, b in zip(_rows(up)[::4], _rows(down)[::-1][::4], strict=True)
    ]
    head = ("Cost of the dollar, %", *(f"{c} {w}" for c in LINES for w in ("raised", "taken back")))
    body = (
        _bifurcation(found.table, found.at_baseline)
        + f"<p>The indices of the equilibria add up to one, as they must if all are found, {complete}.</p>"
        + f"<h3>A cost on the dollar, raised and taken back, at a network strength of {brief.hysteresis_strength:g}</h3>"
        + "<p>Use of each currency, percent.</p>"
        + table("Use of currencies as a cost on the dollar rises and falls, percent", head, rows, range(7))
    )
    return Section("settlement-tipping", "Where the use of currencies tips", intro, body)


# Drawings -----------------------------------------------------------------------------------------------


def _bars(found: Settlement, pairs: Sequence[tuple[str, str]]) -> str:
    """Stacked bars, before and after, one pair per corridor."""
    left, height, bar = 92, 62, 18
    parts = []
    for row, (i, j) in enumerate(pairs):
        top = row * height
        parts.append(f'<text x="0" y="{top + 13}" class="head">{escape(i)} to {escape(j)}</text>')
        for k, (when, cube) in enumerate((("before", found.shares_before), ("after", found.shares))):
            y, x = top + 20 + 20 * k, float(left)
            parts.append(f'<text x="0" y="{y + 13}" class="muted">{when}</text>')
            for currency in CURRENCIES:
                share = float(cube.sel(origin=i, destination=j, currency=currency))
                width = share * (WIDTH - left)
                parts.append(
                    f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{bar}" class="{currency.lower()}">'
                    f"<title>{escape(currency)} {100 * share:.1f}%</title></rect>"
                )
                if width > 44:
                    parts.append(f'<text x="{x + width / 2:.1f}" y="{y + 13}" class="in">{currency} {100 * share:.0f}</text>')  # fmt: skip
                x += width
    label = "Shares of currencies by corridor before and after"
    caption = "Percent of the payments from buyer to seller."
    key = _key({c.lower(): c for c in CURRENCIES})
    return figure("settled", label, (WIDTH, height * len(pairs)), parts, caption, key)


def _path(brief: Brief, flow: str) -> str:
    """Lines of the model and dots of the reports, one flow."""
    frame = brief.judgement.path.of_country("RUS", flow)
    last, base, top = len(frame) - 1, 150, 24

    def at(month: float, share: float) -> tuple[float, float]:
        return 30 + (WIDTH - 40) * month / last, base - (base - top) * share

    parts = [f'<text x="30" y="13" class="head">Russia\'s {flow}s</text>']
    for level in (0, 0.5, 1):
        y = at(0, level)[1]
        parts.append(f'<line x1="30" x2="{WIDTH - 10}" y1="{y:.1f}" y2="{y:.1f}" class="tick"/><text x="0" y="{y + 4:.1f}" class="muted">{100 * level:.0f}</text>')  # fmt: skip
    west = frame["USD"] + frame["EUR"]
    lines = {"USD+EUR": ("usd", west), "CNY": ("cny", frame["CNY"]), "RUB": ("rub", frame["RUB"])}
    points = brief.judgement.table
    for currency, (style, values) in lines.items():
        drawn = " ".join("{:.1f},{:.1f}".format(*at(m, v)) for m, v in enumerate(values))
        parts.append(f'<polyline points="{drawn}" class="line {style}"/>')
        seen = points.loc[
            (points["series"] == "Russia") & (points["flow"] == flow) & (points["currency"] == currency)
        ]
        for r in _rows(seen):
            year, month = (int(x) for x in str(r["period"]).split("-"))
            when = 12 * (year - 2022) + month - 1
            if when == 0 or (0 < when <= last and r["role"] != "context"):
                x, y = at(when, r["observed"] / 100)
                hollow = " hollow" if r["status"] == "unconfirmed" else ""
                parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" class="{style}{hollow}"/>')
    for month, name in ((0, "2022"), (12, "2023"), (24, "2024")):
        parts.append(f'<text x="{at(month, 0)[0]:.1f}" y="{base + 16}" class="muted">{name}</text>')
    caption = "Percent of payments: dollar plus euro, yuan, rouble. Lines: model; dots: reports, hollow where unconfirmed."
    return figure("settled", f"Currencies of Russia's {flow}s since 2022", (WIDTH, base + 24), parts, caption)


def _bifurcation(frame: pd.DataFrame, tip: float) -> str:
    """Use of dollar, euro and yuan at every equilibrium, by network strength."""
    strengths = [float(r["strength"]) for r in _rows(frame)]
    low, high, base, top = min(strengths), max(strengths), 200, 14

    def at(strength: float, share: float) -> tuple[float, float]:
        return 30 + (WIDTH - 44) * (strength - low) / max(high - low, 1e-9), base - (base - top) * share

    parts = []
    for level in (0, 0.5, 1):
        y = at(low, level)[1]
        parts.append(f'<line x1="30" x2="{WIDTH - 10}" y1="{y:.1f}" y2="{y:.1f}" class="tick"/><text x="0" y="{y + 4:.1f}" class="muted">{100 * level:.0f}</text>')  # fmt: skip
    if low <= tip <= high:
        x = at(tip, 0)[0]
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{base}" class="tip"/>')
    for r in _rows(frame):
        for currency in LINES:
            x, y = at(r["strength"], r[currency])
            hollow = "" if r["stable"] else " hollow"
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" class="{currency.lower()}{hollow}"/>')
    for strength in sorted({low, round((low + high) / 2, 1), high}):
        parts.append(
            f'<text x="{at(strength, 0)[0] - 8:.1f}" y="{base + 18}" class="muted">{strength:g}</text>'
        )
    label = "Use of dollar, euro and yuan by network strength"
    caption = (
        "Percent of payments between currencies, by network strength. Full dots: stable equilibria; hollow: unstable. The "
        "line marks where today's shares cease to be stable."
    )
    key = _key({c.lower(): c for c in LINES})
    return figure("settled", label, (WIDTH, base + 26), parts, caption, key)


def _key(colours: Mapping[str, str]) -> str:
    items = "".join(f"<li><i style='background:var(--{c})'></i>{text}</li>" for c, text in colours.items())
    return f'<ul class="settled-key">{items}</ul>'


def _levers(found: Settlement) -> str:
    levers = found.levers
    parts = [
        f"{title} {', '.join(named)}"
        for title, named in (
            ("a dollar block of", levers.dollar_clearing_cut),
            ("a euro block of", levers.euro_clearing_cut),
            ("settlement in own currencies on", levers.local_settlement),
        )
        if named
    ]
    if levers.secondary_risk:
        parts.append(
            f"a secondary risk of {100 * levers.secondary_risk:g}% on {', '.join(levers.secondary_on)}"
        )
    return " and ".join(parts) or "the levers set"


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.to_dict("records")  # type: ignore[call-overload]
