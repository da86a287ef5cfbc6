"""The command line as a user meets it: in a process of its own."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from multipolar.cli._shared import print_json, records
from multipolar.results import COLUMNS


def multipolar(*words: str, **given) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "80", **given.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-m", "multipolar", *words],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        **given,
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("run") / "out"
    return folder, multipolar("run", "embargo-on-russia", "--out", str(folder))


def test_a_run_prints_a_table_that_fits_and_writes_everything(finished):
    folder, done = finished
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80 + len(str(folder))
    assert "RUS" in done.stdout and "certified" in done.stdout
    names = {p.name for p in folder.iterdir()}
    tables = {"countries", "sectors", "trade", "decomposition", "certificate", "comparisons"}
    assert names == {"run.json", "report.html", *(f"{t}.parquet" for t in tables)}


def test_every_column_on_disk_is_documented_with_its_unit(finished):
    for path in finished[0].glob("*.parquet"):
        for field in pq.read_schema(path):
            assert field.metadata[b"description"].decode() == COLUMNS[field.name][1]
            assert field.metadata[b"unit"].decode() == COLUMNS[field.name][0]


def test_tables_and_record_agree_with_one_another(finished):
    folder, _ = finished
    record = json.loads((folder / "run.json").read_text())
    assert set(record["versions"]) >= {"python", "multipolar", "jax"}
    assert len(record["world"]["sha256"]) == 64
    certificate = pd.read_parquet(folder / "certificate.parquet")
    assert (certificate["residual"] <= certificate["tolerance"]).all()
    countries = pd.read_parquet(folder / "countries.parquet")
    assert set(countries["variant"]) == set(record["certificates"])
    welfare = countries.set_index(["variant", "country"])["welfare"]
    for row in pd.read_parquet(folder / "comparisons.parquet").to_dict("records"):
        minus = 0 if row["minus"] == "baseline" else welfare[row["minus"], row["country"]]
        assert row["difference"] == pytest.approx(welfare[row["of"], row["country"]] - minus)
    trade = pd.read_parquet(folder / "trade.parquet")
    stopped = trade[(trade.variant == "everybody") & (trade.origin == "RUS") & (trade.destination != "RUS")]
    assert stopped["trade"].sum() == 0 < stopped["trade_baseline"].sum()


def test_json_is_only_json_and_set_changes_the_answer():
    words = ("run", "us-china-tariff-war", "--variant", "us-tariffs", "--json")
    plain = json.loads(multipolar(*words).stdout)
    varied = json.loads(multipolar(*words, "--set", "us-tariff.magnitude=0.1").stdout)
    loss = [r["variants"]["us-tariffs"]["welfare"]["CHN"] for r in (plain, varied)]
    assert loss[0] < loss[1] < 0


@pytest.mark.parametrize("command", ["worlds", "scenarios", "groups"])
def test_lists_are_tables_or_json(command):
    assert len(json.loads(multipolar(command, "--json").stdout)) > 3
    text = multipolar(command)
    assert text.returncode == 0 and len(text.stdout.splitlines()) > 3


def test_schema_is_json_schema():
    assert json.loads(multipolar("schema").stdout)["$schema"].startswith("https://json-schema.org")


def test_help_names_every_command_and_the_exit_codes():
    text = multipolar("--help").stdout
    for word in ("run", "worlds", "scenarios", "schema", "check", "copy", "groups", "Exit codes"):
        assert word in text
    assert "Example" in multipolar("run", "--help").stdout


def test_numbers_that_json_does_not_have_are_printed_as_null(capsys):
    frame = pd.DataFrame({"a": [1.5, math.nan], "b": [-math.inf, 2.0], "n": [1, 2], "yes": [True, False]})
    print_json({"rows": records(frame), "one": math.inf, "in a tuple": (math.nan, Path("file"))})
    assert json.loads(capsys.readouterr().out, parse_constant=pytest.fail) == {
        "rows": [{"a": 1.5, "b": None, "n": 1, "yes": True}, {"a": None, "b": 2.0, "n": 2, "yes": False}],
        "one": None,
        "in a tuple": [None, "file"],
    }


def test_check_says_what_a_file_holds(tmp_path):
    multipolar("copy", "beijing-2024", str(tmp_path / "mine.yaml"))
    facts = json.loads(multipolar("check", str(tmp_path / "mine.yaml"), "--json").stdout)
    assert facts["kind"] == "scenario" and "china-complies" in facts["variants"]
    from tests.worlds import random_world

    facts = json.loads(multipolar("check", str(random_world(1).save(tmp_path / "w.npz")), "--json").stdout)
    assert (facts["kind"], facts["countries"], facts["sectors"]) == ("world", 3, 2)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("run", "bejing-2024"), 2, "Did you mean 'beijing-2024'"),
        (("rum",), 2, "No such command"),
        (("run",), 2, "Missing argument"),
        (("run", "sanctions-since-2011", "--variant", "lifelin"), 2, "Did you mean 'lifeline'"),
        (("run", "beijing-2024", "--set", "magnitude"), 2, "key=value"),
        (("run", "beijing-2024", "--world", "wiod-1994"), 2, "unknown world"),
        (("check", "nothing.npz"), 2, "no such file"),
        (("run", "embargo-on-russia", "--set", "closure=fixed-share"), 3, "can trade with nobody outside"),
        (("run", "embargo-on-russia", "--out", "/dev/null/x"), 2, "/dev/null/x"),
    ],
)
def test_exit_codes_and_messages_can_be_trusted(words, code, said):
    done = multipolar(*words)
    assert done.returncode == code, done.stderr
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_an_interrupted_run_leaves_no_half_file(tmp_path):
    """Killed at moments spread over its life, a run leaves whole files or none, and run.json only at the end."""
    for delay in (0.5, 2.0, 3.0, 4.0):
        folder = tmp_path / f"out-{delay}"
        process = subprocess.Popen(
            [sys.executable, "-m", "multipolar", "run", "us-china-tariff-war", "--out", str(folder)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        left = [p for p in folder.glob("*") if not p.name.startswith(".")] if folder.exists() else []
        for path in left:
            if path.suffix == ".parquet":
                pq.read_table(path)
            elif path.suffix == ".html":
                assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")
            else:
                assert json.loads(path.read_text())["certificates"]
        if any(p.name == "run.json" for p in left):
            assert any(p.name == "report.html" for p in left)


def test_rerunning_over_old_results_never_mixes_runs(tmp_path):
    """While a new run is written, the record of the old one is gone; a full disk leaves no run.json."""
    folder = tmp_path / "out"
    assert (
        multipolar("run", "us-china-tariff-war", "--variant", "us-tariffs", "--out", str(folder)).returncode
        == 0
    )
    (folder / "report.html").unlink()
    (folder / "report.html").mkdir()  # stands in the way of the new report
    again = multipolar("run", "us-china-tariff-war", "--variant", "us-tariffs", "--out", str(folder))
    assert again.returncode == 2
    assert not (folder / "run.json").exists()
    assert not [p for p in folder.iterdir() if p.name.startswith(".")]


def test_an_interrupt_exits_with_130():
    process = subprocess.Popen(
        [sys.executable, "-m", "multipolar", "run", "beijing-2024"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A test runner in the background may have been started with interrupts ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in said


def test_sensitivities_are_ranked_and_unknown_comparisons_named():
    rows = json.loads(
        multipolar("sensitivities", "us-china-tariff-war", "--comparison", "bill", "--json").stdout
    )
    sizes = [abs(r["effect"]) for r in rows if r["country"] == "USA"]
    assert len(sizes) > 35 and sizes == sorted(sizes, reverse=True)
    done = multipolar("sensitivities", "us-china-tariff-war", "--comparison", "bil")
    assert done.returncode == 2 and "Did you mean 'bill'" in done.stderr


def test_the_page_on_results_lists_every_column():
    text = (Path(__file__).parent.parent / "docs" / "results.md").read_text(encoding="utf-8")
    for name, (unit, meaning) in COLUMNS.items():
        assert f"| `{name}` | {unit} | {meaning} |" in text
