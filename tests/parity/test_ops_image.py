"""Image ops, attention, CTC, patches and adaptive pooling against the live keras.ops."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

import minikeras  # noqa: E402
from minikeras.autodiff import GradientTape, KerasTensor, Tensor  # noqa: E402
from tests.parity.comparing import SAME_FORMULA, assert_close, assert_same_nested  # noqa: E402

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(size=(2, 12, 10, 3)).astype("float32")
OTHERS = np.clip(IMAGES + RNG.normal(size=IMAGES.shape).astype("float32") * 0.1, 0, 1)
FIRST = np.ascontiguousarray(IMAGES.transpose(0, 3, 1, 2))
BYTES = RNG.integers(0, 256, (2, 7, 5, 3)).astype("uint8")
EDGED = IMAGES.copy()  # with black, white and grey pixels, and equal channels
EDGED[0, 0], EDGED[0, 1], EDGED[0, 2, :, 1] = 0, 1, EDGED[0, 2, :, 0]
VOLUMES = RNG.normal(size=(1, 6, 6, 6, 2)).astype("float32")

# A number just between two integers may be rounded to either, after float32 sums in another order.
ONE_STEP = 1
# TensorFlow's area filter adds up in another order; lanczos and cubic weights cancel.
RESAMPLED = 1e-5
# CTC in float32 by TensorFlow, in float64 here.
CTC = 1e-5


def outputs_and_gradients(keras_like, run, inputs, with_gradient):
    """Outputs, and gradients of the float inputs if wanted, on one side."""
    ours = keras_like is minikeras
    tensors = [(Tensor if ours else tf.constant)(x) for x in inputs]
    floats = [t for t, x in zip(tensors, inputs, strict=True) if x.dtype.kind == "f"]
    with (GradientTape if ours else tf.GradientTape)() as tape:
        for x in floats:
            tape.watch(x)
        y = run(keras_like.ops, *tensors)
        factors = np.random.default_rng(1).normal(size=y.shape).astype("float32")
        total = y * factors if with_gradient and "float32" in str(y.dtype) else None
    found = tape.gradient(total, floats) if total is not None and floats else []
    return np.asarray(y), [None if g is None else np.asarray(g) for g in found]


def check(name, run, inputs, tolerance=SAME_FORMULA, with_gradient=True):
    """The same values, dtypes, and gradients on both sides."""
    ours, theirs = (outputs_and_gradients(side, run, inputs, with_gradient) for side in (minikeras, keras))
    assert ours[0].dtype == theirs[0].dtype
    assert_close("ops: images", ours[0], theirs[0], tolerance, name)
    if with_gradient:
        assert_same_nested("ops: images, gradients", ours[1], theirs[1], tolerance, f"gradient of {name}")


METHODS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", "area")


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [(24, 17), (5, 4), (12, 10), (1, 1), (7, 31)], ids=str)
def test_resize(size, method, antialias):
    def run(ops, x):
        return ops.image.resize(x, size, method, antialias)

    # TensorFlow has no gradient for "area", and a wrong one for "bicubic" with this kind of centres
    has_gradient = method in ("nearest", "bilinear") or "lanczos" in method
    check(f"resize {method}", run, [IMAGES], RESAMPLED, has_gradient)
    ours = minikeras.ops.image.resize(FIRST[0], size, method, antialias, data_format="channels_first").numpy()
    np.testing.assert_array_equal(ours.transpose(1, 2, 0), run(minikeras.ops, IMAGES[0]))
    ours, theirs = (np.asarray(run(side.ops, BYTES)).astype(int) for side in (minikeras, keras))
    assert np.abs(ours - theirs).max() <= ONE_STEP


@pytest.mark.parametrize("size", [(24, 17), (5, 4), (3, 31)], ids=str)
@pytest.mark.parametrize(
    "ratio", [{"crop_to_aspect_ratio": True}, {"pad_to_aspect_ratio": True, "fill_value": 2.0}], ids=["crop", "pad"]
)
def test_resize_in_proportion(size, ratio):
    check("resize", lambda ops, x: ops.image.resize(x, size, **ratio), [IMAGES])


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float16", "float64"])
@pytest.mark.parametrize("method", ["nearest", "bilinear"])
def test_resize_keeps_the_dtype(dtype, method):
    x = (IMAGES * 9).astype(dtype)
    ours, theirs = (side.ops.image.resize(x, (5, 7), method) for side in (minikeras, keras))
    assert ours.dtype == theirs.dtype.name == dtype
    # float16 has 11 bits
    assert_close(f"ops: images {dtype}", ours, theirs, 1e-3 if dtype == "float16" else SAME_FORMULA)


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("method", ["linear", "cubic", "lanczos3", "lanczos5"])
@pytest.mark.parametrize(
    "scale, shift", [((2.0, 1.5), (0.0, 0.0)), ((0.5, 0.7), (1.0, -2.0)), ((1.0, 1.0), (0.3, 5.0))]
)
def test_scale_and_translate(scale, shift, method, antialias):
    scale, shift = np.float32(scale), np.float32(shift)
    check(
        "scale_and_translate",
        lambda ops, x: ops.image.scale_and_translate(x, (14, 15, 3), scale, shift, (0, 1), method, antialias),
        [IMAGES[0]],
    )


ANGLE = 0.5
TRANSFORMS = {
    "identity": [1, 0, 0, 0, 1, 0, 0, 0],
    "rotation": [np.cos(ANGLE), -np.sin(ANGLE), 1.3, np.sin(ANGLE), np.cos(ANGLE), -2.1, 0, 0],
    "projection": [1.2, 0.1, -9.3, 0.2, 0.8, 11.4, 0.01, 0.02],
    "half a pixel": [1, 0, 0.5, 0, 1, 0.5, 0, 0],
    "far away": [1, 0, -30, 0, 1, 40, 0, 0],
}


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("mode", ["constant", "nearest", "wrap", "reflect"])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_affine_transform(transform, mode, interpolation):
    transform = np.float32(TRANSFORMS[transform])
    for x in (IMAGES, IMAGES[1]):
        check(
            "affine_transform",
            lambda ops, x: ops.image.affine_transform(x, transform, interpolation, mode, 3),
            [x],
            RESAMPLED,
            with_gradient=False,  # TensorFlow's is that of the inverse transform, an approximation
        )


def test_affine_transform_for_each_image():
    transforms = np.float32([TRANSFORMS["rotation"], TRANSFORMS["projection"]])
    check("affine_transform", lambda ops, x: ops.image.affine_transform(x, transforms), [IMAGES], RESAMPLED, False)
    check(
        "affine_transform",
        lambda ops, x: ops.image.affine_transform(x, transforms, data_format="channels_first"),
        [FIRST],
        RESAMPLED,
        False,
    )


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_perspective_transform(interpolation):
    start = np.float32([[0, 0], [9, 0], [0, 11], [9, 11]])
    end = start + np.float32([[1, 0.5], [-1, 1], [0.3, -2], [0, 0.7]])
    check(
        "perspective_transform",
        lambda ops, x: ops.image.perspective_transform(x, start, end, interpolation, 2.0),
        [IMAGES],
        1e-4,  # the eight numbers come from another solver, and move a place by their rounding times its distance
        with_gradient=False,
    )


POSITIONS = (np.random.default_rng(1).normal(size=(2, 40)) * 6 + 2).astype("float32")


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("mode", ["constant", "nearest", "wrap", "reflect"])  # "mirror" fails in Keras on TensorFlow
def test_map_coordinates(order, mode):
    for x in (IMAGES[0, ..., 0], BYTES[0, ..., 0].astype("int32")):
        check("map_coordinates", lambda ops, x, c: ops.image.map_coordinates(x, c, order, mode, 3), [x, POSITIONS],
              with_gradient=order == 1)  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [{}, {"interpolation": "nearest", "fill_mode": "constant", "fill_value": 0.5, "alpha": 5.0, "sigma": 1.0}],
    ids=["default", "nearest"],
)
def test_elastic_transform(arguments):
    check(
        "elastic_transform",
        lambda ops, x: ops.image.elastic_transform(x, seed=3, **arguments),
        [IMAGES],
        RESAMPLED,
        with_gradient=False,
    )
    check(
        "elastic_transform",
        lambda ops, x: ops.image.elastic_transform(x, seed=3, data_format="channels_first", **arguments),
        [FIRST],
        RESAMPLED,
        with_gradient=False,
    )


CASES = {
    "rgb_to_grayscale": (lambda ops, x: ops.image.rgb_to_grayscale(x), [IMAGES]),
    "rgb_to_grayscale channels_first": (lambda ops, x: ops.image.rgb_to_grayscale(x, "channels_first"), [FIRST]),
    "rgb_to_grayscale bytes": (lambda ops, x: ops.image.rgb_to_grayscale(x), [BYTES]),
    "rgb_to_grayscale one": (lambda ops, x: ops.image.rgb_to_grayscale(x), [IMAGES[0]]),
    "rgb_to_hsv": (lambda ops, x: ops.image.rgb_to_hsv(x), [EDGED.astype("float64")]),
    "rgb_to_hsv gradient": (lambda ops, x: ops.image.rgb_to_hsv(x), [IMAGES]),
    "hsv_to_rgb": (lambda ops, x: ops.image.hsv_to_rgb(x), [EDGED.astype("float64")]),
    "gaussian_blur": (lambda ops, x: ops.image.gaussian_blur(x), [IMAGES]),
    "gaussian_blur oblong": (lambda ops, x: ops.image.gaussian_blur(x, (5, 3), (1.0, 2.0)), [IMAGES[0]]),
    "gaussian_blur even": (lambda ops, x: ops.image.gaussian_blur(x, (4, 4), (0.5, 0.5)), [IMAGES]),
    "sobel_edges": (lambda ops, x: ops.image.sobel_edges(x), [IMAGES]),
    "sobel_edges channels_first": (lambda ops, x: ops.image.sobel_edges(x, "channels_first"), [FIRST]),
    "ssim": (lambda ops, x, y: ops.image.ssim(x, y, filter_size=5), [IMAGES, OTHERS]),
    "ssim of one": (lambda ops, x, y: ops.image.ssim(x, y, 2.0, 3), [IMAGES[0], OTHERS[0]]),
    "psnr": (lambda ops, x, y: ops.psnr(x, y, 1.0), [IMAGES, OTHERS]),
    "pad_images": (lambda ops, x: ops.image.pad_images(x, 1, 2, target_height=20, target_width=15), [IMAGES]),
    "pad_images channels_first": (
        lambda ops, x: ops.image.pad_images(x, 1, 2, 3, 4, data_format="channels_first"),
        [FIRST],
    ),
    "crop_images": (
        lambda ops, x: ops.image.crop_images(x, bottom_cropping=3, left_cropping=2, target_height=4, target_width=5),
        [IMAGES],
    ),
    "extract_patches": (lambda ops, x: ops.image.extract_patches(x, 3), [IMAGES]),
    "extract_patches same": (lambda ops, x: ops.image.extract_patches(x, (2, 3), 1, padding="same"), [IMAGES]),
    "extract_patches dilated": (lambda ops, x: ops.image.extract_patches(x, 3, 1, 2), [IMAGES[0]]),
    "extract_patches_3d": (lambda ops, x: ops.image.extract_patches_3d(x, 2), [VOLUMES]),
    "extract_patches of a volume": (lambda ops, x: ops.image.extract_patches(x, (2, 3, 2), (1, 2, 2)), [VOLUMES[0]]),
    "unfold": (lambda ops, x: ops.unfold(x, 2), [FIRST]),
    "unfold padded": (lambda ops, x: ops.unfold(x, (3, 2), padding=1, stride=2), [FIRST]),
    "unfold dilated": (lambda ops, x: ops.unfold(x, 2, dilation=2, padding=(1, 0)), [FIRST]),
    "fold": (lambda ops, x: ops.fold(x, (4, 5), 2), [RNG.normal(size=(2, 8, 12)).astype("float32")]),
    "fold padded": (lambda ops, x: ops.fold(x, 4, 2, padding=1, stride=2), [RNG.normal(size=(2, 8, 9)).astype("f")]),
    "depth_to_space": (lambda ops, x: ops.depth_to_space(x, 2), [RNG.normal(size=(2, 4, 6, 8)).astype("float32")]),
    "depth_to_space channels_first": (
        lambda ops, x: ops.depth_to_space(x, 2, "channels_first"),
        [RNG.normal(size=(2, 8, 3, 2)).astype("float32")],
    ),
    "space_to_depth": (lambda ops, x: ops.space_to_depth(x, 2), [IMAGES]),
    **{
        f"{name} {size}": (lambda ops, x, name=name, size=size: getattr(ops, name)(x, size), [x])
        for name in ("adaptive_average_pool", "adaptive_max_pool")
        for x, size in [(IMAGES, (3, 2)), (IMAGES, 5), (IMAGES, (14, 10)), (IMAGES[:, 0], 4), (VOLUMES, (2, 3, 4))]
    },
    "polar": (lambda ops, r, phi: ops.real(ops.polar(r, phi)), [IMAGES[0, 0, 0], OTHERS[0, 0, 0]]),
}


@pytest.mark.one_in(2)
@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients(name):
    run, inputs = CASES[name]
    check(name, run, inputs)


QUERY, KEY, VALUE = (RNG.normal(size=(2, n, 4, 8)).astype("float32") for n in (5, 6, 6))
MASK = RNG.uniform(size=(2, 1, 5, 6)) > 0.5
BIAS = RNG.normal(size=(2, 4, 5, 6)).astype("float32")


@pytest.mark.parametrize(
    "arguments",
    [{}, {"mask": MASK}, {"is_causal": True}, {"mask": MASK, "is_causal": True, "scale": 0.3, "bias": BIAS}],
    ids=["plain", "mask", "causal", "all"],
)
def test_dot_product_attention(arguments):
    check("attention", lambda ops, q, k, v: ops.dot_product_attention(q, k, v, **arguments), [QUERY, KEY, VALUE])


def test_dot_product_attention_with_fewer_key_heads():
    check("attention", lambda ops, q, k: ops.dot_product_attention(q, k, k), [QUERY, KEY[:, :, :2].copy()])


LOGITS = (RNG.normal(size=(6, 7, 5)) * 2).astype("float32")
LABELS = np.array([[1, 2, 3], [1, 1, 2], [3, 0, 0], [0, 0, 0], [3, 3, 3], [1, 2, 2]])
LABEL_LENGTHS, LENGTHS = np.array([3, 3, 1, 0, 3, 2]), np.array([7, 6, 4, 6, 5, 2])


@pytest.mark.parametrize("blank", [0, 4, -1])
def test_ctc_loss(blank):
    check("ctc_loss", lambda ops, x: ops.ctc_loss(LABELS, x, LABEL_LENGTHS, LENGTHS, blank), [LOGITS], CTC)


def test_ctc_loss_of_a_target_too_long_for_its_time():
    """Both charge about 707 for the first step that is missing; they differ in which detours they count."""
    for labels, lengths, steps in (([[1, 1, 1]], [3], [4]), ([[1, 2, 3]], [3], [2])):
        ours, theirs = (
            float(side.ops.ctc_loss(np.array(labels), LOGITS[:1], np.array(lengths), np.array(steps))[0])
            for side in (minikeras, keras)
        )
        assert ours == pytest.approx(theirs, rel=0.01)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"merge_repeated": False},
        *({"mask_index": blank} for blank in (4, -1, None)),
        {"strategy": "beam_search"},
        {
            "strategy": "beam_search",
            "top_paths": 5,
        },  # narrow beams lose a percent of a path's probability, each another
        *({"strategy": "beam_search", "mask_index": blank} for blank in (4, None)),  # with -1 Keras loses the blank
    ],
    ids=str,
)
def test_ctc_decode(arguments):
    ours, theirs = (side.ops.ctc_decode(LOGITS, LENGTHS, **arguments) for side in (minikeras, keras))
    assert_close("ops: images", ours[0], theirs[0], 0, "paths")
    assert_close("ops: images", ours[1], theirs[1], SAME_FORMULA, "scores")


SYMBOLIC = {
    "resize": lambda ops, K: ops.image.resize(K((None, 7, None, 3)), (4, 5)),
    "resize channels_first": lambda ops, K: ops.image.resize(K((None, 3, 7, 8)), (4, 5), data_format="channels_first"),
    "affine_transform": lambda ops, K: ops.image.affine_transform(K((None, 7, 8, 3)), K((None, 8))),
    "map_coordinates": lambda ops, K: ops.image.map_coordinates(K((4, 5)), K((2, 7, 3)), 1),
    "elastic_transform": lambda ops, K: ops.image.elastic_transform(K((None, 7, 8, 3))),
    "rgb_to_grayscale": lambda ops, K: ops.image.rgb_to_grayscale(K((None, None, 8, 3))),
    "rgb_to_hsv": lambda ops, K: ops.image.rgb_to_hsv(K((None, 7, 8, 3))),
    "gaussian_blur": lambda ops, K: ops.image.gaussian_blur(K((None, None, 8, 3))),
    "sobel_edges": lambda ops, K: ops.image.sobel_edges(K((None, 7, 8, 3))),
    "ssim": lambda ops, K: ops.image.ssim(K((None, 17, 18, 3)), K((None, 17, 18, 3))),
    "psnr": lambda ops, K: ops.psnr(K((2, 3)), K((2, 3)), 1.0),
    "pad_images": lambda ops, K: ops.image.pad_images(K((None, 7, None, 3)), 1, 2, 3, target_width=20),
    "crop_images": lambda ops, K: ops.image.crop_images(K((None, 7, None, 3)), 1, 2, 3, target_width=2),
    "extract_patches": lambda ops, K: ops.image.extract_patches(K((None, 7, 8, 3)), 2),
    "unfold": lambda ops, K: ops.unfold(K((None, 3, 4, 4)), 2),
    "fold": lambda ops, K: ops.fold(K((None, 12, 9)), (4, 4), 2),
    "depth_to_space": lambda ops, K: ops.depth_to_space(K((None, 2, None, 4)), 2),
    "space_to_depth": lambda ops, K: ops.space_to_depth(K((None, 4, None, 4)), 2),
    "adaptive_max_pool": lambda ops, K: ops.adaptive_max_pool(K((None, 3, 7, 5)), (3, 2), "channels_first"),
    "dot_product_attention": lambda ops, K: ops.dot_product_attention(
        K((None, 5, 4, 8)), K((None, 6, 4, 8)), K((None, 6, 4, 8))
    ),
    "ctc_loss": lambda ops, K: ops.ctc_loss(
        K((None, 5), "int32"), K((None, 9, 7)), K((None,), "int32"), K((None,), "int32")
    ),
    "ctc_decode": lambda ops, K: ops.ctc_decode(K((None, 9, 7)), K((None,), "int32"), "beam_search", top_paths=3),
}


@pytest.mark.parametrize("name", SYMBOLIC)
def test_symbolic_shapes(name):
    ours = minikeras.tree.flatten(SYMBOLIC[name](minikeras.ops, KerasTensor))
    theirs = keras.tree.flatten(SYMBOLIC[name](keras.ops, keras.KerasTensor))
    assert [(y.shape, y.dtype) for y in ours] == [(tuple(y.shape), y.dtype) for y in theirs]
    operations = [side[0]._keras_history.operation for side in (ours, theirs)]
    names = [getattr(operation, "class_name", type(operation).__name__) for operation in operations]
    assert names[0] == names[1], "files name the class"


REFUSED = {
    "resize of a vector": lambda ops: ops.image.resize(np.zeros((3,), "f"), (2, 2)),
    "resize to nothing": lambda ops: ops.image.resize(IMAGES, (0, 2)),
    "resize by an unknown method": lambda ops: ops.image.resize(IMAGES, (2, 2), "gaussian"),
    "resize with crop and pad": lambda ops: ops.image.resize(
        IMAGES, (2, 2), crop_to_aspect_ratio=True, pad_to_aspect_ratio=True
    ),
    "affine_transform with an unknown mode": lambda ops: ops.image.affine_transform(
        IMAGES, np.ones(8, "f"), fill_mode="mirror"
    ),
    "map_coordinates of another rank": lambda ops: ops.image.map_coordinates(IMAGES, POSITIONS, 1),
    "map_coordinates of order 2": lambda ops: ops.image.map_coordinates(IMAGES[0, ..., 0], POSITIONS, 2),
    "pad_images with too much": lambda ops: ops.image.pad_images(IMAGES, 1, 2, 3, 4, 20, 20),
    "pad_images to less": lambda ops: ops.image.pad_images(IMAGES, 1, 2, target_height=4, target_width=20),
    "crop_images to more": lambda ops: ops.image.crop_images(IMAGES, 1, 2, target_height=40, target_width=4),
    "rgb_to_hsv of integers": lambda ops: ops.image.rgb_to_hsv(BYTES),
    "rgb_to_grayscale of four channels": lambda ops: ops.image.rgb_to_grayscale(np.zeros((4, 4, 4), "f")),
    "attention with a soft cap": lambda ops: ops.dot_product_attention(QUERY, KEY, VALUE, attn_logits_soft_cap=5.0),
    "attention without heads": lambda ops: ops.dot_product_attention(QUERY[0], KEY[0], VALUE[0]),
    "psnr of two shapes": lambda ops: ops.psnr(IMAGES, IMAGES[:1], 1.0),
    "ctc_decode by an unknown strategy": lambda ops: ops.ctc_decode(LOGITS, LENGTHS, "best"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_both_refuse(name):
    for side in (minikeras, keras):
        with pytest.raises((ValueError, NotImplementedError, tf.errors.InvalidArgumentError)):
            REFUSED[name](side.ops)
