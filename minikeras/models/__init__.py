"""Models: `Model`, `Sequential`, functional graphs, and what makes one from another."""

from minikeras.models.cloning import clone_model
from minikeras.models.functional import Functional
from minikeras.models.json_config import model_from_json
from minikeras.models.model import Model
from minikeras.models.sequential import Sequential

__all__ = ["Functional", "Model", "Sequential", "clone_model", "model_from_json"]
