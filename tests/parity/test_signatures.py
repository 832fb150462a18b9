"""Every public name of Keras takes Keras's arguments, by the same names, in the same order, with the same defaults."""

import inspect
import types

import pytest

keras = pytest.importorskip("keras")

import minikeras  # noqa: E402

# name or method → what its signature says here.
CHOSEN = {
    "keras.Optimizer.__init__": "the arguments instead of *args, **kwargs",
    "keras.name_scope.__init__": "the arguments instead of **kwargs",
    "keras.StatelessScope.add_loss": "`layer` as well, which `Layer.add_loss` gives",
    "keras.models.load_model": "safe_mode=None, so that a True said outright always counts",
    "keras.saving.deserialize_keras_object": "safe_mode=None, likewise",
}
# Methods that the layer and its containers call, by position: their parameters have names that say what they are.
CALLED_BY_POSITION = {
    *("compute_output_spec", "compute_output_shape", "compute_mask", "quantized_call", "update_step"),
    *("transform_labels", "transform_segmentation_masks", "transform_bounding_boxes", "get_random_transformation"),
    *("keras.layers.RMSNormalization.call", "keras.layers.SimpleRNNCell.call", "build"),
    *("keras.layers.Rescaling.from_config", "keras.layers.Discretization.from_config"),
}


def public_names(module, path="keras", seen=None):
    """{"keras.layers.Dense": class, …}, each object once."""
    seen = set() if seen is None else seen
    names = {}
    for name in dir(module):
        value = getattr(module, name)
        if name.startswith("_") or id(value) in seen:
            continue
        if isinstance(value, types.ModuleType):
            if value.__name__.startswith("keras.") and not value.__name__.startswith(("keras.src", "keras._")):
                seen.add(id(value))
                names |= public_names(value, f"{path}.{name}", seen)
        else:
            seen.add(id(value))
            names[f"{path}.{name}"] = value
    return names


def callables_of(value):
    """The methods of a class that a user calls, by name; of a function itself, by ""."""
    if not inspect.isclass(value):
        return {"": value} if callable(value) else {}
    members = inspect.getmembers(value)
    return {name: member for name, member in members if name == "__init__" or not name.startswith("_")}


def parameters(function, besides=()):
    """[(name, kind, default)]; keyword-only ones that are not among `besides` are left out if that is given."""
    listed = []
    for parameter in inspect.signature(function).parameters.values():
        if besides and parameter.kind is parameter.KEYWORD_ONLY and parameter.name not in besides:
            continue  # an addition of minikeras
        simple = isinstance(parameter.default, (int, float, str, tuple, type(None)))
        default = parameter.default if simple else "none" if parameter.default is parameter.empty else "an object"
        listed.append((parameter.name, parameter.kind.name, default))
    return listed


def ours(path):
    value = minikeras
    for part in path.split(".")[1:]:
        value = getattr(value, part)
    return value


def differences(path, theirs):
    """Sentences about what differs in the signatures of one public name."""
    mine = ours(path)
    for method, function in callables_of(theirs).items():
        name = f"{path}.{method}" if method else path
        if {name, method} & {*CHOSEN, *CALLED_BY_POSITION}:
            continue
        if method and not hasattr(mine, method):
            yield f"{name} is missing"
        elif callable(function):
            try:
                expected = parameters(function)
            except (ValueError, TypeError):  # written in C
                continue
            received = parameters(
                getattr(mine, method) if method else mine, besides=[name for name, _, _ in expected] or ["-"]
            )
            if received != expected:
                yield f"{name}: {received} instead of {expected}"


def test_signatures():
    found = [sentence for path, theirs in public_names(keras).items() for sentence in differences(path, theirs)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", sorted(CHOSEN))
def test_what_is_chosen_still_differs(name):
    path, _, method = name.rpartition(".") if name.endswith(("__init__", "add_loss")) else (name, "", "")
    real = public_names(keras)[path]
    functions = [getattr(value, method) if method else value for value in (ours(path), real)]
    assert parameters(functions[0]) != parameters(functions[1])
