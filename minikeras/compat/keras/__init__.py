"""What `tf.keras` has beyond minikeras: `keras.preprocessing`, the functions of `keras.backend`, old names.

`keras.models`, `keras.optimizers` and all the rest are minikeras's own, looked up there when they are used, so
nothing here lists them. (The import hook, which makes `import keras` find all this, looks in the same two modules.)
The modules named here are loaded when they are used too: `backend` brings the whole `tf` namespace with it.
"""

from importlib import import_module

import minikeras
from minikeras.base.replay import safe_to_replay

__all__ = ["backend", "layers", "losses", "metrics", "preprocessing", "utils"]


@safe_to_replay("it finds a name")
def __getattr__(name):
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    if name in minikeras.__all__:
        return getattr(minikeras, name)
    raise AttributeError(f"module 'keras' has no attribute {name!r} in minikeras", name=name)


def __dir__():
    return sorted({*__all__, *minikeras.__all__})
