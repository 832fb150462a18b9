"""The most basic layers: Dense, Embedding, Lambda, and Input."""
