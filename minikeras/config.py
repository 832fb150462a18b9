"""Global settings that every floor may read: the float type, the fuzz factor, the image data format.

Keras's `keras.config` namespace. Nothing here imports anything of minikeras, so that everything else can import this.
"""

import os
from pathlib import Path

FLOAT_TYPES = ("bfloat16", "float16", "float32", "float64")
DATA_FORMATS = ("channels_last", "channels_first")

_settings = {"floatx": "float32", "epsilon": 1e-7, "image_data_format": "channels_last"}


def backend():
    """The name of the engine under the Keras API: always "minikeras"."""
    return "minikeras"


def floatx():
    """The default float dtype, a string: "float32" unless `set_floatx` changed it."""
    return _settings["floatx"]


def set_floatx(value):
    """Set the default float dtype.

    Raises:
        ValueError: `value` is not one of "float16", "float32", "float64".
    """
    if value not in FLOAT_TYPES:
        raise ValueError(f"`floatx` must be one of {FLOAT_TYPES}. Received: {value!r}")
    if value == "bfloat16":
        raise ValueError("NumPy has no bfloat16, so minikeras cannot compute in it. Use 'float16' or 'float32'.")
    _settings["floatx"] = value


def epsilon():
    """The small number added where a division by zero threatens: 1e-7 unless `set_epsilon` changed it."""
    return _settings["epsilon"]


def set_epsilon(value):
    """Set the fuzz factor."""
    _settings["epsilon"] = value


def image_data_format():
    """The default position of the channel axis: "channels_last" unless `set_image_data_format` changed it."""
    return _settings["image_data_format"]


def set_image_data_format(data_format):
    """Set the default position of the channel axis, "channels_last" or "channels_first"."""
    _settings["image_data_format"] = standardize_data_format(data_format)


def standardize_data_format(data_format):
    """`data_format` in lower case, or the default when it is None.

    Raises:
        ValueError: it is neither "channels_last" nor "channels_first".
    """
    if data_format is None:
        return image_data_format()
    lowered = str(data_format).lower()
    if lowered not in DATA_FORMATS:
        raise ValueError(f"`data_format` must be one of {DATA_FORMATS}. Received: {data_format!r}")
    return lowered


def keras_home():
    """The folder for downloaded data, as Keras chooses it: $KERAS_HOME, else ~/.keras, else /tmp/.keras."""
    if "KERAS_HOME" in os.environ:
        return Path(os.environ["KERAS_HOME"])
    home = Path.home()
    return (home if os.access(home, os.W_OK) else Path("/tmp")) / ".keras"
