"""Plates as text: normal form, grammar by country, and the look-alike table. No pictures here."""

from anpr.plates.grammar import Mark, MarkClass
from anpr.plates.normal import normal_form
from anpr.plates.ranking import classify, weighed

__all__ = ["Mark", "MarkClass", "classify", "normal_form", "weighed"]
