"""Dependence as a user meets it: the study, the command, its tables on disk and its sections of the report."""

from __future__ import annotations

import json
import re
from functools import cache

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import multipolar as mp
from multipolar.report._dependence import dependence_headline, dependence_sections
from multipolar.strategy import DependenceResults, dependence, dependence_for, power_curve
from multipolar.strategy._study import COLUMNS
from tests.report_fixture import world
from tests.test_cli import multipolar

ACTORS = {"RUS": "RUS", "CHN": "CHN", "west & <b>": ["USA", "DEU"]}


@cache
def study() -> DependenceResults:
    return dependence_for(ACTORS, world())


def test_a_study_holds_what_its_parts_compute():
    found = study()
    assert found.actors == tuple(ACTORS) and found.dual_use is None  # this world has no industry of the group
    assert np.nanmax(np.abs((found.losses.welfare - dependence(world(), ACTORS).welfare).values)) < 1e-12
    curve = power_curve(world(), ["CHN", "USA", "DEU"], "RUS")
    pd.testing.assert_frame_equal(found.curves["RUS"], curve)
    tables = found.to_frames()
    assert set(tables) == {"dependence", "dependence_by_sector", "inputs", "chokepoints", "power"}
    assert {c for t in tables.values() for c in t.columns} <= set(COLUMNS)
    assert len(tables["dependence"]) == 6


def test_the_sections_show_every_pair_and_escape_every_name():
    found = study()
    sections = dependence_sections(found)
    assert [s.key for s in sections] == ["dependence", "dependence-inputs", "dependence-power"]
    page = "".join(s.html() for s in sections)
    assert "<script" not in page and "west & <b>" not in page and "west &amp; &lt;b&gt;" in page
    assert page.count("<svg") == page.count("</svg>") and page.count("<div") == page.count("</div>")
    loss = float(found.losses.welfare.sel(country="RUS", partner="CHN"))
    assert f"−{100 * -loss:.2f}%" in page or f"−{100 * -loss:.1f}%" in page
    assert not re.search(r"\bnan\b", page)


def test_the_headline_names_the_side_with_more_to_lose_first():
    losses = study().losses
    place = np.unravel_index(np.nanargmax(losses.leverage.values), losses.leverage.shape)
    strong, weak = str(losses.country[place[0]].item()), str(losses.partner[place[1]].item())
    sentence = dependence_headline(study())
    names = {a: study().names.get(a, a) for a in (strong, weak)}
    assert sentence.index(names[weak]) < sentence.index(names[strong])


@pytest.fixture(scope="module")
def world_file(tmp_path_factory):
    return str(world().save(tmp_path_factory.mktemp("world") / "small.npz"))


def test_the_command_prints_what_fits_and_writes_documented_tables(world_file, tmp_path):
    done = multipolar("exposure", world_file, "RUS", "CHN", "--partners", "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert "Leverage" in done.stdout and "certified: 15 of 15" in done.stdout
    assert max(map(len, done.stdout.splitlines()[:-1])) <= 80
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert names == {"dependence.parquet", "inputs.parquet", "chokepoints.parquet"}
    for path in (tmp_path / "out").iterdir():
        for field in pq.read_schema(path):
            assert field.metadata[b"description"].decode() == COLUMNS[field.name][1]
    rows = pd.read_parquet(tmp_path / "out" / "dependence.parquet").set_index(["country", "partner"])
    expected = dependence(world()).welfare
    assert rows.loc[("RUS", "MLT"), "welfare"] == pytest.approx(
        float(expected.sel(country="RUS", partner="MLT"))
    )


def test_the_command_prints_json_and_names_what_it_does_not_know(world_file):
    done = multipolar("exposure", world_file, "RUS", "CHN", "--sector", "mine", "--json")
    found = json.loads(done.stdout)
    expected = dependence(world(), ["RUS", "CHN"], sectors="mine").welfare_usd
    assert found["dependence"][0]["welfare_usd"] == pytest.approx(
        float(expected.sel(country="RUS", partner="CHN"))
    )
    assert found["failed"] == 0 and found["residual"] <= 1e-9
    done = multipolar("exposure", world_file, "RUS", "CHNA")
    assert done.returncode == 2 and "Did you mean 'CHN'" in done.stderr
    done = multipolar("exposure", world_file, "RUS", "CHN", "--horizon", "shortt")
    assert done.returncode == 2 and "Did you mean 'short'" in done.stderr


def test_dependence_is_part_of_the_public_surface():
    assert mp.dependence is dependence and "dependence" in mp.__all__
