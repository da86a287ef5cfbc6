"""The command on positions of states."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from multipolar.cli._shared import AsJson, out, print_json, print_table


def register(app: typer.Typer) -> None:
    """Add this file's command to `app`."""
    app.command()(alignment)


def alignment(
    states: Annotated[list[str], typer.Argument(help="ISO codes of two or more states.")],
    year: Annotated[int, typer.Option(help="2012 to 2019; the votes end there.")] = 2019,
    measure: Annotated[
        str, typer.Option(help="chance-corrected, agreement or ideal-point.")
    ] = "chance-corrected",
    as_json: AsJson = False,
) -> None:
    """How far apart states vote in the United Nations General Assembly, up to 2019.

    Example: multipolar alignment USA DEU CHN RUS IND --measure ideal-point
    """
    from multipolar.alignment import distance, ideal_points

    rows = {a: {b: distance(a, b, year, measure) for b in states} for a in states}
    points = ideal_points(year).points.to_dict()
    places = {a: float(points.get(a, math.nan)) for a in states}
    if as_json:
        known = {a: p for a, p in places.items() if math.isfinite(p)}
        found = {"year": year, "measure": measure, "distance": rows, "ideal_point": known}
        print_json(found)
        return
    import pandas as pd

    frame = pd.DataFrame([{"": a, "point": places[a], **rows[a]} for a in states])
    print_table(frame.round(2))
    out.print(f"distance: {measure}, votes of {year}; point: ideal point, United States positive")
    out.print("The votes end in 2019; none follows the invasion of Ukraine.")
