"""Functions that create, rearrange, join, read and write tensors (`tf.reshape`, `tf.gather` …), one topic per file."""

__replay__ = "computes"
