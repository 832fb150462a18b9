"""Window functions for spectra: weights that fade a segment of a signal in and out, to reduce spectral leakage.

The names and values are SciPy's (`scipy.signal.windows`), for all windows that have no parameter. `n` runs over
0 … N−1 and `t` over the same positions from −1 to 1.
"""

import numpy as np

from minikeras.base.suggestions import did_you_mean

# w = Σₖ aₖ · cos(k·π·t): sums of cosines that cancel side lobes. Harris, Proc. IEEE 66 (1978); Nuttall, IEEE ASSP 29
# (1981); for flattop D'Antona and Ferrero, "Digital signal processing for measurement systems" (2006).
COSINE_SUMS = {
    "boxcar": (1.0,),
    "hann": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackman": (0.42, 0.50, 0.08),
    "nuttall": (0.3635819, 0.4891775, 0.1365995, 0.0106411),
    "blackmanharris": (0.35875, 0.48829, 0.14128, 0.01168),
    "flattop": (0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368),
}

ALIASES = {
    **dict.fromkeys(("box", "ones", "rect", "rectangular"), "boxcar"),
    **dict.fromkeys(("han",), "hann"),
    **dict.fromkeys(("hamm", "ham"), "hamming"),
    **dict.fromkeys(("black", "blk"), "blackman"),
    **dict.fromkeys(("nutl", "nut"), "nuttall"),
    **dict.fromkeys(("blackharr", "bkh"), "blackmanharris"),
    **dict.fromkeys(("flat", "flt"), "flattop"),
    **dict.fromkeys(("triangle", "tri"), "triang"),
    **dict.fromkeys(("bart", "brt"), "bartlett"),
    **dict.fromkeys(("parz", "par"), "parzen"),
    **dict.fromkeys(("bman", "bmn"), "bohman"),
    **dict.fromkeys(("brthan", "bth"), "barthann"),
    **dict.fromkeys(("halfcosine",), "cosine"),
    **dict.fromkeys(("poisson",), "exponential"),
    **dict.fromkeys(("sinc",), "lanczos"),
    **dict.fromkeys(("tuk",), "tukey"),
    **dict.fromkeys(("taylorwin",), "taylor"),
}


def window_values(name, length, periodic=False):
    """The window `name` as a float64 array (length,).

    Args:
        name: "hann", "hamming", "blackman", … (see `window_names`).
        length: how many values.
        periodic: False makes the first and last value mirror images; True leaves out the last of one that is one value
            longer, so that repeated copies are periodic, as a Fourier transform assumes.

    Raises:
        ValueError: an unknown name.
    """
    name = standardize_window_name(name)
    if length <= 1:
        return np.ones(max(length, 0))
    size = length + 1 if periodic else length
    if name in COSINE_SUMS:
        values = _cosine_sum(COSINE_SUMS[name], size)
    else:
        values = _SHAPES[name](size)
    return values[:length]


def window_names():
    """All names that `window_values` accepts, without the short ones."""
    return sorted([*COSINE_SUMS, *_SHAPES])


def standardize_window_name(name):
    """The full name of a window.

    Raises:
        ValueError: an unknown name.
    """
    full = ALIASES.get(name, name)
    if full not in COSINE_SUMS and full not in _SHAPES:
        raise ValueError(
            f"Invalid window name {name!r}.{did_you_mean(name, window_names())} Windows by name are "
            f"{', '.join(window_names())}. For others (kaiser, gaussian …) pass an array of values."
        )
    return full


def _cosine_sum(coefficients, size):
    t = np.linspace(-np.pi, np.pi, size)
    return sum(a * np.cos(k * t) for k, a in enumerate(coefficients))


def _triang(size):
    """A triangle that does not quite reach 0."""
    base = size if size % 2 == 0 else size + 1
    return 1 - np.abs(2 * np.arange(size) - (size - 1)) / base


def _bartlett(size):
    """w = 1 − |t|."""
    return 1 - np.abs(np.linspace(-1, 1, size))


def _parzen(size):
    """Four rectangles convolved: two cubic parts, joined at the middle."""
    n = np.abs(np.arange(size) - (size - 1) / 2)
    x = n / (size / 2)
    return np.where(n <= (size - 1) / 4, 1 - 6 * x**2 + 6 * x**3, 2 * (1 - x) ** 3)


def _bohman(size):
    """w = (1 − |t|)·cos(π·|t|) + sin(π·|t|)/π: two half cosines convolved."""
    t = np.abs(np.linspace(-1, 1, size))
    values = (1 - t) * np.cos(np.pi * t) + np.sin(np.pi * t) / np.pi
    values[[0, -1]] = 0
    return values


def _barthann(size):
    """w = 0.62 − 0.24·|t| + 0.38·cos(π·t): Bartlett and Hann mixed."""
    t = np.abs(np.linspace(-1, 1, size))
    return 0.62 - 0.24 * t + 0.38 * np.cos(np.pi * t)


def _cosine(size):
    """w = sin(π·(n + ½) / N)."""
    return np.sin(np.pi / size * (np.arange(size) + 0.5))


def _exponential(size):
    """w = exp(−|n − (N−1)/2|), in time constants of one step."""
    return np.exp(-np.abs(np.arange(size) - (size - 1) / 2))


def _lanczos(size):
    """w = sin(π·t) / (π·t)."""
    return np.sinc(np.linspace(-1, 1, size))


def _tukey(size):
    """Flat in the middle half, half a Hann window on either side."""
    distance = np.abs(np.linspace(-1, 1, size))
    return np.where(distance <= 0.5, 1.0, 0.5 * (1 + np.cos(2 * np.pi * (distance - 0.5))))


def _taylor(size, equal_lobes=4, decibels=30):
    """Taylor's window: `equal_lobes` − 1 side lobes about `decibels` below the main lobe. IRE Trans. 3 (1955)."""
    a = np.arccosh(10 ** (decibels / 20)) / np.pi
    stretch = equal_lobes**2 / (a**2 + (equal_lobes - 0.5) ** 2)
    m = np.arange(1, equal_lobes)
    x = (np.arange(size) - (size - 1) / 2) / size

    def coefficient(k):
        others = m[m != k]
        numerator = np.prod(1 - k**2 / stretch / (a**2 + (m - 0.5) ** 2))
        return (-1) ** (k + 1) * numerator / (2 * np.prod(1 - k**2 / others**2))

    def shape(x):
        return 1 + 2 * sum(coefficient(k) * np.cos(2 * np.pi * k * x) for k in m)

    return shape(x) / shape(0.0)


_SHAPES = {
    "bartlett": _bartlett,
    "barthann": _barthann,
    "bohman": _bohman,
    "cosine": _cosine,
    "exponential": _exponential,
    "lanczos": _lanczos,
    "parzen": _parzen,
    "taylor": _taylor,
    "triang": _triang,
    "tukey": _tukey,
}
