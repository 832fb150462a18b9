"""Models: `Model`, `Sequential`, functional graphs, and what makes one from another."""

__replay__ = "computes"

from minikeras.missing_names import explain_missing_names
from minikeras.models.cloning import clone_model
from minikeras.models.functional import Functional
from minikeras.models.json_config import model_from_json
from minikeras.models.model import Model
from minikeras.models.sequential import Sequential

__all__ = ["Functional", "Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model"]


_explain = explain_missing_names(__name__, __all__)


def __getattr__(name):
    """`load_model` and `save_model`, which Keras offers here too. They are in `saving`, which imports this package."""
    if name in ("load_model", "save_model"):
        from minikeras import saving  # upwards, so not at the top

        return getattr(saving, name)
    return _explain(name)
