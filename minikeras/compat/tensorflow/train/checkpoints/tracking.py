"""The Variables that a checkpoint saves: those of an object and of its parts, each under the path to it.

The parts of a layer are known; other classes list theirs in a method `_checkpoint_children()`, which returns
{name: part}.
"""

from minikeras.autodiff.variable import Variable
from minikeras.compat.tensorflow.train.checkpoints.files import SUFFIX
from minikeras.layers.layer import Layer
from minikeras.optimizers import Optimizer

_CONTAINERS = (list, tuple, dict)


def is_trackable(x):
    """Whether a Checkpoint accepts x: a Variable, an object with Variables, or a container of such objects."""
    if isinstance(x, _CONTAINERS):
        return all(is_trackable(item) for item in (x.values() if isinstance(x, dict) else x))
    return hasattr(x, "_checkpoint_children") or _is_stateful(x)


def variables_by_key(root):
    """{key: Variable} of everything below `root`, each Variable once."""
    found, seen = {}, set()

    def walk(x, path):
        if id(x) in seen:
            return
        seen.add(id(x))
        if isinstance(x, Variable):
            found["/".join(path) + SUFFIX] = x
            return
        for name, child in children(x):
            walk(child, (*path, name))

    walk(root, ())
    return found


def unbuilt_parts(root):
    """The layers and optimizers below `root` that have not created their Variables yet."""
    found, seen = [], set()

    def walk(x):
        if id(x) in seen or isinstance(x, Variable):
            return
        seen.add(id(x))
        if isinstance(x, (Layer, Optimizer)) and not x.built:
            found.append(x)
        for _, child in children(x):
            walk(child)

    walk(root)
    return found


def children(x):
    """Pairs (name, part) of the direct parts of an object."""
    if isinstance(x, dict):
        pairs = [(str(key).replace("/", ".S"), value) for key, value in x.items()]  # as TensorFlow does
    elif isinstance(x, (list, tuple)):
        pairs = [(str(i), value) for i, value in enumerate(x)]
    elif hasattr(x, "_checkpoint_children"):
        pairs = list(x._checkpoint_children().items())
    elif isinstance(x, Layer):
        pairs = _children_of_layer(x)
    elif _has_variables(x):
        pairs = [(f"variables/{i}", v) for i, v in enumerate(_own_variables(x))]
    else:
        return []
    return [(name, child) for name, child in pairs if _may_hold_state(child)]


def _children_of_layer(layer):
    """(name, part) of a layer: its weights by number, sub-layers and other stateful parts by attribute, then Variables
    that are not weights.
    """
    pairs = [(f"variables/{i}", v) for i, v in enumerate(layer._known_variables())]
    pairs += layer.__dict__.get("_tracked", {}).items()
    pairs += [(n, v) for n, v in vars(layer).items() if isinstance(v, Variable) or hasattr(v, "_checkpoint_children")]
    if getattr(layer, "optimizer", None) is not None:
        pairs = [(name, v) for name, v in pairs if v is not layer.optimizer]  # saved only if it is passed separately
    return pairs


def _has_variables(x):
    return isinstance(getattr(x, "state", None), Variable) or isinstance(getattr(x, "variables", None), (list, tuple))


def _own_variables(x):
    return [x.state] if isinstance(getattr(x, "state", None), Variable) else list(x.variables)


def _may_hold_state(x):
    return isinstance(x, _CONTAINERS) or hasattr(x, "_checkpoint_children") or _is_stateful(x)


def _is_stateful(x):
    return isinstance(x, (Variable, Layer, Optimizer)) or _has_variables(x)
