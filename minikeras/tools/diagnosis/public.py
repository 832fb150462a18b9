"""The functions that models and `keras.utils` offer from this package. They import it on the first call."""

from minikeras.tools.diagnosis.anomaly_detection import detect_anomaly
from minikeras.tools.diagnosis.examination import diagnose
from minikeras.tools.diagnosis.gradcheck import gradcheck
from minikeras.tools.diagnosis.loss_gap import loss_gap

__all__ = ["detect_anomaly", "diagnose", "gradcheck", "loss_gap"]
