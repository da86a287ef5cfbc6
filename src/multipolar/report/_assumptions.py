"""What was put in: measures with evidence and sources, the settings, the table, the model's limits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from multipolar.report._payload import rest_of_world
from multipolar.report._section import badge, table
from multipolar.report._words import billions, paragraphs, variant_title
from multipolar.scenario import KINDS

if TYPE_CHECKING:
    from multipolar.outcome import Outcome
    from multipolar.scenario import Measure, Scenario
    from multipolar.world import World

EVIDENCE = {
    "observed": "the magnitude is a fact on record",
    "estimated": "the magnitude comes from a published estimate",
    "assumed": "the magnitude is a choice of the scenario's author",
}
CLOSURES = {
    "fixed-share": "Trade deficits stay fixed as shares of world GDP.",
    "balanced": "Every country's trade is balanced, in the baseline too.",
    "fixed-real": "Trade deficits stay fixed in real terms.",
}
USE_GROUPS = {
    "common": "All users of a good in a country buy it from the same mix of origins.",
    "final-intermediate": "Final and intermediate users each have their own mix of origins.",
    "by-use": "Every industry, and final demand, has its own mix of origins.",
}
HORIZON = {
    "short": "Short run: labour and capital stay in their sector, inputs are hard to replace.",
    "medium": "Medium run: labour and capital move between the sectors of a country.",
    "long": "Long run: capital grows or shrinks until its return is what it was.",
}
UPPER = {
    "sigma_v": "Elasticity between value added and materials",
    "sigma_m": "Elasticity between materials",
    "sigma_c": "Elasticity between consumption goods",
}
NAMED_ABSENT = ("UKR", "CHE", "NOR", "SAU", "IRN", "KAZ", "BLR", "VNM", "ZAF", "ARG")


def section(scenario: Scenario, world: World, outcomes: Mapping[str, Outcome]) -> str:
    """The whole assumptions section."""
    numbers = {source: i for i, source in enumerate(scenario.sources, 1)}
    parts = [
        "<h3>Variants</h3>",
        _variants(scenario, outcomes),
        "<h3>Measures</h3>",
        _evidence_key(),
        _measures(scenario, outcomes, numbers),
        _notes(scenario, outcomes),
        _sources(scenario, numbers),
        "<h3>Model settings</h3>",
        _settings(scenario, world, outcomes),
        _elasticities(world),
        "<h3>What preparation moved in the table</h3>",
        _adjustments(world),
        "<h3>Limits, in plain words</h3>",
        _limits(scenario, world),
    ]
    return "".join(parts)


# Variants and measures ----------------------------------------------------------------------------------


def _variants(scenario: Scenario, outcomes: Mapping[str, Outcome]) -> str:
    rows = []
    for name, outcome in outcomes.items():
        variant = scenario.variants[name]
        builds = f"Builds on {variant_title(scenario, variant.extends)}. " if variant.extends else ""
        titles = ", ".join(_title(m) for m in outcome.measures) or "none"
        rows.append(
            f'<div data-variant="{escape(name, quote=True)}"><dt>{escape(variant_title(scenario, name))}</dt>'
            f"<dd>{paragraphs(variant.note)}<p>{escape(f'{builds}Measures: {titles}.')}</p></dd></div>"
        )
    return f'<dl class="described">{"".join(rows)}</dl>'


def _evidence_key() -> str:
    items = " ".join(f"<span>{badge(k)} {escape(v)}</span>" for k, v in EVIDENCE.items())
    return f'<p class="key">{items}</p>'


def _measures(scenario: Scenario, outcomes: Mapping[str, Outcome], numbers: Mapping[str, int]) -> str:
    used: dict[str, list[str]] = {}
    measures: dict[str, Any] = {}
    for name, outcome in outcomes.items():
        for measure in outcome.measures:
            measures.setdefault(measure.id, measure)
            used.setdefault(measure.id, []).append(variant_title(scenario, name))
    if not measures:
        return "<p>No variant takes any measure.</p>"
    head = ("Measure", "Kind", "By", "On", "Sectors", "Magnitude", "In force", "Evidence", "Variants")
    body = []
    for key, m in measures.items():
        cites = " ".join(
            f'<a href="#source-{numbers[s]}">[{numbers[s]}]</a>' if s in numbers else escape(f"[{s}]")
            for s in m.sources
        )
        note = f'<p class="note">{escape(" ".join(str(m.note).split()))}</p>' if m.note else ""
        cells = [
            f"<strong>{escape(_title(m))}</strong>{note}",
            escape(str(m.kind).replace("_", " ").replace("-", " ")),
            escape(_listed(getattr(m, "senders", None))),
            escape(_listed(getattr(m, "targets", None))),
            escape(_listed(getattr(m, "sectors", None)) or "all"),
            escape(magnitude(m)),
            escape(_dates(m)),
            f"{badge(str(m.evidence))} {cites}",
            escape("; ".join(used[key])),
        ]
        cells = [f'<td data-label="{h}">{c or "–"}</td>' for h, c in zip(head, cells, strict=True)]
        body.append(f'<tr data-measure="{escape(key, quote=True)}">{"".join(cells)}</tr>')
    columns = "".join(f'<th scope="col">{h}</th>' for h in head)
    return (
        f'<div class="scroll"><table class="measures"><thead><tr>{columns}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def magnitude(measure: Measure) -> str:
    """The size with its unit: percent, or money for transfers; bans are complete."""
    acts = KINDS[measure.kind].acts
    if acts == "ban":
        return "complete"
    if isinstance(measure.magnitude, Mapping):
        return ", ".join(f"{k}: {100 * v:g}%" for k, v in measure.magnitude.items())
    if acts == "transfer":
        return billions(float(measure.magnitude)).lstrip("+") + " a year"
    size = f"{100 * float(measure.magnitude):.6g}%"
    if measure.unit == "trade":
        return f"cost that changes trade by {size.replace('-', '−')} at unchanged prices"
    return f"{size} points" if acts in ("tariff", "export_tax") and measure.mode == "add" else size


def _title(measure: Any) -> str:
    return str(measure.title or measure.id)


def _listed(given: Any) -> str:
    if given is None:
        return ""
    return given if isinstance(given, str) else ", ".join(str(g) for g in given)


def _dates(measure: Any) -> str:
    start, end = getattr(measure, "start", None), getattr(measure, "end", None)
    if not start and not end:
        return ""
    return f"from {start}" if not end else f"{start or '…'} to {end}"


def _notes(scenario: Scenario, outcomes: Mapping[str, Outcome]) -> str:
    by_note: dict[str, list[str]] = {}
    for name, outcome in outcomes.items():
        for note in outcome.notes:
            by_note.setdefault(str(note), []).append(variant_title(scenario, name))
    if not by_note:
        return ""
    items = "".join(
        f"<li>{escape(note)}"
        + ("" if len(where) == len(outcomes) else f' <span class="muted">({escape("; ".join(where))})</span>')
        + "</li>"
        for note, where in by_note.items()
    )
    return f"<h3>Notes of the compilation</h3><ul>{items}</ul>"


def _sources(scenario: Scenario, numbers: Mapping[str, int]) -> str:
    if not numbers:
        return ""
    items = []
    for key, number in numbers.items():
        source = scenario.sources[key]
        cited = [
            str(source.title),
            source.publisher,
            source.date,
            "" if source.status == "confirmed" else source.status,
        ]
        text = ". ".join(str(part) for part in cited if part)
        items.append(f'<li id="source-{number}">{escape(text)}.{link(source.url)}</li>')
    return f'<h3>Sources</h3><ol class="sources">{"".join(items)}</ol>'


def link(url: Any) -> str:
    """A link for a web address; any other text is shown, not linked."""
    if not url:
        return ""
    text = str(url)
    if not text.lower().startswith(("http://", "https://")):
        return f" {escape(text)}"
    return f' <a href="{escape(text, quote=True)}" rel="noopener noreferrer">{escape(text)}</a>'


# Settings, table, limits --------------------------------------------------------------------------------


def _settings(scenario: Scenario, world: World, outcomes: Mapping[str, Outcome]) -> str:
    settings = next(iter(outcomes.values())).settings
    rows = [("Table", f"{world.provenance.get('title', world.name)}, {world.year or world.name}")]
    rows.append(("Size", f"{len(world.countries)} countries and regions, {len(world.sectors)} sectors"))
    horizon = str(settings.get("horizon", scenario.horizon))
    rows.append(("Horizon", HORIZON.get(horizon, horizon)))
    closure = str(settings.get("closure", scenario.closure))
    rows.append(("Trade deficits", CLOSURES.get(closure, closure)))
    groups = str(settings.get("use_groups", scenario.use_groups))
    rows.append(("Sourcing", USE_GROUPS.get(groups, groups)))
    rows += [(label, f"{float(settings[key]):g}") for key, label in UPPER.items() if key in settings]
    rows.append(
        ("Trade elasticities", str(world.provenance.get("trade_elasticity", scenario.trade_elasticity or "")))
    )
    known = {"horizon", "closure", "use_groups", "mobility", "capital", *UPPER}
    rows += [(str(k).replace("_", " "), str(v)) for k, v in settings.items() if k not in known]
    rows.append(
        ("Numeraire", "World GDP at factor cost; welfare and other real changes do not depend on it.")
    )
    items = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in rows if v)
    return f'<dl class="described">{items}</dl>'


def _elasticities(world: World) -> str:
    rows = [
        [escape(name), f"{theta:.3g}"]
        for name, theta in zip(world.sector_names, world.trade_elasticity_values, strict=True)
    ]
    return (
        "<details><summary>Trade elasticity of every sector</summary>"
        "<p>By how many percent the ratio of imported to domestic purchases falls when imports become one "
        f"percent dearer.</p>{table('Trade elasticities', ('Sector', 'Elasticity'), rows, (1,))}</details>"
    )


def _adjustments(world: World) -> str:
    if not world.adjustments:
        return "<p>Nothing: the table balanced as it was given.</p>"
    items = "".join(
        f"<li>{escape(a.what[0].upper() + a.what[1:])}: {a.moved:,.0f} million USD in {a.cells} "
        f"cell{'s' if a.cells != 1 else ''}, {100 * float(a.share_of_output):.2g}% of world output.</li>"
        for a in world.adjustments
    )
    return f"<ul>{items}</ul>"


def _limits(scenario: Scenario, world: World) -> str:
    limits = [
        f"The model is static. {HORIZON[scenario.horizon]} It says nothing about the months of transition, "
        "about growth, or about unemployment.",
        "Competition is perfect and everybody in a country shares its average result; losses within a "
        "country can be far larger than its average.",
    ]
    if world.year:
        limits.append(
            f"The table describes {world.year}. Who trades with whom has changed since; read results as the "
            f"effect of the measures on the world economy of {world.year}, not as a forecast."
        )
    if any("mining" in name.lower() for name in world.sector_names):
        limits.append(
            "Oil, gas, coal and ores are one sector, mining. A ban on one of them is expressed as a measure "
            "on the whole sector, and how hard each is to replace is not told apart."
        )
    rest = rest_of_world(world)
    if rest is not None:
        limits.append(
            f"“{world.country_names[rest]}” is one region in the table. It holds every country not listed"
            f"{_among(_absent(world))}, which share one average result."
        )
    if world.tariff_values.max() == 0:
        limits.append("The table has no tariffs; a tariff here is one added to a world without any.")
    limits.append(
        "What a country pays in security, politics or law is outside the model, and so is what war itself "
        "destroys."
    )
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in limits)}</ul>"


def _absent(world: World) -> list[str]:
    atlas = json.loads(files("multipolar.report").joinpath("map.json").read_text(encoding="utf-8"))
    return [atlas["countries"][c]["name"] for c in NAMED_ABSENT if c not in world.countries][:6]


def _among(names: Iterable[str]) -> str:
    names = list(names)
    return f" (among them {', '.join(names[:-1])} and {names[-1]})" if len(names) > 1 else ""
