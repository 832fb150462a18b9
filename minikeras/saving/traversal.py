"""The objects of a model that have their own state, and the paths under which files store it.

A path lists the attributes that lead from the model to an object: `block/dense`. Items of lists and dicts are named by
their class and a number, `layers/dense_1`, since names of layers differ from one run to the next. The paths depend on
the order, which is Keras's: public attributes in alphabetical order, then those with an underscore.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from minikeras.autodiff.operation import Operation
from minikeras.base.naming import to_snake_case
from minikeras.layers import Layer
from minikeras.losses import Loss
from minikeras.metrics import Metric
from minikeras.optimizers import Optimizer

CONTAINERS = (list, tuple, dict)


class StatefulObject(NamedTuple):
    """An object with all paths that lead to it; it is stored under the first."""

    object: object
    paths: list


def stateful_objects(model, objects_to_skip=None):
    """The `StatefulObject`s of a model, its layers and its optimizer, parents first, without skipped ones' parts."""
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
    found[id(obj)] = StatefulObject(obj, [path])
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
    """(name, value) of the attributes that an object has beyond those of every object of its kind."""
    kind = next(base for base in type(obj).__mro__ if base in _kinds)
    if _kinds[kind].layers_first:
        yield "layers", obj.layers  # before the attributes that a subclass adds
    names = [name for name in dir(obj) if not name.startswith("__") and name not in _names_of_kind(kind)]
    for name in sorted(names, key=lambda name: f"~{name}" if name.startswith("_") else name):
        try:
            value = getattr(obj, name)
        except Exception:  # a property that raises an error now has no state to save
            continue
        yield name, value


class Kind(NamedTuple):
    """A class of objects with state, of which the user's are subclasses.

    Attributes:
        plain: creates a plain object of the class, whose attributes hold nothing to save …
        but: … except for these.
        layers_first: whether the attribute `layers` comes before all others.
    """

    plain: Callable
    but: frozenset = frozenset()
    layers_first: bool = False


_kinds = {
    Layer: Kind(lambda: Layer(name="plain")),
    Operation: Kind(lambda: Operation(name="plain")),
    Metric: Kind(lambda: Metric(name="plain")),
    Loss: Kind(lambda: Loss(name="plain")),
    Optimizer: Kind(lambda: Optimizer(1.0, name="plain")),
}


def register_model_kind(cls, plain, layers_first=False):
    """Declare a class of models as a `Kind`."""
    _kinds[cls] = Kind(plain, frozenset({"layers", "loss", "optimizer"}), layers_first)


@cache
def _names_of_kind(cls):
    kind = _kinds[cls]
    return set(dir(kind.plain())) - kind.but
