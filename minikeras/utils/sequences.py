"""`pad_sequences`: lists of different lengths as one array."""

import numpy as np


def pad_sequences(sequences, maxlen=None, dtype="int32", padding="pre", truncating="pre", value=0.0):
    """An array of shape (number of sequences, maxlen, …) with the sequences cut and filled up to one length.

    Args:
        sequences: list of sequences of numbers, strings, or arrays of one shape.
        maxlen: the length; that of the longest sequence if None.
        dtype: of the array; `object` for strings of any length.
        padding: "pre" or "post": on which side `value` fills up.
        truncating: "pre" or "post": on which side too long sequences are cut.
        value: the padding value.

    Raises:
        ValueError: something that is not a sequence, steps of different shapes, or a `value` that `dtype` cannot hold.
    """
    _check_arguments(sequences, dtype, padding, truncating, value)
    if maxlen is None:
        maxlen = max(len(sequence) for sequence in sequences)
    step_shape = next((np.asarray(sequence).shape[1:] for sequence in sequences if len(sequence)), ())
    padded = np.full((len(sequences), maxlen, *step_shape), value, dtype=dtype)
    for row, sequence in zip(padded, sequences, strict=True):
        dropped = max(len(sequence) - maxlen, 0)
        kept = np.asarray(sequence[dropped:] if truncating == "pre" else sequence[:maxlen])
        if len(kept) and kept.shape[1:] != step_shape:
            raise ValueError(
                f"Shape of sample is different from expected shape {step_shape}: received a sequence with "
                f"steps of shape {kept.shape[1:]}."
            )
        if len(kept):
            row[slice(maxlen - len(kept), None) if padding == "pre" else slice(len(kept))] = kept
    return padded


def _check_arguments(sequences, dtype, padding, truncating, value):
    for name, side in (("padding", padding), ("truncating", truncating)):
        if side not in ("pre", "post"):
            raise ValueError(f"{name.capitalize()} type {side!r} not understood: `{name}` is 'pre' or 'post'.")
    if not hasattr(sequences, "__len__"):
        raise ValueError(f"`sequences` must be iterable. Received: {type(sequences).__name__}")
    for sequence in sequences:
        if not hasattr(sequence, "__len__"):
            raise ValueError(f"`sequences` must be a list of iterables. Received among them: {str(sequence)[:80]}")
    if isinstance(value, str) and dtype is not object and np.dtype(dtype).kind not in "US":
        raise ValueError(
            f"`dtype` {dtype} is not compatible with `value`, which is text: {value!r}. Pass `dtype=object`."
        )
    if (
        any(isinstance(sequence, str) for sequence in sequences)
        and dtype is not object
        and np.dtype(dtype).kind in "iuf"
    ):
        raise ValueError(f"A text is not a sequence of numbers. Received dtype={dtype} and among the sequences a text.")
