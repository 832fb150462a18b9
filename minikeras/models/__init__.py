"""Models: `Model`, `Sequential`, functional graphs; cloning, quantization, state trees."""

__replay__ = "computes"

from minikeras.base.missing_names import explain_missing_names
from minikeras.models.cloning import clone_model
from minikeras.models.functional import Functional
from minikeras.models.model import Model, model_from_json
from minikeras.models.sequential import Sequential
from minikeras.saving import load_model, save_model

__all__ = ["Functional", "Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model"]

__getattr__ = explain_missing_names(__name__, __all__)
