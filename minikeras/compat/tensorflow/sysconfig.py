"""`tf.sysconfig`: how TensorFlow was built. minikeras is pure Python."""

from collections import OrderedDict
from pathlib import Path

__all__ = [
    "CXX11_ABI_FLAG",
    "MONOLITHIC_BUILD",
    "get_build_info",
    "get_compile_flags",
    "get_include",
    "get_lib",
    "get_link_flags",
]

CXX11_ABI_FLAG = MONOLITHIC_BUILD = 0


def get_build_info():
    """No CUDA, no ROCm, no TensorRT."""
    return OrderedDict(is_cuda_build=False, is_rocm_build=False, is_tensorrt_build=False)


def get_lib():
    """The folder of the package."""
    return str(Path(__file__).parents[2])


def get_include():
    """The folder of the package: there are no headers."""
    return get_lib()


def get_compile_flags():
    """None: there is nothing to compile against."""
    return []


def get_link_flags():
    """None: there is nothing to link with."""
    return []
