"""`JaxLayer`: a function of JAX as a layer."""

import inspect

import numpy as np

from minikeras import tree
from minikeras.autodiff.dtypes import is_float, standardize_dtype
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.state import no_history
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.base.limits import reads_config
from minikeras.base.replay import unsafe_to_replay
from minikeras.layers.foreign.jax_calls import import_jax, jax_call, jax_output_spec
from minikeras.layers.layer import Layer
from minikeras.random import SeedGenerator
from minikeras.random.seed_generator import draw_seed
from minikeras.serialization import deserialize_keras_object, serialize_keras_object

CALL_ARGUMENTS = ("params", "state", "rng", "inputs", "training")
INIT_ARGUMENTS = ("rng", "inputs", "training")


class JaxLayer(Layer):
    """outputs = call_fn(params, inputs), computed and differentiated by JAX.

        def call_fn(params, inputs):
            return inputs @ params["w"]

        def init_fn(rng, inputs):
            return {"w": jax.random.normal(rng, (inputs.shape[-1], 3))}

        layer = keras.layers.JaxLayer(call_fn, init_fn)

    `call_fn` is compiled by `jax.jit`. It runs between the layers of a model that minikeras trains; the step is not
    replayed as a plan. JAX computes in 32 bits unless its own setting `jax_enable_x64` is on. Only first-order
    gradients are available.

    Args:
        call_fn: function with arguments of these names, in any order, all but `inputs` optional: `params`, nested
            arrays to be trained; `state`, nested arrays that it changes itself; `rng`, a key for `jax.random`, None
            in inference; `inputs`, nested arrays; `training`, a bool. It returns nested outputs, or (outputs, new
            state) if it takes `state`.
        init_fn: function of `inputs` (ones of the right shape) and optionally `rng` and `training` (True). It returns
            the initial params, or (params, state) if `call_fn` takes `state`. Not called if `params` or `state` is
            given.
        params: nested arrays, the initial values. Leaves other than arrays and numbers are passed on unchanged.
        state: the same for the state.
        seed: integer for the same `rng` in every run.
        native_serialization_platforms: for `jax2tf`, which is not used here; stored in the config.

    Raises:
        ImportError: JAX is not installed.
        ValueError: a function takes other arguments, or neither `init_fn` nor initial values are given.
    """

    _not_tracked = frozenset({*Layer._not_tracked, "params", "state", "tracked_params", "tracked_state"})

    def __init__(
        self, call_fn, init_fn=None, params=None, state=None, seed=None, native_serialization_platforms=None, **kwargs
    ):
        import_jax()
        super().__init__(**kwargs)
        self.call_fn, self.init_fn = call_fn, init_fn
        owner = f"{type(self).__name__} '{self.name}'"
        self.call_fn_arguments = _arguments_of(call_fn, "call_fn", CALL_ARGUMENTS, owner)
        self.call_fn_has_params = "params" in self.call_fn_arguments
        self.call_fn_has_state = "state" in self.call_fn_arguments
        self.init_fn_arguments = _arguments_of(init_fn, "init_fn", INIT_ARGUMENTS, owner) if init_fn else []
        needs_values = self.call_fn_has_params or self.call_fn_has_state
        if needs_values and init_fn is None and params is None and state is None:
            raise ValueError(
                f"`call_fn` of {type(self).__name__} '{self.name}' takes `params` or `state`, but the layer has no "
                "values for them. Pass `params` (and `state`), or an `init_fn` that returns them."
            )
        self._set_values(params, state)
        if params is not None or state is not None:
            self.built = True
        self.seed_generator = SeedGenerator(seed) if "rng" in self.call_fn_arguments else None
        self.native_serialization_platforms = native_serialization_platforms
        self.__dict__["_compiled"] = {}  # {training: function}

    # --- weights --------------------------------------------------------------------------------------------------

    def _set_values(self, params, state):
        self.params, self.tracked_params = self._variables_of(params, True)
        self.state, self.tracked_state = self._variables_of(state, False)

    def _variables_of(self, values, trainable):
        """(values with a Variable in place of each array or number, the Variables)."""
        tree_util = import_jax().tree_util
        variables = tree_util.tree_map(lambda value: self._variable_of(value, trainable), values)
        return variables, [v for v in tree_util.tree_leaves(variables) if isinstance(v, Variable)]

    def _variable_of(self, value, trainable):
        if not isinstance(value, (bool, int, float, np.ndarray, np.generic, Tensor, import_jax().Array)):
            return value
        number = isinstance(value, (bool, int, float))
        dtype = standardize_dtype(type(value) if number else value.dtype)
        return self.add_weight(
            np.shape(value),
            initializer=lambda shape, dtype: Tensor(np.array(value, dtype)),
            dtype=None if is_float(dtype) else dtype,
            trainable=trainable,
        )

    def build(self, input_shape):
        if self.params is None and self.state is None and (self.call_fn_has_params or self.call_fn_has_state):
            jax = import_jax()
            ones = tree.map_shape_structure(
                lambda shape: jax.numpy.ones([1 if n is None else n for n in shape]), input_shape
            )
            given = {"inputs": ones, "training": True}
            if "rng" in self.init_fn_arguments:
                given["rng"] = _as_keys(self._get_init_rng())
            values = self.init_fn(*[given[name] for name in self.init_fn_arguments])
            self._set_values(*(values if self.call_fn_has_state else (values, None)))

    # --- random keys ----------------------------------------------------------------------------------------------

    def _get_init_seed(self):
        """A new pair of seeds."""
        return draw_seed(None)

    def _get_init_rng(self):
        """The seeds for `init_fn`: one pair, or a nested structure of them in a subclass."""
        return self._get_init_seed()

    def _get_call_seed(self):
        """The next pair of seeds of the layer."""
        return self.seed_generator.next()

    def _get_call_rng(self, training):
        """The seeds for `call_fn`, None in inference; a subclass may return a nested structure."""
        return self._get_call_seed() if training else None

    # --- calling --------------------------------------------------------------------------------------------------

    @unsafe_to_replay("JAX computes in it")
    def call(self, inputs, training=False):
        tree_util = import_jax().tree_util
        flat_inputs, structure = tree_util.tree_flatten(inputs)
        tensors = [*[v.read() for v in self.tracked_params], *flat_inputs]
        state = [v.read().array for v in self.tracked_state]
        rng, compiled, count = self._keys(training), self._function(bool(training)), len(self.tracked_params)

        def function(arrays):
            return compiled(arrays[:count], state, rng, tree_util.tree_unflatten(structure, arrays[count:]))

        outputs, new_state = jax_call(function, tensors)
        for variable, value in zip(self.tracked_state, new_state, strict=True):
            variable.assign(np.array(value))
        return outputs

    def _keys(self, training):
        return _as_keys(self._get_call_rng(training)) if "rng" in self.call_fn_arguments else None

    def _function(self, training):
        """The compiled function (values of params, of state, rng, inputs) → (outputs, values of the state)."""
        if training not in self._compiled:
            jax = import_jax()

            def run(params, state, rng, inputs):
                given = {"rng": rng, "inputs": inputs, "training": training}
                given["params"] = self._with_values(self.params, params)
                given["state"] = self._with_values(self.state, state)
                outputs = self.call_fn(*[given[name] for name in self.call_fn_arguments])
                if not self.call_fn_has_state:
                    return outputs, []
                outputs, new_state = outputs
                return outputs, self._leaves_of_state(new_state)

            self._compiled[training] = jax.jit(run)
        return self._compiled[training]

    @staticmethod
    def _with_values(variables, values):
        values = iter(values)
        return import_jax().tree_util.tree_map(lambda v: next(values) if isinstance(v, Variable) else v, variables)

    def _leaves_of_state(self, new_state):
        leaves, structure = import_jax().tree_util.tree_flatten(new_state)
        own, own_structure = import_jax().tree_util.tree_flatten(self.state)
        if structure != own_structure:
            raise ValueError(
                f"`call_fn` of {type(self).__name__} '{self.name}' must return (outputs, state) with a state nested "
                f"like the first one. Received: {structure}, expected: {own_structure}"
            )
        return [value for value, variable in zip(leaves, own, strict=True) if isinstance(variable, Variable)]

    def compute_output_spec(self, inputs, training=False):
        with no_history():  # draws no seed
            rng = self._keys(training)
        weights, state = ([v.read().array for v in own] for own in (self.tracked_params, self.tracked_state))
        run = self._function(bool(training))
        return jax_output_spec(lambda inputs: run(weights, state, rng, inputs)[0], inputs)

    def compute_output_shape(self, input_shape):
        inputs = tree.map_shape_structure(lambda shape: KerasTensor(shape, dtype=self.compute_dtype), input_shape)
        return tree.map_structure(lambda y: y.shape, self.compute_output_spec(inputs))

    # --- config ---------------------------------------------------------------------------------------------------

    def get_config(self):
        return {
            **self._own_config(),
            "call_fn": serialize_keras_object(self.call_fn),
            "init_fn": serialize_keras_object(self.init_fn),
            "native_serialization_platforms": self.native_serialization_platforms,
        }

    @classmethod
    @reads_config
    def from_config(cls, config):
        config = dict(config)
        for name in ("call_fn", "init_fn"):
            config[name] = function = deserialize_keras_object(config.get(name))
            is_function = callable(function) and not inspect.isclass(function)
            if not is_function and not (function is None and name == "init_fn"):
                raise ValueError(
                    f"`{name}` of a JaxLayer's config must be a function that is registered or in `custom_objects`. "
                    f"Received: {function!r}"
                )
            if function is not None:  # checked before JAX is imported
                _arguments_of(function, name, CALL_ARGUMENTS if name == "call_fn" else INIT_ARGUMENTS, cls.__name__)
        return cls(**config)


def _arguments_of(function, name, known, owner):
    """The names of a function's arguments.

    Raises:
        ValueError: it does not take `inputs`, or takes unknown arguments.
    """
    names = list(inspect.signature(function).parameters)
    unknown = [argument for argument in names if argument not in known]
    if unknown or "inputs" not in names:
        raise ValueError(
            f"`{name}` of {owner} must take `inputs`, and may take others of {known}. "
            f"Received: a function of {names}. Wrap it in one with these names."
        )
    return names


def _as_keys(seeds):
    """Pairs of seeds as keys of `jax.random`: two unsigned integers of 32 bits."""
    return import_jax().tree_util.tree_map(lambda pair: (pair.array & 0xFFFFFFFF).astype(np.uint32), seeds)
