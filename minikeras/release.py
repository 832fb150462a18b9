"""The version of minikeras. What it follows is Keras 3.15."""

__version__ = "0.1.0"
