"""The choice of algorithm for a float32 convolution over one to three axes, and its jobs.

`config.set_convolution_algorithm` decides; "auto" selects Winograd's method if it saves most products. Measured on two
cores of an AMD Zen 4, direct / Winograd, forward: 16×32×32, 64→64 2.9; 32×28×28, 16→16 1.8; 32×7×7, 64→64 1.35;
32×5×5, 64→64 0.87 (tiles mostly outside the image). The choice depends on shapes alone, so runs are reproducible bit
for bit.

Along one axis `winograd_1d.py` is used, with a larger share of the products. Direct / Winograd, forward, kernel
gradient, input gradient on one core of a Xeon: 32×256, 32→64, window 5 1.43, 1.77, 1.77; 32×256, 64→64, window 3 1.53,
1.70, 1.53; 64×7, 64→64, window 3, with a share of 0.76, 1.17, 1.26, 1.18.

Few tiles barely amortize the kernel's transform and reading four times as many weights. One image on one core of a
Xeon, direct / Winograd with the kernel transformed each time (training); in advance (predictions); and with cold
caches: 16×16, 128→128 1.33, 1.98, 1.83; 11×11, 64→64 1.29, 2.11, 1.01; 8×8, 64→64 1.03, 1.94, 0.98.
Gradients for the kernel and for x, with 16 tiles: 4 images of 8×8, 64→64 2.25, 2.03; 16 of 4×4, 256→256 3.1, 1.9; as
many, 512→512 1.6, 1.05; one of 16×16, 128→128 1.7, 1.3. With 8: 2 of 8×8, 64→64 1.7, 2.0; 8 of 4×4, 512→512 1.65, 0.95.
1D tiles of a kernel gradient, 64→64, window 3: 22 0.87, 44 1.16, 88 1.30.
"""

from minikeras.config import convolution_algorithm
from minikeras.kernels.convolution import direct, few_channels, gathered, winograd, winograd_1d
from minikeras.kernels.convolution.direct_kernel_gradient import direct_kernel_gradient_jobs
from minikeras.kernels.convolution.transforms import TILE
from minikeras.kernels.convolution.transforms_1d import TILE1D
from minikeras.kernels.convolution.winograd_kernel_gradient import winograd_kernel_gradient_jobs
from minikeras.kernels.dense import dense_jobs, dense_kernel_gradient_jobs
from minikeras.kernels.registry import by_reference, compiles
from minikeras.kernels.windows import with_axis

# Winograd's products, as a share of the definition's, must be below this; and the minimum number of tiles.
SHARE_OF_PRODUCTS = 0.4
SHARE_OF_PRODUCTS_IN_TILES1D = 0.6
MIN_TILES = 9
MIN_TILES_OF_A_GRADIENT = 16
MIN_TILES1D_OF_A_GRADIENT = 48


def wants_reference(*arrays):
    """Whether the NumPy definition is selected."""
    return convolution_algorithm() == "reference" or by_reference(*arrays)


def apply(*arrays):
    """Whether the kernels of this package support these arrays: float32, and none empty."""
    for array in arrays:
        if array.dtype.char != "f" or not array.size:
            return False
    return compiles(*arrays)


def takes_winograd(batch, outputs, kernel_shape, strides, dilation, fewest=MIN_TILES):
    """Whether a convolution with these outputs uses Winograd's method."""
    choice = convolution_algorithm()
    if choice == "direct" or len(outputs) != 2 or not winograd.fits(kernel_shape, strides, dilation):
        return False
    if choice == "winograd":
        return True
    window = kernel_shape[0]
    side = TILE + 1 - window
    tiles = -(-outputs[0] // side) * -(-outputs[1] // side)
    share = tiles * TILE * TILE / (outputs[0] * outputs[1] * window * window)
    return share < SHARE_OF_PRODUCTS and batch * tiles >= fewest


def takes_winograd_for_gradient(batch, outputs, kernel_shape, strides, dilation):
    """The same for a gradient with these outputs."""
    return takes_winograd(batch, outputs, kernel_shape, strides, dilation, MIN_TILES_OF_A_GRADIENT)


def takes_tiles1d(batch, outputs, kernel_shape, strides, pads, dilation, fewest=MIN_TILES):
    """Whether a convolution with these outputs, of a window that is one line high, uses Winograd's method."""
    choice = convolution_algorithm()
    if choice == "direct" or len(outputs) != 2 or kernel_shape[0] > 1 or {*strides, *dilation} != {1} or any(pads[0]):
        return False
    if not winograd_1d.fits(*kernel_shape[1:]):
        return False
    if choice == "winograd":
        return True
    window = kernel_shape[1]
    tiles1d = winograd_1d.tiles1d_of_a_line(window, outputs[1])
    share = tiles1d * TILE1D / (outputs[1] * window)
    return share < SHARE_OF_PRODUCTS_IN_TILES1D and batch * outputs[0] * tiles1d >= fewest


def forward_jobs(x, kernel, bias, y, strides, pads, dilation, relu=False):
    """Jobs that set y = convolution(x, kernel) + bias, or relu of it. `bias` may be None."""
    if x.ndim == 3:
        return forward_jobs(x[:, None], kernel[None], bias, y[:, None], *with_axis(strides, pads, dilation), relu)
    if _is_product(kernel.shape, strides, pads):
        return dense_jobs(_rows(x), _rows(kernel), bias, _rows(y), relu)
    if takes_winograd(len(x), y.shape[1:-1], kernel.shape, strides, dilation):
        return winograd.winograd_jobs(x, kernel, bias, y, pads, relu)
    if takes_tiles1d(len(x), y.shape[1:-1], kernel.shape, strides, pads, dilation):
        return winograd_1d.tile1d_jobs(_lines(x), kernel[0], bias, _lines(y), pads[1][0], relu)
    if tuple(strides) == (1, 1) and few_channels.suits(*y.shape[2:]):
        return few_channels.few_channels_jobs(x, kernel, bias, y, pads, dilation, relu)
    if x.ndim == 4 and gathered.suits(kernel.shape, y.shape):
        return gathered.gathered_jobs(x, kernel, bias, y, strides, pads, dilation, relu)
    return direct.direct_jobs(x, kernel, bias, y, strides, pads, dilation, relu)


def input_gradient_jobs(dy, kernel, dx, strides, pads, dilation, bias=None, relu=False):
    """Jobs that set dx, the gradient for x, or, for a transposed convolution, dx + bias or relu of it."""
    if dy.ndim == 3:
        geometry = with_axis(strides, pads, dilation)
        return input_gradient_jobs(dy[:, None], kernel[None], dx[:, None], *geometry, bias, relu)
    if _is_product(kernel.shape, strides, pads):
        return dense_jobs(_rows(dy), _rows(kernel).T, bias, _rows(dx), relu)
    if takes_winograd_for_gradient(len(dx), dx.shape[1:-1], kernel.shape, strides, dilation):
        return winograd.winograd_input_gradient_jobs(dy, kernel, dx, pads, bias, relu)
    if takes_tiles1d(len(dx), dx.shape[1:-1], kernel.shape, strides, pads, dilation):
        return winograd_1d.tile1d_input_gradient_jobs(_lines(dy), kernel[0], _lines(dx), pads[1][0], bias, relu)
    if dx.ndim == 4 and few_channels.suits(dx.shape[2] // strides[1], dx.shape[3]):
        return few_channels.few_channels_input_gradient_jobs(dy, kernel, dx, strides, pads, dilation, bias, relu)
    if dx.ndim == 4 and gathered.suits(kernel.shape, dy.shape):
        return gathered.gathered_input_gradient_jobs(dy, kernel, dx, strides, pads, dilation, bias, relu)
    return direct.direct_input_gradient_jobs(dy, kernel, dx, strides, pads, dilation, bias, relu)


def kernel_gradient_jobs(x, dy, dkernel, strides, pads, dilation):
    """Jobs that set dkernel, the gradient for the kernel."""
    if x.ndim == 3:
        return kernel_gradient_jobs(x[:, None], dy[:, None], dkernel[None], *with_axis(strides, pads, dilation))
    if _is_product(dkernel.shape, strides, pads):
        return dense_kernel_gradient_jobs(_rows(x), _rows(dy), _rows(dkernel))
    if takes_winograd_for_gradient(len(x), dy.shape[1:-1], dkernel.shape, strides, dilation):
        return winograd_kernel_gradient_jobs(x, dy, dkernel, pads)
    if takes_tiles1d(len(x), dy.shape[1:-1], dkernel.shape, strides, pads, dilation, MIN_TILES1D_OF_A_GRADIENT):
        return winograd_1d.tile1d_kernel_gradient_jobs(_lines(x), _lines(dy), dkernel[0], pads[1][0])
    if x.ndim == 4 and few_channels.suits_kernel_gradient(dkernel.shape, strides, pads, dilation):
        return few_channels.few_channels_kernel_gradient_jobs(x, dy, dkernel, pads, dilation)
    if x.ndim == 4 and gathered.suits_kernel_gradient(dkernel.shape, dy.shape):
        return gathered.gathered_kernel_gradient_jobs(x, dy, dkernel, strides, pads, dilation)
    return direct_kernel_gradient_jobs(x, dy, dkernel, strides, pads, dilation)


def _is_product(kernel_shape, strides, pads):
    return {*kernel_shape[:-2], *strides} == {1} and not any(map(any, pads))


def _lines(images):
    """The lines of images, concatenated."""
    return images.reshape(-1, *images.shape[2:])


def _rows(array):
    """All but the last axis merged; for a 1×1 kernel its matrix."""
    return array.reshape(-1, array.shape[-1])
