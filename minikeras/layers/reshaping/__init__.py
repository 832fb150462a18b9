"""Layers that rearrange their input."""
