"""Pressure on the page: maps of regimes, what each member of a coalition adds and pays, the frontier of measures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from multipolar.report._section import Section, badge, figure, table
from multipolar.report._words import percent
from multipolar.strategy._game import MEANING, REGIMES

if TYPE_CHECKING:
    from multipolar.strategy import Coalitions, ComplyGame, Frontier, OptimalMeasures, RegimeMap, Threats

WIDTH, HEIGHT, LEFT, BOTTOM = 340, 230, 58, 44
WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0, 2.0)
STABLE_SHOWN, RATES_SHOWN = 4, 10
AXES = {
    "credibility": "what backing down costs the sender, bn USD",
    "relation": "worth to {third} of a dollar of the target's welfare",
    "damage": "worth to the sender of a dollar of the target's loss",
    "size": "size of the threat, times the penalty of the variant",
    "elasticity": "trade elasticities, times their values",
}


def sections(
    threats: Threats | None = None,
    coalitions: Coalitions | None = None,
    optimal: OptimalMeasures | None = None,
) -> tuple[Section, ...]:
    """A section for each of the results given."""
    found = []
    if threats is not None and threats.games:
        found.append(threat_section(threats))
    if coalitions is not None:
        found.append(coalition_section(coalitions))
    if optimal is not None:
        found.append(frontier_section(optimal))
    return tuple(found)


def threat_section(threats: Threats) -> Section:
    """Comply or defy: who would give way to secondary sanctions, and what makes the threat credible."""
    first = threats.games[0]
    target = first.threat.target
    names = ", ".join(g.threat.third for g in threats.games)
    intro = (
        f"The sender ({', '.join(first.threat.senders)}) threatens {names} with secondary sanctions over trade with {target}. The "
        "third country complies or defies; if it defies, the sender carries the threat out or backs down. Each end of "
        "the game is a solved equilibrium; the game is solved backwards, so that an empty threat moves nobody."
    )
    rows = []
    for game in threats.games:
        at = int(np.argmin(np.abs(game.sizes - 1)))
        turn = game.breakeven().iloc[at]
        rows.append(
            [
                escape(game.threat.third), f"{game.sizes[at]:g} x {game.threat.magnitude:.3g}",
                *(_bn(x) for x in game.complied), *(_bn(x) for x in game.punished[at]),
                f"{turn.credibility / 1e3:,.1f}",
                "any" if turn.relation == np.inf else "none" if turn.relation < 0 else f"under {turn.relation:.2f}",
                _smallest(game),
            ]
        )  # fmt: skip
    ends = table(
        "Threats",
        ("Third country", "Threat", "Complied: sender", "third", target, "Carried out: sender", "third", target,
         "Credible if backing down costs over, bn USD", f"Complies if it values a dollar of {target}'s welfare", "Smallest threat that works"),
        rows, numbers=range(2, 9),
    )  # fmt: skip
    weights = _weights(first)
    maps = "".join(
        f"<h3>{escape(game.threat.third)}</h3>"
        + '<div class="regimes">'
        + "".join(_regime_map(m) for m in maps)
        + "</div>"
        for game, maps in zip(threats.games, threats.maps, strict=True)
    )
    note = (
        "<p>Welfare is equivalent variation against the status quo, billion USD. In the maps compliance is worth to the sender a "
        "dollar for each dollar the target loses, unless a weight is stated; the last map gives the sender half again the "
        "credibility it needs at the baseline elasticities.</p>"
    )
    return Section("threats", "Comply or defy", intro, ends + weights + note + _legend() + maps)


def coalition_section(coalitions: Coalitions) -> Section:
    """What each member adds, what it pays, which coalitions hold, and transfers that share the burden equally."""
    game, burden = coalitions.game, coalitions.burden
    added = game.contributions().sort_values("contribution", ascending=False)
    top = added.iloc[0]
    what = "loss" if game.purpose == "damage" else "relief"
    intro = (
        f"All {len(game.value):,} coalitions of {len(game.players)} candidates, each solved: together they bring {game.target} a {what} of "
        f"{game.value[-1] / 1e3:,.1f} billion USD; {top.player} adds most, {100 * top.share:.0f} percent of it. A member's part "
        "is its Shapley value: what it adds to those already in, averaged over all orders of joining."
    )
    bars = _bars(
        [
            (str(r["player"]), float(r["contribution"]) / 1e3, float(r["own_loss_usd"]) / 1e3)
            for r in added.to_dict("records")
        ],
        game.target,
        what,
    )
    shared = burden.table.set_index("player")
    rows = [
        [
            escape(str(r["player"])), f"{100 * float(r['share']):.1f}%", percent(-float(r["own_loss"])),
            f"{float(r['contribution']) / float(r['own_loss_usd']):.1f}" if float(r["own_loss_usd"]) > 0 else "no cost",
            percent(float(shared.after[r["player"]])), _bn(float(shared.transfer[r["player"]])),
        ]
        for r in added.to_dict("records")
    ]  # fmt: skip
    members = table(
        "Members",
        ("Member", f"Share of the {what}", "Own welfare", f"Dollars of {what} per own dollar", "Welfare after transfers", "Transfer received, bn USD"),
        rows, numbers=range(1, 6),
    )  # fmt: skip
    best = table(
        "Best of each size",
        (
            "Members",
            "Best coalition",
            f"{what.capitalize()} of {game.target}, bn USD",
            "Members' loss, bn USD",
        ),
        [
            [
                str(r["size"]),
                escape(str(r["coalition"])),
                f"{r['value'] / 1e3:,.1f}",
                f"{r['members_loss'] / 1e3:,.1f}",
            ]
            for r in game.best_of_size().to_dict("records")
        ],
        numbers=(2, 3),
    )
    held = game.weight_to_hold(len(game.value) - 1)
    hardest = held.iloc[int(held.weight.to_numpy().argmax())]
    body = (
        bars
        + members
        + "<p>Transfers leave every member with the same percentage change of welfare, prices adjusting; they sum to zero.</p>"
        + "<h3>Best coalition of each size</h3>"
        + best
        + "<h3>Which coalitions hold</h3>"
        + f"<p>A coalition is stable when no member gains by leaving and no outsider by joining. Every player values a dollar of {what} "
        f"at the political weight shown (assumed). All together hold from a weight of {held.weight.max():.2f} on; "
        f"{escape(str(hardest.player))} is the last to stay.</p>" + _stable(game)
    )
    return Section("coalitions", "Who adds what to a coalition", intro, body)


def frontier_section(optimal: OptimalMeasures) -> Section:
    """The frontier of loss for own loss, against uniform measures and what was done; the best retaliation."""
    found, reply = optimal.frontier, optimal.retaliation
    frame = found.to_frame()
    hardest = frame.iloc[-1]
    free = frame[frame.own_loss <= 0]
    intro = (
        f"Rates by sector, {' and '.join(found.instruments)}, up to {100 * found.bound:.0f} percent, that take most from {found.target} for what they "
        f"cost the senders. At most it loses {100 * hardest.target_share:.1f} percent of consumption"
        + (
            f"; {100 * free.target_share.max():.1f} percent at no cost to the senders, whose terms of trade improve."
            if len(free)
            else "."
        )
        + (f" Left alone: {', '.join(found.exempt)}." if found.exempt else "")
    )
    rows = [
        [
            f"{r['own_loss'] / 1e3:+,.1f}", f"{r['target_loss'] / 1e3:,.1f}", percent(r["target_share"]),
            "" if np.isnan(r["uniform_target_loss"]) else f"{r['uniform_target_loss'] / 1e3:,.1f}",
            "self-interest" if r["price"] == np.inf else f"{r['price']:.2f}", f"{r['optimality']:.0e}",
        ]
        for r in frame.to_dict("records")
    ]  # fmt: skip
    packages = table(
        "Packages",
        ("Own loss, bn USD", f"Loss of {found.target}, bn USD", "of its consumption", "Uniform rate, same cost", "Bought by the last own dollar", "Slope left"),
        rows, numbers=range(6),
    )  # fmt: skip
    at = len(found.packages) // 2
    middle = found.rates().query(f"package == {at}").sort_values("rate", ascending=False).head(RATES_SHOWN)
    rates = table(
        "Rates",
        ("Instrument", "Sector", "Rate"),
        [
            [escape(str(r["instrument"])), escape(str(r["sector"])), f"{100 * r['rate']:.0f}%"]
            for r in middle.to_dict("records")
        ],
        numbers=(2,),
    )
    body = (
        _frontier_chart(found)
        + packages
        + f"<h3>The middle package, its {RATES_SHOWN} highest rates</h3>"
        + rates
        + f"<h3>The best retaliation</h3><p>Against the hardest package, {escape(reply.player)}'s own best rates on its trade with the senders "
        f"gain it {reply.gain / 1e3:,.1f} billion USD and cost the senders {reply.harm / 1e3:,.1f} billion.</p>"
        f"<p>Each package is a local optimum by its first-order conditions; equilibria hold to {found.residual:.0e}.</p>"
    )
    return Section("frontier", "The measures that take most for what they cost", intro, body)


def _smallest(game: ComplyGame) -> str:
    if game.smallest_threat is None:
        return "none"
    return f"{game.smallest_threat:.2g} x"


def _weights(game: ComplyGame) -> str:
    rows = [
        [label, f"{w.value:,.6g}", unit, badge(w.evidence), escape(w.note)]
        for label, unit, w in (
            ("Worth to the sender of a dollar of the target's loss", "USD", game.weights.damage),
            ("Worth to the third country of a dollar of the target's welfare", "USD", game.weights.relation),
            ("What backing down costs the sender", "million USD", game.weights.credibility),
        )
    ]  # fmt: skip
    return "<h3>Political weights</h3>" + table(
        "Political weights", ("Weight", "Value", "Unit", "Known as", "From"), rows, numbers=(1,)
    )


def _legend() -> str:
    items = "".join(
        f'<li><svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true"><rect class="r{i}" width="14" height="14"/></svg>'
        f"<span><strong>{escape(name)}</strong>: {escape(MEANING[name])}</span></li>"
        for i, name in enumerate(REGIMES)
    )
    return f'<ul class="regime-key">{items}</ul>'


def _regime_map(found: RegimeMap) -> str:
    wide, high = WIDTH - LEFT - 8, HEIGHT - BOTTOM - 8
    ny, nx = found.regime.shape
    cells = []
    for j in range(ny):
        i = 0
        while i < nx:  # one rectangle for each run of equal cells
            run = i
            while run < nx and found.regime[j, run] == found.regime[j, i]:
                run += 1
            cells.append(
                f'<rect class="r{found.regime[j, i]}" x="{LEFT + wide * i / nx:.1f}" y="{8 + high * (ny - 1 - j) / ny:.1f}" '
                f'width="{wide * (run - i) / nx + 0.3:.1f}" height="{high / ny + 0.3:.1f}"/>'
            )
            i = run
    x, y = _ticks(found.x, found.x_values), _ticks(found.y, found.y_values)
    marks = [
        f'<text x="{LEFT + wide * (i + 0.5) / nx:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{label}</text>'
        for i, label in x
    ] + [
        f'<text x="{LEFT - 6}" y="{8 + high * (ny - 0.5 - j) / ny + 4:.1f}" text-anchor="end">{label}</text>'
        for j, label in y
    ]
    across, down = (escape(AXES[name].format(third=found.third)) for name in (found.x, found.y))
    at = [REGIMES[k] for k in np.unique(found.regime)]
    label = f"{found.third}: {' or '.join(at)}, by {AXES[found.y]} and {AXES[found.x]}".format(
        third=found.third
    )
    return (
        f'<figure class="game"><figcaption>Up: {down}. Across: {across}.</figcaption>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT - 14}" role="img" aria-label="{escape(label)}">{"".join(cells)}{"".join(marks)}</svg></figure>'
    )


def _ticks(name: str, values: np.ndarray) -> list[tuple[int, str]]:
    few = len(values) <= 12
    places = range(len(values)) if few else [round(i) for i in np.linspace(0, len(values) - 1, 5)]
    return [(i, f"{values[i] / 1e3:.3g}" if name == "credibility" else f"{values[i]:.3g}") for i in places]


def _bars(rows: Sequence[tuple[str, float, float]], target: str, what: str) -> str:
    """Two bars a member on one scale: what it adds, and what it pays."""
    most = max(max(abs(a), abs(b)) for _, a, b in rows) or 1.0
    step, left, room = 38, 92, WIDTH - 92 - 58
    low = min(0.0, *(min(a, b) for _, a, b in rows))
    scale = room / (most - low)
    zero = left - low * scale
    parts = [f'<line class="zero" x1="{zero:.1f}" x2="{zero:.1f}" y1="0" y2="{step * len(rows)}"/>']
    for i, (name, adds, pays) in enumerate(rows):
        y = i * step + 5
        parts.append(f'<text x="{left - 8}" y="{y + 18}" text-anchor="end">{escape(name)}</text>')
        for k, (kind, value) in enumerate((("adds", adds), ("pays", pays))):
            x, width = (zero, value * scale) if value >= 0 else (zero + value * scale, -value * scale)
            top = y + 14 * k
            parts.append(
                f'<rect class="{kind}" x="{x:.1f}" y="{top}" width="{max(width, 0.8):.1f}" height="12"/>'
            )
            parts.append(
                f'<text x="{zero + max(value, 0) * scale + 5:.1f}" y="{top + 10}">{value:,.1f}</text>'
            )
    caption = f"Billion USD. Dark: what the member adds to the {what} of {target}; light: its own loss when all are in."
    return figure("game", "What each member adds and pays", (WIDTH, step * len(rows) + 4), parts, caption)


def _stable(game) -> str:
    rows = []
    for weight in WEIGHTS:
        frame = game.stability(weight)
        stable = frame[frame["stable"]].sort_values("value", ascending=False)
        shown = "; ".join(escape(str(c)) for c in stable["coalition"].head(STABLE_SHOWN))
        rows.append(
            [
                f"{weight:g}",
                str(len(stable)),
                shown,
                f"{stable['value'].max() / 1e3:,.1f}" if len(stable) else "",
            ]
        )
    return table(
        "Stable coalitions",
        ("Political weight", "Stable coalitions", "The strongest of them", "Value of the strongest, bn USD"),
        rows,
        numbers=(0, 1, 3),
    )


def _frontier_chart(found: Frontier) -> str:
    wide, high = WIDTH - LEFT - 14, HEIGHT - BOTTOM - 8
    best = np.array([[p.own_loss, p.target_loss] for p in found.packages]) / 1e3
    uniform = found.uniform[["own_loss", "target_loss"]].to_numpy() / 1e3
    done = found.done[["own_loss", "target_loss"]].to_numpy() / 1e3
    every = np.concatenate([best, uniform, done, np.zeros((1, 2))])
    low, top = every.min(0), every.max(0)
    span = np.where(top > low, top - low, 1.0)

    def place(point: np.ndarray) -> tuple[float, float]:
        x, y = (point - low) / span
        return LEFT + wide * x, 8 + high * (1 - y)

    def line(points: np.ndarray, kind: str) -> str:
        path = " ".join("{:.1f},{:.1f}".format(*place(p)) for p in points)
        dots = "".join(
            '<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="3"/>'.format(kind, *place(p)) for p in points
        )
        return f'<polyline class="{kind}" points="{path}"/>{dots}'

    zero = place(np.zeros(2))
    parts = [
        f'<line class="zero" x1="{zero[0]:.1f}" x2="{zero[0]:.1f}" y1="8" y2="{8 + high}"/>',
        f'<line class="zero" x1="{LEFT}" x2="{LEFT + wide}" y1="{zero[1]:.1f}" y2="{zero[1]:.1f}"/>',
        line(uniform, "uniform"),
        line(best, "best"),
    ]
    for name, point in zip(found.done["name"], done, strict=True):
        x, y = place(point)
        anchor = "end" if x > WIDTH / 2 else "start"
        parts.append(f'<path class="done" d="M{x - 5:.1f} {y:.1f}h10M{x:.1f} {y - 5:.1f}v10"/>')
        parts.append(
            f'<text x="{x + (-8 if anchor == "end" else 8):.1f}" y="{y + 4:.1f}" text-anchor="{anchor}">{escape(str(name))}</text>'
        )
    for value in _round_steps(low[0], top[0]):
        x = place(np.array([value, 0]))[0]
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{value:g}</text>')
    for value in _round_steps(low[1], top[1]):
        y = place(np.array([0, value]))[1]
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    caption = (
        f"Up: loss of {found.target}; across: loss of the senders (left of the line: a gain), billion USD. Line: optimal "
        "packages; dashes: one rate on every sector; cross: what was done, whose costs may exceed the bound and fall on "
        "exempt sectors too."
    )
    return figure("game", f"Loss of {found.target} against own loss", (WIDTH, HEIGHT - 14), parts, caption)


def _round_steps(low: float, high: float) -> list[float]:
    raw = (high - low) / 4 or 1.0
    power = 10 ** np.floor(np.log10(raw))
    step = power * min((s for s in (1, 2, 5, 10) if s * power >= raw), default=10)
    return [float(v) + 0.0 for v in np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step]


def _bn(value: float) -> str:
    return f"{value / 1e3:+,.2f}"
