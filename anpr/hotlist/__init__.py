"""Hotlists: what an operator imports, what a car holds, and how a read is found on it."""
