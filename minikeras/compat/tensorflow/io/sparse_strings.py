"""SparseTensors as strings, as TensorFlow writes them: three TensorProtos, of the positions, the values and the
shape.
"""

from minikeras.formats.protobuf.tensor_message import written_tensor


def written(sparse):
    """The three strings, a list of bytes."""
    return [written_tensor(part.array) for part in (sparse.indices, sparse.values, sparse.dense_shape)]
