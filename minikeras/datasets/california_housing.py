"""House prices in California at the census of 1990: 20640 districts with 8 features each.

R. Pace and R. Barry, "Sparse Spatial Autoregressions", Statistics and Probability Letters 33, 1997.
"""

import numpy as np

from minikeras.base.suggestions import did_you_mean
from minikeras.datasets.file_formats import KERAS_FILES
from minikeras.datasets.splitting import check_test_split, shuffle_and_split
from minikeras.utils import get_file

SHA256 = "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"
VERSIONS = ("small", "large")
SMALL_COUNT = 600  # districts of the small version


def load_data(version="large", path="california_housing.npz", test_split=0.2, seed=113):
    """((x_train, y_train), (x_test, y_test)).

    x: (n, 8), floats: median income, the houses' median age, rooms, bedrooms, population, households, position.
    y: (n,), floats: the median price of a district's houses in dollars, about 25000 to 500000.

    Args:
        version: "large" for all districts, "small" for the first 600.
        path: Name of the file in the cache folder.
        test_split: Fraction of the samples that become test data, 0 ≤ test_split < 1.
        seed: Seed of the order of the samples.

    Raises:
        ValueError: `test_split` is not in [0, 1), or there is no such version.
    """
    check_test_split(test_split)
    if version not in VERSIONS:
        raise ValueError(
            f"`version` must be one of {VERSIONS}. Received: version={version!r}.{did_you_mean(version, VERSIONS)}"
        )
    path = get_file(path, origin=KERAS_FILES + "california_housing.npz", file_hash=SHA256)
    with np.load(path, allow_pickle=False) as arrays:
        x, y = arrays["x"], arrays["y"]
    if version == "small":
        x, y = x[:SMALL_COUNT], y[:SMALL_COUNT]
    return shuffle_and_split(x, y, test_split, seed)
