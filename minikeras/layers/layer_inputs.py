"""What a layer makes of the arguments of a call: tensors of its dtype, the training mode, the masks."""

import warnings

from minikeras import tree
from minikeras.autodiff.arithmetic import Cast
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.state import no_history, thread
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable
from minikeras.dtypes import is_float
from minikeras.replay import safe_to_replay


class LayerInputs:
    """Mixin of `Layer`: the parts of `__call__` that come before and after `call`."""

    def _convert_inputs(self, args, kwargs):
        """Arrays become Tensors, and float tensors take the compute dtype."""
        convert = self._convert
        if len(args) == 1 and type(args[0]) is Tensor:  # the usual case
            args = (convert(args[0]),)
        else:
            args = tuple(
                [convert(x) if not isinstance(x, (list, tuple, dict)) else tree.map_structure(convert, x) for x in args]
            )
        for name, x in kwargs.items():
            if x is not None and type(x) is not bool:  # most are `training` or a mask that is not there
                kwargs[name] = tree.map_structure(convert, x)
        return args, kwargs

    @safe_to_replay("it looks at the dtype only, and what is no Tensor goes into one as it is")
    def _convert(self, x):
        if type(x) is not Tensor and hasattr(x, "__array__") and not isinstance(x, (Tensor, KerasTensor)):
            x = x.read() if isinstance(x, Variable) else Tensor(self._cast_array(self._as_array(x)))
        if type(x) is Tensor and self.autocast and x.array.dtype.kind == "f" and x.dtype != self.compute_dtype:
            mask = getattr(x, "_keras_mask", None)
            x = Cast(self.compute_dtype)(x)
            if mask is not None:
                x._keras_mask = mask
        return x

    def _as_array(self, x):
        return as_array(x, None, f"an input of layer '{self.name}'")

    def _cast_array(self, array):
        wanted = self.compute_dtype
        if self.autocast and array.dtype.kind == "f" and array.dtype.name != wanted and is_float(wanted):
            return array.astype(wanted)
        return array

    def _cast_symbolic(self, x):
        if isinstance(x, KerasTensor) and self.autocast and is_float(x.dtype) and x.dtype != self.compute_dtype:
            return KerasTensor(x.shape, dtype=self.compute_dtype)
        return x

    def _resolve_training(self, signature, args, kwargs):
        """Training mode: what was passed, else what the outermost call was told, else the default of `call`."""
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

    def _input_masks(self, signature, args, kwargs):
        """The masks that hang on the first argument's tensors; those that `call` takes are put into `kwargs`."""
        first = None
        for i, x in enumerate(args):
            masks = getattr(x, "_keras_mask", None) if type(x) is Tensor else _masks_of(x)
            if masks is None:
                continue
            if i == 0:
                first = masks
            name = signature.names[i] if i < len(signature.names) else None
            parameter = signature.mask_names.get(name)
            if parameter is not None and kwargs.get(parameter) is None:
                kwargs[parameter] = masks
        return first

    def compute_mask(self, inputs, previous_mask):
        """The mask of the outputs; by default that of the inputs."""
        return previous_mask

    def _makes_masks(self):
        return type(self).compute_mask is not LayerInputs.compute_mask and self.supports_masking

    def _attach_masks(self, args, masks, outputs):
        if not self.supports_masking:
            warnings.warn(
                f"Layer '{self.name}' (of type {type(self).__name__}) was passed an input with a mask attached to it. "
                "However, this layer does not support masking and will therefore destroy the mask information. "
                "Downstream layers will not see the mask.",
                stacklevel=3,
            )
            return
        with no_history():
            computed = self.compute_mask(args[0], masks)
        flat = tree.flatten(outputs)
        flat_masks = [computed] if len(flat) == 1 and not isinstance(computed, (list, tuple)) else computed
        for output, mask in zip(flat, [None] * len(flat) if flat_masks is None else flat_masks, strict=False):
            if mask is not None and getattr(output, "_keras_mask", None) is None:
                output._keras_mask = mask


def _masks_of(x):
    """The masks on the tensors of one argument (nested like it), or None if there are none."""
    if isinstance(x, (Tensor, KerasTensor)):
        return getattr(x, "_keras_mask", None)
    if isinstance(x, (list, tuple, dict)):
        masks = tree.map_structure(lambda y: getattr(y, "_keras_mask", None), x)
        return masks if any(mask is not None for mask in tree.flatten(masks)) else None
    return None
