"""Modules that add names to a room of minikeras: what they do not define themselves is found there."""

from minikeras.compat.faces import elsewhere
from minikeras.compat.missing_names import missing_name


def falls_back_to(room, own_names):
    """`__getattr__` and `__dir__` for such a module.

    Args:
        room: the module of minikeras, for example `minikeras.losses`.
        own_names: the names that the module adds.
    """

    def names():
        return sorted({*own_names, *room.__all__})

    def find(name):
        if name in room.__all__:
            return getattr(room, name)
        module_name = room.__name__.replace("minikeras", "keras")
        return missing_name(module_name, name, names(), elsewhere(module_name, name))

    find.knows_more = False  # than the face, which also knows under which name the script has imported the module
    return find, names
