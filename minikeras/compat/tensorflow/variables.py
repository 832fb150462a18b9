"""`tf.Variable`: minikeras's Variable under TensorFlow's constructor, names and methods."""

__replay__ = "computes"

from enum import Enum

import numpy as np

from minikeras.autodiff import basic_ops
from minikeras.autodiff.effects import effectful
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.name_scope import current_path
from minikeras.autodiff.operators import Operators
from minikeras.autodiff.state import next_index, thread
from minikeras.autodiff.stateless_scope import ShapeInference
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable as EngineVariable
from minikeras.base.errors import InvalidArgumentError, OutOfRangeError
from minikeras.base.replay import reads_values, safe_to_replay
from minikeras.compat.tensorflow.conversion import tensor as convert_to_tensor
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.operand_conversion import fits, is_tensor, natural_dtype
from minikeras.compat.tensorflow.operators import OPERATORS, get_item
from minikeras.compat.tensorflow.scatter import ScatterMethods
from minikeras.compat.tensorflow.tensor_attributes import DEVICE, DTYPE_OF_VARIABLE, Reference
from minikeras.compat.tensorflow.tensor_shape import TensorShape

__all__ = ["Variable", "VariableAggregation", "VariableSynchronization"]


class VariableSynchronization(Enum):
    """When copies of a Variable on several devices are synchronized. Here there is only one device."""

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


class VariableAggregation(Enum):
    """How copies of a Variable on several devices are aggregated. Here there is only one device."""

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3


class Variable(ScatterMethods, EngineVariable):
    """Mutable state: `tf.Variable(initial_value)`.

    As in Keras 3 on TensorFlow, a layer that holds one as an attribute does *not* count it among its weights: `fit`
    will not train it, and `save_weights` will not save it. Use `self.add_weight(…)` for that. A `tf.Module` does count
    it, and a GradientTape watches it everywhere.

    Args:
        initial_value: a tensor or a value convertible to one, or a function without arguments that returns it.
        trainable: whether a GradientTape watches it automatically. None: True, unless `synchronization` is ON_READ.
        validate_shape: False lets later values have another shape.
        caching_device, import_scope: for graphs and devices, of which there are none here; without effect.
        name: the part of `name` before ":0"; "Variable" if None.
        variable_def: not supported.
        dtype: that of the initial value if None.
        constraint: stored for an optimizer, which applies it after each step.
        synchronization, aggregation: for several devices; stored only.
        shape: None in it leaves a length open for later values.

    Raises:
        ValueError: no initial value, or one that does not fit `shape`.
    """

    is_layer_weight = False  # see the class's first paragraph

    # TensorFlow's variables behave like tensors here, Keras's do not.
    __and__, __rand__, __or__, __ror__ = Operators.__and__, Operators.__rand__, Operators.__or__, Operators.__ror__
    __xor__, __rxor__ = Operators.__xor__, Operators.__rxor__

    @reads_values
    def __bool__(self):
        return bool(self._tensor)

    def __init__(
        self,
        initial_value=None,
        trainable=None,
        validate_shape=True,
        caching_device=None,
        name=None,
        variable_def=None,
        dtype=None,
        import_scope=None,
        constraint=None,
        synchronization=VariableSynchronization.AUTO,
        aggregation=VariableAggregation.NONE,
        shape=None,
        experimental_enable_variable_lifting=True,
    ):
        if variable_def is not None:
            raise ValueError("`variable_def` describes a Variable of a TensorFlow graph. minikeras has no graphs.")
        if initial_value is None:
            raise ValueError("`tf.Variable` needs an `initial_value`. Received: initial_value=None")
        if constraint is not None and not callable(constraint):
            raise ValueError(f"`constraint` must be a function. Received: constraint={constraint!r}")
        value = _initial(initial_value() if callable(initial_value) else initial_value, dtype)
        self._open_shape = _open_shape(value.shape, shape, validate_shape)
        self._full_name = "/".join(part for part in (current_path(), name or "Variable") if part)
        self._path = f"{self._full_name}_0"  # Keras's optimizers name their slots after it: "adam/Variable_0_momentum"
        if trainable is None:
            trainable = synchronization is not VariableSynchronization.ON_READ
        self._trainable = self._made_trainable = bool(trainable)
        self.autocast = False
        self.constraint = constraint
        self._synchronization, self._aggregation = synchronization, aggregation
        self.index = next_index()
        self._tensor = Tensor(np.array(value.array))

    # --- properties -----------------------------------------------------------------------------------------------

    @property
    def name(self):
        """The name with the open name scopes before it and ":0" after it."""
        return f"{self._full_name}:0"

    @property
    def shape(self):
        """The shape, None where the constructor left a length open."""
        return super().shape if self._open_shape is None else self._open_shape

    @property
    def dtype(self):
        """The element type, a `tf.DType`."""
        return as_dtype(DTYPE_OF_VARIABLE(self))

    def get_shape(self):
        """Alias of `shape`."""
        return self.shape

    def set_shape(self, shape):
        """Check that `shape` is compatible.

        Raises:
            ValueError: it does not.
        """
        _check_fits(self._tensor.array.shape, shape, f"{self.name} cannot take this shape")

    @property
    def device(self):
        """The device."""
        return DEVICE

    @property
    def initial_value(self):
        """Not available, as in eager TensorFlow."""
        raise RuntimeError("This is a property of Variables in graphs of TensorFlow 1; an eager one has none.")

    def is_initialized(self, name=None):
        """True: a Variable has a value from the start."""
        return Tensor(np.array(True))

    def ref(self):
        """A hashable reference, for sets and keys of dicts; `ref().deref()` is the Variable."""
        return Reference(self)

    experimental_ref = ref

    # --- reading --------------------------------------------------------------------------------------------------

    def value(self):
        """The current value as a Tensor, which later assignments do not change."""
        return self.read()

    def read_value(self):
        """Alias of `value()`."""
        return self.read()

    def gather_nd(self, indices, name=None):
        """The elements or slices at `indices` (…, k), whose rows index the first k axes."""
        indices = convert_to_tensor(indices).array
        return basic_ops.get_item(self.read(), tuple(np.moveaxis(indices, -1, 0)))

    def sparse_read(self, indices, name=None):
        """The rows at `indices`."""
        return basic_ops.get_item(self.read(), convert_to_tensor(indices))

    def __getitem__(self, key):
        return VariableSlice(get_item(self.read(), key), self, key)

    # --- assigning ------------------------------------------------------------------------------------------------

    @effectful
    def assign(self, value, use_locking=False, name=None, read_value=True):
        """Replace the value. Tensors read earlier do not change.

        Args:
            value: of the same dtype and shape.
            use_locking: without effect; an assignment is atomic among Python's threads.
            name: without effect.
            read_value: whether to return the Variable; None is returned otherwise.

        Raises:
            ValueError: another shape, or a tensor of another dtype.
        """
        if isinstance(value, KerasTensor):  # shape inference must not change it
            return self._assign_symbolic(value) if read_value else None
        array = self._as_own_dtype(value).array
        expected = self._tensor.array.shape if self._open_shape is None else self._open_shape
        _check_fits(array.shape, expected, f"Cannot assign value to variable '{self.name}'")
        # A Tensor does not change; the caller may change its own array later.
        return self._set(array if isinstance(value, Tensor) else np.array(array), read_value)

    def _set(self, array, read_value=True):
        if isinstance(thread.stateless_scope, ShapeInference):
            thread.stateless_scope.note_change(self)
        self._tensor = Tensor(array)
        return self if read_value else None

    @effectful
    def assign_add(self, delta, use_locking=False, name=None, read_value=True):
        """`assign(self + delta)`; the arguments are those of `assign`."""
        if isinstance(delta, KerasTensor):
            return self.assign(self + delta, read_value=read_value)
        return self._set(self._tensor.array + self._own_shape(delta, "assign_add"), read_value)

    @effectful
    def assign_sub(self, delta, use_locking=False, name=None, read_value=True):
        """`assign(self - delta)`; the arguments are those of `assign`."""
        if isinstance(delta, KerasTensor):
            return self.assign(self - delta, read_value=read_value)
        return self._set(self._tensor.array - self._own_shape(delta, "assign_sub"), read_value)

    def _own_shape(self, delta, method):
        array = self._as_own_dtype(delta).array
        if array.shape != self._tensor.array.shape:
            raise InvalidArgumentError(
                None,
                None,
                f"`{method}` of variable '{self.name}' needs the shape {self._tensor.array.shape}. "
                f"Received: {array.shape}",
            )
        return array

    def _as_own_dtype(self, value):
        own = self._tensor.dtype
        if isinstance(value, (Tensor, EngineVariable)) and value.dtype != own:
            raise ValueError(
                f"Variable '{self.name}' holds {_plain_name(self._tensor)}, but the value is a tensor of dtype "
                f"{_plain_name(value)}. Cast it with tf.cast(value, variable.dtype)."
            )
        if not fits(value, own):
            raise TypeError(
                f"Variable '{self.name}' holds {_plain_name(self._tensor)}, and {str(value)[:60]} is "
                f"{natural_dtype(value)}: it would lose its fraction, or is no number. Make a variable of that dtype, "
                "or use tf.cast."
            )
        return convert_to_tensor(value, dtype=own)

    def count_up_to(self, limit):
        """Increment by one; returns the old value. (Deprecated in TensorFlow.)

        Raises:
            OutOfRangeError: the value has reached `limit`.
        """
        before = self._tensor
        if int(before) >= limit:
            raise OutOfRangeError(None, None, f"Reached limit of {limit}")
        self.assign(before.array + before.array.dtype.type(1))
        return before

    def __hash__(self):
        raise TypeError(f"A `tf.Variable` has no hash: take `variable.ref()` as the key. Received: {self!r}")

    def __deepcopy__(self, memo):
        copy = Variable(self._tensor.array, self._trainable, name="copy", constraint=self.constraint)
        copy._full_name, copy.path, copy._open_shape = self._full_name, self.path, self._open_shape
        memo[id(self)] = copy
        return copy

    def __len__(self):
        raise TypeError(
            "A Variable has no `len()`, as in TensorFlow. Use `variable.shape[0]` or `len(variable.value())`."
        )

    def _in_place(self, other):
        raise RuntimeError(
            "`variable += value` would replace the Variable by a tensor. Use `variable.assign_add(value)`."
        )

    __iadd__ = __isub__ = __imul__ = __itruediv__ = __ipow__ = _in_place

    def __repr__(self):
        array = self._tensor.array
        value = repr(array if array.ndim else array.item())
        value = f"\n{value}" if "\n" in value else value
        shape = tuple(array.shape) if self._open_shape is None else self._open_shape
        return f"<tf.Variable '{self.name}' shape={shape} dtype={_plain_name(self._tensor)}, numpy={value}>"

    __str__ = __repr__

    def __format__(self, spec):
        return format(str(self), spec)


for _name, _operator in OPERATORS.items():  # TensorFlow's; those of Keras's Variables promote dtypes
    if _name not in vars(Variable):
        setattr(Variable, _name, _operator)


class VariableSlice(Tensor):
    """`variable[key]`: a Tensor that can also be assigned to, which changes that part of the Variable."""

    __slots__ = ("key", "plain", "variable")

    @safe_to_replay("it is the tensor that an op gave")
    def __init__(self, plain, variable, key):
        self.array, self.index = plain.array, plain.index
        self.plain, self.variable, self.key = plain, variable, key

    def assign(self, value, name=None):
        """Assign `value` to that part of the Variable, and return the Variable."""
        array = self.variable._tensor.array.copy()
        array[_as_key(self.key)] = convert_to_tensor(value, dtype=self.variable._tensor.dtype).array
        return self.variable.assign(array)

    def __reduce__(self):
        return Tensor, (self.array,)


def _initial(value, dtype):
    """The initial value as a tensor of the dtype, which it must have already if it is a tensor."""
    if dtype is not None and is_tensor(value) and natural_dtype(value) not in (None, as_dtype(dtype).name):
        raise ValueError(
            f"The initial value of a `tf.Variable` of dtype {as_dtype(dtype).name} is a tensor of dtype "
            f"{natural_dtype(value)}. Use `tf.cast(value, tf.{as_dtype(dtype).name})`."
        )
    if dtype is not None and not fits(value, as_dtype(dtype).name):
        raise TypeError(
            f"`tf.Variable` cannot make {as_dtype(dtype).name} of {str(value)[:60]} ({natural_dtype(value)})."
        )
    return convert_to_tensor(value, dtype=dtype)


def _as_key(key):
    """An index of tensors, converted to arrays and numbers."""
    if isinstance(key, tuple):
        return tuple(_as_key(part) for part in key)
    if isinstance(key, slice):
        return slice(*[None if n is None else int(n) for n in (key.start, key.stop, key.step)])
    return key.array if isinstance(key, (Tensor, EngineVariable)) else key


def _plain_name(tensor):
    """The name of its dtype, also while TensorFlow's dtypes are installed."""
    return str.__str__(tensor.dtype)


def _open_shape(actual, wanted, validate_shape):
    """The declared shape if it leaves lengths open, else None."""
    declared = TensorShape(wanted) if validate_shape and wanted is not None else None
    if declared is not None:
        _check_fits(actual, declared, "In this `tf.Variable` creation, the initial value")
    if not validate_shape:
        return TensorShape(None)
    return None if declared is None or declared.is_fully_defined() else declared


def _check_fits(actual, wanted, context):
    """Raise a ValueError unless the lengths match; None matches all."""
    if not TensorShape(wanted).is_compatible_with(tuple(actual)):
        raise ValueError(f"{context}: Shape mismatch. Expected shape: {wanted}. Received: {tuple(actual)}")
