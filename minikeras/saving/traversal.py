"""Which objects of a model have state of their own, and under which paths files keep it.

A path is the way from the model by attributes: `block/dense`. Lists and dicts on the way name what they hold by its
class and a number, `layers/dense_1`, since names of layers differ from one run to the next. The order is Keras's, on
which the paths depend: public attributes by the alphabet, then those with an underscore.
"""

from functools import cache
from typing import NamedTuple

from minikeras.autodiff.operation import Operation
from minikeras.layers import Input, Layer
from minikeras.losses import Loss
from minikeras.metrics import Metric
from minikeras.models import Functional, Model, Sequential
from minikeras.naming import to_snake_case
from minikeras.optimizers import Optimizer

CONTAINERS = (list, tuple, dict)


class Place(NamedTuple):
    """An object with all paths by which it was reached, the one it is kept under first."""

    object: object
    paths: list


def places_of(model, objects_to_skip=None):
    """The `Place`s of a model, its layers and its optimizer, parents first. Skipped ones hide what is in them."""
    found = {}
    skipped = {id(obj) for obj in objects_to_skip or ()}
    _visit(model, "", found, skipped)
    return list(found.values())


def _visit(obj, path, found, skipped):
    if id(obj) in skipped:
        return
    if id(obj) in found:
        found[id(obj)].paths.append(path)
        return
    found[id(obj)] = Place(obj, [path])
    for name, value in _attributes(obj):
        inner = f"{path}/{name}" if path else name
        if _has_state(value):
            _visit(value, inner, found, skipped)
        elif isinstance(value, CONTAINERS):
            _visit_container(value, inner, found, skipped, set())


def _visit_container(container, path, found, skipped, open_containers):
    if id(container) in open_containers:
        return
    open_containers.add(id(container))
    uses = {}
    for item in list(container.values()) if isinstance(container, dict) else container:
        if _has_state(item):
            _visit(item, f"{path}/{_numbered(to_snake_case(type(item).__name__), uses)}", found, skipped)
        elif isinstance(item, CONTAINERS):
            _visit_container(item, f"{path}/{_numbered('container', uses)}", found, skipped, open_containers)


def _numbered(name, uses):
    number = uses[name] = uses.get(name, -1) + 1
    return f"{name}_{number}" if number else name


def _has_state(value):
    return isinstance(value, (Operation, Metric, Loss, Optimizer))


def _attributes(obj):
    """(name, value) of the attributes of the user's class, or the layer's, beyond those of every object of its kind."""
    if isinstance(obj, (Sequential, Functional)):
        yield "layers", obj.layers  # first, before those a subclass adds
    of_its_kind = _names_of_kind(next(kind for kind in _PLAIN_OBJECTS if isinstance(obj, kind)))
    names = [name for name in dir(obj) if not name.startswith("__") and name not in of_its_kind]
    for name in sorted(names, key=lambda name: f"~{name}" if name.startswith("_") else name):
        try:
            value = getattr(obj, name)
        except Exception:  # a property that raises an error now has no state to save
            continue
        yield name, value


def _plain_functional():
    x = Input((1,), name="plain")
    return Functional(x, x, name="plain")


# The nearest kind first: an object of it without additions.
_PLAIN_OBJECTS = {
    Functional: _plain_functional,
    Sequential: lambda: Sequential(name="plain"),
    Model: lambda: Model(name="plain"),
    Layer: lambda: Layer(name="plain"),
    Operation: lambda: Operation(name="plain"),
    Metric: lambda: Metric(name="plain"),
    Loss: lambda: Loss(name="plain"),
    Optimizer: lambda: Optimizer(1.0, name="plain"),
}


@cache
def _names_of_kind(kind):
    names = set(dir(_PLAIN_OBJECTS[kind]()))
    return names - {"layers", "loss", "optimizer"} if kind is Model or issubclass(kind, Model) else names
