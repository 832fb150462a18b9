"""Formats, overlaps, differences from anchors and transforms of boxes, each against its definition in plain Python."""

from math import atan, cos, exp, log, pi, radians, sin, tan

import numpy as np
import pytest

from minikeras.ops.box_coding import decode_deltas_to_boxes, encode_box_to_deltas
from minikeras.ops.box_formats import clip_to_image_size, convert_format
from minikeras.ops.box_overlap import compute_ciou, compute_iou
from minikeras.ops.box_transforms import affine_transform, crop, pad

FLOAT32 = 2e-5  # relative and absolute: some ten float32 operations on numbers up to 100
RNG = np.random.default_rng(3)
SIZE = 40, 60  # height and width of the images


def boxes(*shape):
    """Boxes (…, 4) of left, top, right, bottom."""
    corners = RNG.uniform(0, 40, (*shape, 2, 2))
    corners.sort(axis=-2)
    corners[..., 1, :] += 1
    return corners.reshape(*shape, 4).astype("float32")


BOXES, OTHERS = boxes(5), boxes(5)


def close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=FLOAT32, atol=FLOAT32)


HEIGHT, WIDTH = SIZE
IN_FORMATS = {
    "xyxy": lambda x, y, r, b: (x, y, r, b),
    "yxyx": lambda x, y, r, b: (y, x, b, r),
    "xywh": lambda x, y, r, b: (x, y, r - x, b - y),
    "center_xywh": lambda x, y, r, b: ((x + r) / 2, (y + b) / 2, r - x, b - y),
    "center_yxhw": lambda x, y, r, b: ((y + b) / 2, (x + r) / 2, b - y, r - x),
    "rel_xyxy": lambda x, y, r, b: (x / WIDTH, y / HEIGHT, r / WIDTH, b / HEIGHT),
    "rel_yxyx": lambda x, y, r, b: (y / HEIGHT, x / WIDTH, b / HEIGHT, r / WIDTH),
    "rel_xywh": lambda x, y, r, b: (x / WIDTH, y / HEIGHT, (r - x) / WIDTH, (b - y) / HEIGHT),
    "rel_center_xywh": lambda x, y, r, b: (
        *((x + r) / 2 / WIDTH, (y + b) / 2 / HEIGHT),
        *((r - x) / WIDTH, (b - y) / HEIGHT),
    ),
}


@pytest.mark.parametrize("target", IN_FORMATS)
@pytest.mark.parametrize("source", IN_FORMATS)
def test_formats(source, target):
    given, expected = ([IN_FORMATS[name](*box) for box in BOXES.astype(float)] for name in (source, target))
    close(convert_format(np.float32(given), source, target, *SIZE), expected)


@pytest.mark.parametrize("form, size", [("xyxy", (20, 30)), ("rel_xyxy", (1, 1))])
def test_clipped_boxes(form, size):
    given = np.float32([[-1, -2, 50, 3], [31, 3, 35, 9], [0.25, 0.5, 0.75, 2]])
    result = clip_to_image_size({"boxes": given, "labels": np.array([4, 5, 6])}, 20, 30, form)
    height, width = size
    expected = [[min(max(x, 0), (width, height)[i % 2]) for i, x in enumerate(box)] for box in given]
    close(result["boxes"], expected)
    areas = [(right - left) * (bottom - top) for left, top, right, bottom in expected]
    assert np.asarray(result["labels"]).tolist() == [
        label if area > 0 else -1 for label, area in zip((4, 5, 6), areas, strict=True)
    ]


def iou(a, b):
    width, height = (max(min(a[i + 2], b[i + 2]) - max(a[i], b[i]), 0) for i in (0, 1))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return width * height / (sum(areas) - width * height)


def test_intersection_over_union():
    close(compute_iou(BOXES, OTHERS[:3], "xyxy"), [[iou(a, b) for b in OTHERS[:3]] for a in BOXES])
    batch, other = boxes(2, 4), boxes(2, 3)
    relative = [convert_format(x, "xyxy", "rel_xywh", *SIZE) for x in (batch, other)]
    expected = [[[iou(a, b) for b in other[i]] for a in batch[i]] for i in range(2)]
    close(compute_iou(*relative, "rel_xywh", image_shape=(*SIZE, 3)), expected)


def test_masked_pairs():
    padded = np.float32([[0, 0, 2, 2], [-1, -1, -1, -1]])
    expected = [[iou(padded[0], OTHERS[0]), -7], [-7, -7]]
    with_padding = np.stack([OTHERS[0], padded[1]])
    close(compute_iou(padded, with_padding, "xyxy", use_masking=True, mask_val=-7), expected)


def ciou(a, b):
    sizes = [(box[2] - box[0], box[3] - box[1]) for box in (a, b)]
    around = [max(a[i + 2], b[i + 2]) - min(a[i], b[i]) for i in (0, 1)]
    centres = [[(box[i] + box[i + 2]) / 2 for i in (0, 1)] for box in (a, b)]
    distance = sum((x - y) ** 2 for x, y in zip(*centres, strict=True)) / sum(x**2 for x in around)
    v = 4 / pi**2 * (atan(sizes[1][0] / sizes[1][1]) - atan(sizes[0][0] / sizes[0][1])) ** 2
    return iou(a, b) - distance - (v * v / (v - iou(a, b) + 1) if v else 0)


def test_complete_intersection_over_union():
    pairs = [*zip(BOXES.astype(float), OTHERS.astype(float), strict=True)]
    close(compute_ciou(BOXES, OTHERS, "xyxy"), [ciou(a, b) for a, b in pairs])
    close(compute_ciou(BOXES, BOXES, "xyxy"), np.ones(5))


@pytest.mark.parametrize("encoding", ["center_xywh", "center_yxhw"])
@pytest.mark.parametrize("variance", [None, [0.1, 0.2, 0.3, 0.4]])
def test_differences_from_anchors_and_back(encoding, variance):
    deltas = encode_box_to_deltas(OTHERS, BOXES, "xyxy", "xyxy", encoding, variance)
    expected, decoded = [], []
    for anchor, box in zip(OTHERS.astype(float), BOXES.astype(float), strict=True):
        (ax, ay, aw, ah), (x, y, w, h) = (IN_FORMATS[encoding](*corners) for corners in (anchor, box))
        row = [(x - ax) / aw, (y - ay) / ah, log(w / aw), log(h / ah)]
        expected.append([d / v for d, v in zip(row, variance or [1] * 4, strict=True)])
        decoded.append([row[0] * aw + ax, row[1] * ah + ay, exp(row[2]) * aw, exp(row[3]) * ah])
    close(deltas, expected)
    close(decode_deltas_to_boxes(OTHERS, deltas, "xyxy", encoding, encoding, variance), decoded)
    levels = decode_deltas_to_boxes({"P3": OTHERS}, {"P3": deltas}, "xyxy", "xyxy", encoding, variance)
    close(levels["P3"], BOXES)


def test_cropped_and_padded():
    expected = np.clip(BOXES - np.float32([3, 5, 3, 5]), 0, [20, 10, 20, 10])
    close(crop(BOXES, top=5, left=3, height=10, width=20), expected)
    close(pad(BOXES, top=5, left=3), BOXES + np.float32([3, 5, 3, 5]))


def turned(x, y, angle, shift_x, shift_y, scale, shear_x, shear_y, centre):
    """Where a point moves: the adjugate of rotation and shears, times the scale, around the centre."""
    turn, across, down = -radians(angle), -radians(shear_x), -radians(shear_y)
    p, r = cos(turn - down) / cos(down), -sin(turn - down) / cos(down)
    adjugate = np.array([[cos(turn) - r * tan(across), -p * tan(across) - sin(turn)], [-r, p]])
    return scale * adjugate @ [x - centre[0] + shift_x * (WIDTH - 1), y - centre[1] + shift_y * (HEIGHT - 1)] + centre


@pytest.mark.parametrize("place", [(None, None), (0.2, 0.7)])
def test_boxes_around_turned_boxes(place):
    batch = boxes(3, 4)
    numbers = np.float32(
        [[0, 30, -100], [0.1, 0, -0.2], [0, 0.3, 0.1], [1, 0.5, 2], [10, -20, 0], [0, 15, 5]]
    )  # angle, shifts, scale, shears
    found = affine_transform(batch, *numbers, *SIZE, *place)
    across, down = (0.5 if part is None else part for part in place)
    centre = np.array([across * (WIDTH - 1), down * (HEIGHT - 1)])
    for i in range(3):
        for j in range(4):
            x1, y1, x2, y2 = batch[i, j].astype(float)
            corners = [turned(x, y, *numbers[:, i].astype(float), centre) for x in (x1, x2) for y in (y1, y2)]
            expected = np.concatenate([np.min(corners, axis=0), np.max(corners, axis=0)])
            np.testing.assert_allclose(np.asarray(found)[i, j], expected, rtol=1e-4, atol=1e-3)
