"""What `tf.keras` has beyond minikeras: `keras.preprocessing`, the functions of `keras.backend`, old names.

`keras.layers`, `keras.models` and all the rest are minikeras's own, looked up there when they are asked for, so nothing
here lists them. (The import hook, which makes `import keras` find all this, looks in the same two places.)
"""

from importlib import import_module

from minikeras.compat.keras import backend, layers, losses, metrics, mixed_precision, preprocessing

__all__ = ["backend", "layers", "losses", "metrics", "mixed_precision", "preprocessing"]


def __getattr__(name):
    minikeras = import_module("minikeras")  # the roof over this room, hence not at the top
    if name in minikeras.__all__:
        return getattr(minikeras, name)
    raise AttributeError(f"module 'keras' has no attribute {name!r} in minikeras", name=name)


def __dir__():
    return sorted({*__all__, *import_module("minikeras").__all__})
