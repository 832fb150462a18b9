"""What surrounds a layer's `call`: training mode, arguments that hold for a whole call, masks, activity losses."""

from minikeras import tree
from minikeras.autodiff.dtypes import is_float
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.state import no_history, thread
from minikeras.autodiff.tensor import Tensor
from minikeras.base.messages import warn
from minikeras.layers.call_signature import call_signature

ONLY_TRAINING = frozenset({"training"})


def cast_symbolic(layer, x):
    """A symbolic tensor as the layer receives it: a float one in its compute dtype."""
    if isinstance(x, KerasTensor) and layer.autocast and is_float(x.dtype) and x.dtype != layer.compute_dtype:
        return KerasTensor(x.shape, dtype=layer.compute_dtype, sparse=x.sparse, ragged=x.ragged)
    return x


def resolve_training(signature, args, kwargs):
    """(kwargs, training mode): the mode is the argument, else the outermost call's, else the default of `call`."""
    training = kwargs.get("training")
    if training is None and len(args) > signature.training_position:
        return kwargs, args[signature.training_position]
    if training is None and thread.call_depth:
        training = thread.training
    if training is None:
        training = signature.training_default
    if signature.takes_training:
        if training is not kwargs.get("training"):
            kwargs = {**kwargs, "training": training}
    elif "training" in kwargs and not signature.takes_kwargs:
        kwargs = {name: value for name, value in kwargs.items() if name != "training"}
    return kwargs, training


def with_context_arguments(layer, args, kwargs):
    """`kwargs` with the registered arguments that `call` takes, and without those that it does not take."""
    signature, kwargs = call_signature(type(layer).call), dict(kwargs)
    this_call = thread.call_number + (thread.call_depth == 0)  # an outermost call is about to begin
    number, values = thread.context_arguments
    if number != this_call:
        values = {}
        thread.context_arguments = this_call, values
    positional = dict(zip(signature.names, args, strict=False))
    for name in layer._call_context_args - {"training"}:
        value = kwargs.pop(name) if name in kwargs else positional.get(name, values.get(name))
        value = signature.default(name) if value is None else value  # it holds for later layers too, as in Keras
        values[name] = value
        if name in signature.parameters and name not in positional and value is not None:
            kwargs[name] = value
    return kwargs


def input_masks(signature, args, kwargs):
    """The masks from which those of the outputs follow: the `mask` argument, or the masks of the first argument.

    As in Keras, if only one argument has tensors, its masks are passed on as `mask` in `kwargs`, provided that
    `call` takes it; with several such arguments, each passes its masks as "<argument>_mask". A list of tensors has
    a list of masks, [None, None] if there are none.
    """
    named = [*zip(signature.names, args, strict=False), *kwargs.items()]
    tensors = [(name, x) for name, x in named if _holds_tensors(x)]
    if len(tensors) == 1:
        tensors = [("", tensors[0][1])]
    for name, x in tensors:
        parameter = f"{name}_mask" if name else "mask"
        if parameter in signature.parameters and dict(named).get(parameter) is None:
            masks = _masks_of(x)
            if masks is not None:
                kwargs[parameter] = masks
    given = kwargs.get("mask")
    return _masks_of(first_argument(signature, args, kwargs)) if given is None else given


def attach_masks(layer, first, masks, outputs):
    """Attach to the outputs the result of `compute_mask` for the first argument and the masks."""
    if not layer.supports_masking:
        warn(
            f"Layer '{layer.name}' ({type(layer).__name__}) does not pass the mask of its input on, so the layers "
            "after it see no mask. If they need it, set `supports_masking = True` in the layer."
        )
        return
    with no_history():
        computed = layer.compute_mask(first, masks)
    masks = computed if isinstance(computed, (list, tuple)) else [computed]  # of the first output only
    for output, mask in zip(tree.flatten(outputs), masks, strict=False):
        if mask is not None and getattr(output, "_keras_mask", None) is None:
            output._keras_mask = mask
            if isinstance(mask, KerasTensor) and mask.carrier is None:
                mask.carrier = output


def first_argument(signature, args, kwargs):
    """The first argument of a call, by position or by name."""
    return args[0] if args else kwargs.get(signature.names[0] if signature.names else None)


def add_activity_losses(layer, outputs):
    """Add the penalty of each output, a mean over the samples."""
    for output in tree.flatten(outputs):
        if isinstance(output, Tensor):
            loss = layer.activity_regularizer(output)
            if output.ndim > 0:
                loss = loss / output.shape[0] if output.shape[0] else loss * 0
            layer.add_loss(loss)


def add_location_note(layer, error, args):
    """Add to an error in which layer it happened; to the innermost three layers only."""
    if args and len(getattr(error, "__notes__", ())) < 3:
        shapes = tree.map_structure(lambda x: getattr(x, "shape", x), args[0])
        error.add_note(
            f"This happened in layer '{layer.name}' ({type(layer).__name__}), input shape: {str(shapes)[:200]}"
        )


_TENSORS = frozenset({Tensor, KerasTensor})


def check_positional(layer, args):
    """Raise unless everything passed by position is a tensor, an array, or a structure of them (or None).

    Raises:
        ValueError
    """
    if layer._allow_non_tensor_positional_args:
        return
    for x in args:
        if isinstance(x, (Tensor, KerasTensor)) or x is None:
            continue
        if type(x) is list and _TENSORS.issuperset(map(type, x)):  # the usual list, for speed
            continue
        for leaf in tree.flatten(x):
            if isinstance(leaf, (bool, str, int, float)) or getattr(type(leaf), "kind", None) == "extension":
                raise ValueError(
                    f"Only input tensors may be positional arguments of layer '{layer.name}'. Received: {leaf!r} (of "
                    f"type {type(leaf).__name__}). Pass it by name, or pass its tensors or an array."
                )


def _holds_tensors(x):
    """Whether an argument is a tensor or a structure that contains one."""
    if isinstance(x, (list, tuple, dict)):
        return any(isinstance(y, (Tensor, KerasTensor)) for y in tree.flatten(x))
    return isinstance(x, (Tensor, KerasTensor))


def _masks_of(x):
    """The masks of the tensors of one argument, nested like it; None for a tensor without one."""
    if isinstance(x, (list, tuple, dict)):
        return tree.map_structure(_mask_of, x)
    return _mask_of(x)


def _mask_of(x):
    return getattr(x, "_keras_mask", None)


def has_mask(masks):
    """Whether there is any mask in a nest of masks and None."""
    return any(mask is not None for mask in tree.flatten(masks))
