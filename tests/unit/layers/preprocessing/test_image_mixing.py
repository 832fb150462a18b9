"""Image layers that choose other layers, mix images or equalize tiles: what they do with what they drew."""

import random

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(0, 255, (4, 8, 6, 3)).astype("float32")
MASKS = RNG.integers(0, 5, (4, 8, 6, 1)).astype("float32")
LABELS = np.eye(4, dtype="float32")
BOXES = {
    "boxes": RNG.uniform(0, 6, (4, 2, 4)).astype("float32"),
    "labels": RNG.integers(0, 9, (4, 2)),
}
NEAR = {"rtol": 1e-5, "atol": 1e-3}


def test_mix_up_takes_weighted_means_of_images_labels_and_masks():
    layer = layers.MixUp(alpha=0.7, seed=3)
    drawn = layer.get_random_transformation(IMAGES, seed=5)
    weight, order = (np.asarray(drawn[key]) for key in ("mix_weight", "permutation_order"))
    assert sorted(order) == [0, 1, 2, 3]
    assert len(set(weight)) == 4
    assert 0 <= weight.min() <= weight.max() <= 1
    for x, transform in (
        (IMAGES, layer.transform_images),
        (LABELS, layer.transform_labels),
        (MASKS, layer.transform_segmentation_masks),
    ):
        w = weight.reshape(-1, *[1] * (x.ndim - 1))
        np.testing.assert_allclose(transform(x, drawn), w * x + (1 - w) * x[order], **NEAR)
    np.testing.assert_array_equal(layer(IMAGES, training=False), IMAGES)
    given = {"mix_weight": 1, "permutation_order": [0]}
    np.testing.assert_allclose(layer.transform_images(IMAGES[0], given)[0], IMAGES[0], **NEAR)


def test_cut_mix_replaces_a_rectangle_and_mixes_labels_by_its_area():
    layer = layers.CutMix(seed=3)
    drawn = layer.get_random_transformation(IMAGES)
    inside, order = (np.asarray(drawn[key]) for key in ("batch_masks", "permutation_order"))
    images = layer.transform_images(IMAGES, drawn)
    np.testing.assert_array_equal(images, np.where(inside, IMAGES[order], IMAGES))
    for mask in inside[..., 0]:
        rows, columns = mask.any(axis=1), mask.any(axis=0)
        np.testing.assert_array_equal(mask, rows[:, None] & columns)  # a rectangle
        assert np.abs(np.diff(rows.astype(int))).sum() <= 2
    weight = np.asarray(drawn["mix_weight"]).reshape(-1, 1)
    np.testing.assert_allclose(
        layer.transform_labels(LABELS, drawn), weight * LABELS + (1 - weight) * LABELS[order], **NEAR
    )
    np.testing.assert_allclose(1 - weight[:, 0], inside[..., 0].mean(axis=(1, 2)), atol=0.35)  # whole pixels
    np.testing.assert_array_equal(layer(IMAGES[0], training=True), IMAGES[0])
    with pytest.raises(NotImplementedError, match="CutMix does not transform bounding boxes"):
        layer.transform_bounding_boxes(BOXES, drawn)


def test_rand_augment_applies_the_chosen_layers_in_order():
    layer = layers.RandAugment(num_ops=3, factor=0.4, seed=11, bounding_box_format="xyxy")
    drawn = layer.get_random_transformation(IMAGES)
    names = list(drawn["transforms"])
    assert len(names) == 11
    expected, boxes = IMAGES, BOXES
    chosen = [names[int(number)] for number in drawn["layer_idxes"]]
    for name in chosen:
        expected = getattr(layer, name).transform_images(expected, drawn["transforms"][name])
    np.testing.assert_array_equal(layer.transform_images(IMAGES, drawn), expected)
    for name in sorted(set(chosen), key=names.index):
        boxes = getattr(layer, name).transform_bounding_boxes(boxes, drawn["transforms"][name])
    np.testing.assert_array_equal(layer.transform_bounding_boxes(BOXES, drawn)["boxes"], boxes["boxes"])
    assert len({tuple(np.asarray(layer.get_random_transformation(IMAGES)["layer_idxes"])) for _ in range(5)}) > 1


def test_aug_mix_is_the_weighted_mean_of_the_image_and_its_chains():
    layer = layers.AugMix(num_chains=2, chain_depth=2, seed=3)
    random.seed(4)
    drawn = layer.get_random_transformation(IMAGES)
    weights, weight = np.asarray(drawn["chain_mixing_weights"]), float(drawn["weight_sample"])
    np.testing.assert_allclose(weights.sum(), 1, rtol=1e-6)
    total = 0
    for share, chain in zip(weights, drawn["chain_transforms"], strict=True):
        y = IMAGES
        for step in chain:
            y = getattr(layer, step["layer_name"]).transform_images(y, step["transformation"])
        total = total + share * np.asarray(y)
    expected = np.clip(weight * IMAGES + (1 - weight) * total, 0, 255)
    np.testing.assert_allclose(layer.transform_images(IMAGES, drawn), expected, **NEAR)
    assert not hasattr(layers.AugMix(all_ops=False), "random_brightness")


def test_aug_mix_chooses_anew_in_every_step_of_fit():
    model = keras.Sequential([keras.Input((8, 6, 3)), layers.AugMix(seed=1), layers.Flatten(), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.0), "mae")
    losses = [model.train_on_batch(IMAGES, np.zeros((4, 1))) for _ in range(5)]
    assert len(set(map(float, losses))) == 5


def test_strength_and_smoothness_of_an_elastic_transform():
    """A tenth of the longer side and a twentieth of the shorter one, times the factor."""
    found = layers.RandomElasticTransform().get_elastic_transform_params(40, 60, 0.5)
    np.testing.assert_allclose(found, (3, 1))


def test_an_elastic_transform_moves_the_chosen_images_only_and_stays_in_the_range():
    layer = layers.RandomElasticTransform(factor=(0.5, 0.6), scale=(0.8, 1.0), seed=5)
    drawn = layer.get_random_transformation(IMAGES)
    chosen = np.asarray(drawn["apply_transform"])
    images = np.asarray(layer.transform_images(IMAGES, drawn))
    assert 0 < chosen.sum() < 4
    np.testing.assert_array_equal(images[~chosen], IMAGES[~chosen])
    assert all((a != b).any() for a, b in zip(images[chosen], IMAGES[chosen], strict=True))
    assert images.min() >= 0
    assert images.max() <= 255
    assert layers.RandomElasticTransform(scale=0).get_random_transformation(IMAGES) is None


@pytest.mark.parametrize("number", [1, 2, 5])
def test_max_num_bounding_boxes_cuts_or_fills(number):
    layer = layers.MaxNumBoundingBoxes(number, fill_value=-7, bounding_box_format="xyxy")
    result = layer({"images": IMAGES, "bounding_boxes": BOXES})["bounding_boxes"]
    assert result["boxes"].shape == (4, number, 4)
    kept = min(number, 2)
    np.testing.assert_array_equal(result["boxes"][:, :kept], BOXES["boxes"][:, :kept])
    np.testing.assert_array_equal(result["labels"][:, :kept], BOXES["labels"][:, :kept])
    assert (np.asarray(result["boxes"][:, kept:]) == -7).all()
    assert (np.asarray(result["labels"][:, kept:]) == -7).all()


def clahe(x, tile_grid_size, clip_limit):
    """Cumulated counts of the four tiles around each pixel, weighted bilinearly; sizes are multiples of the grid."""
    height, width = x.shape[1:3]
    tall, wide = height // tile_grid_size[0], width // tile_grid_size[1]

    def table(n, i, j, c):
        tile = x[n, i * tall : (i + 1) * tall, j * wide : (j + 1) * wide, c].astype(int)
        counts = np.bincount(tile.ravel(), minlength=256).astype("float64")
        most = clip_limit * tall * wide / 256
        counts = np.minimum(counts, most) + np.maximum(counts - most, 0).sum() / 256
        total = np.cumsum(counts)
        return (total - total[0]) * 255 / (tall * wide - total[0])

    y = np.empty_like(x)
    for n, row, column, c in np.ndindex(x.shape):
        down, across = row / tall - 0.5, column / wide - 0.5
        value, level = 0.0, int(x[n, row, column, c])
        for i in (int(np.floor(down)), int(np.floor(down)) + 1):
            for j in (int(np.floor(across)), int(np.floor(across)) + 1):
                inside = np.clip(i, 0, tile_grid_size[0] - 1), np.clip(j, 0, tile_grid_size[1] - 1)
                value += (1 - abs(down - i)) * (1 - abs(across - j)) * table(n, *inside, c)[level]
        y[n, row, column, c] = value
    return y


@pytest.mark.parametrize("clip_limit", [4.0, 40.0])
def test_adaptive_equalization_blends_the_tables_of_tiles(clip_limit):
    layer = layers.ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=(2, 2), clip_limit=clip_limit)
    np.testing.assert_allclose(layer(IMAGES[:2]), clahe(IMAGES[:2], (2, 2), clip_limit), **NEAR)
    assert layer(IMAGES[0].astype("uint8")).dtype == "uint8"


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda: layers.MixUp(alpha=-1), ValueError, r"`alpha` must be positive. Received: alpha=-1"),
        (lambda: layers.AugMix(alpha=float("nan")), ValueError, r"`alpha` must be positive. Received: alpha=nan"),
        (lambda: layers.MixUp(alpha="small"), TypeError, r"`alpha` must be a number. Received: alpha='small'"),
        (lambda: layers.Equalization(bins=0), ValueError, r"`bins` must be at least 1. Received: bins=0"),
        (lambda: layers.AugMix(num_chains=2.5), TypeError, r"`num_chains` must be an integer"),
        (lambda: layers.CenterCrop(4, "five"), TypeError, r"`width` must be an integer. Received: width='five'"),
    ],
)
def test_numbers_that_no_layer_can_use_are_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_numbers_without_a_concentration_are_nan():
    """As in tf.keras; the search for a number that is accepted would not end."""
    drawn = np.asarray(keras.random.gamma((4,), np.float32([np.nan, -1, 2, 0.5]), seed=1))
    assert np.isnan(drawn).tolist() == [True, True, False, False]
