"""`MicroBatches`: predicts a large batch in micro-batches, so that each layer's output is still in the cache for the
next layer.

A convolution's results for 256 images fill dozens of megabytes; those for 16 fit in a core's cache. The outputs are the
same if samples are independent along the batch axis: `micro_batch_size` checks in the trace that all ops propagate that
axis. Measured on one core, a CNN (conv 32, pool, conv 64, pool, dense 128; 28×28): 48 µs an image in one batch of 256,
33 in micro-batches of 16. If micro-batches are compiled as a whole, each thread runs its own (`thread_workspaces.py`).
"""

import math

import numpy as np

from minikeras import tree
from minikeras.autodiff.tensor import Tensor
from minikeras.plans.instructions import Compute, Read

CACHE = 1 << 20  # bytes of a core's cache that the largest array of a micro-batch may fill


class MicroBatches:
    """How a prediction is divided into micro-batches.

    Attributes:
        size: samples in a micro-batch.
        last_used: as of a `Plan`.
    """

    def __init__(self, size):
        self.size = size
        self.last_used = 0

    def first(self, data):
        """The first micro-batch of a batch."""
        return _cut(data, 0, self.size)

    def run(self, predict, workspaces, data, arrays, may_continue=None):
        """The outputs for a batch, and the number of samples for which they were computed.

        Args:
            predict: predicts a micro-batch.
            workspaces: the `ThreadWorkspaces` for full micro-batches, or None.
            data: the batch.
            arrays: its arrays in flat order.
            may_continue: function called between micro-batches, whether to continue; None to run all.
        """
        samples = len(arrays[0])
        outputs, done = (None, 0) if workspaces is None else workspaces.run(arrays)
        while done < samples and (outputs is None or may_continue is None or may_continue()):
            last = min(done + self.size, samples)
            part = predict(_cut(data, done, last))
            if outputs is None:
                outputs = tree.map_structure(lambda y: Tensor(np.empty((samples, *y.shape[1:]), y.array.dtype)), part)
            for output, y in zip(tree.flatten(outputs), tree.flatten(part), strict=True):
                output.array[done:last] = y.array
            done = last
        return outputs, done


def _cut(data, first, last):
    return tree.map_structure(lambda part: None if part is None else Tensor(part.array[first:last]), data)


def micro_batch_size(buffers, instructions, results, samples):
    """The micro-batch size of a traced prediction; None if all samples at once are as fast, or required.

    `results` are the buffers that it returns.
    """
    largest = max(
        (buffer.nbytes for buffer in buffers if buffer.kind == "result" and buffer.shape[:1] == (samples,)), default=0
    )
    if not largest:
        return None
    fitting = max(1, CACHE * samples // largest)
    size = 2 ** int(math.log2(fitting))
    return size if 2 * size <= samples and is_independent_along_batch(buffers, instructions, results, samples) else None


def is_independent_along_batch(buffers, instructions, results, samples):
    """Whether samples are independent along the batch axis, so that a part of the batch gives a part of the results."""
    of_samples = {buffer.index for buffer in buffers if buffer.kind == "batch"}
    if any(buffers[i].shape[:1] != (samples,) for i in of_samples):
        return False
    for instruction in instructions:
        if isinstance(instruction, Read) or not of_samples.intersection(instruction.reads):
            continue
        if type(instruction) is not Compute or any(buffers[i].shape[:1] != (samples,) for i in instruction.writes):
            return False
        if not _splits_like_outputs(instruction, buffers, of_samples):
            return False
        of_samples.update(instruction.writes)
    return of_samples.issuperset(results)


def _splits_like_outputs(instruction, buffers, of_samples):
    """Whether exactly the inputs with a row for each sample are split along the batch axis like the outputs."""
    shapes = [buffers[i].shape for i in instruction.reads]
    split = instruction.op.batch_inputs(shapes, buffers[instruction.writes[0]].shape)
    return split == [i in of_samples for i in instruction.reads]
