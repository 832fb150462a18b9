"""The mathematics of `tf.sparse` and `tf.sets`: indices and values of sparse tensors, sorted, combined, reduced."""
