"""The check of the kinds of numbers that a layer takes: text, booleans and complex numbers have no convolution."""

from minikeras import tree
from minikeras.autodiff.tensor import Tensor
from minikeras.dtypes import is_float
from minikeras.ops.core import kinds_in_words, received
from minikeras.replay import safe_to_replay


@safe_to_replay("it looks at the dtype only")
def check_kinds(layer, inputs, name, takes):
    """Raise what the layer `refuses_with` if a tensor among `inputs` is of none of the kinds that it takes.

    Symbolic tensors pass: as in Keras the error comes when the model runs.

    Args:
        name: of the argument, for the message.
        takes: NumPy's letters, see `Layer._takes`.
    """
    if type(inputs) is Tensor and inputs.array.dtype.kind in takes:  # the usual case
        return
    for x in tree.flatten(inputs):
        if type(x) is not Tensor or x.array.dtype.kind in takes or ("f" in takes and is_float(x.dtype)):
            continue
        sentence = (
            f"Layer '{layer.name}' ({type(layer).__name__}) takes {kinds_in_words(takes)}. {received(x.array, name)}"
        )
        error = layer._refuses_with
        raise error(sentence) if issubclass(error, (ValueError, TypeError)) else error(None, None, sentence)
