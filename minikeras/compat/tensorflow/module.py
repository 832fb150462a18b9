"""`tf.Module`: an object that finds the Variables and Modules in its attributes."""

from functools import wraps

from minikeras import tree
from minikeras.compat.tensorflow.scopes import name_scope
from minikeras.compat.tensorflow.variables import Variable

__all__ = ["Module"]


class Module:
    """Base class of objects that hold `tf.Variable`s, and other Modules, as attributes and in lists, tuples and dicts.

    As in Keras 3 on TensorFlow, Keras layers among the attributes are *not* searched: collect their
    `trainable_variables` yourself.

    Args:
        name: a Python identifier; the class's name in snake case if None.

    Raises:
        ValueError: `name` is not an identifier.
    """

    def __init__(self, name=None):
        name = _snake_case(type(self).__name__) if name is None else name
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(
                f"The name of a `tf.Module` must be a Python identifier: letters, digits and _. Received: name={name!r}"
            )
        self._name = name

    @property
    def name(self):
        """The name."""
        return self._name

    @property
    def name_scope(self):
        """A scope in which Variables' names are prefixed with this Module's name."""
        return name_scope(f"{self._name}/")

    @property
    def variables(self):
        """All Variables: those in attributes, in alphabetical order, then those of Modules in them."""
        return self._found(lambda x: isinstance(x, Variable))

    @property
    def trainable_variables(self):
        """The trainable Variables."""
        return self._found(lambda x: isinstance(x, Variable) and x.trainable)

    @property
    def non_trainable_variables(self):
        """The non-trainable Variables."""
        return self._found(lambda x: isinstance(x, Variable) and not x.trainable)

    @property
    def submodules(self):
        """All Modules below this one."""
        return self._found(lambda x: isinstance(x, Module))

    @classmethod
    def with_name_scope(cls, method):
        """Decorator for a method in which Variables' names are prefixed with the Module's name."""

        @wraps(method)
        def within_scope(self, *args, **kwargs):
            with self.name_scope:
                return method(self, *args, **kwargs)

        return within_scope

    def _flatten(
        self,
        recursive=True,
        predicate=None,
        attribute_traversal_key=None,
        with_path=False,
        expand_composites=False,
    ):
        """The objects in attributes, at any depth, for which `predicate` holds; TensorFlow's own guides call it."""
        if with_path or attribute_traversal_key is not None:
            raise NotImplementedError("minikeras's Module._flatten supports only `recursive` and `predicate`.")
        return iter(self._found(predicate or (lambda x: True), recursive))

    def _checkpoint_children(self):
        """The attributes that a checkpoint searches (see `train/checkpoints/tracking.py`)."""
        return vars(self)

    def _found(self, test, recursive=True):
        return tuple(_walk(self, test, recursive, {id(self)}))


def _walk(module, test, recursive, seen):
    below = []
    for _, value in sorted(vars(module).items()):
        for leaf in tree.flatten(value):
            if id(leaf) in seen:
                continue
            seen.add(id(leaf))
            if test(leaf):
                yield leaf
            if recursive and isinstance(leaf, Module):
                below.append(leaf)
    for part in below:
        yield from _walk(part, test, recursive, seen)


def _snake_case(name):
    """ "MyModule2D" as "my_module2_d": a word begins with a capital that follows or precedes another kind of letter."""
    result = name[:1]
    for before, letter, after in zip(name, name[1:], name[2:] + " ", strict=False):
        begins = letter.isupper() and (before.islower() or before.isdigit() or after.islower())
        result += f"_{letter}" if begins else letter
    return result.lower()
