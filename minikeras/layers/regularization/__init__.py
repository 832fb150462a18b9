"""Layers that make training harder, against overfitting."""
