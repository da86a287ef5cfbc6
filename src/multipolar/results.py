"""Results on disk: tidy Parquet tables, the run record and the report, each written whole or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import platform
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from multipolar._files import atomic_path, write_text
from multipolar.outcome import Outcome
from multipolar.scenario import Scenario
from multipolar.world import World

if TYPE_CHECKING:
    from multipolar.studies import StudyResults

# One registry: every column of every table, its unit and its meaning.
COLUMNS: dict[str, tuple[str, str]] = {
    "variant": ("", "variant of the scenario"),
    "country": ("", "country code (ISO 3166-1 alpha-3, or RoW)"),
    "origin": ("", "country that sells"),
    "destination": ("", "country that buys; equal to origin for domestic sales"),
    "sector": ("", "sector code of the world"),
    "welfare": ("fraction", "equivalent variation over baseline consumption"),
    "welfare_usd": ("million USD", "equivalent variation"),
    "real_income": ("fraction", "change of national expenditure in terms of all final goods"),
    "real_gdp": ("fraction", "change of GDP in terms of the consumption basket"),
    "wages": ("fraction", "change of the wage relative to world GDP, the numeraire"),
    "real_wages": ("fraction", "change of the wage in terms of the consumption basket"),
    "prices": ("fraction", "change of the consumption price index relative to world GDP"),
    "terms_of_trade": ("fraction", "change of export prices relative to import prices"),
    "revenue": ("million USD", "revenue of tariffs, export taxes and rents after the measures"),
    "revenue_baseline": ("million USD", "the same at the baseline"),
    "output": ("million USD", "gross output after the measures"),
    "output_baseline": ("million USD", "gross output at the baseline"),
    "trade": ("million USD", "sales at the border, before tariffs, after the measures"),
    "trade_baseline": ("million USD", "the same at the baseline"),
    "effect": ("", "component of the welfare change"),
    "log_points": ("log points", "its size; the effects of a country sum to log(1 + welfare)"),
    "comparison": ("", "comparison of the scenario"),
    "question": ("", "the question it answers"),
    "of": ("", "first variant"),
    "minus": ("", "second variant, or baseline"),
    "difference": ("fraction", "welfare in the first variant less welfare in the second"),
    "condition": ("", "equilibrium condition"),
    "residual": ("relative", "largest residual of the condition"),
    "worst_at": ("", "where it occurs"),
    "tolerance": ("relative", "largest residual allowed"),
}


def comparisons(scenario: Scenario, outcomes: Mapping[str, Outcome]) -> pd.DataFrame:
    """One row per comparison and country whose variants were solved; `difference` in fractions of baseline
    consumption."""
    rows = []
    for item in scenario.comparisons:
        if item.of not in (*outcomes, "baseline") or item.minus not in (*outcomes, "baseline"):
            continue
        for country in item.countries:
            value = [
                0.0 if name == "baseline" else float(outcomes[name].welfare.sel(country=country))
                for name in (item.of, item.minus)
            ]
            rows.append([item.id, item.question, item.of, item.minus, country, value[0] - value[1]])
    return pd.DataFrame(rows, columns=["comparison", "question", "of", "minus", "country", "difference"])


def run_record(scenario: Scenario, world: World, outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    """Everything needed to tell what was run: versions, hashes, settings, certificates."""
    # The decompositions are the longest part of a report; the numerical libraries let threads share the cores.
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        gaps = dict(
            zip(
                outcomes,
                pool.map(lambda o: o.decomposition.attrs["adding_up"], outcomes.values()),
                strict=True,
            )
        )
    text = scenario.model_dump_json()
    digest = hashlib.sha256()
    arrays = (
        world.intermediate_values,
        world.final_values,
        world.trade_elasticity_values,
        world.tariff_values,
    )
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return {
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("multipolar", "jax", "numpy", "xarray")},
        },
        "scenario": {
            "name": scenario.name,
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "content": json.loads(text),
        },
        "world": {"name": world.name, "sha256": digest.hexdigest(), "provenance": dict(world.provenance)},
        "settings": dict(next(iter(outcomes.values())).settings) if outcomes else {},
        "certificates": {
            name: {
                "residuals": o.certificate.residuals,
                "tolerance": o.certificate.tolerance,
                "passes": o.certificate.passes,
                "solver": o.certificate.solver,
                "decomposition_gap": gaps[name],
            }
            for name, o in outcomes.items()
        },
        "notes": {name: list(o.notes) for name, o in outcomes.items()},
    }


def write_results(
    directory: str | Path,
    *,
    scenario: Scenario,
    world: World,
    outcomes: Mapping[str, Outcome],
    record: dict[str, Any],
    studies: StudyResults | None = None,
) -> list[Path]:
    """Write the tables (those of `studies` in a folder of that name), `report.html` and, last, `run.json` into `directory`; other files there are left alone.

    Each file appears whole; a directory with `run.json` is complete, since the old one goes first.
    """
    from multipolar.report import write_report

    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "run.json").unlink(missing_ok=True)
    tables: dict[str, list[pd.DataFrame]] = {}
    for name, outcome in outcomes.items():
        for table, frame in outcome.to_frames().items():
            frame.insert(0, "variant", name)
            tables.setdefault(table, []).append(frame)
    written = [
        write_table(directory / f"{table}.parquet", pd.concat(frames)) for table, frames in tables.items()
    ]
    written.append(write_table(directory / "comparisons.parquet", comparisons(scenario, outcomes)))
    for name, (frame, columns) in (studies.to_frames() if studies else {}).items():
        (directory / "studies").mkdir(exist_ok=True)
        written.append(write_table(directory / "studies" / f"{name}.parquet", frame, columns))
    report = directory / "report.html"
    write_report(report, scenario=scenario, world=world, outcomes=outcomes, record=record, studies=studies)
    write_text(directory / "run.json", json.dumps(record, indent=2, default=str) + "\n")
    return [*written, report, directory / "run.json"]


def write_table(path: Path, frame: pd.DataFrame, columns: Mapping[str, tuple[str, str]] = COLUMNS) -> Path:
    """One Parquet file, whole or not at all, with the unit and meaning of every column in its schema."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    fields = [
        field.with_metadata({"unit": columns[field.name][0], "description": columns[field.name][1]})
        for field in table.schema
    ]
    with atomic_path(path) as temporary:
        pq.write_table(table.cast(pa.schema(fields)), temporary, compression="zstd")
    return path
