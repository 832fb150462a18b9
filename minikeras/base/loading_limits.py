"""The limits on a config's or file's resources, as settings (`config.py`); `limits.py` enforces them."""

__replay__ = "computes"

DEFAULT_LOADING_LIMITS = {
    "depth": 128,
    "objects": 100_000,
    "containers": 1_000_000,
    "values": 10_000_000,
    "characters": 128 << 20,
    "symbolic_tensors": 500_000,
    "computed_elements": 50_000_000,
    "memory": None,
    "file": 64 << 20,
}
_loading_limits = dict(DEFAULT_LOADING_LIMITS)


def loading_limits():
    """{name: value} of the limits on a config's or file's resources: see `set_loading_limits`."""
    return dict(_loading_limits)


def set_loading_limits(**limits):
    """Set limits on the resources that a config or a file may use. Exceeding one is a ValueError.

        keras.config.set_loading_limits(values=50_000_000)     # for an embedding matrix in a config
        keras.config.set_loading_limits(values=None)           # the default again

    Args:
        depth: how deeply lists and dicts may be nested. Each model or wrapper within another takes 2 or 3.
        objects: layers, initializers and other objects.
        containers: lists and dicts.
        values: numbers, strings, lists and dicts.
        characters: length of the text (for JSON in bytes).
        symbolic_tensors: tensors that building the graph and inferring its shapes may create.
        computed_elements: array elements that inferring shapes may compute.
        memory: bytes that the variables may take. None, the default: of a model in a file, 16 times the file's size
            and four times `file`; otherwise 2 GiB, or half of the machine's memory if that is less.
        file: bytes that reading a file may take beyond its own size and what the model needs. A compressed file of a
            few megabytes can hold gigabytes: arrays are compared with the model's variables before they are read; this
            limits all else, such as assets, arrays of your own layers and the structure of the file. A quarter of it
            is the most JSON that a file may hold.

    Each is a positive integer, or None for the default.

    Raises:
        ValueError: another name or value.
    """
    for name, value in limits.items():
        if name not in DEFAULT_LOADING_LIMITS:
            raise ValueError(f"`set_loading_limits` takes {sorted(DEFAULT_LOADING_LIMITS)}. Received: {name}={value!r}")
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise ValueError(f"A limit must be a positive integer, or None for the default. Received: {name}={value!r}")
        _loading_limits[name] = DEFAULT_LOADING_LIMITS[name] if value is None else value
