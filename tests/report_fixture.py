"""A small world, really solved, under a scenario whose texts try to break out of the page."""

from __future__ import annotations

import datetime as dt
from functools import cache
from types import SimpleNamespace
from typing import Any

import equinox as eqx
import numpy as np

from multipolar.economy import Shock, calibrate, solve
from multipolar.outcome import Outcome
from multipolar.world import World

COUNTRIES = ("CHN", "RUS", "USA", "DEU", "MLT", "RoW")
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)> & "quotes" \u2028 </script>'


@cache
def world() -> World:
    random = np.random.default_rng(7)
    n, j = len(COUNTRIES), 4
    size = np.array([8.0, 2.0, 15.0, 4.0, 0.1, 20.0])
    gravity = np.sqrt(np.outer(size, size)) * (0.1 + 2 * np.eye(n))
    intermediate = random.uniform(0.5, 1.5, (n, j, n, j)) * gravity[:, None, :, None] * 1e4
    final = random.uniform(0.5, 1.5, (n, j, n, 2)) * gravity[:, None, :, None] * 8e4
    names = ("China", "Russia", "United States", "Germany", "Malta", "Rest of the World")
    return World.from_arrays(
        COUNTRIES,
        ("farm", "mine", "make", "serve"),
        intermediate,
        final,
        [6.0, 9.0, 4.0, 3.0],
        country_names=names,
        sector_names=("Agriculture", "Mining and quarrying", "Manufacturing", "Services"),
        name="test-world",
        year=2011,
        provenance={"title": "A made-up table", "citation": "Nobody (2024), made up for a test"},
    )


def measure(key: str, **given: Any) -> SimpleNamespace:
    default = {
        "id": key, "kind": "tariff", "title": key.title(), "senders": ["USA"], "targets": ["RUS"], "sectors": ["mine"],
        "magnitude": 0.5, "start": dt.date(2022, 3, 1), "end": None, "evidence": "assumed", "sources": ["news"],
        "note": "", "revenue": None,
    }  # fmt: skip
    return SimpleNamespace(**{**default, **given})


def scenario(**given: Any) -> SimpleNamespace:
    variant = lambda title, **more: SimpleNamespace(  # noqa: E731
        **{"title": title, "extends": None, "add": [], "remove": [], "compare_to": None, "note": "", **more}
    )
    default = {
        "name": "test", "title": "A test", "summary": "What it is about.\n\nAnd more.", "date": dt.date(2024, 5, 16),
        "world": "test-world", "trade_elasticity": None, "closure": "fixed-share", "use_groups": "common",
        "upper_elasticities": SimpleNamespace(value_added=1.0, materials=1.0, consumption=1.0),
        "sources": {
            "news": SimpleNamespace(
                title="The news", publisher="A paper", date=dt.date(2024, 5, 1), url="https://example.org/a?b=1&c=2", licence=None
            )
        },
        "measures": {},
        "variants": {"western": variant("Western sanctions"), "world": variant("Everybody's sanctions", extends="western")},
        "comparisons": [
            SimpleNamespace(
                id="support", question="What is China's support worth to Russia?", of="western", minus="world",
                countries=["RUS"], text="China's support",
            ),
            SimpleNamespace(
                id="comply", question="What would complying cost China?", of="world", minus="western",
                countries=["CHN"], text="Complying",
            ),
        ],
    }  # fmt: skip
    return SimpleNamespace(**{**default, **given})


@cache
def equilibria() -> dict[str, Any]:
    """Trade costs on Russia's mines and machines by the West, then by China too."""
    economy = calibrate(world())
    n, j = economy.output.shape
    found = {}
    for name, senders in {"western": (2, 3, 4), "world": (0, 2, 3, 4)}.items():
        iceberg = np.ones((n, n, j, 1))
        for k in senders:
            iceberg[1, k], iceberg[k, 1] = 3.0, 3.0
        found[name] = solve(economy, eqx.tree_at(lambda s: s.iceberg, Shock.none(n, j), np.asarray(iceberg)))
    return found


def outcomes(**given: Any) -> dict[str, Outcome]:
    listed = (
        measure("ban", **given),
        measure("costs", kind="non-tariff", magnitude=2.0, evidence="estimated"),
    )
    return {
        name: Outcome(world(), e, "test", name, listed[: 1 + (name == "world")], ("EU27: HRV is inside RoW.",), {
            "closure": "fixed-share", "use_groups": "common", "sigma_v": 1.0, "sigma_m": 1.0, "sigma_c": 1.0})
        for name, e in equilibria().items()
    }  # fmt: skip


RECORD = {
    "versions": {"multipolar": "0.1.0", "jax": "0.7"},
    "world": {"name": "test-world", "sha256": "ab" * 32},
    "settings": {"closure": "fixed-share"},
}
