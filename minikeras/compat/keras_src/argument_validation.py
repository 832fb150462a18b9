"""`keras.src.utils.argument_validation`: checks of layers' arguments."""

__replay__ = "computes"

from minikeras.ops import spatial

__all__ = ["standardize_padding", "standardize_tuple", "validate_string_arg"]


def standardize_tuple(value, n, name, allow_zero=False):
    """An integer, or `n` of them, as a tuple of `n`; positive ones, or with `allow_zero` also 0.

    Raises:
        ValueError: anything else.
    """
    try:
        values = (value,) * n if isinstance(value, int) else tuple(map(int, value))
    except (TypeError, ValueError):
        values = ()
    if len(values) != n or any(number < 0 or (number == 0 and not allow_zero) for number in values):
        kind = "not negative" if allow_zero else "positive"
        raise ValueError(f"`{name}` must be an integer or {n} of them, {kind}. Received: {name}={value}")
    return values


def standardize_padding(value, allow_causal=False):
    """A padding mode in lower case; explicit amounts are returned unchanged.

    Raises:
        ValueError: another word.
    """
    if isinstance(value, (list, tuple)):
        return value
    return spatial.standardize_padding(value, ("valid", "same", "causal") if allow_causal else ("valid", "same"))


def validate_string_arg(value, allowable_strings, caller_name, arg_name, allow_none=False, allow_callables=False):
    """Raise a ValueError unless the value is one of the allowed strings (or None, or a function, where allowed)."""
    if value in allowable_strings if isinstance(value, str) else False:
        return
    if (allow_none and value is None) or (allow_callables and callable(value)):
        return
    raise ValueError(f"`{arg_name}` of {caller_name} must be one of {allowable_strings}. Received: {arg_name}={value}")
