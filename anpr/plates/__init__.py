"""Plates as text: normal form, grammar by country, and the look-alike table. No pictures here."""

from anpr.plates.normal import normal_form

__all__ = ["normal_form"]
