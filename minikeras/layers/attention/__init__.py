"""Layers in which places of a sequence look at each other."""
