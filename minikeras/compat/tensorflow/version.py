"""`tf.version`: the version of TensorFlow whose names and behaviour these modules have."""

__all__ = ["COMPILER_VERSION", "GIT_VERSION", "GRAPH_DEF_VERSION", "VERSION"]

VERSION = "2.21.0"
GIT_VERSION = "minikeras"
COMPILER_VERSION = "none: minikeras is Python"
GRAPH_DEF_VERSION = 0  # no graphs are written
