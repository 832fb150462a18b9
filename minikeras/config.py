"""Global settings that every package may read: the float type, the fuzz factor, the image data format.

Keras's `keras.config` namespace. Only the lowest layer is imported here, so that everything else can import this.
"""

__replay__ = "computes"

import os
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from minikeras.base.loading_limits import loading_limits, set_loading_limits
from minikeras.base.messages import (  # Keras has these three in its `config` as well
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from minikeras.base.missing_names import explain_missing_names
from minikeras.base.system import count_of_processors, home_folder
from minikeras.base.tracebacks import (
    disable_traceback_filtering,
    enable_traceback_filtering,
    is_traceback_filtering_enabled,
)

__all__ = [
    "backend",
    "convolution_algorithm",
    "disable_flash_attention",
    "disable_interactive_logging",
    "disable_traceback_filtering",
    "dtype_policy",
    "enable_flash_attention",
    "enable_interactive_logging",
    "enable_traceback_filtering",
    "enable_unsafe_deserialization",
    "epsilon",
    "floatx",
    "image_data_format",
    "is_flash_attention_enabled",
    "is_interactive_logging_enabled",
    "is_nnx_enabled",
    "is_traceback_filtering_enabled",
    "kernel_compiler",
    "loading_limits",
    "max_epochs",
    "max_steps_per_epoch",
    "plans_under_debugger",
    "set_backend",
    "set_convolution_algorithm",
    "set_dtype_policy",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_loading_limits",
    "set_max_epochs",
    "set_max_steps_per_epoch",
    "set_plans_under_debugger",
    "set_threads",
    "threads",
]

__getattr__ = explain_missing_names(__name__, __all__)

FLOAT_TYPES = ("bfloat16", "float16", "float32", "float64")
DATA_FORMATS = ("channels_last", "channels_first")
KERNEL_COMPILERS = ("translator", "numba")
CONVOLUTION_ALGORITHMS = ("auto", "direct", "winograd", "reference")

_settings = {
    "floatx": "float32",
    "epsilon": 1e-7,
    "image_data_format": "channels_last",
    "dtype_policy": None,
    "max_epochs": None,
    "max_steps_per_epoch": None,
    "flash_attention": None,
    "convolution_algorithm": "auto",
    "kernel_compiler": "translator",
    "threads": None,
    "plans_under_debugger": False,
}


def backend():
    """The name of the backend under the Keras API: always "minikeras"."""
    return "minikeras"


def floatx():
    """The default float dtype, a string: "float32" unless `set_floatx` changed it."""
    return _settings["floatx"]


def set_floatx(value):
    """Set the default float dtype.

    Raises:
        ValueError: `value` is not one of "bfloat16", "float16", "float32", "float64".
    """
    if value not in FLOAT_TYPES:
        raise ValueError(f"Unknown `floatx` value. Expected one of {FLOAT_TYPES}. Received: {value!r}")
    _settings["floatx"] = value


def epsilon():
    """The small number added to avoid a division by zero: 1e-7 unless `set_epsilon` changed it."""
    return _settings["epsilon"]


def set_epsilon(value):
    """Set the fuzz factor."""
    _settings["epsilon"] = value


def image_data_format():
    """The default position of the channel axis: "channels_last" unless `set_image_data_format` changed it."""
    return _settings["image_data_format"]


def set_image_data_format(data_format):
    """Set the default position of the channel axis, "channels_last" or "channels_first"."""
    if data_format is None:
        raise ValueError(f"The `data_format` argument must be one of {DATA_FORMATS}. Received: None")
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
        raise ValueError(f"The `data_format` argument must be one of {DATA_FORMATS}. Received: {data_format!r}")
    return lowered


def set_backend(backend):
    """Keras's function to select another backend. minikeras has one, so only its own name is accepted.

    Raises:
        ValueError: another name.
    """
    if backend != "minikeras":
        raise ValueError(f"minikeras has no other backend than itself. Received: {backend!r}")


_make_policy = None  # makes a `DTypePolicy` of a name; `dtype_policies`, which needs this module, registers it


def register_policy_maker(make_policy):
    """Register `make_policy`, which makes policies from names, policies and configs."""
    global _make_policy
    _make_policy = make_policy


def dtype_policy():
    """The `DTypePolicy` of layers that are made without a `dtype` argument.

    If none was set, it is that of `floatx()` at the first call. As in Keras, a later `set_floatx` does not change
    it; `keras.utils.clear_session` resets it.
    """
    if _settings["dtype_policy"] is None:
        _settings["dtype_policy"] = _make_policy(floatx())
    return _settings["dtype_policy"]


def forget_dtype_policy():
    """Reset the policy, so that the next layer is made with that of `floatx()`."""
    _settings["dtype_policy"] = None


def set_dtype_policy(policy):
    """Set the policy of layers made from now on: a name such as "mixed_float16", or a DTypePolicy.

    Raises:
        ValueError: it is neither.
    """
    if not isinstance(policy, str) and not hasattr(policy, "compute_dtype"):
        raise ValueError(
            f"Invalid `policy` argument. Expected the name of a policy or a DTypePolicy. Received: {policy!r}"
        )
    _settings["dtype_policy"] = _make_policy(policy)


def max_epochs():
    """The most epochs that `fit` runs, even if more are requested; None: no limit.

    Set by `set_max_epochs` or, when minikeras is imported, by the environment variable KERAS_MAX_EPOCHS.
    """
    return _settings["max_epochs"]


def set_max_epochs(max_epochs):
    """Limit the epochs of every `fit`, to try a script quickly. None or 0 lifts the limit."""
    _settings["max_epochs"] = max_epochs or None


def max_steps_per_epoch():
    """The most batches of an epoch of `fit`, `evaluate` and `predict`; None: no limit.

    Set by `set_max_steps_per_epoch` or, when minikeras is imported, by the environment variable
    KERAS_MAX_STEPS_PER_EPOCH.
    """
    return _settings["max_steps_per_epoch"]


def set_max_steps_per_epoch(max_steps_per_epoch):
    """Limit the batches of every epoch. None or 0 lifts the limit."""
    _settings["max_steps_per_epoch"] = max_steps_per_epoch or None


_unsafe_deserialization = ContextVar("minikeras_unsafe_deserialization", default=False)


def enable_unsafe_deserialization():
    """Allow lambdas in configs, whose code then runs, if no `safe_mode` is given. Only for files that you trust.

    It holds for this thread (and for this context of `contextvars`): what other threads load stays safe.
    """
    _unsafe_deserialization.set(True)


def unsafe_deserialization_enabled():
    """Whether `enable_unsafe_deserialization` was called in this thread or context."""
    return _unsafe_deserialization.get()


def enable_flash_attention():
    """Allow flash attention. No effect: there is one way to compute attention here."""
    _settings["flash_attention"] = None


def disable_flash_attention():
    """Forbid flash attention. No effect: there is one way to compute attention here."""
    _settings["flash_attention"] = False


def is_flash_attention_enabled():
    """None where it is allowed (the default), False after `disable_flash_attention`, as in Keras on TensorFlow."""
    return _settings["flash_attention"]


def is_nnx_enabled():
    """False: NNX is a module system of JAX, and minikeras does not run on JAX."""
    return False


def convolution_algorithm():
    """How float32 convolutions are computed, "auto" by default: see `set_convolution_algorithm`."""
    return _settings["convolution_algorithm"]


def set_convolution_algorithm(name):
    """Choose how float32 convolutions of images are computed. `MINIKERAS_CONVOLUTION` sets it at the start.

    Args:
        name: "auto", whichever is expected to be quickest; "direct", the sum of the definition in blocks; "winograd",
            four times fewer multiplications for windows 3×3 and 5×5 with stride 1, and half as many for windows of 3
            to 6 along one axis (other convolutions stay direct), at ten times the rounding error, 1e-5 of the largest
            output; "reference", the definition in NumPy.

    Raises:
        ValueError: another name.
    """
    if name not in CONVOLUTION_ALGORITHMS:
        raise ValueError(f"`name` must be one of {CONVOLUTION_ALGORITHMS}. Received: {name!r}")
    _settings["convolution_algorithm"] = name


def kernel_compiler():
    """The compiler of kernels: "translator" by default.

    `MINIKERAS_COMPILER` in the environment sets it when minikeras is imported. "translator" is our own and takes 0.02 s
    for a kernel; "numba" takes 0.1 to 3 s and serves to compare the two, whose results differ by rounding.
    """
    return _settings["kernel_compiler"]


def threads():
    """The number of threads that kernels use: as set, or the number of CPUs that the process may use."""
    return _settings["threads"] or _available_cpus()


def job_settings():
    """(`threads()`, `convolution_algorithm()`): the settings that jobs are built for."""
    return _settings["threads"] or _available_cpus(), _settings["convolution_algorithm"]


def set_threads(count):
    """Set the number of threads that kernels use; None for the number of CPUs that the process may use.

    The variable `MINIKERAS_THREADS` sets it at the start. Results do not depend on it, bit for bit: sums are cut into
    parts by the shapes of their arrays.

    Raises:
        ValueError: `count` is not a positive integer.
    """
    if count is not None and (not isinstance(count, int) or count < 1):
        raise ValueError(f"`count` must be a positive integer or None. Received: {count!r}")
    _settings["threads"] = count


def plans_under_debugger():
    """Whether steps run as compiled plans even while a debugger is attached; False by default."""
    return _settings["plans_under_debugger"]


def set_plans_under_debugger(enabled):
    """Choose what a debugger sees of `fit`, `evaluate`, `predict`, the `…_on_batch` methods and `tf.function`.

    Usually, while a debugger or tracer is attached, every line of every layer runs in every step, so that breakpoints
    stop. With True, steps still run as compiled plans: fast, but a plan does not run the layers' Python.
    The variable `MINIKERAS_PLANS_UNDER_DEBUGGER=1` sets it at the start.

    Args:
        enabled: True to keep the plans.
    """
    _settings["plans_under_debugger"] = bool(enabled)


_available_cpus = cache(count_of_processors)
if hasattr(os, "register_at_fork"):  # worker processes are often assigned other CPUs
    os.register_at_fork(after_in_child=_available_cpus.cache_clear)


def keras_home():
    """The folder for downloaded data, as Keras chooses it: $KERAS_HOME, else ~/.keras, else /tmp/.keras."""
    if "KERAS_HOME" in os.environ:
        return Path(os.environ["KERAS_HOME"])
    home = home_folder()
    return (home if home is not None and os.access(home, os.W_OK) else Path("/tmp")) / ".keras"


def _read_limits():
    for variable, name in (("KERAS_MAX_EPOCHS", "max_epochs"), ("KERAS_MAX_STEPS_PER_EPOCH", "max_steps_per_epoch")):
        if os.environ.get(variable):
            _settings[name] = int(os.environ[variable]) or None


def _read_speed_settings():
    compiler = os.environ.get("MINIKERAS_COMPILER") or "translator"
    if compiler not in KERNEL_COMPILERS:
        raise ValueError(
            f"The environment variable MINIKERAS_COMPILER must be one of {KERNEL_COMPILERS}, or not set. "
            f"Received: MINIKERAS_COMPILER={compiler!r}"
        )
    _settings["kernel_compiler"] = compiler
    if os.environ.get("MINIKERAS_CONVOLUTION"):
        set_convolution_algorithm(os.environ["MINIKERAS_CONVOLUTION"])
    if os.environ.get("MINIKERAS_THREADS"):
        set_threads(int(os.environ["MINIKERAS_THREADS"]))
    set_plans_under_debugger(os.environ.get("MINIKERAS_PLANS_UNDER_DEBUGGER", "") not in ("", "0"))


_read_limits()
_read_speed_settings()
