"""The state of an optimizer: its step counter, its learning rate, and the slots it keeps per model variable."""

import numpy as np

from minikeras import initializers
from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.autodiff.name_scope import name_scope
from minikeras.autodiff.tensor import as_array
from minikeras.autodiff.variable import Variable
from minikeras.base.messages import warn
from minikeras.config import floatx
from minikeras.optimizers.gradients import add_in_place, subtract_in_place
from minikeras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule


class OptimizerVariables:
    """The base of `Optimizer` that creates variables, finds them, assigns to them, saves and loads them.

    `variables` lists them in Keras's order: iteration, learning_rate, then the slots ("adam/dense_kernel_momentum") in
    order of creation. Files store them in that order.
    """

    def __setattr__(self, name, value):
        self._check_super_called(name)
        for variable in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(variable, Variable):  # a Variable kept as an attribute is part of the state, as in Keras
                self._track_variable(variable)
        object.__setattr__(self, name, value)

    def _check_super_called(self, name=None):
        if name != "_variables" and "_variables" not in self.__dict__:
            raise RuntimeError(
                f"The `__init__` of optimizer {type(self).__name__} must call `super().__init__(learning_rate)` first, "
                "before anything else. Add that line at its beginning."
            )

    def _track_variable(self, variable):
        if not any(variable is known for known in self._variables):
            self._variables.append(variable)

    def _untrack_variable(self, variable):
        object.__setattr__(self, "_variables", [v for v in self._variables if v is not variable])

    @property
    def variables(self):
        """All Variables of the optimizer's state, as a new list."""
        return self._variables[:]

    # --- step counter and learning rate ---------------------------------------------------------------------------

    def _create_own_variables(self, learning_rate):
        with name_scope(self.name, caller=self):
            self._iterations = _scalar(0, "int64", "iteration")
            if callable(learning_rate):  # a LearningRateSchedule, or the user's function
                self._learning_rate = learning_rate
            elif isinstance(learning_rate, float):
                self._learning_rate = _scalar(learning_rate, floatx(), "learning_rate")
            else:
                raise ValueError(
                    "`learning_rate` must be a float, a LearningRateSchedule, or a function of no arguments that "
                    f"returns a number. Received: learning_rate={learning_rate!r}"
                )

    @property
    def iterations(self):
        """The number of updates: a Variable (with gradient accumulation a Tensor, steps // accumulation steps)."""
        if self.gradient_accumulation_steps:
            return self._iterations // self.gradient_accumulation_steps
        return self._iterations

    @property
    def learning_rate(self):
        """The current learning rate: a Variable that can be assigned to, or the schedule's value at this step."""
        learning_rate = self._learning_rate
        if isinstance(learning_rate, Variable):
            return learning_rate
        return learning_rate(self._iterations) if isinstance(learning_rate, LearningRateSchedule) else learning_rate()

    @learning_rate.setter
    def learning_rate(self, learning_rate):
        before = self._learning_rate
        if callable(learning_rate):
            self._learning_rate = learning_rate
            if isinstance(before, Variable):
                self._untrack_variable(before)
        elif isinstance(before, Variable):
            before.assign(learning_rate)
        else:
            raise TypeError(
                f"This optimizer was created with a `LearningRateSchedule` ({type(before).__name__}), so its learning "
                "rate cannot be set. Create it with a float."
            )

    def __getattr__(self, name):  # called only for missing attributes
        if name == "lr":
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute 'lr' (Keras 3 removed it). Use `learning_rate`.",
                name=name,
            )
        return object.__getattribute__(self, name)  # raises the error again, even one inside a property

    # --- creating -------------------------------------------------------------------------------------------------

    def add_variable(self, shape, initializer="zeros", dtype=None, aggregation="none", layout=None, name=None):
        """Create a Variable of the optimizer's state.

        Args:
            shape: its shape, without None.
            initializer: name or object of `keras.initializers`.
            dtype: `floatx()` if None.
            aggregation, layout: for several devices; minikeras has one.
            name: last part of its path, "adam/name".
        """
        self._check_super_called()
        with name_scope(self.name, caller=self):
            variable = Variable(
                initializers.get(initializer),
                shape=shape,
                dtype=dtype,
                trainable=False,
                aggregation=aggregation,
                layout=layout,
                name=name,
            )
        self._track_variable(variable)
        return variable

    def add_variable_from_reference(self, reference_variable, name=None, initializer="zeros"):
        """Create a slot: a Variable of the same shape and dtype as a model's, named "dense_kernel_momentum"."""
        return self.add_variable(
            shape=reference_variable.shape,
            initializer=initializer,
            dtype=reference_variable.array.dtype.name,
            name=f"{reference_variable.path.replace('/', '_')}_{name or 'var'}",
        )

    def add_optimizer_variables(self, trainable_variables, name, initializer="zeros"):
        """Create one slot per model variable, or several if `name` is a list.

        Args:
            trainable_variables: the model's variables.
            name: name of the slot, or a list of names.
            initializer: one initializer, or a list with one for each name.

        Returns:
            A list of slots, or a tuple with one list for each name; the entry is None for a variable that is
            overwritten with its gradient and so needs no slots.
        """
        names = [name] if isinstance(name, str) else list(name)
        initializer_list = list(initializer) if isinstance(initializer, (list, tuple)) else [initializer] * len(names)
        if len(names) != len(initializer_list):
            raise ValueError(f"Each name needs one initializer. Received: name={name!r}, initializer={initializer!r}")
        slots = tuple([] for _ in names)
        for variable in trainable_variables:  # all slots of one variable, then the next: the order in files
            for slot_list, slot_name, slot_initializer in zip(slots, names, initializer_list, strict=True):
                overwritten = self._overwrite_variable_with_gradient(variable)
                slot = None if overwritten else self.add_variable_from_reference(variable, slot_name, slot_initializer)
                slot_list.append(slot)
        return slots[0] if isinstance(name, str) else slots

    def _overwrite_variable_with_gradient(self, variable):
        return getattr(variable, "overwrite_with_gradient", False)

    # --- finding --------------------------------------------------------------------------------------------------

    def _var_key(self, variable):
        return variable.index  # a serial number, which survives a deep copy of model and optimizer

    def _get_variable_index(self, variable):
        return self._trainable_variables_indices[variable.index]

    def _check_variables_are_known(self, variables):
        for variable in variables:
            if variable.index not in self._trainable_variables_indices:
                raise ValueError(
                    f"Unknown variable: {getattr(variable, 'path', variable)}. The optimizer was built for others. "
                    "Create a new optimizer for new variables."
                )

    # --- assigning ------------------------------------------------------------------------------------------------

    def assign(self, variable, value):
        """variable ← value; rows of `IndexedSlices` replace the rows of their indices."""
        if isinstance(value, IndexedSlices):
            variable.writable_array()[value.indices] = value.values
        else:
            variable.assign(value)

    def assign_add(self, variable, value):
        """variable ← variable + value; rows of `IndexedSlices` are added in order."""
        if isinstance(value, IndexedSlices):
            add_in_place(variable.writable_array(), value)
        else:
            variable.assign_add(value)

    def assign_sub(self, variable, value):
        """variable ← variable − value; rows of `IndexedSlices` are subtracted in order."""
        if isinstance(value, IndexedSlices):
            subtract_in_place(variable.writable_array(), value)
        else:
            variable.assign_sub(value)

    # --- saving and loading ---------------------------------------------------------------------------------------

    def set_weights(self, weights):
        """Assign values (arrays, in the order of `variables`) to the optimizer's state.

        Raises:
            ValueError: the optimizer is not built, or a shape differs.
        """
        if not self.built:
            raise ValueError(
                "You are calling `set_weights` of an optimizer that is not built, so it has no weights to set. Call "
                "`optimizer.build(trainable_variables)` first."
            )
        values = [as_array(w, v.array.dtype.name) for v, w in zip(self._variables, weights, strict=False)]
        for variable, value in zip(self._variables, values, strict=False):
            if value.shape != variable.shape:
                raise ValueError(
                    f"The weight for the optimizer's variable {variable.path} must have the shape {variable.shape}. "
                    f"Received: shape {value.shape}"
                )
        for variable, value in zip(self._variables, values, strict=False):
            variable.assign(value)

    def save_own_variables(self, store):
        """Put the values into `store` under the keys "0", "1", …"""
        for i, variable in enumerate(self.variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store):
        """Read the values from `store`; if their number differs, warn and change nothing.

        There is no warning if the saved optimizer had not taken a step: it had no slots, so there is no state to load.
        """
        if len(store.keys()) < len(self.variables) and np.array_equal(store.get("0"), 0):
            return
        if len(store.keys()) != len(self.variables):
            message = (
                f"The state of optimizer '{self.name}' is not loaded: it has {len(self.variables)} variables, the file "
                f"{len(store.keys())}."
            )
            if not self.variables:
                message += " Build it first: `optimizer.build(model.trainable_variables)`."
            warn(message)
            return
        for i, variable in enumerate(self.variables):
            variable.assign(as_array(store[str(i)]))


def _scalar(value, dtype, name):
    return Variable(value, dtype=dtype, trainable=False, aggregation="only_first_replica", name=name)
