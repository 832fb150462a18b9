"""Calibration for GPTQ and AWQ: samples of tokens pass through a model's blocks, one block after the other.

The inputs of each block are the outputs of the blocks before it, which are already quantized. Its layers accumulate
statistics of their inputs, and are then quantized.
"""

import math

import numpy as np

from minikeras import ops
from minikeras.autodiff.tensor import as_array
from minikeras.utils.progbar import Progbar

SEED = 42  # as in Keras


def calibrate(model, config, takes):
    """Quantize the layers in the blocks of a model that `quantize` has prepared.

    Args:
        config: the `GPTQConfig` or `AWQConfig`.
        takes: function of a layer that returns whether to quantize it.

    Raises:
        ValueError: the blocks, the data or the tokenizer are missing.
        TypeError: the data are not iterable.
    """
    structure = config.quantization_layer_structure
    structure = model.get_quantization_layer_structure(config.mode) if structure is None else structure
    if structure is None:
        raise ValueError(
            f"Mode {config.mode!r} quantizes a model block by block. Specify the blocks by the config's "
            '`quantization_layer_structure={"pre_block_layers": [...], "sequential_blocks": [...]}`, or override the '
            "model's `get_quantization_layer_structure`."
        )
    if config.dataset is None or config.tokenizer is None:
        raise ValueError(
            f"Mode {config.mode!r} needs `dataset` and `tokenizer` in its config. Received: "
            f"dataset={config.dataset!r}, tokenizer={config.tokenizer!r}"
        )
    samples = samples_of(config.tokenizer, config.sequence_length, config.dataset, config.num_samples)
    blocks = structure.get("sequential_blocks", [])
    if not blocks:
        raise ValueError(f"There is no block in the quantization structure. Received: {structure!r}")
    inputs = [_through(structure.get("pre_block_layers", []), ops.convert_to_tensor(sample)) for sample in samples]
    progress = Progbar(target=len(blocks))
    for number, block in enumerate(blocks, 1):
        _calibrate_block(block, inputs, config, takes)
        if number < len(blocks):
            inputs = [block(_as_batch(x))[0] for x in inputs]
        progress.update(number)


def _through(layers, x):
    for layer in layers:
        x = layer(x)
    return x


def _as_batch(x):
    """A sample of (steps, features) as a batch of one."""
    return ops.expand_dims(x, 0) if len(x.shape) == 2 else x


def _calibrate_block(block, inputs, config, takes):
    """Quantize the layers of a block by its inputs."""
    found = [layer for layer in block._flatten_layers() if not layer._flatten_layers(include_self=False)]
    kernels = [layer._quantization for layer in found if takes(layer) and _is_prepared(layer, config)]
    if not kernels:
        return
    for kernel in kernels:
        kernel.begin()
    try:
        for x in inputs:
            block(_as_batch(x))
        for kernel in kernels:
            kernel.calibrate(config)
    finally:
        for kernel in kernels:
            kernel.statistics = None


def _is_prepared(layer, config):
    return getattr(getattr(layer, "_quantization", None), "mode", None) == config.mode


def samples_of(tokenizer, length, dataset, count):
    """(count, 1, length) tokens, int32: windows of all tokens of the data, which is repeated if it is too short.

    The windows are equally spaced. As in Keras, their offset depends on Python's hash of a string, which differs
    between processes unless `PYTHONHASHSEED` is set.

    Raises:
        TypeError: the data is not iterable.
        ValueError: it is empty.
    """
    if isinstance(dataset, (str, bytes)) or not hasattr(dataset, "__iter__"):
        raise TypeError(
            "`dataset` must be an iterable of texts or of arrays of tokens, such as a list. Received: "
            f"{dataset!r} of type {type(dataset).__name__}"
        )
    parts = list(dataset)
    if not parts:
        raise ValueError("`dataset` is empty: there is nothing to calibrate on.")
    if isinstance(parts[0], str):
        parts = [tokenizer.tokenize(text) for text in parts]
    tokens = np.concatenate([as_array(part).reshape(-1).astype(np.int32) for part in parts])
    if tokens.size < count * length:
        tokens = np.tile(tokens, math.ceil(count * length / max(1, tokens.size)))
    starts = tokens.size - length + 1
    if starts < 1:
        raise ValueError(f"`dataset` has no tokens from which to take samples of length {length}.")
    first = abs(hash(("gptq-calib", SEED))) % starts if starts > 1 else 0
    positions = (first + np.arange(count) * max(1, starts // count)) % starts
    return np.lib.stride_tricks.sliding_window_view(tokens, length)[positions][:, None, :]
