"""Scopes that give variables their paths, such as "sequential/dense/kernel"."""

from minikeras.autodiff.state import thread


class name_scope:  # noqa: N801  Keras's name for it
    """A context in which the path of every new Variable starts with `name`.

    A scope opened again by the `caller` that opened the innermost one adds nothing, as in Keras.
    """

    def __init__(self, name, caller=None, deduplicate=True, override_parent=None):
        if not isinstance(name, str) or "/" in name:
            raise ValueError(f"`name` must be a string and cannot contain a slash (`/`). Received: name={name!r}")
        self.name = name
        self.caller = caller
        self.deduplicate = deduplicate
        self.override_parent = override_parent
        self._outer = None

    def __enter__(self):
        self._outer = thread.name_scopes
        scopes = self._outer
        if self.override_parent is not None:
            scopes = [name_scope(part) for part in self.override_parent.split("/") if part]
        if not (self.deduplicate and self.caller is not None and scopes and scopes[-1].caller is self.caller):
            scopes = [*scopes, self]
        thread.name_scopes = scopes
        return self

    def __exit__(self, *error):
        thread.name_scopes = self._outer


def current_path():
    """The names of the open scopes, joined by slashes."""
    return "/".join(scope.name for scope in thread.name_scopes)
