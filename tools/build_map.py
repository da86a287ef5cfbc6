"""Build src/multipolar/report/map.json: the countries of the world as compact SVG paths.

Sources, both from npm (`npm pack world-atlas@2.0.2 i18n-iso-countries@7.14.0`, then unpack):
- world-atlas, countries-110m.json: TopoJSON of Natural Earth 4.1 at 1:110 million (public domain);
  countries-50m.json for the places of states too small for that scale;
- i18n-iso-countries, codes.json: ISO 3166-1 numeric to alpha-3 (facts, not copied).

Usage: python tools/build_map.py FOLDER_OF_WORLD_ATLAS CODES_JSON
"""

from __future__ import annotations

import json
import math
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "src/multipolar/report/map.json"
WIDTH = 9600  # drawing units; paths are whole numbers
CENTRE = 11.0  # degrees east: the cut runs through the Bering Strait and splits no country
WITHOUT_CODE = {"Kosovo": "XKX", "N. Cyprus": "-NCY", "Somaliland": "-SOL"}
DOTS = ("MLT", "SGP", "HKG", "BHR", "MUS")  # not drawn at 1:110m; a dot where a world lists them
CRIMEA = (32.3, 36.7, 44.2, 46.3)  # box of the separate ring that holds it
EQUAL_EARTH = (1.340264, -0.081106, 0.000893, 0.003796)  # Šavrič, Patterson and Jenny (2019)

Point = tuple[float, float]


def project(longitude: float, latitude: float) -> Point:
    """Equal Earth; x grows eastward and y southward, in units of the sphere's radius."""
    a1, a2, a3, a4 = EQUAL_EARTH
    t = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    slope = 9 * a4 * t**8 + 7 * a3 * t**6 + 3 * a2 * t**2 + a1
    x = 2 * math.sqrt(3) / 3 * math.radians(longitude - CENTRE) * math.cos(t) / slope
    return x, -(a4 * t**9 + a3 * t**7 + a2 * t**3 + a1 * t)


class Atlas:
    """A TopoJSON file: rings of degrees by country code."""

    def __init__(self, path: Path, alpha3: dict[str, str]):
        topology = json.loads(path.read_text(encoding="utf-8"))
        (self.sx, self.sy), (self.tx, self.ty) = (
            topology["transform"]["scale"],
            topology["transform"]["translate"],
        )
        self.arcs = [self._arc(arc) for arc in topology["arcs"]]
        self.shapes: list[tuple[str, str, list[list[int]]]] = []  # code, name, rings as lists of arc numbers
        for shape in topology["objects"]["countries"]["geometries"]:
            name = shape["properties"]["name"]
            code = alpha3[shape["id"]] if shape.get("id") in alpha3 else WITHOUT_CODE.get(name, "-")
            parts = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
            for rings in parts:
                owner = "UKR" if code == "RUS" and self._within(rings[0], CRIMEA) else code
                self.shapes.append((owner, "Ukraine" if owner != code else name, rings))

    def _arc(self, deltas: list[list[int]]) -> list[Point]:
        x = y = 0
        points = []
        for dx, dy in deltas:
            x, y = x + dx, y + dy
            points.append((x * self.sx + self.tx, y * self.sy + self.ty))
        return points

    def ring(self, numbers: list[int]) -> list[Point]:
        """Degrees around a ring, running on past 180 instead of jumping, east of the map's western cut."""
        points: list[Point] = []
        for number in numbers:
            arc = self.arcs[number] if number >= 0 else self.arcs[~number][::-1]
            points += arc[1:] if points else arc
        return unwrapped(points)

    def _within(self, numbers: list[int], box: tuple[float, float, float, float]) -> bool:
        west, east, south, north = box
        return all(west < x < east and south < y < north for x, y in self.ring(numbers))


def unwrapped(points: list[Point]) -> list[Point]:
    out = [points[0]]
    for x, y in points[1:]:
        previous = out[-1][0]
        out.append((x + 360 * round((previous - x) / 360), y))
    shift = 360 if max(x for x, _ in out) < CENTRE - 179 else 0
    shift -= 360 if min(x for x, _ in out) > CENTRE + 181 else 0
    return [(x + shift, y) for x, y in out]


def path(lines: list[list[Point]], place: Any, closed: bool) -> str:
    """SVG path data with relative moves in whole drawing units."""
    out = []
    for line in lines:
        dots = [place(*point) for point in line]
        kept = [dots[0]] + [b for a, b in pairwise(dots) if a != b]
        if len(kept) < (3 if closed else 2):
            continue
        if closed and kept[0] == kept[-1]:
            kept.pop()
        steps = [f"{b[0] - a[0]},{b[1] - a[1]}" for a, b in pairwise(kept)]
        out.append(f"M{kept[0][0]},{kept[0][1]}l" + " ".join(steps) + ("z" if closed else ""))
    return "".join(out).replace(",-", "-").replace(" -", "-")


def main(atlas_folder: str, codes_file: str) -> None:
    pairs = json.loads(Path(codes_file).read_text(encoding="utf-8"))
    alpha3 = {str(numeric).zfill(3): three for _, three, numeric, *_ in pairs}
    atlas = Atlas(Path(atlas_folder) / "countries-110m.json", alpha3)
    fine = Atlas(Path(atlas_folder) / "countries-50m.json", alpha3)
    shapes = [s for s in atlas.shapes if s[0] != "ATA"]

    corners = [project(*p) for _, _, rings in shapes for ring in rings for p in atlas.ring(ring)]
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    top, bottom = min(y for _, y in corners), max(y for _, y in corners)
    scale = WIDTH / (right - left)

    def place(longitude: float, latitude: float) -> tuple[int, int]:
        x, y = project(longitude, latitude)
        return round((x - left) * scale), round((y - top) * scale)

    countries: dict[str, dict[str, Any]] = {}
    sides: dict[int, set[str]] = {}
    for code, name, rings in shapes:
        entry = countries.setdefault(code, {"name": name, "rings": []})
        entry["rings"] += [atlas.ring(ring) for ring in rings]
        for number in (n for ring in rings for n in ring):
            sides.setdefault(number if number >= 0 else ~number, set()).add(code)
    borders = [unwrapped(atlas.arcs[number]) for number, codes in sides.items() if len(codes) > 1]
    dots = {}
    for code in DOTS:
        found = [
            (name, p) for c, name, rings in fine.shapes if c == code for r in rings for p in fine.ring(r)
        ]
        if found:
            middle = [sum(p[i] for _, p in found) / len(found) for i in (0, 1)]
            dots[code] = {"name": found[0][0], "at": place(*middle)}
    atlas_map = {
        "provenance": {
            "title": "Natural Earth 4.1, Admin 0 countries, 1:110 million (public domain)",
            "via": "npm package world-atlas 2.0.2",
            "projection": f"Equal Earth, centred on {CENTRE:g} degrees east; Antarctica is left out",
            "changes": "Crimea is drawn with Ukraine (UN General Assembly resolution 68/262).",
            "builder": "tools/build_map.py",
        },
        "size": [WIDTH, round((bottom - top) * scale)],
        "countries": {
            code: {"name": entry["name"], "path": path(entry["rings"], place, closed=True)}
            for code, entry in sorted(countries.items())
        },
        "borders": path(borders, place, closed=False),
        "dots": dots,
    }
    TARGET.write_text(
        json.dumps(atlas_map, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8"
    )
    print(f"{TARGET}: {TARGET.stat().st_size / 1e3:.0f} kB, {len(countries)} countries, dots {list(dots)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
