"""`tf.debugging.experimental`: TensorFlow's debugger of graphs, which do not exist here."""


def enable_dump_debug_info(
    dump_root, tensor_debug_mode="NO_TENSOR", circular_buffer_size=1000, op_regex=None, tensor_dtypes=None
):
    """Not available.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError(
        "minikeras does not write TensorFlow's debugging files. Everything runs eagerly: set a breakpoint, or use "
        "tf.debugging.enable_check_numerics()."
    )


def disable_dump_debug_info():
    """Nothing to disable."""
