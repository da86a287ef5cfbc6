"""The proof that each result is an equilibrium, how it was computed, and how to cite its data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from multipolar.economy import CONDITIONS
from multipolar.report._assumptions import link
from multipolar.report._section import table

if TYPE_CHECKING:
    from multipolar.outcome import Outcome
    from multipolar.world import World

CITED = {
    "citation": "Cite",
    "via": "Obtained through",
    "licence": "Licence",
    "licence_note": "On the licence",
    "units": "Units",
    "notes": "Notes",
}
LONG_LIST = 12


def section(world: World, outcomes: Mapping[str, Outcome], record: Mapping[str, Any]) -> str:
    """Residuals by condition and variant, the solver, the run record, how to cite."""
    return "".join(
        [
            _verdict(outcomes),
            _residuals(outcomes),
            _solver(outcomes),
            "<details><summary>Run record: versions, data hashes, settings</summary>",
            _record(record),
            "</details>",
            "<h3>How to cite the data</h3>",
            citation(world),
        ]
    )


def footer(world: World, atlas: Mapping[str, str], record: Mapping[str, Any]) -> str:
    """Where the numbers and the map come from."""
    version = _find(record, "multipolar") or ""
    return (
        f"<p>Written by Multipolar {escape(version)}. Every number on this page is computed from the table "
        "and the measures listed above; nothing is loaded from the network.</p>"
        f"<p>Map: {escape(atlas['title'])}, via {escape(atlas['via'])}. {escape(atlas['projection'])}. "
        f"Borders as in Natural Earth; {escape(atlas['changes'])} "
        "The map implies no judgement on the status of any territory.</p>"
        f"<p>Data: {escape(str(world.provenance.get('citation', world.name)))}.</p>"
    )


def citation(world: World) -> str:
    """The citation, the way the data took, its licence."""
    given = world.provenance
    items = "".join(
        f"<div><dt>{label}</dt><dd>{escape(str(given[key]))}</dd></div>"
        for key, label in CITED.items()
        if given.get(key)
    )
    site = link(given.get("url"))
    return f'<dl class="described">{items}</dl>{site}' if items else f"<p>World {escape(world.name)}.</p>"


def _verdict(outcomes: Mapping[str, Outcome]) -> str:
    worst = max(o.certificate.worst for o in outcomes.values())
    tolerance = max(o.certificate.tolerance for o in outcomes.values())
    passed = all(o.certificate.passes for o in outcomes.values())
    word = "All conditions hold" if passed else "Some conditions do not hold"
    return (
        f'<p class="verdict {"passes" if passed else "fails"}"><strong>{word}.</strong> The largest relative '
        f"residual of any equilibrium condition in any variant is {_tiny(worst)}; at most {_tiny(tolerance)} is "
        "allowed. Residuals are computed afresh after solving, from the accounts themselves.</p>"
    )


def _residuals(outcomes: Mapping[str, Outcome]) -> str:
    conditions = list(dict.fromkeys(c for o in outcomes.values() for c in o.certificate.residuals))
    head = "".join(f'<th scope="col" class="number">{escape(name)}</th>' for name in outcomes)
    body = []
    for condition in conditions:
        cells = []
        for outcome in outcomes.values():
            value = outcome.certificate.residuals.get(condition)
            if value is None:  # no satellite model in this variant
                cells.append('<td class="number"></td>')
                continue
            holds = value <= outcome.certificate.tolerance
            where = escape(str(outcome.certificate.worst_at.get(condition, "")), quote=True)
            cells.append(
                f'<td class="number{"" if holds else " fails"}" title="largest at {where}">{value:.1e}</td>'
            )
        meaning = CONDITIONS[condition]
        label = escape(meaning[0].upper() + meaning[1:])
        body.append(f'<tr><th scope="row">{label}</th>{"".join(cells)}</tr>')
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Residuals"><table class="plain">'
        f'<thead><tr><th scope="col">Condition</th>{head}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'
    )


def _solver(outcomes: Mapping[str, Outcome]) -> str:
    keys = list(dict.fromkeys(k for o in outcomes.values() for k in o.certificate.solver))
    if not keys:
        return ""
    head = ("Variant", *(str(k).replace("_", " ") for k in keys))
    rows = [
        [escape(name), *(escape(_short(o.certificate.solver.get(k, ""))) for k in keys)]
        for name, o in outcomes.items()
    ]
    return f"<details><summary>Solver</summary>{table('Solver', head, rows, range(1, len(head)))}</details>"


def _record(record: Mapping[str, Any]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(key)}</th><td>{escape(_short(value))}</td></tr>'
        for key, value in flat(record)
    )
    return f'<div class="scroll"><table class="plain record"><tbody>{rows}</tbody></table></div>'


def flat(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested mappings and lists as `a.b.c`, value; short lists of plain values stay together."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from flat(inner, f"{prefix}.{key}" if prefix else str(key))
    elif (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and any(isinstance(v, Mapping) for v in value)
    ):
        for i, inner in enumerate(value):
            yield from flat(inner, f"{prefix}[{i}]")
    else:
        yield prefix, value


def _tiny(value: float) -> str:
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return "0" if value == 0 else f"{mantissa.removesuffix('.0')}e{int(exponent)}"


def _short(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "–"}[value]
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        shown = ", ".join(str(v) for v in value[:LONG_LIST])
        return shown + (f", … ({len(value)})" if len(value) > LONG_LIST else "")
    return str(value)


def _find(record: Mapping[str, Any], name: str) -> str | None:
    """The version of a package, wherever the record keeps it."""
    return next((str(v) for k, v in flat(record) if k.split(".")[-1].lower() == name), None)
