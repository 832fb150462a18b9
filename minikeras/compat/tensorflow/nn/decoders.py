"""Labels decoded from the outputs of a network over time (connectionist temporal classification)."""

import numpy as np

from minikeras import ops
from minikeras.autodiff import Tensor
from minikeras.compat.tensorflow.conversion import floating, integers, tensor
from minikeras.tensors.sparse.sparse_tensor import of_rows

__all__ = ["collapse_repeated", "ctc_beam_search_decoder", "ctc_greedy_decoder"]


def ctc_greedy_decoder(inputs, sequence_length, merge_repeated=True, blank_index=None):
    """The best class of every step, repeats merged and blanks dropped.

    Args:
        inputs: logits (time, batch, classes).
        sequence_length: number of steps of each sample.
        merge_repeated: whether repeats are merged: "aab" reads "ab".
        blank_index: the class of "blank", the last by default; negative ones count from the end.

    Returns:
        A list with one SparseTensor (batch, longest) of labels, and minus the sum of the best logits (batch, 1).
    """
    logits = ops.transpose(floating(inputs), (1, 0, 2))
    blank = -1 if blank_index is None else integers(blank_index)
    blank = blank + logits.shape[-1] if blank < 0 else blank
    paths, scores = ops.ctc_decode(logits, tensor(sequence_length), merge_repeated=merge_repeated, mask_index=blank)
    return [_sparse(path) for path in paths.array], scores


def ctc_beam_search_decoder(inputs, sequence_length, beam_width=100, top_paths=1):
    """The most probable labels, found by a search over the `beam_width` best prefixes. The last class is the blank.

    Args:
        inputs: logits (time, batch, classes).
        sequence_length: number of steps of each sample.
        top_paths: how many label sequences to return for each sample.

    Returns:
        A list of `top_paths` SparseTensors (batch, longest) of labels, and their log probabilities (batch, top_paths).
    """
    logits = ops.transpose(floating(inputs), (1, 0, 2))
    lengths = tensor(sequence_length)
    paths, scores = ops.ctc_decode(logits, lengths, "beam_search", beam_width, top_paths, mask_index=None)
    return [_sparse(path) for path in paths.array], scores


def _sparse(labels):
    """Labels padded with −1 as a SparseTensor of int64."""
    return of_rows([row[row >= 0].astype("int64") for row in labels])


def collapse_repeated(labels, seq_length, name=None):
    """(labels with runs of equal ones made one and zeros after them, their new lengths).

    Args:
        labels: (batch, steps), integers.
        seq_length: (batch,): how many of each row count.
    """
    x, lengths = tensor(labels), tensor(seq_length)
    rows, steps = x.array, np.arange(x.shape[1])
    kept = steps < lengths.array[:, None]
    kept[:, 1:] &= rows[:, 1:] != rows[:, :-1]
    counts = kept.sum(axis=1)
    y = np.zeros((len(rows), counts.max(initial=0)), rows.dtype)
    y[np.arange(y.shape[1]) < counts[:, None]] = rows[kept]
    return Tensor(y), Tensor(counts.astype(lengths.dtype))
