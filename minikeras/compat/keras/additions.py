"""Modules that add names to a package of minikeras; other names are looked up in that package."""

from minikeras.compat.missing_names import missing_name
from minikeras.compat.namespaces import elsewhere


def falls_back_to(package, own_names):
    """`__getattr__` and `__dir__` for such a module.

    Args:
        package: the module of minikeras, for example `minikeras.losses`.
        own_names: the names that the module adds.
    """

    def names():
        return sorted({*own_names, *package.__all__})

    def find(name):
        if name in package.__all__:
            return getattr(package, name)
        module_name = package.__name__.replace("minikeras", "keras")
        return missing_name(module_name, name, names(), elsewhere(module_name, name))

    find.explains_missing_names = False  # the shim does, under the name by which the script has imported the module
    return find, names
