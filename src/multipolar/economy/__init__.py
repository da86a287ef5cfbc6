"""The general-equilibrium model in changes: its calibration, solver, certificate and welfare accounting.

In come a `World` (once, through `calibrate`) and a `Shock` of wedges, transfers and productivity.
Out comes an `Equilibrium` that a `Certificate` vouches for, or an error that says which condition failed.
"""

import jax

# Residuals of 1e-9 need double precision; JAX defaults to single.
jax.config.update("jax_enable_x64", True)

from multipolar.economy._batch import solve_many  # noqa: E402
from multipolar.economy._certificate import CONDITIONS, TOLERANCE, Certificate, certify  # noqa: E402
from multipolar.economy._decomposition import EFFECTS, decompose  # noqa: E402
from multipolar.economy._derivative import gradient, log_welfare, tangent  # noqa: E402
from multipolar.economy._model import CLOSURES, HORIZONS, USE_GROUPS, Economy, calibrate  # noqa: E402
from multipolar.economy._shock import Shock  # noqa: E402
from multipolar.economy._solve import Equilibrium, solve  # noqa: E402

__all__ = [
    "CLOSURES",
    "CONDITIONS",
    "EFFECTS",
    "HORIZONS",
    "TOLERANCE",
    "USE_GROUPS",
    "Certificate",
    "Economy",
    "Equilibrium",
    "Shock",
    "calibrate",
    "certify",
    "decompose",
    "gradient",
    "log_welfare",
    "solve",
    "solve_many",
    "tangent",
]
