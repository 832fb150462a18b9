"""`tf.config.optimizer`: settings of TensorFlow's graph optimizer. There are no graphs here; they are only stored."""

_settings = {"jit": "", "options": {}}


def get_jit():
    """The stored setting: "" or "autoclustering"."""
    return _settings["jit"]


def set_jit(enabled):
    """Store the setting: nothing is compiled by it here, and no result would change."""
    _settings["jit"] = "autoclustering" if enabled in (True, "autoclustering") else ""


def get_experimental_options():
    """The stored settings."""
    return dict(_settings["options"])


def set_experimental_options(options):
    """Store the settings."""
    _settings["options"].update(options)
