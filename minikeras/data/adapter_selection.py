"""Selects the adapter for the data."""

import inspect

from minikeras.base.messages import warn
from minikeras.config import max_steps_per_epoch
from minikeras.data.adapter import DataAdapter
from minikeras.data.arrays import ArrayAdapter
from minikeras.data.batches import PARTS, is_iterable_of_batches
from minikeras.data.iterables import IterableAdapter
from minikeras.data.py_dataset import PyDataset, PyDatasetAdapter


def adapter_for(
    x, y=None, sample_weight=None, batch_size=None, shuffle=False, class_weight=None, names=PARTS, steps=None
):
    """The `DataAdapter` for data passed to `fit`, `evaluate` or `predict`. Errors call its parts by `names`.

    Without a batch size, arrays are divided into as many batches as there are `steps` in an epoch, as in Keras.

    As in Keras, `shuffle=True` (the default of `fit`) together with a `tf.data.Dataset` gives a warning.

    Raises:
        ValueError: `y` or `sample_weight` together with data that brings its own; no samples; a negative batch size;
            `class_weight` together with a generator.
    """
    if isinstance(x, DataAdapter):
        return x
    if is_iterable_of_batches(x):
        for name, value in (("y", y), ("sample_weight", sample_weight)):
            if value is not None:
                raise ValueError(
                    f"`{name}` must not be given when `x` is a {type(x).__name__}, which yields batches "
                    "(x, y, sample_weight)."
                )
        if class_weight is not None and inspect.isgenerator(x):
            raise ValueError(
                "`class_weight` is not supported for a generator. Let it yield (x, y, sample_weight), or pass arrays "
                f"or a PyDataset. Received: class_weight={class_weight}"
            )
        if shuffle and hasattr(x, "cardinality"):
            warn(
                "`shuffle=True` has no effect on a `tf.data.Dataset`, which comes in its own order. Shuffle "
                "it by its method `shuffle(buffer_size)`, and give `shuffle=False`."
            )
        if isinstance(x, PyDataset):
            return PyDatasetAdapter(x, shuffle=bool(shuffle), class_weight=class_weight)
        return IterableAdapter(x, class_weight=class_weight)
    if x is None:
        raise ValueError("There is no data: `x` is None.")
    if batch_size is not None and (not hasattr(batch_size, "__index__") or batch_size < 0):
        raise ValueError(f"`batch_size` must be a positive integer. Received: batch_size={batch_size!r}")
    limit = max_steps_per_epoch()
    steps = min(steps or limit, limit) if limit else steps
    return ArrayAdapter(x, y, sample_weight, batch_size, shuffle, class_weight, names, steps)
