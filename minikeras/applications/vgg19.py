"""`VGG19`: a network of 19 layers with weights, without shortcuts."""

from minikeras.applications.imagenet_utils import decode_predictions, preprocessing
from minikeras.applications.network import shares_arguments
from minikeras.applications.vgg import vgg

__all__ = ["VGG19", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing("caffe")


@shares_arguments
def VGG19(*, name="vgg19", **arguments):  # noqa: N802  Keras's name
    """VGG19. The arguments are those of `Network`."""
    return vgg((2, 2, 4, 4, 4), "vgg19", name=name, **arguments)
