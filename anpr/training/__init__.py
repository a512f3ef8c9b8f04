"""Synthetic plates and drives, and the training of detector and reader."""
