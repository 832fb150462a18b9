"""`gathered`: batches that come one by one, from a generator or a data set, as `Run`s of several.

    generator ──▶ batch, batch, batch, batch ──▶ [one array of all rows] ──▶ four steps in one call of compiled code

A step of a plan that Python starts costs more than one in a `Run`, by more than copying a batch of 100 kB takes.
If gathering takes long, a thread does it while the steps before run (`pipeline/prefetching.py`): it hands over some
batches at a time, which Python's lock makes dear, and which one handing over for many steps makes cheap again.

Batches are gathered as long as they have one form, for a short time, and up to some MB, which are all that is held.
"""

import time
from typing import NamedTuple

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.data.arrays import Run
from minikeras.data.pipeline.prefetching import made_ahead

BYTES = 2 << 20  # of the batches of a run
SECONDS = 0.02  # a source that is slower than its steps is not waited for


def runs_of(batches):
    """An iterator over `Run`s, and lists of one batch that cannot be in one; a thread works ahead if that pays.

    Args:
        batches: a generator of batches, as an adapter's `epoch` gives them.
    """
    return made_ahead(gathered(batches))


def gathered(batches):
    """The same, made when they are asked for."""
    group, form, begun = [], None, 0.0
    for batch in _or_error(batches):
        if type(batch) is _Error:  # the steps on the batches before it come first
            if group:
                yield _run(group)
            raise batch.error
        previous, form = form, form_of(batch)
        if group and form != previous:
            yield _run(group)
            group = []
        if form is None:
            yield [batch]
            continue
        if not group:
            begun = time.perf_counter()
        group.append(batch)
        if len(group) * _bytes_of(form) >= BYTES or time.perf_counter() - begun > SECONDS:
            yield _run(group)
            group = []
    if group:
        yield _run(group)


class _Error(NamedTuple):
    """In place of a batch: what making it has raised."""

    error: Exception


def _or_error(batches):
    try:
        yield from batches
    except Exception as error:
        yield _Error(error)


def form_of(batch):
    """The nesting, shapes and dtypes of a batch, of which all arrays have as many rows; None if it is none such."""
    if type(batch) is not tuple:
        return None
    form = tuple([_form(part) for part in batch])
    rows = {shape[0] if shape else 0 for shape, _ in _leaves(form)}
    return form if len(rows) == 1 and 0 not in rows else None


def _form(part):
    kind = type(part)
    if kind is Tensor:
        return part.array.shape, part.array.dtype
    if kind is dict:
        return {key: _form(value) for key, value in part.items()}
    if kind in (list, tuple):
        return [kind, *map(_form, part)]
    return None if part is None else ((), kind)  # of ragged and sparse tensors: it has no rows to be joined


def _leaves(form):
    """The (shape, dtype) pairs in a form."""
    for part in form:
        if type(part) is tuple:
            yield part
        elif type(part) is dict:
            yield from _leaves(part.values())
        elif type(part) is list:
            yield from _leaves(part[1:])


def _bytes_of(form):
    return sum(dtype.itemsize * int(np.prod(shape)) for shape, dtype in _leaves(form))


def _run(group):
    parts = tuple([_joined(part) for part in zip(*group, strict=True)])
    shape, _ = next(_leaves(form_of(group[0])))
    return Run(parts, np.arange(len(group) * shape[0]), shape[0], shuffled=False)


def _joined(parts):
    """One part of several batches, its arrays below each other."""
    first = parts[0]
    if first is None:
        return None
    if type(first) is Tensor:
        return first.array if len(parts) == 1 else np.concatenate([part.array for part in parts])
    if type(first) is dict:
        return {key: _joined([part[key] for part in parts]) for key in first}
    return type(first)([_joined(items) for items in zip(*parts, strict=True)])
