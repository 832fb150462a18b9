"""`Table`: a map from tokens to values, a resource that functions of the SavedModel create and fill on loading."""

import numpy as np

from minikeras.formats.saved_model.attributes import kind_of


class Table:
    """A resource {token: value}.

    Args:
        keys: array of the tokens.
        values: array of their indices, or other values.
        name: the name under which functions share it.

    Attributes:
        key_kind, value_kind: `Kind`s of its tokens and their values.
    """

    def __init__(self, keys, values, name):
        self.keys, self.values, self.name = np.asarray(keys), np.asarray(values), name
        self.key_kind, self.value_kind = kind_of(self.keys.dtype), kind_of(self.values.dtype)

    @property
    def settings(self):
        """Attributes of its node."""
        return {"key_dtype": self.key_kind, "value_dtype": self.value_kind, "shared_name": self.name}

    def fill(self, graph):
        """Add the nodes that fill the table; the result, computed after them, is 1, as for TensorFlow's tables."""
        keys, values = graph.store(self.keys, None), graph.store(self.values, None)
        filled = graph.add("LookupTableImportV2", graph.resource(self), keys, values)
        return graph.identity(graph.constant(1, np.int32), filled)
