"""`tf.config.optimizer`: settings of TensorFlow's graph optimizer. There are no graphs here; they are only kept."""

_settings = {"jit": "", "options": {}}


def get_jit():
    """As it was set: "" or "autoclustering"."""
    return _settings["jit"]


def set_jit(enabled):
    """Keep the setting: nothing is compiled by it here, and no result would change."""
    _settings["jit"] = "autoclustering" if enabled in (True, "autoclustering") else ""


def get_experimental_options():
    """As they were set."""
    return dict(_settings["options"])


def set_experimental_options(options):
    """Keep the settings."""
    _settings["options"].update(options)
