"""The page: static parts written here, interactive parts drawn by the browser from embedded numbers."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from multipolar._files import write_text
from multipolar.errors import InputError
from multipolar.report import (
    _assumptions,
    _certificate,
    _dependence,
    _energy,
    _settlement,
    _strategy,
    _war,
    _words,
)
from multipolar.report._payload import payload
from multipolar.report._section import Section

if TYPE_CHECKING:
    from multipolar.outcome import Outcome
    from multipolar.scenario import Scenario
    from multipolar.studies import StudyResults
    from multipolar.world import World

OPENING = (("comparisons", "The answers"), ("results", "One variant at a time"))
CLOSING = (("assumptions", "Assumptions and sources"), ("certificate", "Certificate"))


def write_report(
    path: str | Path,
    *,
    scenario: Scenario,
    world: World,
    outcomes: Mapping[str, Outcome],
    record: Mapping[str, Any],
    studies: StudyResults | None = None,
) -> Path:
    """Write one self-contained HTML page and return its path.

    `outcomes` maps variant names to outcomes, in the order in which they are shown; `record` is the run
    record, shown as it is; `studies` follow the economy's results. Raises `InputError` if there is no outcome.
    """
    if not outcomes:
        raise InputError(f"{scenario.name}: a report needs the outcome of at least one variant, got none.")
    target = Path(path)
    write_text(target, render(scenario, world, outcomes, record, studies))
    return target


def render(
    scenario: Scenario,
    world: World,
    outcomes: Mapping[str, Outcome],
    record: Mapping[str, Any],
    studies: StudyResults | None = None,
) -> str:
    """The page as text."""
    world = next(iter(outcomes.values())).world  # its trade elasticities are those of the run
    data = payload(scenario, world, outcomes)
    headline = _words.headline(scenario, world, outcomes)
    if studies is not None and studies.dependence is not None:
        headline += f" {_dependence.dependence_headline(studies.dependence)}."
    sections = _sections(studies) if studies is not None else []
    script = _shipped("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return Template(_shipped("report.html")).substitute(
        script_hash=digest,
        title=escape(str(scenario.title)),
        description=escape(headline),
        style=_shipped("report.css"),
        headline=escape(headline),
        kicker=escape(" · ".join(_kicker(scenario, world))),
        summary=_words.paragraphs(scenario.summary),
        cards=_words.cards(scenario, world, outcomes),
        comparisons=_words.comparisons(scenario, world, outcomes),
        contents="".join(
            f'<li><a href="#{escape(key)}">{escape(title)}</a></li>'
            for key, title in (*OPENING, *((s.key, s.title) for s in sections), *CLOSING)
        ),
        sections="".join(section.html() for section in sections),
        assumptions=_assumptions.section(scenario, world, outcomes),
        certificate=_certificate.section(world, outcomes, record),
        footer=_certificate.footer(world, _atlas()["provenance"], record),
        data=_embedded({**data, "map": {k: v for k, v in _atlas().items() if k != "provenance"}}),
        script=script,
    )


def _sections(studies: StudyResults) -> list[Section]:
    found = _dependence.dependence_sections(studies.dependence) if studies.dependence else []
    found += _strategy.sections(studies.threats, studies.coalitions, studies.optimal)
    for room, given in ((_energy, studies.energy), (_settlement, studies.settlement), (_war, studies.war)):
        if given is not None:
            found += room.sections(given)
    return found


def _kicker(scenario: Scenario, world: World) -> list[str]:
    date = f"{scenario.date.day} {scenario.date:%B %Y}" if scenario.date else ""
    return [
        part
        for part in (str(scenario.title), date, f"world of {world.year}" if world.year else world.name)
        if part
    ]


def _embedded(data: Any) -> str:
    """JSON that cannot end the script element that holds it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


@cache
def _shipped(name: str) -> str:
    return files("multipolar.report").joinpath(name).read_text(encoding="utf-8")


@cache
def _atlas() -> dict[str, Any]:
    return json.loads(_shipped("map.json"))
