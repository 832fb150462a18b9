"""Layers from which most models start: Dense, Embedding, Lambda, and the Input."""
