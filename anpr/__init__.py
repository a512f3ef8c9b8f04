"""Patrol ANPR: read number plates in a patrol car, check a local hotlist, alert, report."""

__version__ = "0.1.0"
