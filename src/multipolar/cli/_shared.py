"""What all commands share: the two consoles, tables, JSON, files, the compilation cache."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd

out, err = Console(), Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print machine-readable results only.")]
CsvFolder = Annotated[Path | None, typer.Option("--out", help="Write the tables as CSV files here.")]


def print_table(frame: pd.DataFrame, as_json: bool = False) -> None:
    if as_json:
        print_json(records(frame))
        return
    table = Table(*map(str, frame.columns), box=None, pad_edge=False)
    for row in frame.itertuples(index=False):
        table.add_row(*map(str, row))
    out.print(table)


def print_json(value: Any) -> None:
    """Print JSON, which has neither NaN nor infinity: null stands for them."""
    sys.stdout.write(json.dumps(_plain(value), indent=2, allow_nan=False) + "\n")


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as JSON objects, numbers that are not finite as null; the index is left out."""
    return _plain(frame.to_dict("records"))


def write_csv(folder: Path | None, frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """Write `NAME.csv` for each frame, without its index, if there is a folder; the paths."""
    from multipolar._files import write_text

    if folder is None:
        return []
    for name, frame in frames.items():
        write_text(folder / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
    return [str(folder / f"{name}.csv") for name in frames]


def say_written(files: Iterable[str | Path]) -> None:
    if names := ", ".join(map(str, files)):
        out.print(f"written: {names}", soft_wrap=True, highlight=False)


def use_compilation_cache() -> None:
    """Keep compiled programs between runs; without a writable cache folder only the next start is slower."""
    import jax

    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "multipolar" / "jax"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item"):  # a NumPy scalar
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
