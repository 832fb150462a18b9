"""The functions that models and `keras.utils` offer from this package. They import it on the first call."""

from minikeras.diagnosis.anomaly_detection import detect_anomaly
from minikeras.diagnosis.examination import diagnose
from minikeras.diagnosis.gradcheck import gradcheck
from minikeras.diagnosis.loss_gap import loss_gap

__all__ = ["detect_anomaly", "diagnose", "gradcheck", "loss_gap"]
