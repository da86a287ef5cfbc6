"""Malformed scenarios and worlds: one screen that says where, what, what was expected, and the nearest choice."""

from __future__ import annotations

import re

import numpy as np
import pytest

from multipolar.cli import main
from multipolar.errors import InputError, MultipolarError, ScenarioError
from multipolar.scenario import compile_measures, load_scenario
from multipolar.world import World, load_world
from tests.worlds import random_world

GOOD = """\
name: mine
title: Mine
date: 2024-05-16
world: wiod-2011
sources:
  news: {title: The news}
measures:
  first:
    kind: tariff
    senders: USA
    targets: CHN
    sectors: c13
    magnitude: 0.25
    evidence: observed
    sources: [news]
variants:
  base:
    title: Base
    add: [first]
  more:
    title: More
    extends: base
comparisons:
  - id: q
    question: How much?
    of: more
    minus: base
    countries: [CHN]
"""

# what to replace, by what, and what the message must hold
SCENARIOS = {
    "misspelt top field": ("title: Mine", "titel: Mine", ["unknown field 'titel'", "Did you mean 'title'", "line 2"]),
    "missing title": ("title: Mine\n", "", ["title", "missing"]),
    "missing variants": (re.compile(r"variants:.*?comparisons", re.S), "comparisons", ["variants", "missing"]),
    "tab instead of spaces": ("    kind: tariff", "\tkind: tariff", ["line 9", "YAML"]),
    "a key twice": ("title: Mine", "title: Mine\ntitle: Yours", ["line 3", "YAML"]),
    "not a mapping": (re.compile(r".*", re.S), "- a\n- b\n", ["expected a mapping"]),
    "empty file": (re.compile(r".*", re.S), "", ["expected a mapping"]),
    "unknown kind": ("kind: tariff", "kind: tarif", ["line 9", "measures.first.kind", "Did you mean 'tariff'"]),
    "misspelt measure field": ("magnitude: 0.25", "magnitud: 0.25", ["unknown field 'magnitud'", "Did you mean 'magnitude'"]),
    "percent sign": ("magnitude: 0.25", "magnitude: 25%", ["line 13", "25%", "write 25% as 0.25"]),
    "number as text": ("magnitude: 0.25", "magnitude: 'much'", ["measures.first.magnitude", "much"]),
    "percent meant": ("magnitude: 0.25", "magnitude: 2500", ["outside -0.99 to 50", "write 25% as 0.25"]),
    "nan": ("magnitude: 0.25", "magnitude: .nan", ["measures.first", "nan"]),
    "infinite": ("magnitude: 0.25", "magnitude: .inf", ["measures.first", "inf"]),
    "tariff below minus one": ("magnitude: 0.25", "magnitude: -1.5", ["-1.5", "outside"]),
    "truth value as number": ("magnitude: 0.25", "magnitude: yes", ["measures.first.magnitude", "number"]),
    "no senders": ("    senders: USA\n", "", ["measures.first", "needs senders"]),
    "no targets": ("    targets: CHN\n", "", ["measures.first.targets", "missing"]),
    "empty targets": ("targets: CHN", "targets: []", ["targets must name at least one"]),
    "unknown country": ("targets: CHN", "targets: CHI", ["measure 'first', targets", "'CHI'", "Did you mean 'CHN'"]),
    "unknown group": ("senders: USA", "senders: EU28", ["measure 'first', senders", "Did you mean 'EU27'"]),
    "unknown sector": ("sectors: c13", "sectors: c130", ["measure 'first', sectors", "Did you mean 'c"]),
    "group without members here": ("targets: CHN", "targets: CHN\n    except_countries: CHN", ["no country", "targets"]),
    "evidence missing": ("    evidence: observed\n", "", ["measures.first.evidence", "missing"]),
    "evidence unknown": ("evidence: observed", "evidence: guessed", ["line 14", "observed, estimated, assumed"]),
    "observed without source": ("    sources: [news]\n", "", ["names its sources"]),
    "assumed without note": ("evidence: observed", "evidence: assumed", ["note", "where its magnitude comes from"]),
    "unknown source": ("sources: [news]", "sources: [newz]", ["measures.first.sources", "Did you mean 'news'"]),
    "end before start": ("magnitude: 0.25", "magnitude: 0.25\n    start: 2022-03-01\n    end: 2022-02-01", ["not after start"]),
    "impossible date": ("date: 2024-05-16", "date: 2024-13-45", ["date", "2024-13-45"]),
    "set for a cost": ("kind: tariff", "kind: trade-cost\n    mode: set", ["mode: set is for tariffs"]),
    "revenue for a tariff": ("kind: tariff", "kind: tariff\n    revenue: importer", ["payment frictions and quotas only"]),
    "trade unit for a tariff": ("kind: tariff", "kind: tariff\n    unit: trade", ["unit: trade is for trade costs"]),
    "trade cannot fall by all": (
        "kind: tariff", "kind: trade-cost\n    unit: trade\n    mode: add", None,
    ),
    "control of everything": (
        "kind: tariff\n    senders: USA\n    targets: CHN\n    sectors: c13", "kind: export-control\n    senders: USA\n    targets: CHN",
        ["names the sectors it covers"],
    ),
    "both sector forms": ("magnitude: 0.25", "magnitude: {c14: 0.1}", ["magnitude by sector replaces `sectors`"]),
    "unknown measure in variant": ("add: [first]", "add: [frist]", ["variants.base.add", "Did you mean 'first'"]),
    "measure twice": ("extends: base", "extends: base\n    add: [first]", ["already in this variant"]),
    "remove what is not there": ("extends: base", "extends: base\n    remove: [second]", ["variants.more.remove", "second"]),
    "unknown parent": ("extends: base", "extends: bass", ["variants.more.extends", "Did you mean 'base'"]),
    "circle": ("  base:\n    title: Base", "  base:\n    extends: more\n    title: Base", ["circle"]),
    "reserved name": ("  more:", "  baseline:", ["kept for the world as it is"]),
    "unknown comparison variant": ("minus: base", "minus: bases", ["comparisons.q", "Did you mean 'base'"]),
    "comparison without country": ("countries: [CHN]", "countries: []", ["comparisons.0.countries"]),
    "unknown closure": ("world: wiod-2011", "world: wiod-2011\nclosure: balance", ["closure", "Did you mean 'balanced'"]),
    "unknown horizon": ("world: wiod-2011", "world: wiod-2011\nhorizon: lng", ["horizon", "Did you mean 'long'"]),
    "unknown world": ("world: wiod-2011", "world: wiod-2012", ["unknown world 'wiod-2012'", "Did you mean 'wiod-201"]),
    "negative elasticity": (
        "world: wiod-2011", "world: wiod-2011\nupper_elasticities: {materials: -1}", ["upper_elasticities.materials", "-1"],
    ),
    "unknown elasticities": (
        "world: wiod-2011", "world: wiod-2011\ntrade_elasticity: caliendo-paro-2015", ["Did you mean 'caliendo-parro-2015'"],
    ),
}  # fmt: skip
SCENARIOS["trade cannot fall by all"] = (
    "kind: tariff\n    senders: USA\n    targets: CHN\n    sectors: c13\n    magnitude: 0.25",
    "kind: trade-cost\n    unit: trade\n    senders: USA\n    targets: CHN\n    magnitude: -1",
    ["outside", "import-ban"],
)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_malformed_scenario_is_explained_on_one_screen(name, tmp_path, capsys, monkeypatch):
    old, new, expected = SCENARIOS[name]
    text = old.sub(new, GOOD, count=1) if isinstance(old, re.Pattern) else GOOD.replace(old, new, 1)
    assert text != GOOD
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["multipolar", "run", str(path), "--out", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr()
    assert left.value.code == 2
    message = " ".join(said.err.split())
    for part in expected:
        assert part in message, message
    assert "Traceback" not in said.err
    assert len(said.err.splitlines()) <= 24
    assert not (tmp_path / "out").exists()


def test_the_good_scenario_is_good(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD, encoding="utf-8")
    scenario = load_scenario(path)
    compile_measures(load_world("wiod-2011"), scenario.variant_measures("more"))


def test_a_file_that_is_not_text_or_not_there_is_named(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(ScenarioError, match=r"mine\.yaml: not UTF-8"):
        load_scenario(path)
    with pytest.raises(ScenarioError, match="Did you mean 'beijing-2024'"):
        load_scenario("bejing-2024")


def arrays(**changed):
    world = random_world(0)
    given = {
        "countries": list(world.countries), "sectors": list(world.sectors),
        "intermediate": world.intermediate_values.copy(), "final": world.final_values.copy(),
        "trade_elasticity": world.trade_elasticity_values.copy(),
    }  # fmt: skip
    return {**given, **changed}


def changed(field: str, place, value):
    given = arrays()
    given[field][place] = value
    return given


WORLDS = {
    "nan in inputs": (lambda: changed("intermediate", (0, 1, 2, 0), np.nan), r"intermediate.*'?C0'?.*s1"),
    "negative input": (lambda: changed("intermediate", (0, 1, 2, 0), -5.0), r"intermediate.*C0.*s1"),
    "infinite final": (lambda: changed("final", (1, 0, 2, 0), np.inf), r"final.*C1.*s0"),
    "wrong shape": (lambda: arrays(intermediate=np.ones((3, 2, 3))), r"intermediate.*\(3, 2, 3\).*\(3, 2, 3, 2\)"),
    "wrong final shape": (lambda: arrays(final=np.ones((3, 2))), r"final.*\(3, 2\)"),
    "a country twice": (lambda: arrays(countries=["A", "B", "A"]), r"'A' appears twice"),
    "blank code": (lambda: arrays(countries=["A", "B", " "]), r"non-empty text"),
    "no sectors": (lambda: arrays(sectors=[]), r"sectors: expected a non-empty list"),
    "zero elasticity": (lambda: arrays(trade_elasticity=[0.0, 5.0]), r"elasticity.*s0.*positive"),
    "negative elasticity": (lambda: arrays(trade_elasticity=[4.0, -5.0]), r"elasticity.*s1.*positive"),
    "too few elasticities": (lambda: arrays(trade_elasticity=[4.0]), r"elasticity"),
    "text in numbers": (lambda: arrays(final="many"), r"final"),
    "no value added": (lambda: arrays(intermediate=random_world(0).intermediate_values * 50), r"value added of country 'C\d', sector"),
    "tariff below minus one": (lambda: arrays(tariff=np.full((3, 3, 2), -1.5)), r"tariff.*-1\.5"),
    "tariff on itself": (lambda: arrays(tariff=np.full((3, 3, 2), 0.1)), r"tariff.*C0"),
    "capital share of one": (lambda: arrays(capital_share=1.0), r"capital_share of country 'C0', sector 's0' is 1"),
    "capital share shape": (lambda: arrays(capital_share=[0.1, 0.2, 0.3]), r"capital_share: expected one number"),
    "names of wrong length": (lambda: arrays(country_names=["a"]), r"one name for each"),
}  # fmt: skip


@pytest.mark.parametrize("name", WORLDS)
def test_a_malformed_world_names_the_cell(name):
    make, message = WORLDS[name]
    with pytest.raises(InputError, match=message) as raised:
        World.from_arrays(**make())
    assert len(str(raised.value)) < 1200


def test_broken_world_files_are_named(tmp_path):
    path = tmp_path / "w.npz"
    path.write_bytes(b"not an archive")
    with pytest.raises(InputError, match=r"w\.npz: not a world file"):
        World.load(path)
    np.savez(path, countries=np.array(["A"]))
    with pytest.raises(InputError, match=r"field 'sectors' is missing"):
        World.load(path)
    whole = random_world(1).save(tmp_path / "whole.npz")
    cut = tmp_path / "cut.npz"
    cut.write_bytes(whole.read_bytes()[:2000])
    with pytest.raises(InputError, match=r"cut\.npz"):
        World.load(cut)
    with pytest.raises(InputError, match="no such file"):
        World.load(tmp_path / "nothing.npz")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda w: w.aggregate(countries={"X": ["C0", "C9"]}), "Did you mean 'C"),
        (lambda w: w.aggregate(countries={"X": ["C0"], "Y": ["C0"]}), "both 'X' and 'Y'"),
        (lambda w: w.aggregate(sectors=["s0"]), "must be a mapping"),
        (lambda w: w.with_trade_elasticity("fontagne-2023"), "Did you mean 'fontagne-2022'"),
        (lambda w: w.with_trade_elasticity({"s9": 4.0}), "Did you mean 's"),
        (lambda w: w.with_trade_elasticity([4.0]), "1 numbers for 2 sectors"),
        (lambda w: w.with_capital_share({"s9": 0.4}), "Did you mean 's"),
    ],
)
def test_wrong_use_of_a_world_is_explained(call, message):
    with pytest.raises(MultipolarError, match=message):
        call(random_world(0))
