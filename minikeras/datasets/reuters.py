"""Reuters: 11228 news stories of 1987 in 46 topics, as sequences of word numbers.

Made from Reuters-21578, D. Lewis 1987, https://archive.ics.uci.edu/dataset/137
"""

from minikeras.datasets.file_formats import KERAS_FILES, load_npz
from minikeras.datasets.splitting import old_generator, random_order
from minikeras.datasets.word_sequences import divided, keep_frequent, keep_short, mark_and_shift, read_word_index
from minikeras.utils import get_file

SHA256 = "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
WORD_INDEX_MD5 = "4d44cc38712099c9e383dc6e5f11a921"

# The topic of label 0, 1, 2, … (https://martin-thoma.com/nlp-reuters)
TOPICS = """
    cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship cotton carcass crude
    nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin strategic-metal livestock retail ipi iron-steel
    rubber heat jobs lei bop zinc orange pet-chem dlr gas silver wpi hog lead
"""


def load_data(
    path="reuters.npz",
    num_words=None,
    skip_top=0,
    maxlen=None,
    test_split=0.2,
    seed=113,
    start_char=1,
    oov_char=2,
    index_from=3,
):
    """((x_train, y_train), (x_test, y_test)).

    x: arrays (n,) of lists of word numbers, small ones for frequent words. y: int64 (n,), the topics 0 to 45.

    Args:
        path: Name of the file in the cache folder.
        num_words: Only words with numbers below this are kept (after the shift by `index_from`).
        skip_top: Only words with numbers from this one on are kept.
        maxlen: Only stories with fewer words than this are kept.
        test_split: Fraction of the stories that become test data.
        seed: Of the order of the news.
        start_char: Number put before each text; None puts none.
        oov_char: Number that replaces a word that is not kept; None removes such words.
        index_from: What all word numbers are raised by.
    """
    arrays = load_npz(get_file(path, origin=KERAS_FILES + "reuters.npz", file_hash=SHA256))
    order = random_order(old_generator(seed), len(arrays["x"]))
    texts, labels = mark_and_shift(arrays["x"][order], start_char, index_from), arrays["y"][order]
    if maxlen:
        texts, labels = keep_short(texts, labels, maxlen)
    texts = keep_frequent(texts, num_words, skip_top, oov_char)
    return divided(texts, labels, int(len(texts) * (1 - test_split)))


def get_word_index(path="reuters_word_index.json"):
    """{word: number}, before the shift: add `index_from` (3) to find a word in the texts.

    Args:
        path: Name of the file in the cache folder.
    """
    return read_word_index(path, "reuters_word_index.json", WORD_INDEX_MD5)


def get_label_names():
    """The names of the 46 topics, in the order of the labels."""
    return tuple(TOPICS.split())
