"""Layers that compute with another library: JAX, Flax or PyTorch, imported when such a layer is made."""
