"""Knowledge distillation: a small model (the student) learns from labels and from a large one's outputs (the teacher).

Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015, arXiv:1503.02531.
"""

from minikeras.distillation.distillation_loss import DistillationLoss
from minikeras.distillation.distiller import Distiller
from minikeras.distillation.feature_distillation import FeatureDistillation
from minikeras.distillation.logits_distillation import LogitsDistillation

__all__ = ["DistillationLoss", "Distiller", "FeatureDistillation", "LogitsDistillation"]
