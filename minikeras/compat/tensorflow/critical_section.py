"""`tf.CriticalSection`: mutual exclusion of functions."""

import threading

__all__ = ["CriticalSection"]


class CriticalSection:
    """A lock: `execute(fn)` calls `fn` while no other function of this section runs.

    Args:
        name, shared_name: for graphs; `name` is an attribute, `shared_name` has no effect.
        critical_section_def, import_scope: must be None; they belong to graphs in files.
    """

    def __init__(self, name=None, shared_name=None, critical_section_def=None, import_scope=None):
        if critical_section_def is not None or import_scope is not None:
            raise ValueError("`critical_section_def` and `import_scope` belong to graphs in files; leave them out.")
        self.name = "CriticalSection" if name is None else name
        self._lock, self._owner = threading.Lock(), None

    def execute(self, fn, exclusive_resource_access=True, name=None):
        """The result of `fn()`.

        Raises:
            ValueError: `fn` itself executes something in this section, for which it would wait forever.
        """
        if self._owner == threading.get_ident():
            raise ValueError(f"The function executes in the critical section {self.name!r}, in which it runs already.")
        with self._lock:
            self._owner = threading.get_ident()
            try:
                return fn()
            finally:
                self._owner = None
