"""Shape inference for a `call` that computes with the lengths of its inputs, some of which are unknown."""

from minikeras import tree
from minikeras.autodiff.keras_tensor import KerasTensor, NoValuesError
from minikeras.autodiff.output_spec import by_dummy_inputs_after, known_shape, output_spec_of_runs
from minikeras.random.operation_seeds import Frame, inside

DUMMY_INPUTS = 83, 89  # primes that are rarely lengths, or divisors of one


def output_spec_of_call(call, args, kwargs):
    """KerasTensors like the results of a layer's `call`, from running it on symbolic tensors.

    If that fails and lengths are unknown, `call` runs with two known lengths, so that `height * 2` can be computed for
    `height = ops.shape(x)[1]`, which is None otherwise. If that fails too, it runs on zeros and ones, since it may
    select or count values; but not if it converted symbolic tensors to NumPy arrays, which is an error in Keras.

    Raises:
        Exception: that of the first run, which names the user's shapes; that of the second run if it has another type,
            since the first one was then caused by None.
    """
    try:
        return call(*args, **kwargs)
    except Exception as error:
        if not _has_unknown_lengths(args, kwargs):
            raise
        first = error
    try:
        return output_spec_of_runs(call, args, kwargs, _of_known_length, DUMMY_INPUTS)
    except Exception as second:
        error = first if type(second) is type(first) is not TypeError else second
    if isinstance(error, NoValuesError):
        raise error
    with inside(Frame()):
        return by_dummy_inputs_after(error, call, args, kwargs, lengths=DUMMY_INPUTS)


def _has_unknown_lengths(args, kwargs):
    tensors = [x for x in tree.flatten((tuple(args), dict(kwargs))) if isinstance(x, KerasTensor)]
    return any(None in x.shape for x in tensors)


def _of_known_length(x, length, run):
    y = KerasTensor(known_shape(x, length), dtype=x.dtype)
    mask = getattr(x, "_keras_mask", None)
    if isinstance(mask, KerasTensor):
        y._keras_mask = KerasTensor(known_shape(mask, length), dtype=mask.dtype)
    return y
