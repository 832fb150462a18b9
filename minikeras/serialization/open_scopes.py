"""`OpenScopes`: the context managers of one kind that are open, in this thread or context of `contextvars`."""

from contextvars import ContextVar


class OpenScopes:
    """A stack for each thread.

    Args:
        name: of the `ContextVar` that holds it.
    """

    def __init__(self, name):
        self._open = ContextVar(f"minikeras_{name}", default=())

    def all(self):
        """The open scopes, a tuple, the innermost last."""
        return self._open.get()

    def enter(self, scope):
        """`scope` is the innermost one now."""
        self._open.set((*self._open.get(), scope))

    def leave(self, scope):
        """`scope` is no longer open. It need not be the innermost."""
        scopes = self._open.get()
        if scope in scopes:  # not where a generator that was left open is closed in another thread
            place = len(scopes) - 1 - scopes[::-1].index(scope)
            self._open.set(scopes[:place] + scopes[place + 1 :])
