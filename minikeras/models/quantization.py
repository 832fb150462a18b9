"""Quantization of the layers of a model: `Model.quantize`."""

import re

from minikeras.base.messages import warn
from minikeras.layers.quantization.quantizable import checked_config
from minikeras.models.calibration import calibrate

CALIBRATED = ("gptq", "awq")  # modes that need data


def quantize_layers(model, mode=None, config=None, filters=None, type_check=True):
    """Quantize every layer of the model, at any depth, that can be quantized and that `filters` selects.

    Args:
        mode, config: see `Dense.quantize`.
        filters: a regular expression to search for in the layer's name, a list of such expressions, one of which must
            match, or a function of the layer that returns whether to quantize it. All layers if None.
        type_check: see `Dense.quantize`.

    Raises:
        ValueError: the model is not built, or no valid mode, config or filter was passed.
    """
    if not model.built:
        raise ValueError(
            f"Cannot quantize a layer that isn't yet built: model '{model.name}'. Call it on data, or `build`, first."
        )
    config = checked_config(mode, config)
    takes = _filter(filters)
    for layer in model._flatten_layers():
        if layer._flatten_layers(include_self=False) or not takes(layer):
            continue
        try:
            layer.quantize(config.mode, type_check=type_check, config=config)
        except NotImplementedError as error:
            if layer.weights:
                warn(f"Layer '{layer.name}' is not quantized: {error}")
    if config.mode in CALIBRATED:
        calibrate(model, config, takes)


def _filter(filters):
    """`filters` as a function of a layer."""
    if filters is None:
        return lambda layer: True
    if callable(filters):
        return filters
    if isinstance(filters, str):
        filters = [filters]
    if not isinstance(filters, (list, tuple)):
        raise ValueError(
            "`filters` must be a regular expression, a list of them, or a function of a layer. Received: "
            f"{filters!r} of type {type(filters).__name__}"
        )
    patterns = [re.compile(pattern) for pattern in filters]
    return lambda layer: any(pattern.search(layer.name) for pattern in patterns)
