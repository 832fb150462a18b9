"""`keras.src.utils.backend_utils`: where code runs. Here always eagerly, on the one backend."""

__replay__ = "computes"

import sys

__all__ = ["TFGraphScope", "convert_tf_tensor", "in_grain_data_pipeline", "in_tf_graph"]

_GRAIN = ("grain/_src/python/dataset", "grain/_src/python/data_loader")


class TFGraphScope:
    """Marks code that has to use TensorFlow's functions. They are minikeras's here, so nothing changes."""

    def __enter__(self):
        return None

    def __exit__(self, *error):
        return None


def in_tf_graph():
    """Whether code is being traced by TensorFlow: never."""
    return False


def convert_tf_tensor(outputs, dtype=None):
    """Return the outputs unchanged: TensorFlow's functions return tensors of the backend here."""
    return outputs


def in_grain_data_pipeline():
    """Whether a data pipeline of the package `grain` is calling."""
    frame = sys._getframe() if "grain" in sys.modules else None
    while frame is not None:
        if any(place in frame.f_code.co_filename.replace("\\", "/") for place in _GRAIN):
            return True
        frame = frame.f_back
    return False
