"""Write the scenario nafta-1993-2005 from the tariffs shipped with the world caliendo-parro-1993.

Usage: python tools/build_nafta_scenario.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from multipolar.world import _data, load_world

MEMBERS = ("CAN", "MEX", "USA")
HEAD = """\
# Written by tools/build_nafta_scenario.py from the tariffs in the package of Caliendo and Parro (2015).
name: nafta-1993-2005
title: NAFTA's tariff cuts, 1993 to 2005
summary: >-
  The tariffs between Canada, Mexico and the United States fall from their levels of 1993 to those of 2005;
  everything else stays (Caliendo and Parro 2015, Table 2). Trade is balanced, as in the paper. The paper's
  welfare figures are first-order; docs/replications.md says how they differ from the equivalent variation here.
date: 2005-01-01
world: caliendo-parro-1993
closure: balanced

sources:
  cp2015:
    title: "Caliendo and Parro (2015), Estimates of the trade and welfare effects of NAFTA, Review of Economic Studies 82(1), data package"
    publisher: Review of Economic Studies
    date: "2015"
    url: https://doi.org/10.1093/restud/rdu035

measures:
"""
TAIL = """\

variants:
  nafta:
    title: NAFTA's tariff cuts
    add: [{ids}]

comparisons:
  - id: members
    question: What were the tariff cuts worth?
    subject: NAFTA
    of: nafta
    countries: [MEX, CAN, USA]
"""


def main() -> None:
    world = load_world("caliendo-parro-1993")
    with np.load(_data.path("caliendo_parro_1993.npz")) as data:
        before, after = data["tariff"], data["tariff_2005"]
    text, ids = [HEAD], []
    for destination in MEMBERS:
        for origin in MEMBERS:
            o, d = world.countries.index(origin), world.countries.index(destination)
            changed = np.flatnonzero(before[o, d] != after[o, d])
            if not len(changed):
                continue
            name = f"{destination.lower()}-on-{origin.lower()}"
            ids.append(name)
            text.append(
                f"  {name}:\n    kind: tariff\n    title: Tariffs of {destination} on {origin} in 2005\n"
                f"    senders: {destination}\n    targets: {origin}\n    mode: set\n    magnitude:\n"
            )
            text += [f'      "{world.sectors[k]}": {float(after[o, d, k])!r}\n' for k in changed]
            text.append("    evidence: observed\n    sources: [cp2015]\n")
    text.append(TAIL.format(ids=", ".join(ids)))
    target = Path(__file__).parent.parent / "src/multipolar/scenario/library/nafta-1993-2005.yaml"
    target.write_text("".join(text), encoding="utf-8")


if __name__ == "__main__":
    main()
