"""`Options`: settings of how TensorFlow runs a pipeline.

They are stored, merged and inherited as in TensorFlow, but change no results: elements always come in order, and each
pipeline runs as written. Most settings concern optimizations and threads that do not exist here.
"""

import enum

from minikeras.base.messages import warn


class _Settings:
    """Named settings, None until set. An unknown name is an error."""

    _names = ()
    _parts = {}

    def __init__(self):
        for name in self._names:
            self.__dict__[name] = None
        for name, cls in self._parts.items():
            self.__dict__[name] = cls()

    def __setattr__(self, name, value):
        if name not in self.__dict__:
            raise AttributeError(
                f"Cannot set the property {name} on {type(self).__name__}. Known: {', '.join(sorted(self.__dict__))}"
            )
        self.__dict__[name] = value

    def __eq__(self, other):
        return type(self) is type(other) and self.__dict__ == other.__dict__

    __hash__ = None

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{key}={value!r}' for key, value in self.__dict__.items())})"

    def merge(self, options):
        """These settings, overridden by those set in `options`."""
        merged = type(self)()
        for name, value in self.__dict__.items():
            other = options.__dict__[name]
            if isinstance(value, _Settings):
                merged.__dict__[name] = value.merge(other)
                continue
            if value is not None and other is not None and value != other:
                warn(f"Changing the value of option {name} from {value} to {other}.")
            merged.__dict__[name] = value if other is None else other
        return merged


class AutoShardPolicy(enum.IntEnum):
    """How data are divided among workers."""

    OFF = -1
    AUTO = 0
    FILE = 1
    DATA = 2
    HINT = 3


class ExternalStatePolicy(enum.Enum):
    """How to treat state outside of a pipeline when it is serialized."""

    WARN = 0
    IGNORE = 1
    FAIL = 2


class AutotuneAlgorithm(enum.Enum):
    """How TensorFlow finds the best numbers of threads."""

    DEFAULT = 0
    HILL_CLIMB = 1
    GRADIENT_DESCENT = 2
    MAX_PARALLELISM = 3
    STAGE_BASED = 4


class AutotuneOptions(_Settings):
    """`options.autotune`."""

    _names = ("autotune_algorithm", "cpu_budget", "enabled", "initial_parallelism", "min_parallelism", "ram_budget")


class DistributeOptions(_Settings):
    """`options.experimental_distribute`."""

    _names = ("num_devices",)

    def __init__(self):
        super().__init__()
        self.__dict__["auto_shard_policy"] = None


class OptimizationOptions(_Settings):
    """`options.experimental_optimization`."""

    _names = (
        "apply_default_optimizations",
        "filter_fusion",
        "filter_parallelization",
        "inject_prefetch",
        "map_and_batch_fusion",
        "map_and_filter_fusion",
        "map_fusion",
        "map_parallelization",
        "noop_elimination",
        "parallel_batch",
        "seq_interleave_prefetch",
        "shuffle_and_repeat_fusion",
    )


class ThreadingOptions(_Settings):
    """`options.threading`."""

    _names = ("max_intra_op_parallelism", "private_threadpool_size")


class ServiceOptions(_Settings):
    """`options.experimental_service`."""

    _names = ("pinned",)


class Options(_Settings):
    """Settings of a data set: `dataset.with_options(options)`."""

    _names = (
        "dataset_name",
        "deterministic",
        "experimental_external_state_policy",
        "experimental_slack",
        "experimental_symbolic_checkpoint",
        "experimental_warm_start",
        "framework_type",
    )
    _parts = {
        "autotune": AutotuneOptions,
        "experimental_distribute": DistributeOptions,
        "experimental_optimization": OptimizationOptions,
        "experimental_service": ServiceOptions,
        "threading": ThreadingOptions,
    }
    _old_names = {"experimental_deterministic": "deterministic", "experimental_threading": "threading"}

    def __setattr__(self, name, value):
        super().__setattr__(self._old_names.get(name, name), value)

    def __getattr__(self, name):
        if name in self._old_names:
            return self.__dict__[self._old_names[name]]
        raise AttributeError(f"Options has no setting {name!r}.")
