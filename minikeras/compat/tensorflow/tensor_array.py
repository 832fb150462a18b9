"""`tf.TensorArray`: a list of tensors, written and read by index."""

from minikeras import ops
from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError, OutOfRangeError
from minikeras.compat.tensorflow.conversion import integers, tensor
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.tensor_shape import TensorShape
from minikeras.random.operation_seeds import inside_function

__all__ = ["TensorArray"]


class TensorArray:
    """Tensors of one dtype by index: `array = array.write(i, x)`, then `array.stack()`. Gradients flow through.

    Writing changes the array itself, as in eager TensorFlow; assigning the result is customary because
    a graph needs it.

    Args:
        dtype: of the elements.
        size: the initial number of elements.
        dynamic_size: whether writing beyond the end makes it longer.
        clear_after_read: whether an element may be read once only. None: yes.
        tensor_array_name, handle, flow, colocate_with_first_write_call, name: for graphs; without effect.
        infer_shape: whether all elements must have the shape of the first one.
        element_shape: shape of the elements, None where unknown.

    Raises:
        ValueError: an element of a wrong shape.
        InvalidArgumentError: an element of a wrong dtype, or read twice.
        OutOfRangeError: an index beyond the end.
    """

    def __init__(
        self,
        dtype,
        size=None,
        dynamic_size=None,
        clear_after_read=None,
        tensor_array_name=None,
        handle=None,
        flow=None,
        infer_shape=True,
        element_shape=None,
        colocate_with_first_write_call=True,
        name=None,
    ):
        if size is None:
            raise ValueError("`size` must be given: how many elements the TensorArray has at first.")
        self._dtype = as_dtype(dtype)
        self._dynamic_size = bool(dynamic_size)
        self._clear_after_read = clear_after_read in (None, True)
        self._infer_shape = bool(infer_shape)
        self._element_shape = TensorShape(element_shape)
        self._elements = [None] * int(integers(size))
        self._cleared = set()

    # --- properties -----------------------------------------------------------------------------------------------

    @property
    def dtype(self):
        """The dtype of the elements."""
        return self._dtype

    @property
    def dynamic_size(self):
        """Whether writing beyond the end makes it longer."""
        return self._dynamic_size

    @property
    def element_shape(self):
        """Shape of the elements, as far as it is known."""
        return self._element_shape

    @property
    def handle(self):
        """None: there is no graph that needs a handle of the array."""
        return None

    @property
    def flow(self):
        """A tensor by which graphs order reads and writes; here it has no meaning."""
        return tensor(0)

    def size(self, name=None):
        """How many elements there are."""
        return tensor(len(self._elements))

    def identity(self):
        """The array itself."""
        return self

    def close(self, name=None):
        """Release the elements."""
        self._elements = []

    def grad(self, source, flow=None, name=None):
        """Not available, as in eager TensorFlow: tapes compute the gradients."""
        raise NotImplementedError("`TensorArray.grad` belongs to graphs of TensorFlow 1; use a `tf.GradientTape`.")

    # --- one element ----------------------------------------------------------------------------------------------

    def write(self, index, value, name=None):
        """Set one element, and return the array."""
        index = int(index)
        if index < 0 or (index >= len(self._elements) and not self._dynamic_size):
            raise OutOfRangeError(
                None,
                None,
                f"A TensorArray of size {len(self._elements)} has no index {index}. Make it with `dynamic_size=True`.",
            )
        value = self._element(value)
        self._elements += [None] * (index + 1 - len(self._elements))
        self._elements[index] = value
        self._cleared.discard(index)
        return self

    def read(self, index, name=None):
        """One element; zeros if it was never written but another was."""
        index = int(index)
        if not 0 <= index < len(self._elements):
            raise OutOfRangeError(
                None, None, f"Tried to read from index {index} but array size is: {len(self._elements)}"
            )
        if index in self._cleared:
            raise InvalidArgumentError(
                None,
                None,
                f"Element {index} of the TensorArray was released when it was first read. Make the TensorArray with "
                "`clear_after_read=False`.",
            )
        value = self._present(index)
        if self._clear_after_read and not inside_function():  # in graphs TensorFlow clears none
            self._elements[index] = None
            self._cleared.add(index)
        return value

    def _element(self, value):
        """`value` as a tensor, checked to be a valid element."""
        if not isinstance(value, Tensor) and not hasattr(value, "dtype"):
            value = tensor(value, self._dtype)
        value = tensor(value)
        if value.dtype != self._dtype:
            raise InvalidArgumentError(
                None,
                None,
                f"The elements of this TensorArray must be {self._dtype.name}. Received: {str.__str__(value.dtype)}",
            )
        shape = tuple(value.shape)
        if not self._element_shape.is_compatible_with(shape):
            raise ValueError(f"Incompatible shape for value ({shape}), expected ({self._element_shape})")
        if self._infer_shape and not self._element_shape.is_fully_defined():
            self._element_shape = TensorShape(shape)
        return value

    def _present(self, index):
        value = self._elements[index]
        if value is not None:
            return value
        if not self._element_shape.is_fully_defined():
            raise InvalidArgumentError(None, None, f"Could not read index {index}: no element was ever written.")
        return ops.zeros(tuple(self._element_shape), self._dtype)

    # --- many elements --------------------------------------------------------------------------------------------

    def stack(self, name=None):
        """All elements as one tensor, along a new first axis."""
        return self._stacked(range(len(self._elements)))

    def gather(self, indices, name=None):
        """The elements at `indices` as one tensor, along a new first axis."""
        return self._stacked(integers(indices))

    def concat(self, name=None):
        """All elements as one tensor, along their first axis, on which their lengths may differ."""
        return ops.concatenate([self._present(i) for i in range(len(self._elements))], axis=0)

    def unstack(self, value, name=None):
        """Set the elements to the slices of `value` along its first axis, and return the array."""
        value = self._converted(value)
        return self._all([value[i] for i in range(value.shape[0])])

    def scatter(self, indices, value, name=None):
        """Set the elements at `indices` to the slices of `value` along its first axis, and return the array."""
        value = self._converted(value)
        for place, index in enumerate(integers(indices)):
            self.write(index, value[place])
        return self

    def split(self, value, lengths, name=None):
        """Set the elements to segments of `value` along its first axis, and return the array."""
        value, parts, start = self._converted(value), [], 0
        for length in integers(lengths):
            parts.append(value[start : start + length])
            start += length
        return self._all(parts)

    def _converted(self, value):
        return tensor(value) if hasattr(value, "dtype") else tensor(value, self._dtype)

    def _all(self, values):
        if len(values) > len(self._elements) and not self._dynamic_size:
            raise ValueError(
                f"Cannot put {len(values)} elements into a TensorArray of {len(self._elements)}. Set dynamic_size=True."
            )
        self._elements, self._cleared = [self._element(value) for value in values], set()
        return self

    def _stacked(self, indices):
        elements = [self._present(i) for i in indices]
        if self._clear_after_read and not inside_function():  # in graphs TensorFlow clears none
            for i in indices:
                self._elements[i] = None
                self._cleared.add(i)
        if not elements:
            shape = [0 if n is None else n for n in self._element_shape]
            return ops.zeros((0, *shape), self._dtype)
        return ops.stack(elements)
