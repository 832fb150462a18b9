"""Functions that make, rearrange, join, read and write tensors: `tf.reshape`, `tf.gather` and their like, one idea a file."""
