"""Layers that change images, pixel by pixel. All images here have their channels last.

The warps are compared with nearest-pixel interpolation, whose result does not depend on how coordinates are rounded;
the bilinear weights are those of `ops.image.affine_transform`, which has tests of its own.
"""

from colorsys import hsv_to_rgb, rgb_to_hsv

import numpy as np

from tests.unit.layers.oracles.case import Case
from tests.unit.layers.oracles.regularization import TRAINING, uniform


def drawn(seed, number, count, low, high, dtype="float32"):
    """`count` numbers uniform in [low, high), rounded as TensorFlow rounds them: the bounds to float32 in any case."""
    low, high = (np.dtype(dtype).type(np.float32(bound)) for bound in (low, high))
    return np.array(uniform(seed, number, count, dtype), dtype) * (high - low) + low


def line(length, new, interpolation):
    """(new, length) weights: what each new pixel of a line takes of the old ones."""
    weights = np.zeros((new, length))
    for i in range(new):
        place = (i + 0.5) * length / new - 0.5
        if interpolation == "nearest":
            weights[i, int(np.floor(place + 0.5))] = 1
        elif interpolation == "area":
            weights[i, i * length // new : (i + 1) * length // new] = new / length  # whole pixels only
        else:
            left = int(np.floor(place))
            weights[i, max(left, 0)] += left + 1 - place
            weights[i, min(left + 1, length - 1)] += place - left
    return weights


def resizing(
    x, height, width, interpolation="bilinear", crop_to_aspect_ratio=False, pad_to_aspect_ratio=False, fill_value=0.0
):
    """Weighted sums along the height and along the width, after a cut or a border."""
    _, rows, columns, _ = x.shape
    if crop_to_aspect_ratio:
        cut = min(rows, columns * height // width), min(columns, rows * width // height)
        top, left = (rows - cut[0]) // 2, (columns - cut[1]) // 2
        x = x[:, top : top + cut[0], left : left + cut[1]]
    if pad_to_aspect_ratio:
        above = (max(rows, columns * height // width) - rows) // 2
        before = (max(columns, rows * width // height) - columns) // 2
        x = np.pad(x, ((0, 0), (above, above), (before, before), (0, 0)), constant_values=fill_value)
    down, across = line(x.shape[1], height, interpolation), line(x.shape[2], width, interpolation)
    return np.einsum("ih,jw,nhwc->nijc", down, across, x)


def center_crop(x, height, width):
    """The rows and columns in the middle; small images are resized."""
    top, left = x.shape[1] - height, x.shape[2] - width
    if top < 0 or left < 0:
        return resizing(x, height, width, crop_to_aspect_ratio=True)
    return x[:, top // 2 : top // 2 + height, left // 2 : left // 2 + width]


def random_flip(x, seed, draws, mode="horizontal_and_vertical", training=False):
    """Mirrored where a number is at most 1/2."""
    if not training:
        return x
    axes = {"horizontal": (1,), "vertical": (0,)}.get(mode, (0, 1))
    flips = drawn(seed, draws, len(x), 0, 1) <= 0.5
    return np.stack([np.flip(image, axes) if flip else image for image, flip in zip(x, flips, strict=True)])


def reflected(place, length):
    """The pixel behind the edge: d c b a | a b c d | d c b a."""
    place = place % (2 * length)
    return place if place < length else 2 * length - 1 - place


def seen_at(x, positions):
    """Images whose pixel (row, column) comes from the pixel nearest to positions[n](row, column)."""
    y = np.empty_like(x)
    for n, row, column in np.ndindex(x.shape[:3]):
        r, c = (int(np.floor(place + 0.5)) for place in positions[n](row, column))
        y[n, row, column] = x[n, reflected(r, x.shape[1]), reflected(c, x.shape[2])]
    return y


def random_rotation(x, factor, seed, draws, interpolation, training=False):
    """Turned around the middle by a share of a whole turn."""
    middle = (x.shape[1] - 1) / 2, (x.shape[2] - 1) / 2

    def turn(angle):
        cos, sin = np.cos(angle), np.sin(angle)

        def place(row, column):
            down, right = row - middle[0], column - middle[1]
            return middle[0] + sin * right + cos * down, middle[1] + cos * right - sin * down

        return place

    degrees = drawn(seed, draws, len(x), factor[0] * 360, factor[1] * 360).astype("float64")
    return seen_at(x, [turn(angle) for angle in np.deg2rad(degrees)])


def random_translation(x, height_factor, width_factor, seed, draws, interpolation, training=False):
    """Shifted by shares of height and width."""
    down = drawn(seed, 2 * draws, len(x), -height_factor, height_factor) * x.shape[1]
    right = drawn(seed, 2 * draws + 1, len(x), *width_factor) * x.shape[2]
    return seen_at(x, [lambda r, c, d=d, s=s: (r - d, c - s) for d, s in zip(down, right, strict=True)])


def random_zoom(x, height_factor, seed, draws, interpolation, width_factor=None, training=False):
    """Distances from the middle times 1 + z."""
    middle = (x.shape[1] - 1) / 2, (x.shape[2] - 1) / 2
    number = draws if width_factor is None else 2 * draws
    down = across = drawn(seed, number, len(x), 1 - height_factor, 1 + height_factor)
    if width_factor is not None:
        across = drawn(seed, number + 1, len(x), 1 + width_factor[0], 1 + width_factor[1])

    def place(row, column, tall, wide):
        return middle[0] + (row - middle[0]) * tall, middle[1] + (column - middle[1]) * wide

    return seen_at(x, [lambda r, c, t=t, w=w: place(r, c, t, w) for t, w in zip(down, across, strict=True)])


def random_contrast(x, factor, value_range, seed, dtype, draws, training=False):
    """Farther from the mean, or nearer to it."""
    f = drawn(seed, draws, len(x), 1 - factor[0], 1 + factor[1], dtype).reshape(-1, 1, 1, 1)
    mean = x.mean(axis=(1, 2), keepdims=True)
    return np.clip((x - mean) * f + mean, *value_range)


def random_brightness(x, factor, value_range, seed, draws, training=False):
    """A share of the range is added."""
    share = drawn(seed, draws, len(x), -factor, factor) * np.float32(value_range[1] - value_range[0])
    return np.clip(x + share.reshape(-1, 1, 1, 1), *value_range)


def random_crop(x, height, width, seed, draws, training=False):
    """Rows and columns from a drawn place on; the middle of small images, resized; without training, the images."""
    if not training:
        return x
    if x.shape[1] <= height or x.shape[2] <= width:
        rows = min(x.shape[1], x.shape[2] * height // width)  # the largest part of the wanted proportions
        columns = min(x.shape[2], x.shape[1] * width // height)
        top, left = (x.shape[1] - rows) // 2, (x.shape[2] - columns) // 2
        return resizing(x[:, top : top + height, left : left + width], height, width)
    top = int(drawn(seed, 2 * draws, 1, 0, x.shape[1] - height + 1)[0])
    left = int(drawn(seed, 2 * draws + 1, 1, 0, x.shape[2] - width + 1)[0])
    return x[:, top : top + height, left : left + width]


def random_shear(x, x_factor, y_factor, seed, dtype, draws, interpolation, training=False):
    """Columns that depend on the row, rows that depend on the column; the numbers are of the layer's dtype."""
    sign = np.where(drawn(seed, 3 * draws, len(x), 0, 1, dtype) > 0.5, -1, 1)
    t = sign * drawn(seed, 3 * draws + 1, len(x), *y_factor, dtype)
    s = sign * drawn(seed, 3 * draws + 2, len(x), -x_factor, x_factor, dtype)
    return seen_at(x, [lambda r, c, s=s, t=t: (r + t * c, c + s * r) for s, t in zip(s, t, strict=True)])


def random_grayscale(x, factor, seed, draws, training=False):
    """The weighted mean of the colours, three times."""
    grey = (x @ np.array([0.2989, 0.587, 0.114]))[..., None]
    chosen = drawn(seed, draws, len(x), 0, 1) < np.float32(factor)
    return np.where(chosen.reshape(-1, 1, 1, 1), grey, x)


def random_invert(x, factor, value_range, seed, draws, training=False):
    """The upper end minus x."""
    probability = drawn(seed, 2 * draws, len(x), *factor)
    chosen = drawn(seed, 2 * draws + 1, len(x), 0, 1) < probability
    return np.where(chosen.reshape(-1, 1, 1, 1), value_range[1] - x, x)


def each_pixel(x, change):
    """Pixels in hue, saturation and value, changed by `change(n, hue, saturation, value)`, in colours again."""
    y = np.empty_like(x)
    for n, row, column in np.ndindex(x.shape[:3]):
        y[n, row, column] = hsv_to_rgb(*change(n, *rgb_to_hsv(*x[n, row, column])))
    return y


def random_hue(x, factor, seed, draws, training=False):
    """Hues turned; pixels are 0 … 255."""
    sign = np.where(drawn(seed, 2 * draws, len(x), 0, 1) > 0.5, -1, 1)
    turn = sign * drawn(seed, 2 * draws + 1, len(x), 0, factor) * np.float32(0.5)
    return 255 * each_pixel(x / 255, lambda n, h, s, v: ((h + turn[n]) % 1, s, v))


def random_saturation(x, factor, value_range, seed, draws, training=False):
    """Saturations multiplied."""
    share = drawn(seed, draws, len(x), *factor)
    times = share / (1 - share + np.float32(1e-7))
    return each_pixel(x, lambda n, h, s, v: (h, min(s * times[n], 1), v))


def solarization(x, addition_factor, threshold_factor, seed, dtype, draws, training=False):
    """Something is added; from the threshold on the rest to 255 counts."""
    added = drawn(seed, 2 * draws, len(x), 0, addition_factor * 255, dtype).reshape(-1, 1, 1, 1)
    low, high = threshold_factor
    threshold = drawn(seed, 2 * draws + 1, len(x), low, high * 255, dtype).reshape(-1, 1, 1, 1)
    brighter = np.clip(x + added, 0, 255)
    return np.where(brighter < threshold, brighter, 255 - brighter)


def random_posterization(x, factor, seed, training=False):
    """The first bits of each byte."""
    step = 2 ** (8 - factor[0])
    return np.floor(x) // step * step


def random_sharpness(x, factor, value_range, seed, draws, training=False):
    """Away from the mean around each pixel, or towards it."""
    f = 2 * drawn(seed, draws, len(x), *factor).reshape(-1, 1, 1, 1)
    smooth = sum(
        np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))[:, i : i + x.shape[1], j : j + x.shape[2]]
        * (5 if i == j == 1 else 1)
        for i, j in np.ndindex(3, 3)
    )
    return np.clip(x + (1 - f) * (smooth / 13 - x), *value_range)


def random_color_degeneration(x, factor, value_range, seed, draws, training=False):
    """Towards grey."""
    f = drawn(seed, draws, len(x), -factor, factor).reshape(-1, 1, 1, 1)
    grey = (x @ np.array([0.2989, 0.587, 0.114]))[..., None]
    return np.clip(x + f * (grey - x), *value_range)


def random_color_jitter(x, value_range, brightness_factor, contrast_factor, seed, dtype, draws, training=False):
    """Brightness, then contrast, which draw in turn."""
    x = random_brightness(x, brightness_factor, value_range, seed, 2 * draws)
    return random_contrast(x, (0, contrast_factor), value_range, seed, "float32", 2 * draws + 1)


def chosen(seed, number, count, factor):
    """For each image whether a random number is below a random probability."""
    return (drawn(seed, number + 1, count, 0, 1) < drawn(seed, number, count, 0, factor)).reshape(-1, 1, 1, 1)


def random_gaussian_blur(x, factor, kernel_size, sigma, value_range, seed, dtype, draws, training=False):
    """Sums of shifted images with Gaussian weights."""
    applies = chosen(seed, 3 * draws, len(x), factor)
    vertical, horizontal = (
        np.exp(-0.5 * ((np.arange(kernel_size) - kernel_size // 2) / width) ** 2)
        for width in drawn(seed, 3 * draws + 2, 2, *sigma, dtype).astype("float64")[::-1] + 1e-6
    )
    half = kernel_size // 2
    padded = np.pad(x, ((0, 0), (half, half), (half, half), (0, 0)))
    blurred = sum(
        padded[:, i : i + x.shape[1], j : j + x.shape[2]] * vertical[i] * horizontal[j]
        for i, j in np.ndindex(kernel_size, kernel_size)
    )
    return np.clip(np.where(applies, blurred / vertical.sum() / horizontal.sum(), x), *value_range)


def random_perspective(x, factor, scale, seed, interpolation, dtype, draws, training=False):
    """Each pixel from the place of which its own is the image under the map of the corners."""
    applies = chosen(seed, 3 * draws, len(x), factor)
    shifts = drawn(seed, 3 * draws + 2, 8 * len(x), -0.5 * scale, 0.5 * scale, dtype).reshape(-1, 4, 2)
    right, bottom = x.shape[2] - 1, x.shape[1] - 1
    start = np.array([[0, 0], [right, 0], [0, bottom], [right, bottom]], "float64")
    y = np.zeros_like(x)
    for n, row, column in np.ndindex(x.shape[:3]):
        equations, values = [], []
        for (u, v), (p, q) in zip(start, start + start * shifts[n], strict=True):
            equations += [[p, q, 1, 0, 0, 0, -u * p, -u * q], [0, 0, 0, p, q, 1, -v * p, -v * q]]
            values += [u, v]
        a, b, c, d, e, f, g, h = np.linalg.solve(equations, values)
        depth = g * column + h * row + 1
        left, top = (int(np.floor(s / depth + 0.5)) for s in (a * column + b * row + c, d * column + e * row + f))
        if 0 <= top < x.shape[1] and 0 <= left < x.shape[2]:
            y[n, row, column] = x[n, top, left]
    return np.where(applies, y, x)


def random_erasing(x, factor, scale, fill_value, value_range, seed, dtype, draws, training=False):
    """Rectangles of one colour."""
    sides = np.sqrt(drawn(seed, 5 * draws, 2 * len(x), *scale, dtype)).reshape(-1, 2)
    spans = []
    for number, length in enumerate((x.shape[2], x.shape[1])):
        part = sides[:, number] * length
        first = drawn(seed, 5 * draws + 1 + number, len(x), 0, 1, dtype) * (length - part)
        spans.append((first, first + part))
    applies = chosen(seed, 5 * draws + 3, len(x), factor)
    y = x.copy()
    for n, row, column in np.ndindex(x.shape[:3]):
        inside = all(start[n] <= at < end[n] for (start, end), at in zip(spans, (column, row), strict=True))
        if inside and applies[n]:
            y[n, row, column] = np.clip(fill_value, *value_range)
    return y


def auto_contrast(x, value_range):
    """The least value of each channel of an image becomes the least of all, the largest the largest."""
    low, high = x.min(axis=(1, 2), keepdims=True), x.max(axis=(1, 2), keepdims=True)
    return (x - low) / (high - low) * (value_range[1] - value_range[0]) + value_range[0]


def equalization(x, bins, training=False):
    """Each value as the share of values in its bin and below, of all that are above the first bin."""
    y = np.empty_like(x)
    for c in range(x.shape[-1]):
        place = (x[..., c] * (bins - 1) / 255).astype(int)
        counts = [(place <= bin).sum() for bin in range(bins)]
        first = min(count for count in counts if count)
        y[..., c] = np.take([np.round((n - first) * 255 / (counts[-1] - first)) for n in counts], place)
    return y


SEED = {"seed": 3}
NEAREST = {"interpolation": "nearest", **SEED}
# Sizes whose interpolation weights are exact in float32, in which they are computed for every dtype.
X = ((3, 6, 4, 2),)

COLOURS = (np.random.default_rng(8).uniform(0.05, 0.95, (3, 2, 3, 3)),)
BRIGHT = (255 * COLOURS[0],)

CASES = [
    Case("Resizing", {"height": 3, "width": 8}, X, resizing),
    Case("Resizing", {"height": 9, "width": 3, "interpolation": "nearest"}, X, resizing),
    Case("Resizing", {"height": 3, "width": 2, "interpolation": "area"}, X, resizing),
    Case("Resizing", {"height": 2, "width": 2, "crop_to_aspect_ratio": True}, X, resizing),
    Case("Resizing", {"height": 3, "width": 3, "pad_to_aspect_ratio": True, "fill_value": 0.5}, X, resizing),
    Case("CenterCrop", {"height": 3, "width": 2}, X, center_crop),
    Case("CenterCrop", {"height": 8, "width": 8}, X, center_crop),
    Case("RandomFlip", {**SEED}, X, random_flip, TRAINING),
    Case("RandomFlip", {"mode": "horizontal", **SEED}, X, random_flip, TRAINING),
    Case("RandomFlip", {"mode": "vertical", **SEED}, X, random_flip, TRAINING),
    Case("RandomRotation", {"factor": (-0.1, 0.4), **NEAREST}, X, random_rotation, TRAINING),
    Case(
        "RandomTranslation",
        {"height_factor": 0.4, "width_factor": (-0.2, 0.5), **NEAREST},
        X,
        random_translation,
        TRAINING,
    ),
    Case("RandomZoom", {"height_factor": 0.4, **NEAREST}, X, random_zoom, TRAINING),
    Case("RandomZoom", {"height_factor": 0.4, "width_factor": (0.1, 0.6), **NEAREST}, X, random_zoom, TRAINING),
    Case("RandomContrast", {"factor": (0.3, 0.6), "value_range": (-9, 9), **SEED}, X, random_contrast, TRAINING),
    Case("RandomBrightness", {"factor": 0.4, "value_range": (-9, 9), **SEED}, X, random_brightness, TRAINING),
    Case("RandomCrop", {"height": 4, "width": 3, **SEED}, X, random_crop, TRAINING),
    Case("RandomCrop", {"height": 2, "width": 8, **SEED}, X, random_crop, TRAINING),
    Case("RandomCrop", {"height": 12, "width": 3, **SEED}, X, random_crop, TRAINING),
    Case("RandomShear", {"x_factor": 0.4, "y_factor": (0.1, 0.5), **NEAREST}, X, random_shear, TRAINING),
    Case("RandomGrayscale", {"factor": 0.6, **SEED}, COLOURS, random_grayscale, TRAINING),
    Case("RandomInvert", {"factor": (0.3, 0.9), "value_range": (0, 1), **SEED}, COLOURS, random_invert, TRAINING),
    Case("RandomHue", {"factor": 0.4, **SEED}, BRIGHT, random_hue, TRAINING),
    Case(
        "RandomSaturation", {"factor": (0.1, 0.6), "value_range": (0, 1), **SEED}, COLOURS, random_saturation, TRAINING
    ),
    Case(
        "Solarization",
        {"addition_factor": 0.3, "threshold_factor": (0.2, 0.8), **SEED},
        BRIGHT,
        solarization,
        TRAINING,
    ),
    Case("RandomPosterization", {"factor": (3, 3), **SEED}, BRIGHT, random_posterization, TRAINING),
    Case("RandomSharpness", {"factor": (0.1, 0.9), "value_range": (-9, 9), **SEED}, X, random_sharpness, TRAINING),
    Case(
        "RandomColorDegeneration",
        {"factor": 0.6, "value_range": (-9, 9), **SEED},
        COLOURS,
        random_color_degeneration,
        TRAINING,
    ),
    Case(
        "RandomColorJitter",
        {"value_range": (-9, 9), "brightness_factor": 0.2, "contrast_factor": 0.5, **SEED},
        COLOURS,
        random_color_jitter,
        TRAINING,
    ),
    Case(
        "RandomGaussianBlur",
        {"factor": 1.0, "kernel_size": 3, "sigma": (0.5, 0.9), "value_range": (-9, 9), **SEED},
        X,
        random_gaussian_blur,
        TRAINING,
    ),
    Case("RandomPerspective", {"factor": 1.0, "scale": 0.5, **NEAREST}, X, random_perspective, TRAINING),
    Case(
        "RandomErasing",
        {"factor": 1.0, "scale": (0.2, 0.6), "fill_value": 2, "value_range": (-9, 9), **SEED},
        X,
        random_erasing,
        TRAINING,
    ),
    Case("AutoContrast", {"value_range": (-1, 1)}, COLOURS, auto_contrast),
    Case("Equalization", {"bins": 16}, BRIGHT, equalization, TRAINING),
]
