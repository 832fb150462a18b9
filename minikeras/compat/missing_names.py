"""What is said about a name that scripts expect and minikeras lacks: which name, and the nearest one that exists."""

from minikeras.suggestions import nearest_names

_PRIVATE = {  # what people import although it is no public name: the reason it is not there, and what to write instead
    "tensorflow.python": ("is TensorFlow's own code, not a public name", "tensorflow.keras or tensorflow"),
    "tensorflow.core": ("is TensorFlow's own code, not a public name", "tensorflow"),
    "tensorflow.lite": ("converts models for phones, which needs TensorFlow itself", "tensorflow"),
    "tensorflow.contrib": ("went away with TensorFlow 2", "tensorflow"),
    "tensorflow.examples": ("went away with TensorFlow 2", "tensorflow.keras.datasets"),
    "keras.src": ("is Keras's own code, not a public name", "keras"),
    "keras.engine": ("was Keras 2's own code, not a public name", "keras.layers or keras.models"),
    "keras.wrappers": ("is not in minikeras; scikit-learn's users have the package scikeras", "keras.models"),
    "keras.layers.experimental": ("went away with Keras 3", "keras.layers"),
    "keras.optimizers.experimental": ("went away with Keras 3", "keras.optimizers"),
}


def missing_name(module_name, name, known_names, elsewhere=()):
    """Raise the AttributeError for `module_name.name`; `known_names` are those that the module has.

    Args:
        elsewhere: full names, such as "tensorflow.math.log", under which the same name is found in other modules.
    """
    raise AttributeError(missing_name_message(module_name, name, known_names, elsewhere), name=name)


def missing_name_message(module_name, name, known_names, elsewhere=()):
    """The sentence: what is missing, and where to look instead."""
    private = _private_name(f"{module_name}.{name}")
    if private:
        reason, instead = private
        return f"{module_name}.{name} {reason}. Take the name from {instead}."
    message = f"module {module_name!r} has no attribute {name!r} in minikeras."
    near = list(elsewhere)[:3] or [f"{module_name}.{match}" for match in nearest_names(name, known_names)]
    return f"{message} Nearest: {', '.join(near)}." if near else message


def _private_name(full_name):
    for other_name in ("tensorflow.keras", "tf_keras"):
        if full_name.startswith(f"{other_name}."):
            full_name = "keras" + full_name.removeprefix(other_name)
    parts = full_name.split(".")
    return next((_PRIVATE[".".join(parts[:n])] for n in (2, 3) if ".".join(parts[:n]) in _PRIVATE), None)
