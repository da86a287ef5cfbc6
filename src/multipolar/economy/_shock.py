"""The three channels through which anything acts on the economy."""

from __future__ import annotations

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float


class Shock(eqx.Module):
    """Wedges on corridors, productivity and transfers. A hat is new level / baseline level.

    A buyer in `destination` pays the origin's cost x exporter wedge x iceberg x importer wedge. The last
    axis of the wedges is one use group or all of the economy's.

    - `importer_wedge` `[origin, destination, sector, 1|group]`: hat of 1 + tariff; revenue to the destination
    - `exporter_wedge`, same dims: hat of 1 + export tax; revenue to the origin
    - `iceberg`, same dims: hat of the cost whose revenue goes to nobody; `inf` is an embargo, an exact zero
    - `productivity` `[country, sector]`: hat
    - `transfer` `[country]`: million USD received, net; sums to zero
    """

    importer_wedge: Float[Array | np.ndarray, "origin destination sector group"]
    exporter_wedge: Float[Array | np.ndarray, "origin destination sector group"]
    iceberg: Float[Array | np.ndarray, "origin destination sector group"]
    productivity: Float[Array | np.ndarray, "country sector"]
    transfer: Float[Array | np.ndarray, " country"]

    @staticmethod
    def none(n_countries: int, n_sectors: int) -> Shock:
        """The shock that changes nothing."""
        corridor = np.ones((n_countries, n_countries, n_sectors, 1))
        return Shock(corridor, corridor, corridor, np.ones((n_countries, n_sectors)), np.zeros(n_countries))

    def then(self, other: Shock) -> Shock:
        """Both shocks at once: wedges and productivity multiply, transfers add up."""
        return Shock(
            np.asarray(self.importer_wedge) * np.asarray(other.importer_wedge),
            np.asarray(self.exporter_wedge) * np.asarray(other.exporter_wedge),
            np.asarray(self.iceberg) * np.asarray(other.iceberg),
            np.asarray(self.productivity) * np.asarray(other.productivity),
            np.asarray(self.transfer) + np.asarray(other.transfer),
        )

    def at(self, progress: float, theta: np.ndarray) -> Shock:
        """The shock `progress` (0 to 1) of the way. A wedge that deters trade moves linearly in the trade
        weight `wedge ** -theta`, which stays finite on the way to an embargo; one that eases it, in logs."""
        return Shock(
            along_path(self.importer_wedge, progress, theta),
            along_path(self.exporter_wedge, progress, theta),
            along_path(self.iceberg, progress, theta),
            np.asarray(self.productivity) ** progress,
            np.asarray(self.transfer) * progress,
        )


def along_path(wedge: Array | np.ndarray, progress: float, theta: np.ndarray) -> np.ndarray:
    """`wedge` part of the way, as `Shock.at` defines it."""
    wedge = np.asarray(wedge, dtype=float)
    power = theta[:, None]
    with np.errstate(divide="ignore", over="ignore"):
        linear = (1 + progress * (wedge**-power - 1)) ** (-1 / power)
        logs = np.where(np.isfinite(wedge), wedge, 1.0) ** progress
    return np.where(wedge > 1, linear, logs)
