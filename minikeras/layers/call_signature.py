"""The parameters of a layer class's `call` method, read once per class."""

import inspect
import sys
from functools import cache

from minikeras.base.suggestions import did_you_mean

_NAMED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class CallSignature:
    """Facts about one `call` method.

    Attributes:
        signature: its inspect.Signature, without `self`.
        names: the names of its positional parameters.
        training_position: the position of `training` among these; past all arguments if it is not among them.
        takes_training, takes_mask, takes_kwargs: whether it has such parameters.
        training_default: the default of `training`, None without one.
        parameters: the names of all parameters.
    """

    def __init__(self, function):
        parameters = list(inspect.signature(function).parameters.values())
        if parameters and parameters[0].kind in _NAMED:
            del parameters[0]  # the layer itself, under any name
        self.signature = inspect.Signature(parameters)
        self.names = [p.name for p in parameters if p.kind in _NAMED]
        everything = {p.name: p for p in parameters}
        self.takes_training = "training" in everything
        self.takes_mask = "mask" in everything
        self.takes_kwargs = any(p.kind is p.VAR_KEYWORD for p in parameters)
        self.training_position = self.names.index("training") if "training" in self.names else sys.maxsize
        self.parameters = frozenset(everything)
        self.training_default = self.default("training")

    def default(self, name):
        """The default of a parameter, None without one."""
        parameter = self.signature.parameters.get(name)
        return None if parameter is None or parameter.default is inspect.Parameter.empty else parameter.default

    def bind(self, args, kwargs):
        """The arguments by name."""
        try:
            bound = self.signature.bind(*args, **kwargs).arguments
        except TypeError as error:
            unknown = next((name for name in kwargs if name not in self.parameters), None)
            suggestion = "" if unknown is None else did_you_mean(unknown, self.parameters)
            raise TypeError(f"{error}.{suggestion} The layer is called with {self.signature}") from None
        for parameter in self.signature.parameters.values():
            if parameter.kind is parameter.VAR_POSITIONAL:
                bound.pop(parameter.name, None)
            elif parameter.kind is parameter.VAR_KEYWORD:
                bound.update(bound.pop(parameter.name, {}))
        return bound


@cache
def call_signature(function):
    """The `CallSignature` of a `call` function."""
    return CallSignature(function)
