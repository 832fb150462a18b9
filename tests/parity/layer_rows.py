"""The table of layers, family by family, for the comparison with tf.keras in `test_layer_families.py`."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Row:
    """A layer as both sides make it.

    Attributes:
        layer: the class's name in `keras.layers`.
        arguments: of its constructor.
        shapes: of its inputs, batch first.
        call: arguments of the call.
        integers: if given, inputs are integers below it.
        trained: whether the layer takes part in the model that is trained.
        half: whether TensorFlow computes it in float16.
        slopes: whether TensorFlow has its gradient, and an exact one.
        first_weights: by how much of the largest the first weights may differ.
    """

    layer: str
    arguments: dict
    shapes: list
    call: dict = field(default_factory=dict)
    integers: int | None = None
    trained: bool = True
    half: bool = True
    slopes: bool = True
    first_weights: float = 0

    def __str__(self):
        given = {**self.arguments, **self.call}
        return "-".join([self.layer, *[f"{key}={value}" for key, value in given.items()]])

    def make(self, keras, **more):
        """The layer, not yet built."""
        return getattr(keras.layers, self.layer)(**self.arguments, **more)

    @property
    def shape(self):
        """The shape of the input, or the list of shapes of several."""
        return self.shapes[0] if len(self.shapes) == 1 else self.shapes

    def inputs(self):
        """Arrays, the same at every call."""
        rng = np.random.default_rng(3)
        if self.integers is not None:
            return [rng.integers(0, self.integers, shape).astype("int32") for shape in self.shapes]
        return [rng.normal(size=shape).astype("float32") for shape in self.shapes]


SEQUENCE, IMAGE, VOLUME = (4, 9, 6), (4, 8, 7, 6), (4, 5, 4, 6, 3)
SPATIAL = {1: SEQUENCE, 2: IMAGE, 3: VOLUME}
FIRST = {"data_format": "channels_first"}
TRAINING = {"training": True}

MERGES = ("Add", "Average", "Maximum", "Minimum", "Multiply")
merging = [
    *[Row(name, {}, [(4, 5), (4, 5), (4, 5)]) for name in MERGES],
    *[Row(name, {}, [(4, 5, 3), (4, 1, 3)]) for name in (*MERGES, "Subtract")],
    *[Row(name, {}, [(4, 3), (4, 5, 3)]) for name in ("Multiply", "Subtract")],
    Row("Dot", {"axes": 1}, [(4, 5), (4, 5)]),
    Row("Dot", {"axes": -1, "normalize": True}, [(4, 5), (4, 5)]),
    Row("Dot", {"axes": (2, 1)}, [(4, 5, 3), (4, 3, 2)]),
    Row("Dot", {"axes": [1, 2], "normalize": True}, [(4, 5, 3), (4, 2, 5, 3)]),
    Row("Dot", {"axes": 2}, [(4, 5, 3), (4, 2, 3)]),
    Row("Dot", {"axes": (1, -1)}, [(4, 3), (4, 2, 3)]),
]

reshaping = [
    Row("UpSampling1D", {}, [SEQUENCE]),
    Row("UpSampling1D", {"size": 3}, [SEQUENCE]),
    Row("UpSampling2D", {}, [IMAGE]),
    Row("UpSampling2D", {"size": (3, 2), **FIRST}, [IMAGE]),
    *[
        Row("UpSampling2D", {"size": (2, 3), "interpolation": name}, [IMAGE])
        for name in ("bilinear", "bicubic", "lanczos3", "lanczos5")
    ],
    Row("UpSampling2D", {"size": 2, "interpolation": "bilinear", **FIRST}, [IMAGE]),
    Row("UpSampling3D", {}, [VOLUME]),
    Row("UpSampling3D", {"size": (1, 3, 2), **FIRST}, [VOLUME]),
    Row("ZeroPadding1D", {}, [SEQUENCE]),
    Row("ZeroPadding1D", {"padding": (0, 3), **FIRST}, [SEQUENCE]),
    Row("ZeroPadding2D", {}, [IMAGE]),
    Row("ZeroPadding2D", {"padding": ((1, 0), (2, 3))}, [IMAGE]),
    Row("ZeroPadding2D", {"padding": (2, 1), **FIRST}, [IMAGE]),
    Row("ZeroPadding3D", {}, [VOLUME]),
    Row("ZeroPadding3D", {"padding": ((0, 1), (2, 0), (1, 1)), **FIRST}, [VOLUME]),
    Row("Cropping1D", {}, [SEQUENCE]),
    Row("Cropping1D", {"cropping": (3, 0)}, [SEQUENCE]),
    Row("Cropping2D", {}, [IMAGE]),
    Row("Cropping2D", {"cropping": ((1, 2), (3, 0))}, [IMAGE]),
    Row("Cropping2D", {"cropping": 2, **FIRST}, [IMAGE]),
    Row("Cropping3D", {}, [VOLUME]),
    Row("Cropping3D", {"cropping": ((0, 1), (2, 0), (1, 1)), **FIRST}, [(4, 3, 5, 4, 6)]),
]

pooling = [
    Row(f"Adaptive{mode}Pooling{rank}D", {"output_size": sizes, **more}, [SPATIAL[rank]], half=rank < 3)
    for mode in ("Average", "Max")
    for rank, sizes, more in (
        (1, 4, {}),
        (1, (3,), FIRST),
        (2, 3, {}),
        (2, (5, 2), FIRST),
        (3, 2, {}),
        (3, (2, 3, 2), FIRST),  # TensorFlow crashes where one of the lengths is 1
    )
]

normalization = [
    Row("BatchNormalization", {"renorm": True}, [IMAGE], TRAINING),
    Row(
        "BatchNormalization",
        {
            "renorm": True,
            "renorm_clipping": {"rmin": 0.7, "rmax": 1.2, "dmax": 0.1},
            "renorm_momentum": 0.8,
            "moving_variance_initializer": "random_uniform",
            "center": False,
        },
        [(8, 3)],
        TRAINING,
    ),
    Row("BatchNormalization", {"renorm": True, "axis": 1, "scale": False}, [SEQUENCE], TRAINING),
    Row("BatchNormalization", {"renorm": True}, [(8, 3)]),
    Row("GroupNormalization", {"groups": 3}, [IMAGE]),
    Row("GroupNormalization", {"groups": -1, "epsilon": 0.1, "center": False}, [SEQUENCE]),
    Row("GroupNormalization", {"groups": 2, "axis": 1, "scale": False}, [IMAGE]),
    Row("GroupNormalization", {"groups": 1, "gamma_initializer": "normal", "beta_regularizer": "l2"}, [(4, 6)]),
    Row("GroupNormalization", {"groups": 2, "axis": -2}, [VOLUME]),
    Row("RMSNormalization", {}, [SEQUENCE]),
    # not in a model: Keras reads (1, 2) as 2 in its own .h5 files
    Row("RMSNormalization", {"axis": (1, 2), "epsilon": 0.1}, [SEQUENCE], trained=False),
    Row("UnitNormalization", {}, [SEQUENCE]),
    Row("UnitNormalization", {"axis": [1, 2]}, [IMAGE]),
]

regularization = [
    Row("SpatialDropout1D", {"rate": 0.4, "seed": 3}, [SEQUENCE], TRAINING),
    Row("SpatialDropout2D", {"rate": 0.5, "seed": 3}, [IMAGE], TRAINING),
    Row("SpatialDropout2D", {"rate": 0.5, "seed": 3, **FIRST}, [IMAGE], TRAINING),
    Row("SpatialDropout3D", {"rate": 0.5, "seed": 3}, [VOLUME], TRAINING),
    Row("SpatialDropout3D", {"rate": 0.5}, [VOLUME]),
    Row("AlphaDropout", {"rate": 0.3, "seed": 3}, [SEQUENCE], TRAINING),
    Row("AlphaDropout", {"rate": 0.3, "noise_shape": (None, 1, 6), "seed": 3}, [SEQUENCE], TRAINING),
    Row("AlphaDropout", {"rate": 0.3}, [SEQUENCE]),
    Row("GaussianNoise", {"stddev": 0.3, "seed": 3}, [SEQUENCE], TRAINING),
    Row("GaussianNoise", {"stddev": 0.3}, [SEQUENCE]),
    Row("GaussianDropout", {"rate": 0.3, "seed": 3}, [SEQUENCE], TRAINING),
    Row("GaussianDropout", {"rate": 0.0}, [SEQUENCE], TRAINING),
    Row("ActivityRegularization", {"l1": 0.1, "l2": 0.2}, [SEQUENCE]),
]

activations = [
    Row("ELU", {}, [SEQUENCE]),
    Row("ELU", {"alpha": 0.3}, [SEQUENCE]),
    Row("PReLU", {}, [SEQUENCE]),
    Row("PReLU", {"shared_axes": [1, 2], "alpha_initializer": "random_uniform"}, [IMAGE]),
    Row("PReLU", {"shared_axes": 1, "alpha_regularizer": "l2", "alpha_constraint": "non_neg"}, [SEQUENCE]),
]

core = [
    Row("Identity", {}, [SEQUENCE]),
    Row("EinsumDense", {"equation": "ab,bc->ac", "output_shape": 5, "bias_axes": "c"}, [(4, 3)]),
    Row(
        "EinsumDense",
        {
            "equation": "abc,cde->abde",
            "output_shape": (9, 2, 4),
            "bias_axes": "de",
            "activation": "relu",
            "kernel_initializer": "he_normal",
        },
        [SEQUENCE],
    ),
    Row("EinsumDense", {"equation": "abc,cde->abde", "output_shape": (None, 2, 4)}, [SEQUENCE], trained=False),
    Row("EinsumDense", {"equation": "abcd,cde->abe", "output_shape": (8, 5), "bias_axes": "e"}, [IMAGE]),
    Row("EinsumDense", {"equation": "...x,xy->...y", "output_shape": 5, "bias_axes": "y"}, [SEQUENCE]),
    Row("EinsumDense", {"equation": "abc,bd->adc", "output_shape": (5, 6), "bias_axes": "d"}, [SEQUENCE]),
    Row("EinsumDense", {"equation": "ab...,bc->ac...", "output_shape": 5, "bias_axes": "c"}, [IMAGE]),
    Row("EinsumDense", {"equation": "abc,bcd->ad", "output_shape": 5, "kernel_regularizer": "l2"}, [SEQUENCE]),
    Row("Dense", {"units": 5, "lora_rank": 2, "lora_alpha": 3}, [SEQUENCE], trained=False),
    Row("EinsumDense", {"equation": "abc,cd->abd", "output_shape": (9, 5), "lora_rank": 2}, [SEQUENCE], trained=False),
    Row("Conv2D", {"filters": 4, "kernel_size": 3, "lora_rank": 2, "lora_alpha": 3}, [IMAGE], trained=False),
    Row("Embedding", {"input_dim": 9, "output_dim": 4, "lora_rank": 2}, [(4, 5)], integers=9, trained=False),
    Row("ReversibleEmbedding", {"input_dim": 9, "output_dim": 4}, [(4, 5)], integers=9),
    Row(
        "ReversibleEmbedding", {"input_dim": 9, "output_dim": 4, "mask_zero": True}, [(4, 5)], integers=9, trained=False
    ),
    Row(
        "ReversibleEmbedding",
        {"input_dim": 9, "output_dim": 6, "tie_weights": False, "logit_soft_cap": 0.5},
        [SEQUENCE],
        {"reverse": True},
        trained=False,
    ),
    Row(
        "ReversibleEmbedding",
        {"input_dim": 9, "output_dim": 6, "reverse_dtype": "float32"},
        [SEQUENCE],
        {"reverse": True},
        trained=False,
    ),
]

BATCH = (4, 8, 7, 3)
SEED = {"seed": 5}
# TensorFlow has no gradient of "area", and for warps that of the inverse transform, an approximation.
NO_SLOPES = {"trained": False, "slopes": False}
images = [
    *[
        Row("Resizing", {"height": 5, "width": 9, "interpolation": name}, [BATCH])
        for name in ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
    ],
    Row("Resizing", {"height": 5, "width": 9, "interpolation": "area"}, [BATCH], **NO_SLOPES),
    Row("Resizing", {"height": 3, "width": 4, "antialias": True, "crop_to_aspect_ratio": True}, [BATCH]),
    Row("Resizing", {"height": 12, "width": 5, "pad_to_aspect_ratio": True, "fill_value": 0.5, **FIRST}, [IMAGE]),
    Row("CenterCrop", {"height": 5, "width": 4}, [BATCH]),
    Row("CenterCrop", {"height": 9, "width": 4}, [BATCH], half=False),  # TensorFlow's result is float32 then
    Row("CenterCrop", {"height": 5, "width": 6, **FIRST}, [IMAGE]),
    *[
        Row("RandomFlip", {"mode": mode, **SEED}, [BATCH], TRAINING)
        for mode in ("horizontal", "vertical", "horizontal_and_vertical")
    ],
    Row("RandomFlip", {"mode": "vertical", **SEED, **FIRST}, [IMAGE]),
    Row("RandomRotation", {"factor": 0.3, **SEED}, [BATCH], TRAINING, **NO_SLOPES),
    Row("RandomRotation", {"factor": (-0.1, 0.4), "fill_mode": "constant", **SEED}, [BATCH], TRAINING, **NO_SLOPES),
    Row("RandomRotation", {"factor": 0.3, "interpolation": "nearest", **SEED, **FIRST}, [IMAGE], TRAINING, **NO_SLOPES),
    Row(
        "RandomTranslation", {"height_factor": 0.3, "width_factor": (-0.2, 0.1), **SEED}, [BATCH], TRAINING, **NO_SLOPES
    ),
    Row(
        "RandomTranslation",
        {"height_factor": 0.4, "width_factor": 0.5, "fill_mode": "wrap", **SEED, **FIRST},
        [IMAGE],
        TRAINING,
        **NO_SLOPES,
    ),
    Row("RandomZoom", {"height_factor": 0.4, **SEED}, [BATCH], TRAINING, **NO_SLOPES),
    Row(
        "RandomZoom",
        {"height_factor": (0.1, 0.5), "width_factor": 0.3, "fill_mode": "nearest", **SEED, **FIRST},
        [IMAGE],
        TRAINING,
        **NO_SLOPES,
    ),
    Row("RandomContrast", {"factor": 0.6, "value_range": (-2, 2), **SEED}, [BATCH], TRAINING),
    Row("RandomContrast", {"factor": (0.3, 1.5), "value_range": [-1, 1], **SEED, **FIRST}, [IMAGE], TRAINING),
    Row("RandomBrightness", {"factor": 0.6, "value_range": [2, -2], **SEED}, [BATCH], TRAINING),
    Row("RandomBrightness", {"factor": (-0.3, 0.1), "value_range": (-1, 1), **SEED}, [BATCH], TRAINING),
    # without training Keras leaves the size as it is, so that no layer of a model fits behind it
    Row("RandomCrop", {"height": 5, "width": 4, **SEED}, [BATCH], TRAINING, trained=False),
    Row("RandomCrop", {"height": 5, "width": 6, **SEED, **FIRST}, [IMAGE], TRAINING, trained=False),
    Row("RandomCrop", {"height": 9, "width": 4, **SEED}, [BATCH], TRAINING, trained=False),
    Row("RandomShear", {"x_factor": 0.4, "y_factor": (0.1, 0.5), **SEED}, [BATCH], TRAINING, **NO_SLOPES),
    Row("RandomGrayscale", {"factor": 0.5, **SEED}, [BATCH], TRAINING),
    Row("RandomInvert", {"factor": (0.2, 0.9), "value_range": (0, 1), **SEED}, [BATCH], TRAINING),
    Row("RandomHue", {"factor": 0.4, **SEED}, [BATCH], TRAINING, **NO_SLOPES),
    Row("RandomSaturation", {"factor": (0.2, 0.8), **SEED}, [BATCH], TRAINING, **NO_SLOPES),
    Row("Solarization", {"addition_factor": 0.3, "threshold_factor": (0.2, 0.6), **SEED}, [BATCH], TRAINING),
    Row("RandomPosterization", {"factor": 5, "value_range": (-400, 400), **SEED}, [BATCH], TRAINING, **NO_SLOPES),
    Row("RandomSharpness", {"factor": (0.2, 0.9), "value_range": (-2, 2), **SEED}, [BATCH], TRAINING),
    Row("RandomSharpness", {"factor": 0.7, "value_range": (-2, 2), **SEED, **FIRST}, [IMAGE], TRAINING),
    Row("RandomColorDegeneration", {"factor": 0.7, "value_range": (-2, 2), **SEED}, [BATCH], TRAINING),
    Row(
        "RandomColorJitter",
        {"value_range": (-2, 2), "brightness_factor": 0.3, "contrast_factor": 0.4, **SEED},
        [BATCH],
        TRAINING,
    ),
    Row("RandomColorJitter", {"saturation_factor": 0.5, "hue_factor": 0.2, **SEED}, [BATCH], TRAINING, **NO_SLOPES),
    Row("RandomGaussianBlur", {"factor": 0.9, "kernel_size": (3, 5), "sigma": (0.3, 0.9), **SEED}, [BATCH], TRAINING),
    Row("RandomElasticTransform", {"factor": 0.9, "scale": (0.5, 1.0), **SEED}, [BATCH], TRAINING, **NO_SLOPES),
    Row("RandomPerspective", {"factor": 0.9, "scale": 0.4, **SEED}, [BATCH], TRAINING, **NO_SLOPES),
    Row("RandomErasing", {"factor": 0.9, **SEED}, [BATCH], TRAINING),
    Row("RandomErasing", {"scale": 0.5, "fill_value": (1, 2, 3), **SEED}, [BATCH], TRAINING),
    Row("RandAugment", {"num_ops": 3, "factor": 0.3, **SEED}, [BATCH], TRAINING, **NO_SLOPES),
    Row("MixUp", {**SEED}, [BATCH], TRAINING),
    Row("CutMix", {"factor": 0.8, **SEED}, [BATCH], TRAINING),
    Row("AutoContrast", {"value_range": (-3, 3)}, [BATCH], **NO_SLOPES),
    Row("Equalization", {"value_range": (-3, 3), "bins": 17}, [BATCH], TRAINING, **NO_SLOPES),
    Row(
        "ContrastLimitedAdaptiveHistogramEqualization",
        {"value_range": (-3, 3), "tile_grid_size": (2, 3)},
        [BATCH],
        **NO_SLOPES,
    ),
]

AUDIO, CHANNELS = (4, 90), (4, 90, 2)
MEL = {"fft_length": 32, "sequence_stride": 10, "num_mel_bins": 6}
ROUNDED = {"first_weights": 1.2e-7}  # cosines in float32: one rounding

audio = [
    Row("MelSpectrogram", {**MEL, "power_to_db": False, "mag_exp": 1.0}, [AUDIO]),
    Row("MelSpectrogram", {**MEL, "sequence_length": 20, "window": "hamming", "min_freq": 100.0}, [AUDIO]),
    Row("MelSpectrogram", {**MEL, "sampling_rate": 8000, "max_freq": 3000, "ref_power": 2.0, "top_db": 9.0}, [AUDIO]),
    *[
        Row("STFTSpectrogram", {"mode": mode, "frame_length": 16}, [CHANNELS], **ROUNDED)
        for mode in ("log", "magnitude", "psd", "real", "imag", "stft")
    ],
    # angles next to ±π jump by a rounding
    Row("STFTSpectrogram", {"mode": "angle", "frame_length": 16}, [CHANNELS], trained=False, half=False, **ROUNDED),
    Row(
        "STFTSpectrogram",
        {"frame_length": 12, "frame_step": 5, "padding": "same", "expand_dims": True},
        [CHANNELS],
        **ROUNDED,
    ),
    Row(
        "STFTSpectrogram",
        {"mode": "psd", "frame_length": 12, "window": "blackman", "periodic": True, "scaling": "spectrum"},
        [CHANNELS],
        **ROUNDED,
    ),
    Row("STFTSpectrogram", {"mode": "stft", "frame_length": 9, "window": None, "scaling": None}, [CHANNELS], **ROUNDED),
]

FAMILIES = {
    "audio": audio,
    "merging": merging,
    "reshaping": reshaping,
    "pooling": pooling,
    "normalization": normalization,
    "regularization": regularization,
    "activations": activations,
    "core": core,
    "images": images,
}
ROWS = [row for rows in FAMILIES.values() for row in rows]
