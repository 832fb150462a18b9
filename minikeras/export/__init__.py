"""`keras.export`: models as artifacts that other programs serve."""

from minikeras.exporting.tensorflow.archive import ExportArchive

__all__ = ["ExportArchive"]
