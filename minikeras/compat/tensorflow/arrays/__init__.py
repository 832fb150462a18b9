"""Functions that make, rearrange, join, read and write tensors (`tf.reshape`, `tf.gather` …), one idea a file."""

__replay__ = "computes"
