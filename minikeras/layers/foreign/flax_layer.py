"""`FlaxLayer`: a Flax module as a layer."""

import inspect
import sys

from minikeras.base.limits import reads_config
from minikeras.base.optional_packages import optional_module
from minikeras.layers.foreign.jax_layer import JaxLayer
from minikeras.serialization import deserialize_keras_object, serialize_keras_object


class FlaxLayer(JaxLayer):
    """outputs = module(inputs), for a `flax.linen.Module`: its "params" are trained, its other collections are state.

        class Network(flax.linen.Module):
            @flax.linen.compact
            def __call__(self, inputs):
                return flax.linen.Dense(10)(flax.linen.relu(flax.linen.Dense(32)(inputs)))

        layer = keras.layers.FlaxLayer(Network())

    Args:
        module: a `flax.linen.Module`. `training` is passed if the method takes it. Dropout draws from the stream
            "dropout".
        method: the method to call, or a function (module, inputs); `module.__call__` if None.
        variables: dict of the module's collections, such as `module.init` returns; initialized for the first inputs if
            None.
        **kwargs: as for `JaxLayer`.

    Raises:
        ImportError: Flax is not installed.
    """

    _not_tracked = frozenset({*JaxLayer._not_tracked, "module", "method"})

    def __init__(self, module, method=None, variables=None, **kwargs):
        # everything but "params" may change
        changing = optional_module("flax.linen", "FlaxLayer").DenyList(["params"])
        takes_training = "training" in inspect.signature(method or module.__call__).parameters

        def apply(params, state, rng, inputs, **training):
            variables = {**(params or {}), **(state or {})}
            return module.apply(variables, inputs, rngs=rng, method=method, mutable=changing, **training)

        def call_with_training(params, state, rng, inputs, training):
            return apply(params, state, rng, inputs, training=training)

        def call_without_training(params, state, rng, inputs):
            return apply(params, state, rng, inputs)

        def init_with_training(rng, inputs, training):
            return _params_and_state(module.init(rng, inputs, method=method, training=training))

        def init_without_training(rng, inputs):
            return _params_and_state(module.init(rng, inputs, method=method))

        params, state = _params_and_state(variables)
        super().__init__(
            call_fn=call_with_training if takes_training else call_without_training,
            init_fn=init_with_training if takes_training else init_without_training,
            params=params,
            state=state,
            **kwargs,
        )
        self.module, self.method = module, method

    def _get_init_rng(self):
        return {"params": self._get_init_seed(), "dropout": self._get_init_seed()}

    def _get_call_rng(self, training):
        return {"dropout": self._get_call_seed()} if training else {}

    def get_config(self):
        of_functions = ("call_fn", "init_fn")  # derived from the module
        config = {name: value for name, value in super().get_config().items() if name not in of_functions}
        is_bound = getattr(self.method, "__self__", None) is self.module and self.method is not None
        method = self.method.__name__ if is_bound else self.method
        return {**config, "module": serialize_keras_object(self.module), "method": serialize_keras_object(method)}

    @classmethod
    @reads_config
    def from_config(cls, config):
        config = dict(config)
        config["module"] = module = deserialize_keras_object(config["module"])
        linen = sys.modules.get("flax.linen")  # imported by the user's module; loading a file imports nothing
        if linen is None or not isinstance(module, linen.Module):
            raise ValueError(
                "`module` of a FlaxLayer's config must describe a `flax.linen.Module`, whose class is registered or "
                f"in `custom_objects`. Received: {module!r}"
            )
        method = deserialize_keras_object(config.get("method"))
        config["method"] = _method_of(module, method, linen) if isinstance(method, str) else method
        return cls(**config)


def _method_of(module, name, linen):
    """The method `name`, if the module's own class defines it; a file cannot reach any other attribute.

    Raises:
        ValueError: the class defines no such method.
    """
    own = {
        key: value
        for cls in reversed(type(module).__mro__)
        if issubclass(cls, linen.Module) and cls is not linen.Module
        for key, value in vars(cls).items()
        if inspect.isfunction(value) and (key == "__call__" or not key.startswith("_"))
    }
    if name not in own:
        raise ValueError(
            f"`method` of a FlaxLayer's config must name a method that {type(module).__name__} defines, one of "
            f"{sorted(own)}. Received: method={name!r}"
        )
    return getattr(module, name)


def _params_and_state(variables):
    """The collections of a Flax module as (params, state); (None, None) for None."""
    if variables is None:
        return None, None
    params = {name: values for name, values in variables.items() if name == "params"}
    return params, {name: values for name, values in variables.items() if name != "params"}
