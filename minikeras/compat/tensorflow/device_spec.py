"""`tf.DeviceSpec`: the name of a device in parts, "/job:worker/replica:0/task:1/device:GPU:0"."""

from dataclasses import asdict, dataclass
from dataclasses import replace as with_fields

__all__ = ["DeviceSpec"]

_TYPES = ("CPU", "GPU", "TPU", "CUSTOM", "TPU_SYSTEM")
_NUMBERS = ("replica", "task")


@dataclass(frozen=True, repr=False)
class DeviceSpec:
    """A device by the parts of its name, each of which may be None. (There is one device, the processor.)

    Args:
        job: the name of a group of processes.
        replica, task: indices of processes.
        device_type: "CPU", "GPU", …
        device_index: number of the device; None is any.
    """

    job: str | None = None
    replica: int | None = None
    task: int | None = None
    device_type: str | None = None
    device_index: int | None = None

    def __post_init__(self):
        for name in (*_NUMBERS, "device_index"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, int(getattr(self, name)))
        for name in ("job", "device_type"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, str(getattr(self, name)))
        if self.device_type is not None and self.device_type.upper() in ("CPU", "GPU"):
            object.__setattr__(self, "device_type", self.device_type.upper())

    def to_string(self):
        """The name."""
        parts = [f"/{part}:{getattr(self, part)}" for part in ("job", *_NUMBERS) if getattr(self, part) is not None]
        if self.device_type is not None:
            parts.append(f"/device:{self.device_type}:{'*' if self.device_index is None else self.device_index}")
        return "".join(parts)

    @classmethod
    def from_string(cls, spec):
        """The spec of a name; "/GPU:0" is short for "/device:GPU:0".

        Raises:
            ValueError: a part is unknown, or there are two devices.
        """
        found = {}
        for part in filter(None, (spec or "").split("/")):
            name, *rest = part.split(":")
            if name in ("job", *_NUMBERS) and len(rest) == 1:
                found[name] = rest[0]
                continue
            if name.upper() in _TYPES and len(rest) < 2:
                name, rest = "device", [name.upper(), *(rest or "*")]
            if name != "device" or len(rest) != 2:
                raise ValueError(f"Unknown attribute {name!r} in the name of a device: {spec!r}")
            if "device_type" in found:
                raise ValueError(f"The name of a device has two device types: {spec!r}")
            found |= {"device_type": rest[0], "device_index": None if rest[1] == "*" else rest[1]}
        return cls(**found)

    def parse_from_string(self, spec):
        """`from_string`; this spec does not change."""
        return self.from_string(spec)

    def make_merged_spec(self, dev):
        """This spec, with the parts that are set in `dev` replaced."""
        return with_fields(self, **{name: value for name, value in asdict(dev).items() if value is not None})

    def replace(self, **kwargs):
        """This spec with other parts."""
        return with_fields(self, **kwargs)

    def __repr__(self):
        return f"<DeviceSpec({', '.join(f'{name}={value}' for name, value in asdict(self).items())})>"
