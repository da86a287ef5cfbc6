"""Every coalition of twelve against Russia, as a full embargo, solved and certified. Usage: python -m benchmarks.coalitions [PLAYERS]"""

from __future__ import annotations

import os
import sys
import time

import multipolar as mp
from multipolar.strategy import coalition_game

CANDIDATES = ["USA", "DEU", "FRA", "GBR", "ITA", "JPN", "KOR", "CAN", "AUS", "POL", "NLD", "CHN"]


def main() -> None:
    players = CANDIDATES[: int(sys.argv[1]) if len(sys.argv) > 1 else len(CANDIDATES)]
    world, scenario = mp.load_world("wiod-2011"), mp.load_scenario("embargo-on-russia")
    measures = scenario.variant_measures("west")
    began = time.perf_counter()
    game = coalition_game(world, players, measures, target="RUS", closure=scenario.closure)
    seconds = time.perf_counter() - began
    print(
        f"{len(game.value)} coalitions of {len(players)}: {seconds:.1f} s on {os.cpu_count()} cores, compilation included; "
        f"load {os.getloadavg()[0]:.1f} at the end. All together: {game.value[-1]:,.0f} million USD."
    )


if __name__ == "__main__":
    main()
