"""Preparation of a layer's call arguments: conversion to tensors of its dtype, the training mode, masks."""

from minikeras import tree
from minikeras.autodiff.arithmetic import Cast
from minikeras.autodiff.dtypes import is_float
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.state import no_history, thread
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable
from minikeras.base.messages import warn
from minikeras.base.replay import safe_to_replay
from minikeras.layers.call_signature import call_signature

ONLY_TRAINING = frozenset({"training"})


class LayerInputs:
    """Mixin of `Layer`: the parts of `__call__` that come before and after `call`."""

    # Attributes that custom layers read or set, under Keras's names.
    _call_context_args = ONLY_TRAINING  # the arguments that hold for a whole call of the outermost layer
    _convert_input_args = True  # whether arrays become Tensors, and floats are cast to the compute dtype
    _allow_non_tensor_positional_args = False  # whether arguments that are not tensors may be passed by position

    def _convert_inputs(self, args, kwargs):
        """Convert arrays to Tensors, and float tensors to the compute dtype."""
        convert = self._convert
        if len(args) == 1 and type(args[0]) is Tensor:  # the usual case
            if args[0].dtype != self._compute_dtype:
                args = (convert(args[0]),)
        elif not self._convert_input_args:
            return args, kwargs
        else:
            args = tuple(
                [convert(x) if not isinstance(x, (list, tuple, dict)) else tree.map_structure(convert, x) for x in args]
            )
        for name, x in kwargs.items():
            if x is not None and type(x) is not bool and self._convert_input_args:  # most are `training` or no mask
                kwargs[name] = tree.map_structure(convert, x)
        return args, kwargs

    @safe_to_replay("it looks at the dtype only, and wraps other arrays in a Tensor unchanged")
    def _convert(self, x):
        if type(x) is not Tensor:
            if hasattr(x, "__array__") and not isinstance(x, (Tensor, KerasTensor)):
                x = x.read() if isinstance(x, Variable) else Tensor(self._cast_array(self._as_array(x)))
            elif hasattr(type(x), "apply_op") and self.autocast and is_float(x.dtype) and x.dtype != self.compute_dtype:
                x = Cast(self.compute_dtype)(x)  # a SparseTensor or RaggedTensor
        if (
            type(x) is Tensor
            and x.array.dtype.kind in "fV"
            and x.dtype != self._compute_dtype
            and self.autocast
            and is_float(x.dtype)  # kind "V" has both bfloat16 and int4
            and self._convert_input_args
        ):
            mask = getattr(x, "_keras_mask", None)
            x = Cast(self.compute_dtype)(x)
            if mask is not None:
                x._keras_mask = mask
        return x

    def _as_array(self, x):
        return as_array(x, None, f"an input of layer '{self.name}'")

    def _cast_array(self, array):
        wanted = self.compute_dtype
        if self.autocast and array.dtype.kind in "fV" and array.dtype.name != wanted and is_float(wanted):
            return array.astype(wanted)
        return array

    def _cast_symbolic(self, x):
        if isinstance(x, KerasTensor) and self.autocast and is_float(x.dtype) and x.dtype != self.compute_dtype:
            return KerasTensor(x.shape, dtype=self.compute_dtype, sparse=x.sparse, ragged=x.ragged)
        return x

    def _resolve_training(self, signature, args, kwargs):
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

    @property
    def _call_has_training_arg(self):
        return call_signature(type(self).call).takes_training

    def _register_call_context_args(self, *names):
        """Make `names` arguments that hold for a whole call of the outermost layer, as `training` does.

        The layer can then be called with them whether or not its `call` has such parameters, and an inner layer that
        registered them too receives their values unless it is passed others. (Keras documents this method for custom
        layers.)

        Raises:
            RuntimeError: the layer has already been called.
        """
        if "_scope" in self.__dict__:
            raise RuntimeError(
                f"Cannot add call-context args to layer '{self.name}' after it has been called. Received: {names}. "
                "Register them in `__init__`, or before the first call."
            )
        self._call_context_args = self._call_context_args.union(names)

    def _with_context_arguments(self, args, kwargs):
        """`kwargs` with the registered arguments that `call` takes, and without those that it does not take."""
        signature, kwargs = call_signature(type(self).call), dict(kwargs)
        this_call = thread.call_number + (thread.call_depth == 0)  # an outermost call is about to begin
        number, values = thread.context_arguments
        if number != this_call:
            values = {}
            thread.context_arguments = this_call, values
        positional = dict(zip(signature.names, args, strict=False))
        for name in self._call_context_args - {"training"}:
            value = kwargs.pop(name) if name in kwargs else positional.get(name, values.get(name))
            value = signature.default(name) if value is None else value  # it holds for later layers too, as in Keras
            values[name] = value
            if name in signature.parameters and name not in positional and value is not None:
                kwargs[name] = value
        return kwargs

    def _input_masks(self, signature, args, kwargs):
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

    def compute_mask(self, inputs, previous_mask):
        """The mask of the outputs; by default that of the inputs."""
        return previous_mask

    def _makes_masks(self):
        return type(self).compute_mask is not LayerInputs.compute_mask and self.supports_masking

    def _attach_masks(self, first, masks, outputs):
        """Attach to the outputs the result of `compute_mask` for the first argument and the masks."""
        if not self.supports_masking:
            warn(
                f"Layer '{self.name}' ({type(self).__name__}) does not pass the mask of its input on, so the layers "
                "after it see no mask. If they need it, set `supports_masking = True` in the layer."
            )
            return
        with no_history():
            computed = self.compute_mask(first, masks)
        masks = computed if isinstance(computed, (list, tuple)) else [computed]  # of the first output only
        for output, mask in zip(tree.flatten(outputs), masks, strict=False):
            if mask is not None and getattr(output, "_keras_mask", None) is None:
                output._keras_mask = mask
                if isinstance(mask, KerasTensor) and mask.carrier is None:
                    mask.carrier = output


def first_argument(signature, args, kwargs):
    """The first argument of a call, by position or by name."""
    return args[0] if args else kwargs.get(signature.names[0] if signature.names else None)


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
