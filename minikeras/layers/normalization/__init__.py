"""Layers that bring their input to a standard scale."""
