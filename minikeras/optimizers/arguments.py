"""Checks of the arguments that all optimizers have."""

import inspect

from minikeras.base.messages import warn
from minikeras.base.suggestions import did_you_mean

_OLD_NAMES = {"lr": "learning_rate"}  # too short for `did_you_mean` to match


def check_arguments_known(cls, unknown):
    """Raise an error about arguments that an optimizer of this class does not have.

    Raises:
        ValueError: there are any besides Keras 2's `decay`, which gives a warning.
    """
    if unknown.pop("decay", None) is not None:
        warn("`decay` has no effect: Keras 3 has learning rate schedules in its place.")
    if unknown:
        known = [name for name in inspect.signature(cls.__init__).parameters if name not in ("self", "kwargs")]
        wrong = next(iter(unknown))
        hint = f" Did you mean {_OLD_NAMES[wrong]!r}?" if wrong in _OLD_NAMES else did_you_mean(wrong, known)
        raise ValueError(f"Argument(s) not recognized by {cls.__name__}: {unknown}.{hint}")


def check_arguments(optimizer):
    """Check an optimizer's settings of accumulation, averages and clipping.

    Raises:
        ValueError: one is out of range, or several limit the gradients.
    """
    steps = optimizer.gradient_accumulation_steps
    if steps and not steps >= 2:
        raise ValueError(
            f"`gradient_accumulation_steps` must be 2 or more. Received: gradient_accumulation_steps={steps}"
        )
    if optimizer.use_ema:
        _check_average(optimizer.ema_momentum, optimizer.ema_overwrite_frequency)
    limits = {name: getattr(optimizer, name) for name in ("clipnorm", "clipvalue", "global_clipnorm")}
    if sum(limit is not None for limit in limits.values()) > 1:
        raise ValueError(
            "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can limit gradients. Received: "
            + ", ".join(f"{name}={limit}" for name, limit in limits.items())
        )


def _check_average(momentum, overwrite_frequency):
    if not 0 <= momentum <= 1:
        raise ValueError(f"`ema_momentum` must be from 0 to 1. Received: ema_momentum={momentum}")
    if overwrite_frequency and (not isinstance(overwrite_frequency, int) or overwrite_frequency < 1):
        raise ValueError(
            "`ema_overwrite_frequency` must be None or a positive integer. "
            f"Received: ema_overwrite_frequency={overwrite_frequency}"
        )
