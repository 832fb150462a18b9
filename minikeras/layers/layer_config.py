"""A layer as a config: `get_config`, derived from the constructor, and `from_config`."""

import inspect
from functools import cache

from minikeras import dtype_policies, regularizers, tree
from minikeras.limits import LimitExceededError, reads_config
from minikeras.serialization import RefusedLambdaError, constructor_config, dtype_config, serialize_keras_object


class LayerConfig:
    """Mixin of `Layer`: its config."""

    def get_config(self):
        """The constructor's arguments as a JSON-ready dict.

        Derived from `__init__`: each argument must be stored as an attribute of its name. A class that stores one
        otherwise overrides this, starting from `super().get_config()`.
        """
        config = self._own_config()
        cls = _class_with_config(type(self))
        if cls is None:
            return config  # the user's class adds its own arguments
        if not cls.__module__.startswith("minikeras."):
            _refuse_layers(self, cls)
        try:
            own = constructor_config(self, leave_out=(*config, "activity_regularizer", "autocast"), cls=cls)
        except NotImplementedError:
            own = _captured_config(self, config)
        return {**config, **own}

    def _own_config(self):
        """The arguments that all layers have."""
        config = {"name": self.name, "trainable": self.trainable, "dtype": dtype_config(self.dtype_policy)}
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        return config

    @classmethod
    @reads_config
    def from_config(cls, config):
        """Make a layer from the result of `get_config`. The constructor gets the dtype policy itself, or its name."""
        try:
            return cls(**_with_policy(config))
        except (LimitExceededError, RefusedLambdaError):
            raise
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"A {cls.__name__} cannot be made of its config: {error}. If the class has constructor arguments of "
                "its own, `get_config` must contain them and `__init__` must take **kwargs."
            ) from error


def _with_policy(config):
    """The config with its dtype policy as a user's constructor expects it: by name if that says everything."""
    if not isinstance(config.get("dtype"), dict):
        return config
    policy = dtype_policies.get(config["dtype"])
    named = not isinstance(policy, dtype_policies.DTypePolicyMap) and policy.quantization_mode is None
    return {**config, "dtype": policy.name if named else policy}


@cache
def _class_with_config(cls):
    """The class whose constructor arguments the base `get_config` lists.

    A user's class that overrides `get_config` adds its own arguments there: then it is minikeras's class below it, or
    None if that is Layer or Model, which have no arguments of their own.
    """
    ours = next(base for base in cls.__mro__ if base.__module__.startswith("minikeras."))
    users = cls.__mro__[: cls.__mro__.index(ours)]
    if not any("get_config" in base.__dict__ for base in users):
        return cls
    return None if ours.__name__ in ("Layer", "Model", "Functional", "Sequential") else ours


def _refuse_layers(layer, cls):
    """Raise if a user's class takes layers as arguments: `from_config` would pass it their configs instead.

    Raises:
        NotImplementedError: as in Keras.
    """
    for name in list(inspect.signature(cls.__init__).parameters)[1:]:
        if any(isinstance(value, LayerConfig) for value in tree.flatten(getattr(layer, name, None))):
            raise NotImplementedError(
                f"{cls.__name__} takes a layer as its constructor argument `{name}`, so it must define `get_config()`, "
                f"with `keras.saving.serialize_keras_object(self.{name})`, and `from_config(config)`, with "
                "`keras.saving.deserialize_keras_object`."
            )


def _captured_config(layer, known):
    """Constructor arguments as they were passed, for a class that does not store them as attributes."""
    args, kwargs = layer._constructor_arguments
    try:
        bound = inspect.signature(type(layer).__init__).bind(layer, *args, **kwargs).arguments
        bound.pop(next(iter(bound)))  # the layer
        bound.update(bound.pop("kwargs", {}))
        return {k: serialize_keras_object(v) for k, v in bound.items() if k not in known}
    except (TypeError, ValueError) as error:
        raise NotImplementedError(
            f"Layer {type(layer).__name__} has constructor arguments that cannot be serialized, so it must define "
            "`get_config()` itself."
        ) from error
