"""`tf.experimental.extension_type`: an extension type's fields as a dict."""

__all__ = ["as_dict"]


def as_dict(value):
    """{name of a field: its value}; nested values of extension types are not converted."""
    return {name: getattr(value, name) for name, _ in value.extension_fields()}
