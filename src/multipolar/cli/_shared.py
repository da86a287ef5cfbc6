"""What all commands share: the two consoles, tables, the compilation cache."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd

out, err = Console(), Console(stderr=True)


def print_table(frame: pd.DataFrame, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(frame.to_dict("records"), indent=2) + "\n")
        return
    table = Table(*map(str, frame.columns), box=None, pad_edge=False)
    for row in frame.itertuples(index=False):
        table.add_row(*map(str, row))
    out.print(table)


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
