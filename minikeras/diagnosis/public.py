"""What models and `keras.utils` offer of this package. They import it when one of these is called: few programs do."""

from minikeras.diagnosis.anomaly_detection import detect_anomaly
from minikeras.diagnosis.examination import diagnose
from minikeras.diagnosis.gradcheck import gradcheck
from minikeras.diagnosis.loss_gap import loss_gap

__all__ = ["detect_anomaly", "diagnose", "gradcheck", "loss_gap"]
