"""`VGG16`: a network of 16 layers with weights, without shortcuts."""

from minikeras.applications.imagenet_utils import decode_predictions, preprocessing
from minikeras.applications.network import shares_arguments
from minikeras.applications.vgg import vgg

__all__ = ["VGG16", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing("caffe")


@shares_arguments
def VGG16(*, name="vgg16", **arguments):  # noqa: N802  Keras's name
    """VGG16. The arguments are those of `Network`."""
    return vgg((2, 2, 3, 3, 3), "vgg16", name=name, **arguments)
