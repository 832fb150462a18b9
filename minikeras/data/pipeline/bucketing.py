"""`bucket_by_sequence_length`: sequences of about the same length in one batch, so that little is padded."""

import numpy as np

from minikeras import tree
from minikeras.autodiff.tensor import Tensor
from minikeras.data.pipeline.batching import Batch
from minikeras.data.pipeline.padding import PaddedBatch, spread_over
from minikeras.data.pipeline.stage import stage_of
from minikeras.data.pipeline.windowing import GroupByWindow


def bucketed(
    dataset,
    length_of,
    boundaries,
    batch_sizes,
    padded_shapes,
    padding_values,
    pad_to_boundary,
    no_padding,
    drop_remainder,
):
    """Batches of elements in one bucket, the first of `boundaries` that is greater than their length.

    Raises:
        ValueError: the numbers of boundaries and batch sizes do not fit; a sequence is too long for the last boundary
            when padding to it.
    """
    if len(batch_sizes) != len(boundaries) + 1:
        raise ValueError(
            f"`bucket_batch_sizes` must have one number more than `bucket_boundaries`. Received: {len(batch_sizes)} "
            f"and {len(boundaries)}"
        )
    edges = np.asarray(boundaries)

    def bucket_of(*element):
        return Tensor(np.int64(np.searchsorted(edges, int(length_of(*element)), side="right")))

    def batch(bucket, elements):
        number = int(bucket)
        if no_padding:
            return elements.batch(batch_sizes[number], drop_remainder=drop_remainder)
        shapes = padded_shapes
        if pad_to_boundary:
            if number == len(boundaries):
                raise ValueError(
                    f"A sequence is longer than the last boundary, {boundaries[-1]}, and cannot be padded to it."
                )
            shapes = _filled_to(stage_of(elements).element_spec, padded_shapes, boundaries[number] - 1)
        return elements.padded_batch(batch_sizes[number], shapes, padding_values, drop_remainder)

    def size_of(bucket):
        return batch_sizes[int(bucket)]

    if no_padding:
        spec = Batch(stage_of(dataset), 1, False).element_spec
    else:
        spec = PaddedBatch(stage_of(dataset), 1, padded_shapes, padding_values, False).element_spec
    return dataset._with(GroupByWindow(stage_of(dataset), bucket_of, batch, size_of, dataset._with, spec))


def _filled_to(spec, shapes, length):
    """Shapes with `length` in place of unknown lengths."""
    leaves = tree.flatten(spec)
    given = spread_over(spec, shapes)
    filled = [
        [length if n in (None, -1) else n for n in (leaf.shape if shape is None else shape)]
        for leaf, shape in zip(leaves, given, strict=True)
    ]
    return tree.pack_sequence_as(spec, filled)
