"""Steps of `fit`, `evaluate` and `predict` as functions, as they are in TensorFlow (see `random/operation_seeds.py`).

A layer whose `call` draws by `tf.random.normal` so gets in `fit` the numbers that it gets from TensorFlow. Keras makes
one function for training and one for evaluation, whatever the batches' lengths; one for predicting, and one for each of
the `…_on_batch` methods, is made anew for other lengths: the first length has one to itself, all further ones share
another. (Not followed: data whose number is a multiple of the batch size may get a function of their own from Keras.)

While the tf face is installed, methods of `Trainer` are exchanged for ones that say where a step begins and ends.
"""

import threading
from functools import partial, wraps
from weakref import WeakKeyDictionary

from minikeras import tree
from minikeras.random.operation_seeds import function_frame
from minikeras.trainers.trainer import Trainer

_ON_BATCH = ("train_on_batch", "test_on_batch", "predict_on_batch")
_before = {}  # name of a method -> what it was
_state = threading.local()  # .on_batch: within one of these methods
_NO_MORE = object()


class _Functions:
    """The functions of one compiled model: `frames` by name, and which lengths came first."""

    def __init__(self, compiled):
        self.compiled = compiled
        self.frames, self.first = {}, {}

    def key(self, kind, on_batch, data):
        name = f"{kind} on batch" if on_batch else kind
        if name in ("train", "test"):
            return name
        shapes = tuple(tuple(getattr(x, "shape", ())) for x in tree.flatten(data))
        return name, shapes == self.first.setdefault(name, shapes)


_functions = WeakKeyDictionary()  # model -> _Functions


def _functions_of(model):
    found = _functions.get(model)
    compiled = getattr(model, "_compile_loss", None)
    if found is None or found.compiled is not compiled:  # `compile` makes new functions
        found = _functions[model] = _Functions(compiled)
    return found


def _step_within_frame(self, kind):
    step = _before["_step"](self, kind)
    if self.run_eagerly:
        return step
    functions, on_batch = _functions_of(self), getattr(_state, "on_batch", False)

    def run(data):
        with function_frame(functions.frames, functions.key(kind, on_batch, data)):
            return step(data)

    return run


def _steps_within_frame(self, kind):
    steps = _before["_steps"](self, kind)
    if self.run_eagerly:
        return steps
    if kind == "predict":  # whose frame depends on the batch; but only Python of the user's draws by `tf.random`
        return partial(map, _step_within_frame(self, kind)) if self._plans().has_python() else steps
    functions = _functions_of(self)

    def run(batches):
        all_logs = iter(steps(batches))
        while True:
            with function_frame(functions.frames, functions.key(kind, on_batch=False, data=None)):
                logs = next(all_logs, _NO_MORE)
            if logs is _NO_MORE:
                return
            yield logs

    return run


def _noting(method):
    @wraps(method)
    def on_batch(self, *args, **kwargs):
        _state.on_batch = True
        try:
            return method(self, *args, **kwargs)
        finally:
            _state.on_batch = False

    return on_batch


def install_step_frames():
    """Let steps of training be functions to `tf.random`. Does nothing when they are already."""
    if _before:
        return
    for name in ("_step", "_steps", *_ON_BATCH):
        _before[name] = getattr(Trainer, name)
    Trainer._step, Trainer._steps = _step_within_frame, _steps_within_frame
    for name in _ON_BATCH:
        setattr(Trainer, name, _noting(_before[name]))


def uninstall_step_frames():
    """Undo `install_step_frames`."""
    for name, method in _before.items():
        setattr(Trainer, name, method)
    _before.clear()
