"""The formulas of all optimizers, as the `UpdateRule`s that they are made into."""

import importlib
import pkgutil

from minikeras import optimizers
from minikeras.kernels.update_rule import UpdateRule

MODULES = [
    importlib.import_module(f"{optimizers.__name__}.{m.name}") for m in pkgutil.iter_modules(optimizers.__path__)
]
RULES = {rule.name: rule for module in MODULES for rule in vars(module).values() if isinstance(rule, UpdateRule)}
COMPILED = [rule for rule in RULES.values() if rule.compiled]
