"""Dense layers and convolutions as jobs."""

from minikeras.kernels.batch_normalization_jobs import folded_weights_jobs
from minikeras.kernels.byte_product_jobs import scaled_product_jobs
from minikeras.kernels.column_jobs import column_sums_jobs
from minikeras.kernels.convolution import algorithms, grouped
from minikeras.kernels.convolution.winograd import Upsampled, winograd_input_gradient_jobs, winograd_jobs
from minikeras.kernels.convolution.winograd_kernel_gradient import winograd_kernel_gradient_jobs
from minikeras.kernels.dense import dense_input_gradient_jobs, dense_jobs, dense_kernel_gradient_jobs
from minikeras.kernels.memory import aligned
from minikeras.ops.convolution import Conv, ConvInputGrad
from minikeras.plans.graph import Fused
from minikeras.plans.instructions import Gradient
from minikeras.plans.lower import Lowering, all_float32, as_matrix, lowers
from minikeras.plans.patterns.products import is_product


def with_additions(name):
    """The names of a product's groups: with or without an epilogue of bias and relu."""
    return [f"{name}{bias}{relu}" for bias in ("", " + bias") for relu in ("", " + relu")]


@lowers(*with_additions("dense"))
def dense(fused, buffers):
    """y = relu(x · kernel + bias) in one job."""
    roles = fused.roles
    if not all_float32(buffers, roles.values()):
        return None

    def jobs(arrays):
        x, y = as_matrix(arrays[roles["x"]]), as_matrix(arrays[roles["y"]])
        bias = arrays[roles["bias"]] if "bias" in roles else None
        return dense_jobs(x, arrays[roles["kernel"]], bias, y, fused.settings["relu"])

    return Lowering(jobs, fused.reads, fused.writes)


@lowers("gradient of dense", "gradient of dense and of the relu below")
def dense_gradient(fused, buffers):
    """dkernel and dbias in one job, dx in another."""
    roles = fused.roles
    if not all_float32(buffers, roles.values()):
        return None

    def jobs(arrays):
        return _dense_gradient_jobs(fused, arrays, arrays[roles["kernel"]], arrays[roles["dkernel"]])

    return Lowering(jobs, fused.reads, fused.writes)


def _dense_gradient_jobs(fused, arrays, kernel, dkernel):
    roles, made = fused.roles, []
    x, dy = as_matrix(arrays[roles["x"]]), as_matrix(arrays[roles["dy"]])
    dbias, masked = arrays[roles["dbias"]] if "dbias" in roles else None, fused.settings["masked"]
    if dkernel is not None:
        made += dense_kernel_gradient_jobs(x, dy, dkernel, dbias)
    if "dx" in roles:
        dx = as_matrix(arrays[roles["dx"]])
        made += dense_input_gradient_jobs(dy, kernel, dx, x if masked else None)
    return made


@lowers(*with_additions("convolution"))
def convolution(fused, buffers):
    """y = relu(convolution(x, kernel) + bias) by the algorithm for these shapes."""
    roles = fused.roles
    if not all_float32(buffers, roles.values()):
        return None
    geometry = _geometry(fused.settings["op"], buffers, roles["x"], roles["kernel"])
    if geometry is None:
        return None

    def jobs(arrays):
        x, kernel, y = (arrays[roles[role]] for role in ("x", "kernel", "y"))
        bias = arrays[roles["bias"]] if "bias" in roles else None
        return grouped.forward_jobs(x, kernel, bias, y, *geometry, relu=fused.settings["relu"])

    return Lowering(jobs, fused.reads, fused.writes)


COPIED = "two parts", "two parts, one upsampled", "an upsampled image"


@lowers(*[f"convolution of {images}" for images in COPIED])
def convolution_of_copies(fused, buffers):
    """The same for images that are joined by channels, or upsampled, without copying them: by Winograd's method."""

    def jobs(read, pads):
        upsampled = Upsampled(int(fused.settings["upsampled"]), 0)
        relu = fused.settings["relu"]
        return winograd_jobs(
            _images(read, "first", "second"),
            read["kernel"],
            read.get("bias"),
            read["y"],
            pads,
            relu,
            upsampled=upsampled,
        )

    return _of_copies(fused, buffers, jobs)


@lowers(*[f"gradient of convolution of {images}" for images in COPIED])
def gradient_of_convolution_of_copies(fused, buffers):
    """dkernel, and the gradients of the images."""

    def jobs(read, pads):
        dy, upsampled, made = read["dy"], fused.settings["upsampled"], []
        if "dbias" in read:
            made += column_sums_jobs(as_matrix(dy), read["dbias"])
        x = _images(read, "first", "second")
        made += winograd_kernel_gradient_jobs(x, dy, read["dkernel"], pads, upsampled)
        if "dfirst" in read:
            dx = _images(read, "dfirst", "dsecond")
            made += winograd_input_gradient_jobs(dy, read["kernel"], dx, pads, upsampled=upsampled)
        return made

    return _of_copies(fused, buffers, jobs)


def _images(read, first, second):
    return (read[first], read[second]) if second in read else read[first]


def _of_copies(fused, buffers, jobs):
    """The `Lowering` of a convolution of copied images, given a function ({role: array}, pads) that makes its jobs."""
    roles = fused.roles
    if not all_float32(buffers, roles.values()):
        return None
    x_shape = [(1 + fused.settings["upsampled"]) * n for n in buffers[roles["first"]].shape[1:3]]
    pads = _geometry_of(fused.settings["op"], (0, *x_shape, 0), buffers[roles["kernel"]].shape)[1]
    return Lowering(
        lambda arrays: jobs({role: arrays[i] for role, i in roles.items()}, pads), fused.reads, fused.writes
    )


@lowers("product + normalization", "product + normalization + relu")
def product_and_normalization(fused, buffers):
    """The product with weights into which batch normalization in inference is folded.

    y = x · (kernel · s) + shift instead of (x · kernel) · s + shift: equal except for the rounding of kernel · s.
    Predictions for 16 images of 96×96 take 6 % less time by ResNet50, 9 % by MobileNetV2, 20 % by EfficientNetB0.
    """
    roles, op = fused.roles, fused.settings["op"]
    if not all_float32(buffers, roles.values()):
        return None
    geometry = _geometry(op, buffers, roles["x"], roles["kernel"]) if isinstance(op, Conv) else ()
    if geometry is None:
        return None
    own = []  # the folded weights, the same for all layouts of the plan

    def jobs(arrays):
        read = {role: arrays[i] for role, i in roles.items()}
        if not own:
            own.extend((aligned(read["kernel"].shape), aligned(read["mean"].shape)))
        weights = [read.get(role) for role in ("kernel", "bias", "mean", "variance", "gamma", "beta")]
        made = folded_weights_jobs(*weights, fused.settings["epsilon"], *own)
        kernel, shift = own
        if not isinstance(op, Conv):
            x, y = as_matrix(read["x"]), as_matrix(read["y"])
            return made + dense_jobs(x, as_matrix(kernel), shift, y, fused.settings["relu"])
        return made + grouped.forward_jobs(read["x"], kernel, shift, read["y"], *geometry, relu=fused.settings["relu"])

    return Lowering(jobs, fused.reads, fused.writes)


@lowers(*with_additions("transposed convolution"))
def transposed_convolution(fused, buffers):
    """y = relu(the input gradient of a convolution for dy = x, plus bias)."""
    roles = fused.roles
    if not all_float32(buffers, roles.values()):
        return None
    geometry = _geometry(fused.settings["op"].conv, buffers, roles["y"], roles["kernel"])
    if geometry is None:
        return None

    def jobs(arrays):
        x, kernel, y = (arrays[roles[role]] for role in ("x", "kernel", "y"))
        bias = arrays[roles["bias"]] if "bias" in roles else None
        return grouped.input_gradient_jobs(x, kernel, y, *geometry, bias=bias, relu=fused.settings["relu"])

    return Lowering(jobs, fused.reads, fused.writes)


@lowers((Gradient, ConvInputGrad))
def transposed_convolution_gradient(instruction, buffers):
    """dx is the convolution of dy; dkernel that convolution's kernel gradient for the image dy and the gradient x."""
    (x, kernel), (dy,), (dx, dkernel) = instruction.inputs, instruction.dys, instruction.writes
    if not all_float32(buffers, (x, kernel, dy, dx, dkernel)):
        return None
    geometry = _geometry(instruction.op.conv, buffers, dy, kernel)
    if geometry is None:
        return None

    def jobs(arrays):
        made = []
        if dkernel is not None:
            made += grouped.kernel_gradient_jobs(arrays[dy], arrays[x], arrays[dkernel], *geometry)
        if dx is not None:
            made += grouped.forward_jobs(arrays[dy], arrays[kernel], None, arrays[dx], *geometry)
        return made

    return Lowering(jobs, instruction.reads, instruction.writes)


@lowers(*[f"integer product{bias}{relu}" for bias in ("", " + bias") for relu in ("", " + relu")])
def integer_product(fused, buffers):
    """y = relu(q · kernel / (s · scale) + bias) of inputs rounded to q and stored integers, packed when they change."""
    roles, op = fused.roles, fused.settings["op"]
    operands = [buffers[roles[role]] for role in ("x", "kernel", "scale")]
    if not op.fits_jobs(*operands) or not all_float32(buffers, [roles["y"], roles.get("bias")]):
        return None

    def jobs(arrays):
        x, y = as_matrix(arrays[roles["x"]]), as_matrix(arrays[roles["y"]])
        bias = arrays[roles["bias"]] if "bias" in roles else None
        kernel, scale = arrays[roles["kernel"]], arrays[roles["scale"]]
        rounding = op.quantizer.value_range, op.quantizer.epsilon
        return scaled_product_jobs(x, kernel, scale, y, *rounding, op.packed is not None, bias, fused.settings["relu"])

    return Lowering(jobs, fused.reads, fused.writes)


def convolution_gradients():
    """The names of the groups with the gradient of a convolution."""
    names = [
        f"gradient of convolution{bias}{relu}" for bias in ("", " and bias") for relu in ("", " and of the relu below")
    ]
    return [(Gradient, Conv), *names]


@lowers(*convolution_gradients())
def convolution_gradient(instruction, buffers):
    """dkernel and dx of a convolution, and for a product the epilogue of dx."""
    fused = isinstance(instruction, Fused)
    parts = instruction.parts if fused else (instruction,)
    gradient = next(part for part in parts if isinstance(getattr(part, "op", None), Conv))
    (x, kernel), (dy,), (dx, dkernel) = gradient.inputs, gradient.dys, gradient.writes
    dbias = instruction.roles.get("dbias") if fused else None
    if not all_float32(buffers, instruction.reads) or not all_float32(buffers, instruction.writes):
        return None
    geometry = _geometry(gradient.op, buffers, x, kernel)
    if geometry is None:
        return None

    def jobs(arrays):
        if fused and is_product(gradient.op, buffers, x, kernel):
            own = None if dkernel is None else as_matrix(arrays[dkernel])
            return _dense_gradient_jobs(instruction, arrays, as_matrix(arrays[kernel]), own)
        made = [] if dbias is None else column_sums_jobs(as_matrix(arrays[dy]), arrays[dbias])
        if dkernel is not None:
            made += grouped.kernel_gradient_jobs(arrays[x], arrays[dy], arrays[dkernel], *geometry)
        if dx is not None:
            made += grouped.input_gradient_jobs(arrays[dy], arrays[kernel], arrays[dx], *geometry)
        return made

    return Lowering(jobs, instruction.reads, instruction.writes)


def _geometry(op, buffers, x, kernel):
    """(strides, pads, dilation); None if the NumPy definition is selected."""
    if algorithms.wants_reference():
        return None
    return _geometry_of(op, buffers[x].shape, buffers[kernel].shape)


def _geometry_of(op, x_shape, kernel_shape):
    return op.geometry(x_shape[1:-1], kernel_shape[:-2])
