"""`tf.compat.v1.gfile`: files under the names of TensorFlow 1."""

from minikeras.compat.tensorflow.io import gfile

__all__ = [
    "Copy",
    "DeleteRecursively",
    "Exists",
    "FastGFile",
    "GFile",
    "Glob",
    "IsDirectory",
    "ListDirectory",
    "MakeDirs",
    "MkDir",
    "Open",
    "Remove",
    "Rename",
    "Stat",
    "Walk",
]

FastGFile = GFile = Open = gfile.GFile
Copy, Rename, Remove, DeleteRecursively = gfile.copy, gfile.rename, gfile.remove, gfile.rmtree
Exists, IsDirectory, Stat = gfile.exists, gfile.isdir, gfile.stat
Glob, ListDirectory, Walk = gfile.glob, gfile.listdir, gfile.walk
MakeDirs, MkDir = gfile.makedirs, gfile.mkdir
