"""How well and how fast the product reads: labelled pictures and clips in, figures with intervals out."""
