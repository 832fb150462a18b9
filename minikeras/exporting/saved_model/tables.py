"""`Table`: numbers of tokens, as a resource that functions of the SavedModel create and fill when it is loaded."""

import numpy as np

from minikeras.exporting.saved_model.attributes import Kind, kind_of

RESULT = Kind("int32")  # of functions that have nothing to give: a 1, as TensorFlow writes it


class Table:
    """A resource {token: int64}.

    Args:
        keys: array of the tokens.
        values: int64 array of their numbers.
        name: by which functions share it.

    Attributes:
        key_kind, value_kind: `Kind`s of its tokens and their numbers.
    """

    def __init__(self, keys, values, name):
        self.keys, self.values, self.name = np.asarray(keys), np.asarray(values, np.int64), name
        self.key_kind, self.value_kind = kind_of(self.keys.dtype), kind_of(self.values.dtype)

    @property
    def settings(self):
        """Attributes of its node."""
        return {"key_dtype": self.key_kind, "value_dtype": self.value_kind, "shared_name": self.name}

    def fill(self, graph):
        """Nodes that fill it, and a result that comes after them."""
        keys, values = graph.store(self.keys, None), graph.store(self.values, None)
        filled = graph.add("LookupTableImportV2", graph.resource(self), keys, values)
        return graph.identity(graph.constant(1, np.int32), after=filled)
