"""Commands on worlds: what ships, named groups, is a file sound?"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from multipolar.cli._shared import out, print_table


def register(app: typer.Typer) -> None:
    """Add this file's commands to `app`."""
    for command in (worlds, groups, check):
        app.command()(command)


def worlds(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """List the shipped worlds."""
    from multipolar.world import shipped_worlds

    print_table(shipped_worlds(), as_json)


def groups(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """List named groups of countries and sectors."""
    import pandas as pd

    from multipolar.world import country_group, describe_groups, sector_group

    rows = [
        {"group": name, "title": group["title"], "members": " ".join(members(name))}
        for part, members in (("countries", country_group), ("sectors", sector_group))
        for name, group in describe_groups()[part].items()
    ]
    print_table(pd.DataFrame(rows), as_json)


def check(
    file: Annotated[Path, typer.Argument(help="A world (.npz) or a scenario (.yaml).")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Check a world or scenario file and say in words what it holds."""
    if file.suffix in (".yaml", ".yml"):
        from multipolar.scenario import compile_measures, load_scenario
        from multipolar.world import load_world

        found = load_scenario(file)
        base = load_world(found.world)
        for name in found.variants:
            compile_measures(base, found.variant_measures(name))
        facts: dict[str, Any] = {
            "file": str(file), "kind": "scenario", "name": found.name, "world": found.world,
            "measures": len(found.measures), "variants": list(found.variants),
        }  # fmt: skip
    else:
        from multipolar.world import World

        loaded = World.load(file)
        facts = {
            "file": str(file),
            "kind": "world",
            "name": loaded.name,
            "countries": len(loaded.countries),
            "sectors": len(loaded.sectors),
            "gdp_million_usd": round(float(loaded.gdp_values.sum())),
            "sectors_without_output": int((loaded.output_values == 0).sum()),
            "adjustments": [
                f"{a.what}: {a.moved:,.0f} million USD in {a.cells} cells" for a in loaded.adjustments
            ],
        }
    if as_json:
        sys.stdout.write(json.dumps(facts, indent=2) + "\n")
        return
    for key, value in facts.items():
        out.print(f"{key}: {', '.join(value) if isinstance(value, list) else value}", highlight=False)
    out.print("ok")
