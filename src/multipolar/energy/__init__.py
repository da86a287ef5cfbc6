"""Gas and oil networks: who ships what to whom at what price, what each pipe is worth, and who pays.

In come `Levers` on a calibrated year (pipelines shut or built, embargo, price cap, shocks). Out come certified
spatial price equilibria, a bargain over a new pipeline, and an `Adjustment` of the economy.
"""

from multipolar.energy._adjust import EnergyShift, adjust
from multipolar.energy._bargain import Bargain, bargain, bargaining_table
from multipolar.energy._brief import Brief, brief
from multipolar.energy._gas import gas
from multipolar.energy._levers import Levers, routes
from multipolar.energy._oil import oil, urals
from multipolar.energy._predict import Prediction, oil_prediction, predict
from multipolar.energy._result import EnergyResult

__all__ = [
    "Bargain",
    "Brief",
    "EnergyResult",
    "EnergyShift",
    "Levers",
    "Prediction",
    "adjust",
    "bargain",
    "bargaining_table",
    "brief",
    "gas",
    "oil",
    "oil_prediction",
    "predict",
    "routes",
    "urals",
]
