"""House prices in Boston's suburbs in 1978: 506 rows of 13 features.

D. Harrison and D. Rubinfeld, "Hedonic prices and the demand for clean air", J. Environ. Economics & Management 5, 1978.

One of the 13 columns was made from the share of black inhabitants, on the assumption that they lower prices; the data
set is here because old scripts use it. `california_housing` has the same purpose.
"""

import numpy as np

from minikeras.datasets.file_formats import KERAS_FILES
from minikeras.datasets.splitting import check_test_split, shuffle_and_split
from minikeras.utils import get_file

SHA256 = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"


def load_data(path="boston_housing.npz", test_split=0.2, seed=113):
    """((x_train, y_train), (x_test, y_test)).

    x: float64 (n, 13). y: float64 (n,), the median price of a district's homes in 1000 dollars, 5 to 50.

    Args:
        path: Name of the file in the cache folder.
        test_split: Fraction of the samples that become test data, 0 ≤ test_split < 1.
        seed: Seed of the order of the samples.

    Raises:
        ValueError: `test_split` is not in [0, 1).
    """
    check_test_split(test_split)
    path = get_file(path, origin=KERAS_FILES + "boston_housing.npz", file_hash=SHA256)
    with np.load(path, allow_pickle=False) as arrays:
        x, y = arrays["x"], arrays["y"]
    return shuffle_and_split(x, y, test_split, seed)
