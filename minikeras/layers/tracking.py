"""Which variables, sub-layers, metrics and seed generators an object holds, found through its attributes.

`layer.dense = Dense(3)`, `layer.blocks = [Dense(3), Dense(4)]` and `layer.heads = {"a": Dense(1)}` are all found. Lists
and dicts remain the user's plain ones: they are searched on demand, so that a later `append` counts.
"""

from minikeras.autodiff.variable import Variable

_PLAIN = (int, float, str, bool, type(None))
CONTAINERS = (list, tuple, dict, set)


class Changes:
    """Counts how often any layer's attributes changed.

    Attributes:
        count: changes that concern the state: variables, layers, metrics.
        settings: changes of other public attributes, such as a rate.
    """

    count = 0
    settings = 0


changes = Changes()


class Tracked:
    """Mixin: remembers, in order of assignment, the attributes that may hold state."""

    # Attributes that refer to other objects without owning them.
    _not_tracked = frozenset({"_own_weights", "_losses"})
    _setting_changes = 0  # number of changes of this object's public attributes

    def __setattr__(self, name, value):
        tracked = self.__dict__.setdefault("_tracked", {})
        weights = self.__dict__.setdefault("_own_weights", {"trainable": [], "non_trainable": []})
        replaced = tracked.pop(name, None)
        if replaced is not None:
            changes.count += 1
        if is_variable(replaced) and replaced is not value:
            _remove(weights, replaced)
        if name not in self._not_tracked and not isinstance(value, _PLAIN):
            if isinstance(value, CONTAINERS) or holds_state(value):
                tracked[name] = value
                changes.count += 1
            if is_variable(value):
                self._track_variable(value)
        if name[0] != "_" and name not in self._not_tracked and self.__dict__.get(name, changes) is not value:
            changes.settings += 1
            self.__dict__["_setting_changes"] = self._setting_changes + 1
        object.__setattr__(self, name, value)

    def __delattr__(self, name):
        removed = self.__dict__.get("_tracked", {}).pop(name, None)
        changes.count += 1
        if is_variable(removed):
            _remove(self._own_weights, removed)
        object.__delattr__(self, name)

    def _track_variable(self, variable):
        group = self._own_weights["trainable" if variable.trainable else "non_trainable"]
        if all(variable is not known for known in self._known_variables()):
            group.append(variable)
            changes.count += 1

    def _known_variables(self):
        return [*self._own_weights["trainable"], *self._own_weights["non_trainable"]]

    def _held(self, test):
        """The objects in the attributes for which `test` holds, in order, each once."""
        found, seen = [], set()
        for value in self.__dict__.get("_tracked", {}).values():
            _collect(value, test, found, seen)
        return found


def setting_changes(layer):
    """The number of changes of any layer's public attributes, such as a rate."""
    return layer._setting_changes


# Attributes that run when a layer is built, or inside the optimizer.
_NOT_IN_A_STEP = ("_initializer", "_constraint", "initializer", "constraint")


def functions_in_a_step(operation):
    """{attribute: callable} of a layer, model or op, except those that no step calls, or that `compile` set."""
    others = getattr(operation, "_not_tracked", ())
    return {
        name: value
        for name, value in vars(operation).items()
        if callable(value) and name not in others and not name.endswith(_NOT_IN_A_STEP)
    }


def _remove(weights, variable):
    for group in weights.values():
        group[:] = [v for v in group if v is not variable]


def holds_state(value):
    """Whether `value` is a variable, a random generator, or something else that has variables."""
    if isinstance(value, _PLAIN):
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


def _collect(value, test, found, seen):
    if isinstance(value, _PLAIN):
        return
    if isinstance(value, (list, tuple, set)):
        for item in value:
            _collect(item, test, found, seen)
    elif isinstance(value, dict):
        for item in value.values():
            _collect(item, test, found, seen)
    elif id(value) not in seen and test(value):
        seen.add(id(value))
        found.append(value)
