"""minikeras: Keras in Python, NumPy and Numba, made to be read. `import minikeras as keras`."""

from minikeras import (
    activations,
    backend,
    callbacks,
    config,
    constraints,
    datasets,
    distillation,
    distribution,
    dtype_policies,
    initializers,
    layers,
    legacy,
    losses,
    metrics,
    mixed_precision,
    models,
    ops,
    optimizers,
    preprocessing,
    quantizers,
    random,
    regularizers,
    saving,
    tree,
    utils,
    visualization,
)
from minikeras.autodiff.function import Function
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.name_scope import name_scope
from minikeras.autodiff.operation import Operation
from minikeras.autodiff.rematerialization import RematScope, remat
from minikeras.autodiff.stateless_scope import StatelessScope, SymbolicScope
from minikeras.autodiff.tape import GradientTape
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.base.missing_names import explain_missing_names
from minikeras.base.release import __version__
from minikeras.dtype_policies import DTypePolicy, FloatDTypePolicy
from minikeras.initializers import Initializer
from minikeras.layers import Input, InputSpec, Layer
from minikeras.losses import Loss
from minikeras.metrics import Metric
from minikeras.models import Model, Sequential
from minikeras.optimizers import Optimizer
from minikeras.quantizers import Quantizer
from minikeras.regularizers import Regularizer
from minikeras.utils.device import device

__all__ = [
    "DTypePolicy",
    "FloatDTypePolicy",
    "Function",
    "GradientTape",
    "Initializer",
    "Input",
    "InputSpec",
    "KerasTensor",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Operation",
    "Optimizer",
    "Quantizer",
    "Regularizer",
    "RematScope",
    "Sequential",
    "StatelessScope",
    "SymbolicScope",
    "Tensor",
    "Variable",
    "__version__",
    "activations",
    "applications",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "device",
    "distillation",
    "distribution",
    "dtype_policies",
    "export",
    "initializers",
    "layers",
    "legacy",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "name_scope",
    "ops",
    "optimizers",
    "preprocessing",
    "quantizers",
    "random",
    "regularizers",
    "remat",
    "saving",
    "tree",
    "utils",
    "version",
    "visualization",
    "wrappers",
]

_explain = explain_missing_names(__name__, __all__)


def __getattr__(name):
    """`applications`, `export` and `wrappers` (which loads scikit-learn) are loaded on first use."""
    if name == "applications":
        import minikeras.applications as applications  # `from minikeras import applications` would call this again

        return applications
    if name == "export":
        import minikeras.export as export  # as above

        return export
    if name == "wrappers":
        import minikeras.wrappers as wrappers  # as above

        return wrappers
    return _explain(name)


__getattr__.explains_missing_names = False  # see `explain_missing_names`


def version():
    """minikeras's version. (It follows Keras 3.15.)"""
    return __version__


def load_ipython_extension(shell):
    """`%load_ext minikeras` in a notebook: from now on `import tensorflow` and `import keras` mean minikeras."""
    _compat().install()


def unload_ipython_extension(shell):
    """`%unload_ext minikeras`: restore the usual imports."""
    _compat().uninstall()


def _compat():
    import minikeras.compat as compat  # here: it takes time

    return compat
