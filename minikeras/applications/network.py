"""Shared by all architectures: their arguments, the input, the layers after the last features, and the weights."""

import os

from minikeras import activations
from minikeras.applications import pretrained
from minikeras.base.messages import warn
from minikeras.base.signatures import inherits_arguments
from minikeras.config import image_data_format
from minikeras.layers import Dense, GlobalAveragePooling2D, GlobalMaxPooling2D, Input
from minikeras.models import Model
from minikeras.utils.symbolic import get_source_inputs, is_keras_tensor

IMAGENET_CLASSES = 1000
CHANNELS = (1, 3)
POOLING = {"avg": GlobalAveragePooling2D, "max": GlobalMaxPooling2D}


class Network:
    """The checked arguments of a constructor such as `VGG16`, and the input on which the layers are called.

        network = Network(default_size=224, min_size=32, **arguments)
        x = … layers, called on network.image …
        x = network.classifier(x) if network.include_top else network.pooled(x)
        return network.model(x, files)

    `channel_axis` is the axis of the channels; `last_axis` is the same axis, but −1 if it is the last, as in the
    configs of some architectures.

    Args:
        include_top: whether the model ends with the classifier; otherwise its outputs are features, see `pooling`.
        weights: "imagenet" for pretrained ones, which are downloaded; the path of a file of weights; None for random.
        input_tensor: symbolic tensor to use as the image, such as the output of preprocessing layers.
        input_shape: (height, width, channels) of an image. None means the default size, or without top any size.
        pooling: the reduction of features without top: None keeps the maps, "avg" and "max" reduce each to a number.
        classes: number of classes of the classifier.
        classifier_activation: of the classifier; None for logits.
        name: of the model.
        default_size, min_size: of an image's height and width.
        size_needed: whether the size of images must be known; None: only for the classifier.

    Raises:
        ValueError: arguments contradict each other; the message names them.
    """

    def __init__(
        self,
        include_top=True,
        weights="imagenet",
        input_tensor=None,
        input_shape=None,
        pooling=None,
        classes=1000,
        classifier_activation="softmax",
        name=None,
        *,
        default_size,
        min_size,
        size_needed=None,
    ):
        self.include_top, self.weights, self.pooling = include_top, weights, pooling
        self.classes, self.classifier_activation, self.name = classes, classifier_activation, name
        self.channel_axis, self.last_axis = (3, -1) if image_data_format() == "channels_last" else (1, 1)
        self._check_weights()
        if pooling is not None and pooling not in POOLING:
            warn(f"`pooling` is None, 'avg' or 'max'; anything else counts as None. Received: pooling={pooling!r}")
        self.size_needed = include_top if size_needed is None else size_needed
        self.input_shape = self._checked_shape(input_shape, default_size, min_size)
        self.input_tensor = input_tensor
        self.image = input_tensor if is_keras_tensor(input_tensor) else self._new_input()

    # --- checks ---------------------------------------------------------------------------------------------------

    @property
    def is_pretrained(self):
        """Whether the weights are those of ImageNet."""
        return self.weights == "imagenet"

    def _check_weights(self):
        if self.weights is None:
            return
        if not self.is_pretrained and not os.path.exists(self.weights):
            raise ValueError(
                "`weights` must be 'imagenet' (pretrained), None (random), or the path of a file of weights, and no "
                f"such file exists. Received: weights={self.weights!r}"
            )
        if self.is_pretrained and self.include_top and self.classes != IMAGENET_CLASSES:
            raise ValueError(
                f"The pretrained classifier knows {IMAGENET_CLASSES} classes. Received: classes={self.classes}, "
                "weights='imagenet'. Pass `include_top=False` and add a `Dense` layer for your classes."
            )

    def _checked_shape(self, shape, default_size, min_size):
        """The shape of an image: the given one, if it is valid, or the default."""
        if shape is not None and len(shape) != 3:
            raise ValueError(
                "`input_shape` must have three lengths: height, width and channels, without the batch axis. "
                f"Received: input_shape={shape}"
            )
        channels = 3 if shape is None or self.is_pretrained else self._split(shape)[1]
        default = self._joined((default_size, default_size), channels)
        if shape is None:
            return default if self.size_needed else self._joined((None, None), channels)
        self._check_channels(shape)
        if self.is_pretrained and self.size_needed:
            self._check_pretrained_size(shape, default)
        sizes, _ = self._split(shape)
        if any(size is not None and size < min_size for size in sizes):
            raise ValueError(
                f"Images must have at least {min_size}×{min_size} pixels for this network. "
                f"Received: input_shape={shape}"
            )
        if self.size_needed and None in shape:
            raise ValueError(
                f"The classifier needs images of one known size. Received: input_shape={shape}. Give the size, or "
                "pass `include_top=False`."
            )
        return shape

    def _check_channels(self, shape):
        _, channels = self._split(shape)
        if self.is_pretrained and channels != 3:
            raise ValueError(f"The pretrained weights are for 3 channels (RGB). Received: input_shape={shape}")
        if channels not in CHANNELS:
            warn(f"Images usually have 1 or 3 channels. Received: input_shape={shape}")

    def _check_pretrained_size(self, shape, default):
        if tuple(shape) != default:
            raise ValueError(
                f"The pretrained classifier takes images of shape {default}. Received: input_shape={shape}. Pass "
                "`include_top=False` for features of images of other sizes."
            )

    @property
    def sizes(self):
        """(height, width) of the images, None where it is unknown."""
        return self._split(self.input_shape)[0]

    def _split(self, shape):
        """((height, width), channels) of a shape."""
        if self.channel_axis == 3:
            return tuple(shape[:2]), shape[2]
        return tuple(shape[1:]), shape[0]

    def _joined(self, sizes, channels):
        return (*sizes, channels) if self.channel_axis == 3 else (channels, *sizes)

    def _new_input(self):
        if self.input_tensor is not None:
            raise ValueError(
                "`input_tensor` must be a symbolic tensor, such as `keras.Input` or a layer called on one returns. "
                f"Received: {type(self.input_tensor).__name__}. To use arrays, call the model on them."
            )
        return Input(self.input_shape)

    # --- ends -----------------------------------------------------------------------------------------------------

    def classifier(self, x, name="predictions", **options):
        """The last layer: one score per class. `options` are further arguments of `Dense`."""
        self.check_activation()
        return Dense(self.classes, activation=self.classifier_activation, name=name, **options)(x)

    def check_activation(self):
        """Raise if the classifier's activation is not one that the pretrained weights allow."""
        softmax_or_none = (activations.softmax, activations.linear)
        if self.is_pretrained and activations.get(self.classifier_activation) not in softmax_or_none:
            raise ValueError(
                "The pretrained classifier has the activation 'softmax', or None for logits. "
                f"Received: classifier_activation={self.classifier_activation!r}"
            )

    def pooled(self, x, names=(None, None)):
        """The features reduced by `pooling`; `names` are those of the layers for "avg" and "max"."""
        if self.pooling not in POOLING:
            return x
        return POOLING[self.pooling](name=dict(zip(POOLING, names, strict=True))[self.pooling])(x)

    def model(self, x, files):
        """The model from the image to `x`, with its weights.

        Args:
            files: key of the pretrained weights in `pretrained_files.FILES`.
        """
        inputs = self.image if self.input_tensor is None else get_source_inputs(self.input_tensor)
        model = Model(inputs, x, name=self.name)
        if self.is_pretrained:
            model.load_weights(pretrained.weights_file(files, self.include_top))
        elif self.weights is not None:
            model.load_weights(self.weights)
        return model


SET_BY_ARCHITECTURES = ("default_size", "min_size", "size_needed")
# Decorator of constructors that pass `**arguments` on: adds the shared arguments to their signatures.
shares_arguments = inherits_arguments(Network, without=SET_BY_ARCHITECTURES)
