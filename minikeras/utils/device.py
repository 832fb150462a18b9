"""`device`: Keras's context manager for the device that runs code, which is always the CPU here."""

import re
from contextlib import contextmanager

from minikeras.base.messages import warn

_PARTS = re.compile(r"(job:\w+|replica:\d+|task:\d+|(device:)?(cpu|gpu|tpu|xla)(:(\d+|\*))?)", re.IGNORECASE)


@contextmanager
def device(device_name):
    """A context in which code runs on the CPU, the only device. `device_name` is checked; other devices give a warning.

    Args:
        device_name: such as "cpu:0", "/device:CPU:0" or "gpu"; None for any.

    Raises:
        ValueError: it is not the name of a device.
    """
    if device_name is not None:
        if not isinstance(device_name, str):
            raise ValueError(f"A device has a string as its name. Received: {device_name!r} of {type(device_name)}")
        for part in filter(None, device_name.split("/")):
            if not _PARTS.fullmatch(part):
                raise ValueError(f"Unknown attribute {part!r} in the name of the device {device_name!r}. "
                                 'Expected a name like "cpu:0" or "/device:CPU:0".')  # fmt: skip
        if re.search("gpu|tpu|xla", device_name, re.IGNORECASE):
            warn(f"minikeras computes on the CPU. Received: device({device_name!r})")
    yield
