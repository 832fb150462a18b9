"""Which variables, sub-layers, metrics and seed generators an object holds, found through its attributes.

`layer.dense = Dense(3)`, `layer.blocks = [Dense(3), Dense(4)]` and `layer.heads = {"a": Dense(1)}` are all found. Lists
and dicts stay plain Python objects: they are searched on demand, so that a later `append` is seen. `Tracker` is Keras's
interface to the tracking, `layer._tracker`.
"""

from contextlib import contextmanager

from minikeras.autodiff.variable import Variable

_PLAIN = (int, float, str, bool, type(None))
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


class Tracked:
    """Mixin: remembers, in order of assignment, the attributes that may hold state."""

    # Attributes that refer to other objects without owning them.
    _not_tracked = frozenset({"_own_weights", "_losses"})
    _state_is_locked = False
    _setting_changes = 0  # how often this object's public attributes changed

    def __setattr__(self, name, value):
        may_hold_state = (
            name not in self._not_tracked
            and not isinstance(value, _PLAIN)
            and (isinstance(value, CONTAINERS) or holds_state(value))
        )
        if may_hold_state and self._state_is_locked:
            self._check_not_locked(name, value)  # first, so that an error leaves the layer unchanged
        tracked = self.__dict__.setdefault("_tracked", {})
        weights = self.__dict__.setdefault("_own_weights", {"trainable": [], "non_trainable": []})
        replaced = tracked.pop(name, None)
        if replaced is not None:
            changes.count += 1
        if is_variable(replaced) and replaced is not value:
            _remove(weights, replaced)
        if may_hold_state:
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

    def _lock_state(self):
        """Refuse new variables and sub-layers from here on."""
        self.__dict__["_state_is_locked"] = True

    @contextmanager
    def _unlocked_state(self):
        """Context in which a built layer accepts new variables: for its own changes, such as LoRA's."""
        locked, self.__dict__["_state_is_locked"] = self._state_is_locked, False
        try:
            yield
        finally:
            self.__dict__["_state_is_locked"] = locked

    def _check_not_locked(self, name, value):
        """Raise if an attribute would add state to a layer that is built.

        Raises:
            ValueError
        """
        if self.__dict__.get(name) is not value and self._adds_state(value):
            raise ValueError(
                f"Layer '{self.name}' is already built, so it takes no new state. Received: {name}={value!r}. Make "
                "variables, layers and metrics in `__init__`, or in `build`."
            )

    def _untrack_variable(self, variable):
        """Stop tracking a variable; `layer.w = layer._untrack_variable(layer.w)` removes it, as in Keras."""
        _remove(self._own_weights, variable)
        changes.count += 1

    def _adds_state(self, value):
        """Whether a value is or contains a variable, layer, metric or seed generator that the layer does not have."""
        if isinstance(value, CONTAINERS):
            if not value:
                return False  # the usual case in a `call`, for speed
            found = []
            _collect(value, self._adds_state, found, set())
            return bool(found)
        if is_variable(value):
            return all(value is not known for known in self._known_variables())
        if isinstance(value, Tracked) or is_metric(value) or is_seed_generator(value):
            return not self._held(lambda x: x is value)
        return False

    def _track_variable(self, variable):
        if self._state_is_locked and all(variable is not known for known in self._known_variables()):
            raise ValueError(
                f"You cannot add new elements of state to layer '{self.name}', which is already built. Received the "
                f"variable '{variable.path}'. Make it in `__init__`, or in `build`."
            )
        group = self._own_weights["trainable" if variable.trainable else "non_trainable"]
        if all(variable is not known for known in self._known_variables()):
            group.append(variable)
            changes.count += 1
        if not self._trainable:
            variable.trainable = False

    def _known_variables(self):
        return [*self._own_weights["trainable"], *self._own_weights["non_trainable"]]

    def _held(self, test):
        """The objects in the attributes for which `test` holds, in order, each once."""
        found, seen = [], set()
        for value in self.__dict__.get("_tracked", {}).values():
            _collect(value, test, found, seen)
        return found


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
    if isinstance(value, CONTAINERS):
        if id(value) not in seen:  # a list may contain itself
            seen.add(id(value))
            for item in value.values() if isinstance(value, dict) else value:
                _collect(item, test, found, seen)
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
