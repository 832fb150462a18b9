"""`composed`: functions made of several ops that are one node of a functional graph."""

import inspect
from functools import partial, wraps

from minikeras.autodiff.operation import Operation, any_symbolic
from minikeras.autodiff.state import builds_graph, thread
from minikeras.base import replay
from minikeras.base.limits import reads_config
from minikeras.base.naming import auto_name

COMPOSED = {}
"""Class name (as in Keras's files) → public function, for every function decorated with `composed`."""


class ComposedOp(Operation):
    """A function made of other ops, as one node of a functional graph. Each such function has a subclass of its own.

    Args:
        settings: the arguments that are not tensors.

    Attributes:
        class_name: the name of Keras's class for it, a key of `COMPOSED`.
    """

    class_name = None

    def __init__(self, settings=None, name=None):
        super().__init__(name)
        self.settings = dict(settings or {})

    @property
    def name(self):
        """The given name, or one derived from the class's in Keras: "var_1"."""
        if self._name is None:
            self._name = auto_name(self.class_name)
        return self._name

    def call(self, *args, **kwargs):
        function = COMPOSED[self.class_name]
        if len(args) > len(function.inputs):  # a function of any number of tensors
            return function(*args, **self.settings, **kwargs)
        return function(**dict(zip(function.inputs, args, strict=False)), **self.settings, **kwargs)

    def symbolic_call(self, *args, **kwargs):
        outputs = super().symbolic_call(*args, **kwargs)
        if self.settings.get("sparse") is True:  # `multi_hot(…, sparse=True)`
            outputs._sparse = True
        if COMPOSED[self.class_name].keeps_dtype:
            outputs._dtype = args[0]._dtype
        return outputs

    def is_pure_node(self):
        return replay.declared_by(COMPOSED[self.class_name].__module__) == replay.COMPUTES

    def call_on_rows(self, rows, args, kwargs):
        rule = COMPOSED[self.class_name].on_rows
        return NotImplemented if rule is None else rule(self.call, rows, *args, **kwargs)

    def get_config(self):
        """The name and the settings.

        Raises:
            NotImplementedError: the function has no config, as in Keras, whose files cannot hold such a node either.
        """
        if not COMPOSED[self.class_name].has_config:
            raise NotImplementedError(
                f"The functions of {self.class_name} '{self.name}' cannot be described in a config, so neither can a "
                "functional model with it. Put the loop into the `call` of a layer of your own."
            )
        return {"name": self.name, **self.settings}

    def __reduce__(self):  # pickle cannot find the class by its name
        return _unfilled, (self.class_name,), self.__dict__

    @classmethod
    @reads_config
    def from_config(cls, config, class_name=None):
        """Make the node of the function that `class_name` names (by default of this class's), with these settings."""
        settings = {key: value for key, value in config.items() if key != "name"}
        return COMPOSED[class_name or cls.class_name].op_class(settings, config.get("name"))


def _unfilled(class_name):
    """A node of the function that `class_name` names, without attributes: pickle fills them in."""
    return ComposedOp.__new__(COMPOSED[class_name].op_class)


def composed(function=None, *, name=None, inputs=1, takes_functions=False, has_config=True, on_rows=None,
             check_symbolic=None, keeps_dtype=False):  # fmt: skip
    """Decorator for a public function that is made of ops: with a symbolic argument it becomes one graph node.

    Eagerly it is the plain function, whose ops the tape records one by one. Symbolic tensors run through it as well, to
    infer shapes: a body that cannot continue without values returns a KerasTensor for them.

    Args:
        name: of Keras's class for it; by default the function's in camel case.
        inputs: which parameters are tensors, and so inputs of the node rather than settings: the number of leading
            ones, or their names. Any argument that holds a symbolic tensor is one too.
        takes_functions: whether functions are among its arguments. Files can name its node then, not the function.
        has_config: whether its node has a config; those of Keras's loops have none.
        on_rows: function(function, rows, *args, **kwargs) that computes several rows at once, or returns NotImplemented
            (see `Operation.call_on_rows`).
        check_symbolic: function of the same arguments, called when the function becomes a node of a graph: it refuses
            symbolic tensors that Keras refuses there, though their values might fit.
        keeps_dtype: whether the symbolic result has the dtype of the first input, also where the function refuses it.
    """
    if function is None:
        return partial(
            composed,
            name=name,
            inputs=inputs,
            takes_functions=takes_functions,
            has_config=has_config,
            on_rows=on_rows,
            check_symbolic=check_symbolic,
            keeps_dtype=keeps_dtype,
        )
    class_name = name or "".join(part.capitalize() for part in function.__name__.split("_"))
    signature = inspect.signature(function)
    if isinstance(inputs, int):
        words = [w for w, p in signature.parameters.items() if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
        inputs = tuple(words[:inputs])

    @wraps(function)
    def wrapper(*args, **kwargs):
        if any_symbolic(args, kwargs):
            if not thread.records_history:
                return function(*args, **kwargs)
            if check_symbolic is not None and builds_graph():
                check_symbolic(*args, **kwargs)
            args, kwargs, settings = _split_arguments(signature, inputs, args, kwargs)
            return wrapper.op_class(settings).symbolic_call(*args, **kwargs)
        return function(*args, **kwargs)

    wrapper.op_class = type(class_name, (ComposedOp,), {"class_name": class_name, "__module__": function.__module__})
    wrapper.inputs = inputs
    wrapper.takes_functions = takes_functions
    wrapper.has_config = has_config
    wrapper.on_rows = on_rows
    wrapper.keeps_dtype = keeps_dtype
    COMPOSED[class_name] = wrapper
    return wrapper


def _split_arguments(signature, inputs, args, kwargs):
    """The arguments of one call as (positional inputs, inputs by name, settings by name).

    As in Keras's files, inputs are positional unless they are optional.
    """
    bound = signature.bind(*args, **kwargs)
    bound.apply_defaults()
    positional, named, settings = [], {}, {}
    for word, value in bound.arguments.items():
        parameter = signature.parameters[word]
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            positional += value
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            settings.update(value)
        elif word in inputs and parameter.default is inspect.Parameter.empty:
            positional.append(value)
        elif word in inputs and value is None:
            continue
        elif word in inputs or any_symbolic((value,)):
            named[word] = value
        else:
            settings[word] = value
    return tuple(positional), named, settings
