"""`keras.export`: models as artifacts that other programs serve."""

from minikeras.exporting.saved_model.archive import ExportArchive

__all__ = ["ExportArchive"]
