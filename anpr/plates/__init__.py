"""Plates as text: normal form, grammar by country, and the look-alike table. No pictures here."""

from anpr.plates.grammar import Mark, MarkClass
from anpr.plates.normal import normal_form
from anpr.plates.ranking import Ranked, classify, rank

__all__ = ["Mark", "MarkClass", "Ranked", "classify", "normal_form", "rank"]
