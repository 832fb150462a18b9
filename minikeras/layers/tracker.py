"""`layer._tracker`: how a custom layer takes variables and layers, or gives them up, after it was built."""


class Tracker:
    """What layers written for Keras call on themselves:

        self._tracker.unlock()
        self.rank_one = self.add_weight(shape=(4, 1), name="rank_one")
        self._tracker.lock()

    Layers are locked when they are built, so that a mistyped name in `call` makes no weights.
    """

    def __init__(self, layer):
        self._layer = layer

    @property
    def locked(self):
        """Whether the layer refuses new state."""
        return self._layer._state_is_locked

    def lock(self, msg=None):
        """Refuse new state again. The sentence of the refusal is ours, not `msg`."""
        self._layer._lock_state()

    def unlock(self):
        """Take new variables, layers and metrics from now on."""
        self._layer.__dict__["_state_is_locked"] = False

    def untrack(self, value):
        """Forget a variable, layer or metric, which stays an attribute."""
        tracked = self._layer.__dict__.get("_tracked", {})
        for name in [name for name, held in tracked.items() if held is value]:
            del tracked[name]
        self._layer._untrack_variable(value)
