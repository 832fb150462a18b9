"""The modes in which the kernel of `Dense` and `EinsumDense` is quantized, and the class of each."""

from minikeras.layers.quantization.calibrated_weights import AWQKernel, GPTQKernel
from minikeras.layers.quantization.float8_product import Float8Product
from minikeras.layers.quantization.int4_weights import Int4Kernel
from minikeras.layers.quantization.int8_weights import Int8Kernel

KERNEL_MODES = {
    "int8": Int8Kernel,
    "int4": Int4Kernel,
    "float8": Float8Product,
    "gptq": GPTQKernel,
    "awq": AWQKernel,
}
