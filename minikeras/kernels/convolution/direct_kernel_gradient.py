"""The kernel gradient of direct convolution (`direct.py`): the products of lines of x, in place, and lines of dy.

    dkernel[a, m, f] = Σ_h Σ_w line(h·stride + a)[w·stride·C + m] · dy[h, w, f]        m = (b, c)

Parts of the images are summed, then the sums are added. Axes of the arrays are as in `direct.py`.
"""

from typing import NamedTuple

from minikeras.config import threads
from minikeras.kernels.addresses import address
from minikeras.kernels.blocks import multiply_block
from minikeras.kernels.convolution.direct import ZERO, Lines, as_volume, copy_lines, images_of, padded_scratch
from minikeras.kernels.convolution.geometry import ConvolutionGeometry, parts_of_a_sum, planes_read
from minikeras.kernels.memory import aligned
from minikeras.kernels.processor import block_shape
from minikeras.kernels.products import NO_FLOOR, PANEL, even_rows
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, integers, task_kernel

# Elements of dy that one call of the kernel gradient sums over: 16 kB, half of the first-level cache.
SUMMED = 4096
# Outputs of a part of the kernel gradient's sum, where there are more than two parts: adding it takes 1 % of its time.
OUTPUTS_OF_A_PART = 2048
ADDED = 1 << 13  # elements of a task


def direct_kernel_gradient_jobs(x, dy, dkernel, strides, pads, dilation):
    """Jobs that set dkernel, the gradient for the kernel: parts of the images are summed, then the sums are added.

    With more threads than parts each computes some of the filters. Two threads have two parts: with half of the filters
    each, 64×8×8, 64→128 takes 1.9 ms instead of 0.9, since they write next to each other.
    """
    window = as_volume(dkernel).shape
    planes = planes_read(x, dy, window[0], strides[0], pads[0][0], dilation[0])
    x, dy = images_of(x), images_of(dy)
    batch, out_h, out_w, filters = dy.shape
    images = -(-batch // parts_of_a_sum(batch * out_h * out_w, batch, OUTPUTS_OF_A_PART, divisible=False))
    parts, panels = -(-batch // images), -(-filters // PANEL)
    panels_per_task = -(-panels // min(panels, -(-threads() // parts)))
    sums = (dkernel if parts == 1 else aligned((parts, *window))).reshape(parts, window[0], -1, filters)
    geometry = ConvolutionGeometry(
        *strides[-2:], pads[-2][0], pads[-1][0], *dilation[-2:], *window[1:3], out_h, out_w, 0, 0, filters
    )
    padded = padded_scratch(x, geometry.left, geometry.right, x.shape[1])
    rows = x.shape[3] * (geometry.taps_w if geometry.dilation_w == 1 else 1)
    blocking = GradientBlocking(images, panels_per_task * PANEL, even_rows(rows, block_shape()[0]))
    tasks = parts * -(-panels // panels_per_task)
    jobs = [kernel_gradient_lines.job(tasks, x, planes, dy, sums, padded, geometry, blocking)]
    return jobs if parts == 1 else [*jobs, add_parts_job(sums.reshape(parts, -1), dkernel.reshape(-1))]


def add_parts_job(parts, total):
    """The job that sets total = Σ parts; it may be the first of them."""
    return add_parts.job(-(-total.size // ADDED), parts, total)


# --- the loops ----------------------------------------------------------------------------------------------------


class GradientBlocking(NamedTuple):
    """The share of one task in the kernel gradient, and the size of its blocks."""

    images: int
    filters: int
    block_rows: int


@task_kernel
def kernel_gradient_lines(
    task, thread, x: floats(4), planes: integers(2), dy: floats(4), sums: floats(4), scratch: floats(2),
    geometry: ConvolutionGeometry, blocking: GradientBlocking,
):  # fmt: skip
    """sums[part] = dkernel of some images, for some filters."""
    height, width, channels = x.shape[1:]
    padded_width = (geometry.out_w - 1) * geometry.stride_w + (geometry.taps_w - 1) * geometry.dilation_w + 1
    copies = geometry.left > 0 or padded_width > width
    pitch = (padded_width if copies else width) * channels
    part, first = task % len(sums), task // len(sums) * blocking.filters
    last = min(dy.shape[3], first + blocking.filters)
    own = sums[part]
    for d in range(own.shape[0]):
        for row in range(own.shape[1]):
            for f in range(first, last):
                own[d, row, f] = ZERO
    for n in range(part * blocking.images, min(len(dy), (part + 1) * blocking.images)):
        for d in range(planes.shape[1]):
            image = planes[n, d]
            if image < 0:
                continue
            source = address(x, image * height * width * channels)
            if copies:
                copy_lines(x, image, 0, height, geometry.left, padded_width, scratch[thread])
                source = address(scratch, thread * scratch.shape[1])
            read = Lines(source, 0, height, geometry.left, pitch, channels)
            add_kernel_gradient(read, dy, n, address(own[d], 0), geometry, first, last, blocking.block_rows)


@subroutine
def add_kernel_gradient(read, dy, n, total, geometry, first_filter, last_filter, block_rows):
    """Add the products of image n of dy and the padded lines read to a kernel gradient at the address `total`."""
    taps_w, out_h, out_w, stride_h = geometry.taps_w, geometry.out_h, geometry.out_w, geometry.stride_h
    channels, filters = read.channels, dy.shape[3]
    whole_rows = geometry.dilation_w == 1 or taps_w == 1
    calls = 1 if whole_rows else taps_w
    values = taps_w * channels if whole_rows else channels
    together = max(1, SUMMED // (PANEL * out_w))  # lines of dy in one sum
    for first in range(0, out_h, together):
        for panel in range(first_filter, last_filter, PANEL):
            for a in range(geometry.taps_h):
                # Outputs whose line a is inside the image.
                shift = a * geometry.dilation_h - geometry.top
                first_out = max(first, (-shift + stride_h - 1) // stride_h)
                last_out = min(min(first + together, out_h), (read.height - 1 - shift) // stride_h + 1)
                if last_out <= first_out:
                    continue
                line_address = read.start + 4 * (first_out * stride_h + shift) * read.pitch
                dy_address = address(dy, ((n * out_h + first_out) * out_w) * filters + panel)
                for call in range(calls):
                    for m in range(0, values, block_rows):
                        c = total + 4 * (((a * taps_w + call) * channels + m) * filters + panel)
                        multiply_block(
                            min(block_rows, values - m), min(PANEL, filters - panel),
                            line_address + 4 * (call * geometry.dilation_w * channels + m), 1,
                            geometry.stride_w * channels, stride_h * read.pitch,
                            dy_address, filters, out_w * filters,
                            out_w, last_out - first_out,
                            c, filters, c, filters, NO_FLOOR,
                        )  # fmt: skip


@task_kernel
def add_parts(task, parts: floats(2), total: floats(1)):
    """total = Σ parts, in order, for some elements."""
    own = total[task * ADDED : (task + 1) * ADDED]
    for part in range(len(parts)):
        values = parts[part][task * ADDED : (task + 1) * ADDED]
        if part == 0:
            for i in range(len(own)):
                own[i] = values[i]
        else:
            for i in range(len(own)):
                own[i] += values[i]
