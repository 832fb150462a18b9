"""Connectionist temporal classification: labels without timing, from a network's outputs over time.

(Graves, Fernández, Gomez & Schmidhuber, "Connectionist Temporal Classification", ICML 2006)

At every step the network names a class or "blank". A path of such names is decoded by merging repeats, then removing
the blanks: "aa–ab" and "a–abb" give "aab", but "aaab" gives "ab". The probability of a label sequence is the sum over
all its paths. A path traverses the states

    blank l₁ blank l₂ blank … l_L blank

one step at a time: stay, advance by one, or skip a blank between two different labels.
"""

import numpy as np

from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import result_type
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op, OpWithHiddenOutputs
from minikeras.autodiff.tensor import Tensor
from minikeras.ops.core import as_float_tensor, cast, convert_to_tensor

# The cost of a forbidden step, as in TensorFlow: a target that is longer than the time allows has a large finite loss.
FORBIDDEN = np.log(1e-307)
NEVER = -1e30  # a logarithm of 0 that can be added to without becoming NaN


class CtcLoss(OpWithHiddenOutputs):
    """loss = −ln Σ_paths Π_t p_t(path_t);   dlogits = dloss · (p − expected share of each class at each step).

    Inputs: labels (batch, most labels), logits (batch, time, classes), label and logit lengths (batch,).
    Hidden output: d loss / d logits, found by the forward-backward algorithm together with the loss.
    """

    keeps = ("output",)

    def __init__(self, blank):
        self.blank = blank

    def forward(self, labels, logits, label_lengths, lengths):
        loss, gradient = forward_backward(labels, logits.astype(np.float64), label_lengths, lengths, self.blank)
        return loss.astype(logits.dtype), gradient.astype(logits.dtype)

    def backward(self, call, dloss, dgradient):
        if dgradient is not None:
            raise NotImplementedError("The second derivative of `ctc_loss` is not defined.")
        return None, dloss[:, None, None] * call.outputs[1], None, None

    def output_shape(self, labels_shape, logits_shape, *_):
        return logits_shape[:1]

    def output_dtype(self, labels, logits, *_):
        return logits.dtype


def forward_backward(labels, logits, label_lengths, lengths, blank):
    """(loss, d loss / d logits) of each sample, in float64."""
    batch, time, _ = logits.shape
    log_p = logits - logits.max(axis=-1, keepdims=True)
    log_p = log_p - np.log(np.exp(log_p).sum(axis=-1, keepdims=True))
    states = np.full((batch, 2 * labels.shape[1] + 1), blank)  # the class of each state
    states[:, 1::2] = labels
    in_use = np.arange(states.shape[1]) <= 2 * label_lengths[:, None]
    emitted = np.take_along_axis(log_p, states[:, None, :].repeat(time, axis=1), axis=2)
    emitted = np.where(in_use[:, None, :], emitted, NEVER)
    skips = np.zeros(states.shape, bool)  # whether a state may be reached from the one two before
    skips[:, 3::2] = labels[:, 1:] != labels[:, :-1]  # a label may be the blank's class, as in TensorFlow
    is_last = (np.arange(states.shape[1]) >= 2 * label_lengths[:, None] - 1) & in_use
    alpha = _forward(emitted, skips)
    beta = _backward(emitted, skips, is_last, lengths)
    path = alpha + beta
    log_likelihood = np.logaddexp.reduce(path[:, 0], axis=-1)
    share = np.exp(path - log_likelihood[:, None, None])
    gradient = np.exp(log_p)
    np.subtract.at(gradient, (np.arange(batch)[:, None, None], np.arange(time)[:, None], states[:, None, :]), share)
    gradient[np.arange(time) >= lengths[:, None]] = 0
    return -log_likelihood, gradient


def _forward(emitted, skips):
    """alpha[n, t, s] = ln probability of all beginnings up to step t that end in state s."""
    _, time, states = emitted.shape
    alpha = np.full(emitted.shape, NEVER)
    start = np.where(np.arange(states) < 2, 0.0, FORBIDDEN)
    alpha[:, :1] = start + emitted[:, :1]
    for t in range(1, time):
        before = alpha[:, t - 1]
        reached = np.logaddexp(_arrivals(before, skips), _anywhere(before))
        alpha[:, t] = reached + emitted[:, t]
    return alpha


def _arrivals(before, skips):
    """ln Σ over the states that lead to each state."""
    total = before.copy()
    total[:, 1:] = np.logaddexp(total[:, 1:], before[:, :-1])
    return np.where(skips, np.logaddexp(total, _shifted(before, 2)), total)


def _shifted(x, steps):
    y = np.full_like(x, NEVER)
    y[:, steps:] = x[:, : x.shape[1] - steps]
    return y


def _anywhere(x):
    """ln Σ over all states, at the price of a forbidden step."""
    return FORBIDDEN + np.logaddexp.reduce(x, axis=-1, keepdims=True)


def _backward(emitted, skips, is_last, lengths):
    """beta[n, t, s] = ln probability of all endings after step t, given state s at t."""
    time = emitted.shape[1]
    beta = np.zeros(emitted.shape)
    end = np.where(is_last, 0.0, FORBIDDEN)
    for t in range(time - 1, -1, -1):
        if t < time - 1:
            after = beta[:, t + 1] + emitted[:, t + 1]
            leaving = np.logaddexp(_departures(after, skips), _anywhere(after))
            beta[:, t] = np.where((t < lengths - 1)[:, None], leaving, end)
        else:
            beta[:, t] = end
    return beta


def _departures(after, skips):
    """ln Σ over the states that each state leads to: `_arrivals` the other way."""
    total = after.copy()
    total[:, :-1] = np.logaddexp(total[:, :-1], after[:, 1:])
    over_a_blank = np.where(skips, after, NEVER)
    total[:, :-2] = np.logaddexp(total[:, :-2], over_a_blank[:, 2:])
    return total


def _equal_symbolic_batches(target, output, target_length, output_length, *settings, **named):
    """Refuse symbolic tensors whose numbers of samples differ, also where one of them is unknown."""
    shapes = [tuple(x.shape) for x in (target, output, target_length, output_length) if hasattr(x, "shape")]
    if len({shape[:1] for shape in shapes}) > 1:
        raise ValueError(f"All of the inputs must have the same first dimension, of samples. Received shapes: {shapes}")


@composed(inputs=4, name="CTCLoss", check_symbolic=_equal_symbolic_batches)
def ctc_loss(target, output, target_length, output_length, mask_index=0):
    """−ln of the probability that the outputs, read over time, are the labels. See the module docstring.

    Args:
        target: labels (batch, most labels), integers; those beyond `target_length` are ignored.
        output: logits (batch, time, classes).
        target_length: number of labels of each sample.
        output_length: number of steps of each sample.
        mask_index: the class of "blank".

    Returns:
        The loss of each sample. A target that is too long for its time has a loss above 700.

    Raises:
        ValueError: the batch axes differ.
    """
    target, output = convert_to_tensor(target, "int32"), as_float_tensor(output)
    lengths = [convert_to_tensor(n, "int32") for n in (target_length, output_length)]
    batches = {x.shape[0] for x in (target, output, *lengths)} - {None}
    if len(batches) > 1:
        raise ValueError(
            "`target`, `output` and their lengths must have the same number of samples. Received shapes: "
            f"{[tuple(x.shape) for x in (target, output, *lengths)]}"
        )
    if isinstance(output, KerasTensor):
        return KerasTensor((output.shape[0],), result_type(output.dtype, "float32"))
    blank = mask_index % output.shape[-1]
    return CtcLoss(blank)(target, cast(output, result_type(output.dtype, "float32")), *lengths)


@composed(inputs=2, name="CTCDecode")
def ctc_decode(
    inputs, sequence_lengths, strategy="greedy", beam_width=100, top_paths=1, merge_repeated=True, mask_index=0
):
    """The most probable labels for outputs over time.

    Args:
        inputs: logits (batch, time, classes).
        sequence_lengths: number of steps of each sample.
        strategy: "greedy" takes the best class of every step; "beam_search" adds the probabilities of equivalent paths
            and keeps the `beam_width` best prefixes.
        top_paths: how many label sequences "beam_search" returns for each sample.
        merge_repeated: whether "greedy" merges repeats (without it "aab" reads "aab", not "ab").
        mask_index: the class of "blank"; None for the last.

    Returns:
        Labels (paths, batch, time), padded with −1, and their scores (batch, paths): for "greedy" minus the sum of the
        best logits, for "beam_search" the log probability.

    Raises:
        ValueError: an unknown strategy.
    """
    if strategy not in ("greedy", "beam_search"):
        raise ValueError(f"Invalid strategy {strategy!r}. Supported values are 'greedy' and 'beam_search'.")
    inputs = as_float_tensor(inputs)
    inputs = cast(inputs, result_type(inputs.dtype, "float32"))
    if isinstance(inputs, KerasTensor):
        paths = 1 if strategy == "greedy" else top_paths
        labels = KerasTensor((paths, *inputs.shape[:2]), "int32")
        return labels, KerasTensor((inputs.shape[0], paths), inputs.dtype)
    blank = (-1 if mask_index is None else mask_index) % inputs.shape[-1]
    if strategy == "greedy":
        op = CtcDecode(1, lambda logits: _greedy(logits, blank, merge_repeated))
    else:
        op = CtcDecode(top_paths, lambda logits: _beam_search(logits, blank, beam_width, top_paths))
    return op(inputs, convert_to_tensor(sequence_lengths, "int32"))


class CtcDecode(Op):
    """Applies `decode` to each sample: logits (steps, classes) to a list of pairs (labels, score). No gradient."""

    differentiable = False

    def __init__(self, paths, decode):
        self.paths = paths
        self.decode = decode

    def forward(self, logits, lengths):
        batch, time, _ = logits.shape
        labels = np.full((self.paths, batch, time), -1, np.int32)
        scores = np.zeros((batch, self.paths), logits.dtype)
        for n in range(batch):
            for k, (path, score) in enumerate(self.decode(logits[n, : lengths[n]])):
                labels[k, n, : len(path)] = path
                scores[n, k] = score
        return labels, scores

    def compute_output_spec(self, logits, lengths):
        batch, time, _ = logits.shape
        return KerasTensor((self.paths, batch, time), "int32"), KerasTensor((batch, self.paths), logits.dtype)


def _greedy(logits, blank, merge_repeated):
    best = logits.argmax(axis=-1)
    keep = best != blank
    if merge_repeated:
        keep[1:] &= best[1:] != best[:-1]
    return [(best[keep], -logits.max(axis=-1).sum())]


def _beam_search(logits, blank, beam_width, top_paths):
    """The `top_paths` best label sequences.

    For every prefix that is kept, two values: ln probability of its paths that end in a blank, and of those that end in
    its last label. They are separate because "a" and "a" give "aa" only with a blank between.
    """
    logits = logits.astype(np.float64)
    log_p = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    labels = [label for label in range(log_p.shape[-1]) if label != blank]
    beams = {(): (0.0, NEVER)}
    for step in log_p:
        extended = {}
        for prefix, (in_blank, in_label) in beams.items():
            total = np.logaddexp(in_blank, in_label)
            _add(extended, prefix, 0, total + step[blank])
            last = prefix[-1] if prefix else None
            if last is not None:
                _add(extended, prefix, 1, in_label + step[last])
            for label in labels:
                _add(extended, (*prefix, label), 1, (in_blank if label == last else total) + step[label])
        ranked = sorted(extended.items(), key=lambda beam: -np.logaddexp(*beam[1]))
        beams = dict(ranked[:beam_width])
    return [(prefix, np.logaddexp(*both)) for prefix, both in list(beams.items())[:top_paths]]


def _add(beams, prefix, ending, log_p):
    both = beams.setdefault(prefix, [NEVER, NEVER])
    both[ending] = np.logaddexp(both[ending], log_p)


def merge_repeated(labels):
    """Each row of labels without repeated labels, padded with −1."""
    labels = np.asarray(labels)
    merged = np.full_like(labels, -1)
    for row, path in zip(merged, labels, strict=True):
        kept = path[np.append(True, path[1:] != path[:-1])]
        row[: len(kept)] = kept
    return Tensor(merged)


def unique_labels(labels):
    """(unique labels of each row in the order of their first positions, followed by zeros, int64; each label's place in
    these, int32), both (batch, length)."""
    unique, positions = np.zeros(labels.shape, np.int64), np.zeros(labels.shape, np.int32)
    for row, found, at in zip(labels, unique, positions, strict=True):
        order = {label: i for i, label in enumerate(dict.fromkeys(row.tolist()))}
        found[: len(order)] = list(order)
        at[:] = [order[label] for label in row.tolist()]
    return unique, positions
