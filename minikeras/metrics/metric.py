"""`Metric`: a value that is accumulated over batches. The base of every metric class."""

import inspect
from functools import wraps

import numpy as np

from minikeras import dtype_policies, initializers, tree
from minikeras.autodiff.effects import changes_nothing, effectful, observed_effect
from minikeras.autodiff.name_scope import name_scope
from minikeras.autodiff.operation import any_symbolic
from minikeras.autodiff.state import thread
from minikeras.autodiff.stateless_scope import temporary_values
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.base.limits import FromConfig
from minikeras.base.naming import auto_name
from minikeras.base.signatures import own_constructor
from minikeras.config import floatx


class Metric(FromConfig):
    """Base class of metrics: `update_state` adds a batch, `result` returns the value so far, `reset_state` starts over.

    A subclass creates its state in `__init__` with `add_weight` and defines the first two:

        class Hits(Metric):
            def __init__(self, name="hits", **kwargs):
                super().__init__(name=name, **kwargs)
                self.hits = self.add_weight(name="hits", initializer="zeros")

            def update_state(self, y_true, y_pred, sample_weight=None):
                self.hits.assign_add(ops.sum(ops.cast(y_true == ops.round(y_pred), self.dtype)))

            def result(self):
                return self.hits

    Args:
        dtype: dtype or DTypePolicy of the state and the result; `floatx()` if None.
        name: shown in logs; derived from the class's name if None.

    Class attributes:
        is_of_ops: whether the class's `update_state` consists only of ops and changes of Variables. Then a plan
            compiles its ops with those of the step; otherwise the method runs as Python in every step. The attribute
            applies to the `update_state` of the class that sets it, not to an override in a subclass.
        equivalent_label_dtype: name of another dtype for integer labels with which the result is the same, or None. A
            plan then reuses labels that a loss has already cast.
    """

    # Whether higher is better: "up", "down", or None if that depends. Read by callbacks with mode="auto".
    _direction = None
    _is_composite = False  # whether it passes everything on to other metrics
    is_of_ops = False
    equivalent_label_dtype = None

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        own_constructor(cls)
        if "update_state" in vars(cls):
            cls.update_state = _of_data(cls, vars(cls)["update_state"])
            cls.is_of_ops = vars(cls).get("is_of_ops", False)
        if not cls._is_composite:
            for name in {"result", "reset_state"} & vars(cls).keys():
                setattr(cls, name, effectful(vars(cls)[name]))
            if "result" in vars(cls):
                cls.result = changes_nothing(cls.result)

    def __init__(self, dtype=None, name=None):
        if not isinstance(name, str | None):
            raise ValueError(_not_a_name(type(self), name))
        self.name = name or auto_name(type(self).__name__)
        self._dtype_policy = dtype_policies.get(dtype or floatx())
        self._dtype = self._dtype_policy.compute_dtype
        self._variables = []

    @property
    def dtype(self):
        """Name of the dtype of the state and the result."""
        return self._dtype

    @property
    def variables(self):
        """The state: the metric's own Variables in order of creation, then those of metrics in its attributes."""
        own = {id(v): v for v in self._variables}
        nested = {}
        for value in vars(self).values():
            if value is self._variables:
                continue
            for item in tree.flatten(value) if isinstance(value, (list, tuple, dict)) else (value,):
                if isinstance(item, Variable):
                    own.setdefault(id(item), item)
                elif isinstance(item, Metric):
                    nested.update({id(v): v for v in item.variables})
        return list({**own, **nested}.values())

    def add_variable(self, shape, initializer, dtype=None, aggregation="sum", name=None):
        """Create a Variable of the state.

        Args:
            shape: its shape.
            initializer: name such as "zeros", or a function `(shape, dtype)`.
            dtype: `floatx()` if None, not the metric's dtype.
            aggregation: stored on the Variable, as in Keras; it concerns several devices, and minikeras has one.
            name: its name; its path is "metric_name/name".
        """
        if "_variables" not in vars(self):
            raise RuntimeError(f"{type(self).__name__}.__init__ must call `super().__init__()` before `add_variable`.")
        with name_scope(self.name.replace("/", ">")):  # losses of nested outputs are called "a/b_loss"
            variable = Variable(
                initializers.get(initializer),
                shape=tuple(shape),
                dtype=dtype or floatx(),
                trainable=False,
                aggregation=aggregation,
                name=name,
            )
        self._variables.append(variable)
        return variable

    def add_weight(self, shape=(), initializer=None, dtype=None, name=None):
        """Create a Variable of the state: by default a scalar zero."""
        return self.add_variable(shape, "zeros" if initializer is None else initializer, dtype=dtype, name=name)

    def update_state(self, *args, **kwargs):
        """Add a batch, usually `(y_true, y_pred, sample_weight=None)`."""
        raise NotImplementedError(f"{type(self).__name__} must define `update_state`.")

    def result(self):
        """The value over all batches since the last reset: a scalar Tensor, or a dict of them."""
        raise NotImplementedError(f"{type(self).__name__} must define `result`.")

    @effectful
    def reset_state(self):
        """Set all Variables to zero."""
        for variable in self.variables:
            variable.writable_array()[...] = 0  # a fifth of the time of `assign`

    def __call__(self, *args, **kwargs):
        """`update_state`, then `result`."""
        self.update_state(*args, **kwargs)
        return self.result()

    def stateless_update_state(self, metric_variables, *args, **kwargs):
        """The state after `update_state`, starting from the values `metric_variables`; the metric does not change."""
        with self._holding(metric_variables):
            self.update_state(*args, **kwargs)
            return [variable.handle for variable in self.variables]

    def stateless_result(self, metric_variables):
        """The `result` for the values `metric_variables`; the metric does not change."""
        with self._holding(metric_variables):
            return tree.map_structure(lambda x: x.handle if isinstance(x, Variable) else x, self.result())

    def stateless_reset_state(self):
        """The state after a reset; the metric does not change."""
        with self._holding([variable.handle for variable in self.variables]):
            self.reset_state()
            return [variable.handle for variable in self.variables]

    def _holding(self, values):
        if len(values) != len(self.variables):
            raise ValueError(
                f"`metric_variables` must hold one value for each of the {len(self.variables)} variables of "
                f"{type(self).__name__}. Received: {len(values)} values."
            )
        return temporary_values(self.variables, values)

    def get_config(self):
        """The constructor's arguments as a JSON-ready dict."""
        return {"name": self.name, "dtype": self.dtype}

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}>"


def _of_data(cls, update_state):
    """Wrap a class's `update_state`: while a layer's `call` runs on symbolic tensors, it does nothing.

    For metrics that compute with NumPy it is an effect (see `autodiff/effects.py`). Only the wrapper of the object's
    own class, not those of its bases, notifies observers.
    """

    @wraps(update_state)
    def wrapper(self, *args, **kwargs):
        if not thread.records_history and any_symbolic(args, kwargs):
            return None
        if not thread.effect_begins or self.is_of_ops or cls._is_composite:
            result = update_state(self, *args, **kwargs)
        else:
            result = observed_effect(wrapper.__get__(self), update_state.__get__(self), args, kwargs)
        if thread.metric_updated and not self._is_composite and type(self).update_state is cls.update_state:
            for metric_updated in thread.metric_updated:
                metric_updated(self, args, kwargs)
        return result

    return wrapper


def add_to(variable, amount):
    """variable += amount, in place: 1 µs, where `variable.assign_add` takes 7. Tensors read earlier do not change."""
    array = variable.writable_array()
    array[()] = array[()] + amount  # for a scalar, in a sixth of the time of `array[...] = array + amount`


def as_result(value, dtype):
    """A result as a Tensor of the metric's dtype."""
    return Tensor(np.asarray(value, dtype))


def divide_no_nan(numerator, denominator):
    """numerator / denominator, arrays of one shape; 0 where the denominator is 0. Integers give float32."""
    if numerator.dtype.kind in "iu":
        numerator = numerator.astype("float32")
    zeros = np.zeros(numerator.shape, numerator.dtype)  # half the time of `zeros_like`
    return np.divide(numerator, denominator, out=zeros, where=denominator != 0)


def _not_a_name(cls, name):
    """The error for BinaryAccuracy(0.4): many metrics take their name first."""
    message = f"The `name` of a metric must be a string. Received: name={name!r}."
    others = [argument for argument in inspect.signature(cls).parameters if argument not in ("name", "dtype", "kwargs")]
    if others:
        message += f" If it is meant for another argument, pass it by keyword: {cls.__name__}({others[0]}={name!r})."
    return message
