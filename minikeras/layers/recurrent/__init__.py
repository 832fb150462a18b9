"""Layers over sequences: cells, the layers that carry their states from step to step, and wrappers."""
