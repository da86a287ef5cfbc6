"""A small world under a scenario whose texts try to break out of the page."""

from __future__ import annotations

from functools import cache

import numpy as np

from multipolar import run
from multipolar.outcome import Outcome
from multipolar.scenario import Scenario
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


@cache
def scenario(text: str = "plain") -> Scenario:
    return Scenario.model_validate(
        {
            "name": "test",
            "title": f"A test {text}",
            "summary": f"What it is about {text}.\n\nAnd more.",
            "date": "2024-05-16",
            "world": "test-world",
            "sources": {"news": {"title": f"The news {text}", "url": "https://example.org/a?b=1&c=2"}},
            "measures": {
                "ban": {
                    "id": "ban", "kind": "non-tariff-cost", "title": f"Dearer mines {text}", "senders": ["USA", "DEU", "MLT"],
                    "targets": "RUS", "sectors": "mine", "magnitude": 2.0, "evidence": "estimated", "sources": ["news"],
                    "note": f"From the news {text}.", "start": "2022-03-01",
                },
                "china": {
                    "id": "china", "kind": "embargo", "senders": "CHN", "targets": "RUS", "sectors": "make",
                    "evidence": "assumed", "note": "A choice.",
                },
            },
            "variants": {
                "western": {"title": f"Western sanctions {text}", "add": ["ban"], "note": text},
                "world": {"title": "Everybody's sanctions", "extends": "western", "add": ["china"]},
            },
            "comparisons": [
                {
                    "id": "support", "question": "What is China's support worth to Russia?", "subject": "China's support",
                    "of": "western", "minus": "world", "countries": "RUS",
                },
                {"id": "comply", "question": f"And China {text}?", "of": "world", "minus": "western", "countries": "CHN"},
            ],
        }
    )  # fmt: skip


@cache
def outcomes(text: str = "plain") -> dict[str, Outcome]:
    return run(world(), scenario(text))


RECORD = {
    "versions": {"multipolar": "0.1.0", "jax": "0.7"},
    "world": {"name": "test-world", "sha256": "ab" * 32},
    "settings": {"closure": "fixed-share"},
}
