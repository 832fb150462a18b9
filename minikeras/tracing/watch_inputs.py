"""`WatchInputs`: d loss / d input, which a training step does not need."""

from minikeras import tree
from minikeras.autodiff.observers import Observer, open_layers
from minikeras.autodiff.state import thread
from minikeras.autodiff.tensor import Tensor
from minikeras.dtypes import is_float


class WatchInputs(Observer):
    """Has every tape follow the inputs of the outermost layer, so that d loss / d input is computed too."""

    uses_ops = False

    def layer_begins(self, layer, args, kwargs):
        if not open_layers():
            for tape in thread.tapes:
                tape.watch([x for x in tree.flatten((args, kwargs)) if isinstance(x, Tensor) and is_float(x.dtype)])
