"""`Pieces`: predictions for a large batch in small ones, so that what one layer makes is in the cache for the next.

A convolution's results for 256 images fill dozens of megabytes; those for 16 fit beside the processor. The outputs are
the same, if each sample's depend on that sample alone: `piece_size` sees in the trace whether all ops are of that kind.
Measured on one core, a CNN (conv 32, pool, conv 64, pool, dense 128; 28×28): 48 µs an image in one batch of 256, 33 in
pieces of 16. Pieces that are compiled as a whole are done by all threads at once, each another one (`lanes.py`).
"""

import math

import numpy as np

from minikeras import tree
from minikeras.autodiff.tensor import Tensor
from minikeras.plans.instructions import Compute, Read

CACHE = 1 << 20  # bytes beside each processor that the largest array of a piece may fill


class Pieces:
    """How a prediction is cut.

    Attributes:
        size: samples in a piece.
        last_used: as of a `Plan`.
    """

    def __init__(self, size):
        self.size = size
        self.last_used = 0

    def first(self, data):
        """The first piece of a batch."""
        return _cut(data, 0, self.size)

    def run(self, predict, lanes, data, arrays, may_go_on=None):
        """The outputs for a batch, and for how many of its samples they were computed.

        Args:
            predict: predicts a piece.
            lanes: the `Lanes` for full pieces, or None.
            data: the batch.
            arrays: its arrays in flat order.
            may_go_on: function asked between pieces whether to go on; None to do all.
        """
        samples = len(arrays[0])
        outputs, done = (None, 0) if lanes is None else lanes.run(arrays)
        while done < samples and (outputs is None or may_go_on is None or may_go_on()):
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


def piece_size(slots, instructions, results, samples):
    """How many samples of a traced prediction to do at a time; None if all at once is as well, or needed.

    `results` are the slots that it returns.
    """
    largest = max((slot.nbytes for slot in slots if slot.kind == "result" and slot.shape[:1] == (samples,)), default=0)
    if not largest:
        return None
    fitting = max(1, CACHE * samples // largest)
    size = 2 ** int(math.log2(fitting))
    return size if 2 * size <= samples and is_independent_along_batch(slots, instructions, results, samples) else None


def is_independent_along_batch(slots, instructions, results, samples):
    """Whether each sample's results depend on that sample alone, so that a part of the batch gives a part of them."""
    of_samples = {slot.index for slot in slots if slot.kind == "batch"}
    if any(slots[i].shape[:1] != (samples,) for i in of_samples):
        return False
    for instruction in instructions:
        if isinstance(instruction, Read) or not of_samples.intersection(instruction.reads):
            continue
        if type(instruction) is not Compute or any(slots[i].shape[:1] != (samples,) for i in instruction.writes):
            return False
        if not _splits_with_outputs(instruction, slots, of_samples):
            return False
        of_samples.update(instruction.writes)
    return of_samples.issuperset(results)


def _splits_with_outputs(instruction, slots, of_samples):
    """Whether just those inputs that have a row for each sample are split along the batch axis with the outputs."""
    shapes = [slots[i].shape for i in instruction.reads]
    split = instruction.op.batch_inputs(shapes, slots[instruction.writes[0]].shape)
    return split == [i in of_samples for i in instruction.reads]
