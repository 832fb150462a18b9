"""One network on both backends: configs, weights, outputs. For tests and for `python -m tests.parity.applications`."""

import json

import numpy as np

PIXELS = ("EfficientNet", "ConvNeXt", "MobileNetV3")  # families that take 0 … 255
SMALLEST = {  # the smallest member of each family, with arguments that keep it small
    "VGG16": {"include_top": False},
    "ResNet50": {},
    "ResNet50V2": {},
    "Xception": {},
    "InceptionV3": {},
    "InceptionResNetV2": {},
    "MobileNet": {"alpha": 0.25},
    "MobileNetV2": {"alpha": 0.35},
    "MobileNetV3Small": {},
    "DenseNet121": {},
    "NASNetMobile": {},
    "EfficientNetB0": {},
    "EfficientNetV2B0": {},
    "ConvNeXtTiny": {},
}
# Those that are quick to build. The others take Keras five to twelve seconds each, and are compared by the command.
QUICK = "VGG16", "ResNet50", "MobileNet", "MobileNetV2", "MobileNetV3Small", "EfficientNetB0", "ConvNeXtTiny"
FAMILIES = {name: SMALLEST[name] for name in QUICK}


def image_size(name):
    """A small size of images that the network takes."""
    return 75 if name.startswith(("Inception", "Xception")) else 32


def made(side, name, **arguments):
    """The network of a backend, for small images and three classes, with names that count from the start."""
    side.utils.clear_session(free_memory=False)
    size = image_size(name)
    return getattr(side.applications, name)(
        **{"weights": None, "input_shape": (size, size, 3), "classes": 3, **arguments}
    )


def images(name, count=2):
    """Random images in the range that the network takes."""
    size = image_size(name)
    largest = 255 if name.startswith(PIXELS) else 1
    return np.random.default_rng(0).uniform(0, largest, (count, size, size, 3)).astype("float32")


def randomize(model, seed=0):
    """Add random numbers to biases and statistics, and to scales, so that outputs depend on each of them."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if type(layer).__name__ != "Normalization":  # Keras does not notice that its weights are set
            layer.set_weights([_randomized(value, rng) for value in layer.get_weights()])


def _randomized(value, rng):
    return value + rng.uniform(0, 0.3, value.shape).astype("float32") if value.ndim == 1 else value


def description(model):
    """The config, and the paths and shapes of the weights, as JSON has them."""
    weights = [(weight.path, list(weight.shape), weight.trainable) for weight in model.weights]
    return json.loads(json.dumps({"config": model.get_config(), "weights": weights}))


def first_difference(ours, theirs, place="model"):
    """Where two nested structures differ, or None."""
    if type(ours) is type(theirs) and isinstance(ours, (dict, list)) and len(ours) == len(theirs):
        keys = ours if isinstance(ours, dict) else range(len(ours))
        if isinstance(ours, dict) and ours.keys() != theirs.keys():
            return f"{place} has {sorted(ours)}, in Keras {sorted(theirs)}"
        differences = (first_difference(ours[key], theirs[key], f"{place}[{key!r}]") for key in keys)
        return next((difference for difference in differences if difference), None)
    return None if ours == theirs else f"{place} is {str(ours)[:200]}, in Keras {str(theirs)[:200]}"


def deviation(ours, theirs):
    """The largest difference, relative to the largest value."""
    return float(np.max(np.abs(ours - theirs)) / np.max(np.abs(theirs)))
