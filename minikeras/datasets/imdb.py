"""IMDB: 50000 film reviews, half of them positive, as sequences of word numbers.

A. Maas, R. Daly, P. Pham, D. Huang, A. Ng and C. Potts, "Learning Word Vectors for Sentiment Analysis", ACL 2011.
"""

import numpy as np

from minikeras.base.messages import warn
from minikeras.datasets.file_formats import KERAS_FILES, load_npz
from minikeras.datasets.splitting import old_generator, random_order
from minikeras.datasets.word_sequences import divided, keep_frequent, keep_short, mark_and_shift, read_word_index
from minikeras.utils import get_file

SHA256 = "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
WORD_INDEX_MD5 = "bfafd718b763782e994055a2d397834f"


def load_data(
    path="imdb.npz",
    num_words=None,
    skip_top=0,
    maxlen=None,
    seed=113,
    start_char=1,
    oov_char=2,
    index_from=3,
    **kwargs,
):
    """((x_train, y_train), (x_test, y_test)).

    x: arrays (25000,) of lists of word numbers, small ones for frequent words. y: int64 (25000,), 1 for a positive
    review.

    Args:
        path: Name of the file in the cache folder.
        num_words: Only words with numbers below this are kept (after the shift by `index_from`).
        skip_top: Only words with numbers from this one on are kept.
        maxlen: Only reviews with fewer words than this are kept.
        seed: Of the order of the reviews.
        start_char: Number put before each review; None puts none.
        oov_char: Number that replaces a word that is not kept; None removes such words.
        index_from: Added to all word numbers.

    Raises:
        ValueError: `maxlen` leaves no review.
    """
    if kwargs:
        warn(f"imdb.load_data ignores the arguments {sorted(kwargs)}, as Keras does.")
    arrays = load_npz(get_file(path, origin=KERAS_FILES + "imdb.npz", file_hash=SHA256))
    generator = old_generator(seed)  # one for both parts in turn
    reviews, labels = [], []
    for part in ("train", "test"):
        order = random_order(generator, len(arrays[f"x_{part}"]))
        reviews.append(mark_and_shift(arrays[f"x_{part}"][order], start_char, index_from))
        labels.append(arrays[f"y_{part}"][order])
    if maxlen:
        for part in (0, 1):
            reviews[part], labels[part] = keep_short(reviews[part], labels[part], maxlen)
            if not reviews[part]:
                raise ValueError(f"No review has fewer words than maxlen={maxlen}. Use a larger `maxlen`.")
    all_reviews = keep_frequent(reviews[0] + reviews[1], num_words, skip_top, oov_char)
    return divided(all_reviews, np.concatenate(labels), len(reviews[0]))


def get_word_index(path="imdb_word_index.json"):
    """{word: number}, before the shift: add `index_from` (3) to find a word in the reviews.

    Args:
        path: Name of the file in the cache folder.
    """
    return read_word_index(path, "imdb_word_index.json", WORD_INDEX_MD5)
