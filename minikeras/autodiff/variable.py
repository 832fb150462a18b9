"""`Variable`: a named tensor that can be assigned to, such as a layer's kernel."""

from operator import attrgetter
from sys import getrefcount

import numpy as np

from minikeras.autodiff import operators
from minikeras.autodiff.dtypes import dtype_name, is_float, standardize_dtype
from minikeras.autodiff.effects import effectful
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.name_scope import current_path
from minikeras.autodiff.notebook_views import variable_html
from minikeras.autodiff.operators import Operators, OperatorsOfKeras
from minikeras.autodiff.state import next_index, thread
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.base.limits import use_memory
from minikeras.base.naming import auto_name
from minikeras.base.replay import reads_values

_AGGREGATIONS = (None, "none", "mean", "sum", "only_first_replica")
_SYNCHRONIZATIONS = (None, "none", "on_read", "on_write", "auto")

_trainable_of, _tensor_of, _constraint_of = attrgetter("_trainable"), attrgetter("_tensor"), attrgetter("_constraint")


def trainable_flags(variables):
    """For each Variable whether training changes it, a tuple: a plan checks this before every step."""
    return tuple(map(_trainable_of, variables))


def tensors_of(variables):
    """The Tensor that each Variable holds, an iterator: a plan checks before every step whether they are the same."""
    return map(_tensor_of, variables)


def constraints_of(variables):
    """The constraint of each Variable, an iterator: an optimizer checks this in every step."""
    return map(_constraint_of, variables)


class Variable(OperatorsOfKeras, Operators):
    """State of a model: a replaceable Tensor with a name and a path.

    Args:
        initializer: the initial value (array, Tensor, number), a function `(shape, dtype)` that makes it, or, with a
            shape, the name of an initializer.
        shape: required when `initializer` is a function or a name. A value has its own shape, as in Keras.
        dtype: by default that of the initial value, or `floatx()` for a function.
        trainable: whether `fit` trains it and a GradientTape watches it by default.
        autocast: whether a layer that computes in lower precision reads it in that precision.
        aggregation, synchronization, layout: part of Keras's signature; they concern several devices, not one.
        name: last part of `path`; the first parts are the open name scopes.
    """

    # What each Variable has: `__init__` sets the first four, the layer that makes it the others.
    _name = _path = None
    _aggregation, _synchronization = "none", "auto"
    _overwrite_with_gradient = False
    _regularizer = _constraint = None
    initializer_named = None  # a function from a name to an initializer: `minikeras.initializers` registers it
    is_layer_weight = True  # whether a layer counts it among its weights when it is set as an attribute

    def __init__(
        self,
        initializer,
        shape=None,
        dtype=None,
        trainable=True,
        autocast=True,
        aggregation="none",
        synchronization="auto",
        name=None,
        layout=None,
        **kwargs,
    ):
        if kwargs:
            raise TypeError(f"Variable received unknown arguments: {sorted(kwargs)}")
        aggregation = "none" if aggregation is None else aggregation
        if aggregation not in _AGGREGATIONS:
            raise ValueError(
                f"Invalid value for argument `aggregation`. Expected one of {_AGGREGATIONS}. Received: {aggregation!r}"
            )
        if synchronization not in _SYNCHRONIZATIONS:
            raise ValueError(
                f"Invalid value for argument `synchronization`. Expected one of {_SYNCHRONIZATIONS}. "
                f"Received: {synchronization!r}"
            )
        self._name = auto_name(type(self).__name__) if name in (None, "") else name
        if not isinstance(self._name, str) or "/" in self._name:
            raise ValueError(f"`name` must be a string and cannot contain a slash (`/`). Received: name={name!r}")
        self._path = "/".join(part for part in (current_path(), self._name) if part)
        self._trainable = self._made_trainable = bool(trainable)
        self.autocast = bool(autocast)
        self._aggregation = aggregation
        self._synchronization = "none" if synchronization is None else synchronization
        self.overwrite_with_gradient = False
        self.regularizer = None
        self.constraint = None
        self.index = next_index()
        if thread.stateless_scope is not None and not callable(initializer) and not isinstance(initializer, str):
            raise ValueError(
                "No Variable can be made of a value inside a StatelessScope, or while shapes are inferred. Received: "
                f"'{self._path}' = {str(initializer)[:100]}. Make it before, or by `add_weight` in `build`."
            )
        self._tensor = Tensor(_initial_value(initializer, shape, dtype))

    @property
    def name(self):
        """The given name, or one derived from the class's."""
        return self._name

    @property
    def path(self):
        """The names of the scopes in which it was made, and its own, joined by slashes."""
        return self._path

    @property
    def aggregation(self):
        """How values of several processes would be joined: stored only."""
        return self._aggregation

    @property
    def synchronization(self):
        """When values of several processes would be joined: stored only."""
        return self._synchronization

    @property
    def trainable(self):
        """Whether training changes it."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = bool(value)

    @property
    def regularizer(self):
        """The function that adds a loss for the value, or None."""
        return self._regularizer

    @regularizer.setter
    def regularizer(self, value):
        self._regularizer = _checked_rule("regularizer", value)

    @property
    def constraint(self):
        """The function whose result replaces the value after every step of an optimizer, or None."""
        return self._constraint

    @constraint.setter
    def constraint(self, value):
        self._constraint = _checked_rule("constraint", value)

    @property
    def overwrite_with_gradient(self):
        """Whether an optimizer stores the gradient as the new value."""
        return self._overwrite_with_gradient

    @overwrite_with_gradient.setter
    def overwrite_with_gradient(self, value):
        if not isinstance(value, bool):
            raise TypeError(f"`overwrite_with_gradient` must be a boolean. Received: {value!r}")
        self._overwrite_with_gradient = value

    @property
    def value(self):
        """The current value, a Tensor that later assignments do not change."""
        return self.read()

    @property
    def handle(self):
        """The same as `value`: there is no other storage behind it."""
        return self._tensor

    @property
    def array(self):
        """The underlying NumPy array; do not write to it."""
        return self._tensor.array

    @property
    def shape(self):
        """Tuple of the axes' lengths."""
        return self._tensor.array.shape

    @property
    def dtype(self):
        """Name of the element type (while a layer computes in lower precision, the one in which it reads this)."""
        if thread.autocast_dtype is not None and self.autocast and is_float(self._tensor.dtype):
            return thread.autocast_dtype
        return self._tensor.dtype

    @property
    def ndim(self):
        """Number of axes."""
        return self._tensor.array.ndim

    def read(self):
        """The current Tensor, recorded by the active tapes and cast where a layer computes in lower precision."""
        tensor = self._tensor
        for variable_read in thread.variable_read:
            variable_read(self)
        dtype = thread.autocast_dtype
        if dtype is not None and self.autocast and tensor.dtype != dtype and is_float(tensor.dtype):
            return operators.basic_ops.Cast(dtype)(tensor)
        return tensor

    @effectful
    def assign(self, value):
        """Replace the value. Tensors read before keep theirs. Returns the new value, as a tensor.

        A symbolic value changes nothing: a layer that assigns it will run again with data.

        Raises:
            ValueError: the shape differs, or the value is symbolic outside of a layer's `call`.
        """
        if isinstance(value, KerasTensor):
            return self._assign_symbolic(value)
        array = as_array(value.array if isinstance(value, Variable) else value, self._tensor.dtype, "`value`")
        if array.shape != self.shape:
            raise ValueError(
                "The shape of the target variable and of the value must match. "
                f"Received: value.shape={array.shape}, variable.shape={self.shape}, variable={self.path!r}"
            )
        if not (isinstance(value, Tensor) and array is value.array):
            array = np.array(array)  # the caller may continue changing its own array
        if thread.stateless_scope is not None:
            thread.stateless_scope.note_change(self)
        self._tensor = Tensor(array)
        return value if type(value) is Tensor and array is value.array else self._tensor

    def _assign_symbolic(self, value):
        if thread.records_history:
            raise ValueError(
                f"A symbolic tensor has no values that variable {self.path!r} could take. Received: {value}. "
                "Assign it in the `call` of a layer, which runs again when there is data."
            )
        known = [None if n is None else m for m, n in zip(self.shape, value.shape, strict=False)]
        if len(value.shape) != self.ndim or known != list(value.shape):
            raise ValueError(
                "The shape of the target variable and of the value must match. "
                f"Received: value.shape={value.shape}, variable.shape={self.shape}, variable={self.path!r}"
            )
        return value

    @effectful
    def assign_add(self, value):
        """`assign(self + value)`."""
        if isinstance(value, KerasTensor):
            return self.assign(self + value)
        return self.assign(self.array + as_array(value, self._tensor.dtype))

    @effectful
    def assign_sub(self, value):
        """`assign(self - value)`."""
        if isinstance(value, KerasTensor):
            return self.assign(self - value)
        return self.assign(self.array - as_array(value, self._tensor.dtype))

    def rebind(self, tensor):
        """Take a Tensor of the same shape and dtype as the value, without a copy: its array may be written to later.

        So a plan keeps the values where compiled code expects them. Unlike `assign`, it is not a change that observers
        or scopes are notified of.
        """
        self._tensor = tensor

    def writable_array(self):
        """The underlying array for an optimizer to write into, copied first if another object still holds the value.

        So a tape that is still needed, or a Tensor that a user took from `value`, keeps the values it read. Python's
        reference count shows whether there is one. This is safe: any code that could see a change holds the Tensor, its
        array or a view of it, all of which count, and a count that is too high only costs a copy. Copying in every step
        would take 0.45 ms a step instead of 0.42 for 80 thousand weights and Adam, 2.5 instead of 1.9 for 800 thousand
        (AMD EPYC); 1.97 instead of 1.75 for an MLP, 21.0 instead of 19.0 for a CNN, both eager (batch 128, Intel Xeon).
        """
        if thread.stateless_scope is not None:
            thread.stateless_scope.note_change(self)
        tensor = self._tensor
        array = tensor.array
        if getrefcount(tensor) + getrefcount(array) > _REFERENCES_WHEN_ALONE or not array.flags.writeable:
            self._tensor = Tensor(np.array(array))
        return self._tensor.array

    @reads_values
    def numpy(self):
        """A copy as a NumPy array."""
        return self._tensor.numpy()

    @reads_values
    def __array__(self, dtype=None, copy=None):
        return self._tensor.__array__(dtype, copy)

    def __iter__(self):
        return iter(self.read())

    def __bool__(self):
        raise TypeError(
            "This Keras Variable cannot be used as a boolean. Compare it, or write `bool(variable.numpy())`."
        )

    @reads_values
    def __int__(self):
        return int(self._tensor)

    @reads_values
    def __float__(self):
        return float(self._tensor)

    @reads_values
    def __index__(self):
        return self._tensor.__index__()

    def __format__(self, spec):
        return format(self._tensor, spec) if self.ndim == 0 else str(self)

    def __repr__(self):
        dtype = str.__str__(dtype_name(self.array.dtype))  # a plain string, not a `tf.DType`
        return f"<Variable path={self.path}, shape={self.shape}, dtype={dtype}, value={self.array}>"

    __str__ = __repr__

    def _repr_html_(self):
        return variable_html(self)


def make_writable(variables):
    """The contiguous arrays of `writable_array` for many Variables, in half the time per Variable."""
    if thread.stateless_scope is not None:
        for variable in variables:
            thread.stateless_scope.note_change(variable)
    arrays = []
    for variable in variables:
        tensor = variable._tensor
        array = tensor.array
        if getrefcount(tensor) + getrefcount(array) > _REFERENCES_WHEN_ALONE or not array.flags.carray:
            array = np.array(array, order="C")
            variable._tensor = Tensor(array)
        arrays.append(array)
    return arrays


def _checked_rule(name, rule):
    """Check that a regularizer or constraint is a function.

    Raises:
        ValueError: it is something else.
    """
    if rule is not None and not callable(rule):
        raise ValueError(
            f"Invalid value for attribute `{name}` of a Variable: {rule!r}. It is an object of `keras.{name}s`, a "
            f"function, or None. Names are understood by `keras.{name}s.get`."
        )
    return rule


def _initial_value(initializer, shape, dtype):
    if isinstance(initializer, str):
        if shape is None:
            raise ValueError(
                "When creating a Variable from an initializer, its `shape` should be specified. "
                f"Received: initializer={initializer!r}"
            )
        initializer = Variable.initializer_named(initializer)
    if callable(initializer):
        if shape is None:
            raise ValueError(
                "When creating a Variable from an initializer, its `shape` should be specified. "
                f"Received: initializer={initializer} and shape={shape}"
            )
        if not hasattr(shape, "__iter__") or not all(isinstance(n, (int, np.integer)) and n >= 0 for n in shape):
            raise ValueError(
                f"The shape of a Variable must be fully-defined, of integers from 0 on. Received: shape={shape}"
            )
        dtype = standardize_dtype(dtype)
        use_memory(shape, dtype, "a variable")
        value = initializer(tuple(shape), dtype=dtype)
    else:
        value = initializer
    value = value.array if isinstance(value, Variable) else value
    return np.array(as_array(value, dtype, "`initializer`"), order="C")


def _references_to_value(variable):
    """The reference count that `writable_array` checks."""
    tensor = variable._tensor
    array = tensor.array
    return getrefcount(tensor) + getrefcount(array)


# The count when only the Variable holds its value (it differs between Python versions).
_REFERENCES_WHEN_ALONE = _references_to_value(Variable(0.0, name="alone"))
