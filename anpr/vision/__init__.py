"""Pixels to reads: sources, detect, track, read, vote. Knows no network, no database and no hotlist."""
