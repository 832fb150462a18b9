"""`OpenScopes`: the open context managers of one kind, in this thread or context of `contextvars`."""

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
        """Make `scope` the innermost one."""
        self._open.set((*self._open.get(), scope))

    def leave(self, scope):
        """Close `scope`, which need not be the innermost."""
        scopes = self._open.get()
        if scope in scopes:  # it is not if a generator that was left open is closed in another thread
            place = len(scopes) - 1 - scopes[::-1].index(scope)
            self._open.set(scopes[:place] + scopes[place + 1 :])
