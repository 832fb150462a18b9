"""Arguments that both packages can be given: NumPy arrays, tensors and symbolic tensors, described once.

A `Case` names a public function and its arguments. Its text is Python: what a fuzzer finds is pasted into a table.
"""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Eager:
    """A tensor of the package under test, made from an array."""

    array: np.ndarray

    def build(self, package):
        return package.ops.convert_to_tensor(self.array)

    def __repr__(self):
        return f"Eager({text_of(self.array)})"


@dataclasses.dataclass(frozen=True)
class Symbol:
    """A `KerasTensor` of the package under test. None in its shape is an unknown length."""

    shape: tuple
    dtype: str = "float32"

    def build(self, package):
        return package.KerasTensor(self.shape, dtype=self.dtype)

    def __repr__(self):
        return f"Symbol({self.shape})" if self.dtype == "float32" else f"Symbol({self.shape}, {self.dtype!r})"


@dataclasses.dataclass(frozen=True)
class Made:
    """Anything else that differs between the packages: `make(package)`, such as a layer or a function made of ops."""

    make: object = dataclasses.field(repr=False)  # its address would be another in each process

    def build(self, package):
        return self.make(package)


@dataclasses.dataclass(frozen=True)
class Case:
    """One call: `name` is the dotted path of a public function ("ops.add")."""

    name: str
    args: tuple = ()
    kwargs: dict = dataclasses.field(default_factory=dict)
    has_mistake: bool = False  # a value of a wrong type or range was put in for a generated one

    def run(self, package):
        """Call the function of `package`, each time with fresh arguments."""
        function = package
        for part in self.name.split("."):
            function = getattr(function, part)
        return function(*build(self.args, package), **build(self.kwargs, package))

    def __str__(self):
        named = [f"{word}={text_of(value)}" for word, value in self.kwargs.items()]
        return f"case({', '.join([repr(self.name), *map(text_of, self.args), *named])})"


def case(name, *args, **kwargs):
    """A `Case`, written like the call."""
    return Case(name, args, kwargs)


def build(value, package):
    """The value with everything in it that belongs to a package made for this one."""
    if isinstance(value, (Eager, Symbol, Made)):
        return value.build(package)
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return {key: build(item, package) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(build(item, package) for item in value)
    return value


def text_of(value):
    """The value as Python text, with NumPy's names as `np`'s and not-a-number as `np.nan`."""
    if isinstance(value, np.ndarray):
        if value.size == 0:
            return f"np.zeros({value.shape}, {value.dtype.name!r})"
        return f"np.array({_numbers(value.tolist())}, {value.dtype.name!r})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {text_of(item)}" for key, item in value.items()) + "}"
    if type(value) is list:
        return "[" + ", ".join(map(text_of, value)) + "]"
    if type(value) is tuple:
        return "(" + ", ".join(map(text_of, value)) + ("," if len(value) == 1 else "") + ")"
    return _numbers(value)


def _numbers(value):
    if isinstance(value, list):
        return "[" + ", ".join(map(_numbers, value)) + "]"
    if isinstance(value, float) and not np.isfinite(value):
        return f"{'-' if value == -np.inf else ''}np.{'nan' if np.isnan(value) else 'inf'}"
    return repr(value)
