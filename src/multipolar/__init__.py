"""Multipolar: who gains, who pays, who depends on whom, in general equilibrium."""
