"""Which variables, sub-layers, metrics and seed generators an object holds, found through its attributes.

`layer.dense = Dense(3)`, `layer.blocks = [Dense(3), Dense(4)]` and `layer.heads = {"a": Dense(1)}` are all found. Lists
and dicts stay plain Python objects: they are searched on demand, so that a later `append` is seen. `Tracker` is Keras's
interface to the tracking, `layer._tracker`.
"""

from minikeras.autodiff.variable import Variable

PLAIN = (int, float, str, bool, type(None))
CONTAINERS = (list, tuple, dict, set)


class Changes:
    """Counts how often any layer's attributes changed.

    Attributes:
        count: changes that concern the state: variables, layers, metrics.
        settings: changes to other public attributes, such as a dropout rate.
    """

    count = 0
    settings = 0


changes = Changes()


def setting_changes(layer):
    """How often the public attributes of a layer, such as a dropout rate, changed."""
    return layer._setting_changes


# Callable attributes that run when a layer is built, or inside the optimizer.
_NOT_IN_A_STEP = ("_initializer", "_constraint", "initializer", "constraint")


def functions_in_a_step(operation):
    """{attribute: callable} of a layer, model or op, without those that no step calls and those that `compile` set."""
    others = getattr(operation, "_not_tracked", ())
    return {
        name: value
        for name, value in vars(operation).items()
        if callable(value) and name not in others and not name.endswith(_NOT_IN_A_STEP)
    }


def remove_variable(weights, variable):
    for group in weights.values():
        group[:] = [v for v in group if v is not variable]


def holds_state(value):
    """Whether `value` is a variable, a random generator, or something else that has variables."""
    if isinstance(value, PLAIN):
        return False
    return hasattr(value, "variables") or is_variable(value) or is_seed_generator(value)


def is_variable(value):
    """Whether `value` is a Variable that layers track. (As in Keras, `tf.Variable`s are not.)"""
    return isinstance(value, Variable) and value.is_layer_weight


def is_seed_generator(value):
    """Whether `value` is a random number generator with a state Variable."""
    return is_variable(getattr(value, "state", None))


def is_metric(value):
    """Whether `value` is a metric (defined in a package at the same level, so recognised by its methods)."""
    return all(hasattr(value, name) for name in ("update_state", "result", "reset_state"))


def collect_held(value, test, found, seen):
    if isinstance(value, PLAIN):
        return
    if isinstance(value, CONTAINERS):
        if id(value) not in seen:  # a list may contain itself
            seen.add(id(value))
            for item in value.values() if isinstance(value, dict) else value:
                collect_held(item, test, found, seen)
    elif id(value) not in seen and test(value):
        seen.add(id(value))
        found.append(value)


class Tracker:
    """Keras's interface by which a built layer adds state to itself:

        self._tracker.unlock()
        self.rank_one = self.add_weight(shape=(4, 1), name="rank_one")
        self._tracker.lock()

    Layers are locked once they are built, so that a mistyped name in `call` creates no weights.
    """

    def __init__(self, layer):
        self._layer = layer

    @property
    def locked(self):
        """Whether the layer refuses new state."""
        return self._layer._state_is_locked

    def lock(self, msg=None):
        """Refuse new state again. `msg` is ignored: the error has minikeras's own message."""
        self._layer._lock_state()

    def unlock(self):
        """Accept new variables, layers and metrics from here on."""
        self._layer.__dict__["_state_is_locked"] = False

    def untrack(self, value):
        """Stop tracking a variable, layer or metric, which stays an attribute."""
        tracked = self._layer.__dict__.get("_tracked", {})
        for name in [name for name, held in tracked.items() if held is value]:
            del tracked[name]
        self._layer._untrack_variable(value)
