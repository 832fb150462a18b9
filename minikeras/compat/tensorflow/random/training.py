"""Steps of `fit`, `evaluate` and `predict` as functions, as they are in TensorFlow (see `random/operation_seeds.py`).

So a layer whose `call` draws by `tf.random.normal` gets the same values in `fit` as in TensorFlow. Keras makes one
function for training and one for evaluation, for any length of batches; one for predicting, and one for each of the
`…_on_batch` methods, is made again for other lengths: the first length has its own, all further ones share another.
(Not followed: if the data's length is a multiple of the batch size, Keras may make a separate function.)

While the tf namespace is installed, a step that runs as Python does so within a frame.
"""

import threading
from functools import wraps
from weakref import WeakKeyDictionary

from minikeras import tree
from minikeras.random.operation_seeds import function_frame
from minikeras.trainers.trainer import Trainer

_ON_BATCH = ("train_on_batch", "test_on_batch", "predict_on_batch")
_before = {}  # name of a method -> the original
_state = threading.local()  # .on_batch: within one of these methods


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


def _next_step_within_frame(self, kind, batches, first=0):
    step = _before["_next_step"](self, kind, batches, first)
    if not (step.done or self.run_eagerly):
        functions = _functions_of(self)
        key = functions.key(kind, getattr(_state, "on_batch", False), step.batch)
        step.scopes = [function_frame(functions.frames, key), *step.scopes]
    return step


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
    """Make training steps functions for `tf.random`. No effect if they already are."""
    if _before:
        return
    for name in ("_next_step", *_ON_BATCH):
        _before[name] = getattr(Trainer, name)
    Trainer._next_step = _next_step_within_frame
    for name in _ON_BATCH:
        setattr(Trainer, name, _noting(_before[name]))


def uninstall_step_frames():
    """Undo `install_step_frames`."""
    for name, method in _before.items():
        setattr(Trainer, name, method)
    _before.clear()
