"""The version of minikeras. It follows Keras 3.15."""

__version__ = "0.1.0"
