"""Findings in words, with the sign in the verb: gains or loses, is worth or costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from multipolar.outcome import Outcome
    from multipolar.scenario import Scenario
    from multipolar.world import World

BASELINE = "baseline"
NOTHING = 5e-6  # a change below 0.0005% is called none
CARDS = 5
IN_HEADLINE = 2
_ARTICLE = {
    "United States",
    "United Kingdom",
    "Netherlands",
    "Czech Republic",
    "Philippines",
    "Rest of the World",
}


# Numbers ------------------------------------------------------------------------------------------------


def percent(change: float, unit: str = "%") -> str:
    """A signed share: two decimals, three when small, one when large; never a signed zero."""
    size = 100 * abs(change)
    if abs(change) < NOTHING:
        return f"0{unit}"
    digits = 3 if size < 0.0995 else 2 if size < 9.995 else 1
    return f"{'−' if change < 0 else '+'}{size:.{digits}f}{unit}"


def size_of(change: float) -> str:
    """A share without its sign, to two significant digits: 12%, 1.9%, 0.1%, 0.023%."""
    size = 100 * abs(change)
    if abs(change) < NOTHING:
        return "0%"
    if size >= 9.95:
        return f"{size:.0f}%"
    return f"{float(f'{size:.1e}'):.10f}".rstrip("0").rstrip(".") + "%"


def billions(million: float) -> str:
    """Signed billion USD from million USD."""
    size = abs(million) / 1000
    if size < 0.005:
        return "0 bn USD"
    digits = 0 if size >= 99.5 else 1 if size >= 0.95 else 2
    return f"{'−' if million < 0 else '+'}{size:,.{digits}f} bn USD"


def paragraphs(text: Any) -> str:
    """User text as HTML paragraphs, a blank line between them."""
    parts = [" ".join(part.split()) for part in str(text or "").split("\n\n")]
    return "".join(f"<p>{escape(part)}</p>" for part in parts if part)


# Differences between variants ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """One comparison for one country: a difference in real consumption."""

    question: str
    of: str
    minus: str
    country: str
    subject: str
    value: float  # fraction of baseline consumption
    usd: float  # million USD
    levels: tuple[float, float]  # the two welfare changes

    def sentence(self) -> str:
        if abs(self.value) < NOTHING:
            return f"{self.subject} makes no difference to {self.country}"
        size = f"{size_of(self.value)} of real consumption"
        if self.value > 0:
            return f"{self.subject} is worth {size} to {self.country}"
        return f"{self.subject} costs {self.country} {size}"


def findings(scenario: Scenario, world: World, outcomes: Mapping[str, Outcome]) -> list[Finding]:
    """Every comparison whose two variants were run, one finding for each of its countries."""
    found = []
    for comparison in scenario.comparisons:
        if any(name not in outcomes and name != BASELINE for name in (comparison.of, comparison.minus)):
            continue
        for code in countries_of(comparison):
            if code not in world.countries:
                continue
            levels = [_at(outcomes, name, "welfare", code) for name in (comparison.of, comparison.minus)]
            money = [_at(outcomes, name, "welfare_usd", code) for name in (comparison.of, comparison.minus)]
            of, minus = variant_title(scenario, comparison.of), variant_title(scenario, comparison.minus)
            found.append(
                Finding(
                    str(comparison.question),
                    of,
                    minus,
                    country_name(world, code),
                    comparison.subject or _default_subject(comparison, of, minus),
                    levels[0] - levels[1],
                    money[0] - money[1],
                    (levels[0], levels[1]),
                )
            )
    return found


def _default_subject(comparison: Any, of: str, minus: str) -> str:
    return f"“{of}”" if comparison.minus == BASELINE else f"“{of}” instead of “{minus}”"


def headline(scenario: Scenario, world: World, outcomes: Mapping[str, Outcome]) -> str:
    """The first two comparisons as one sentence, or the largest effects of the first variant."""
    first: dict[str, Finding] = {}
    for finding in findings(scenario, world, outcomes):
        first.setdefault(finding.question, finding)
    sentences = [f.sentence() for f in list(first.values())[:IN_HEADLINE]]
    if not sentences:
        name, outcome = next(iter(outcomes.items()))
        sentences = [f"{variant_title(scenario, name)}: {_largest(world, outcome)}"]
    joined = "; ".join([sentences[0], *(s[0].lower() + s[1:] if _is_common(s) else s for s in sentences[1:])])
    return joined + "."


def _is_common(sentence: str) -> bool:
    """Whether the first word may lose its capital after a semicolon: a plain -ing word or an article."""
    word = sentence.split(maxsplit=1)[0]
    return word.endswith("ing") or word in ("The", "A", "An", "If", "Its", "Their")


def _largest(world: World, outcome: Outcome) -> str:
    welfare = outcome.welfare.values
    parts = []
    for i, (verb, none) in ((int(welfare.argmin()), ("loses", welfare.min() > -NOTHING)),
                            (int(welfare.argmax()), ("gains", welfare.max() < NOTHING))):  # fmt: skip
        if not none:
            parts.append(
                f"{country_name(world, world.countries[i])} {verb} {size_of(welfare[i])} of real consumption"
            )
    return " and ".join(parts) or "no country gains or loses"


# HTML ---------------------------------------------------------------------------------------------------


def cards(scenario: Scenario, world: World, outcomes: Mapping[str, Outcome]) -> str:
    """Up to five key figures: the comparisons, then the worst and best hit of the first variant."""
    out = [_card(f.country, percent(f.value), f.question, f"{billions(f.usd)} a year") for f in
           findings(scenario, world, outcomes)[:CARDS]]  # fmt: skip
    if len(out) < 3:
        name, outcome = next(iter(outcomes.items()))
        order = np.argsort(outcome.welfare.values)
        for i in (order[0], order[-1]):
            value, usd = float(outcome.welfare.values[i]), float(outcome.welfare_usd.values[i])
            what = "Largest loss" if value < 0 else "Largest gain" if i == order[-1] else "Smallest gain"
            text = f"{what}: {variant_title(scenario, name)}"
            out.append(
                _card(
                    country_name(world, world.countries[i]), percent(value), text, f"{billions(usd)} a year"
                )
            )
        total = float(outcome.welfare_usd.values.sum())
        out.append(
            _card(
                "World",
                billions(total),
                f"Sum of gains and losses: {variant_title(scenario, name)}",
                "a year",
            )
        )
    return "".join(out)


def _card(where: str, figure: str, text: str, detail: str) -> str:
    sign = "loss" if figure.startswith("−") else "gain" if figure.startswith("+") else "none"
    return (
        f'<li class="card {sign}"><h3>{escape(where)}</h3><p class="figure">{escape(figure)}</p>'
        f'<p>{escape(text)}</p><p class="detail">{escape(detail)}</p></li>'
    )


def comparisons(scenario: Scenario, world: World, outcomes: Mapping[str, Outcome]) -> str:
    """Each comparison as the subtraction it is."""
    rows = []
    for f in findings(scenario, world, outcomes):
        of, minus = percent(f.levels[0]), percent(f.levels[1])
        rows.append(
            f'<li class="comparison"><h3>{escape(f.question)}</h3><p>{escape(f.sentence())}.</p>'
            f'<dl class="subtraction"><div><dt>{escape(f.of)}</dt><dd>{of}</dd></div>'
            f'<div class="minus"><dt>{escape(f.minus)}</dt><dd>{minus}</dd></div>'
            f'<div class="result"><dt>Difference, {escape(f.country)}</dt>'
            f"<dd>{percent(f.value, ' points')}<small>{billions(f.usd)} a year</small></dd></div></dl></li>"
        )
    if not rows:
        return "<p>This scenario names no comparisons. Choose two variants above to see their difference.</p>"
    return f'<ul class="comparisons">{"".join(rows)}</ul>'


# Labels -------------------------------------------------------------------------------------------------


def countries_of(comparison: Any) -> list[str]:
    given = comparison.countries
    return [given] if isinstance(given, str) else list(given)


def measure_countries(measure: Any) -> list[str]:
    """Senders and targets that are written as single codes."""
    out: list[str] = []
    for side in ("senders", "targets"):
        given = getattr(measure, side, None) or ()
        out += [given] if isinstance(given, str) else [str(g) for g in given]
    return out


def variant_title(scenario: Scenario, name: str) -> str:
    if name == BASELINE and name not in scenario.variants:
        return "Baseline"
    return str(getattr(scenario.variants[name], "title", None) or name)


def country_name(world: World, code: str) -> str:
    """The name in running text."""
    name = world.country_names[world.countries.index(code)] if code in world.countries else code
    return (
        f"the {name[0].lower() + name[1:] if name.startswith('Rest') else name}" if name in _ARTICLE else name
    )


def names_of(world: World, codes: Sequence[str]) -> list[str]:
    return [country_name(world, code) for code in codes]


def _at(outcomes: Mapping[str, Outcome], name: str, what: str, code: str) -> float:
    return 0.0 if name == BASELINE else float(getattr(outcomes[name], what).sel(country=code))
