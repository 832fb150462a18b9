"""String functions against Python's own on each string, and hashes against published values."""

import numpy as np
import pytest

from minikeras import Tensor, ops
from minikeras.base.errors import InvalidArgumentError
from minikeras.kernels.strings.farmhash import fingerprint64
from minikeras.kernels.strings.siphash import siphash64
from minikeras.tensors import ragged, strings
from minikeras.tensors.ragged import RaggedTensor

WORDS = [b"Hello World", b" two  spaces ", b"", "naïve café".encode(), b"a,b,,c"]


def of_each(function):
    return [function(word) for word in WORDS]


ON_EACH = {  # name → (the function, what Python does with one string)
    "lower": (strings.lower, bytes.lower),
    "lower utf-8": (lambda s: strings.lower(s, "utf-8"), lambda w: w.decode().lower().encode()),
    "upper": (strings.upper, bytes.upper),
    "strip": (strings.strip, bytes.strip),
    "length": (strings.length, len),
    "length in characters": (lambda s: strings.length(s, "UTF8_CHAR"), lambda w: len(w.decode())),
    "substr": (lambda s: strings.substr(s, 0, 3), lambda w: w[:3]),
    "regex_replace": (lambda s: strings.regex_replace(s, "[ae]", "<\\0>"),
                      lambda w: w.replace(b"a", b"<a>").replace(b"e", b"<e>").replace(b"<<", b"<")),
    "regex_full_match": (lambda s: strings.regex_full_match(s, ".*[ ,].*"), lambda w: b" " in w or b"," in w),
    "hash": (lambda s: strings.to_hash_bucket_fast(s, 7), lambda w: fingerprint64(w) % 7),
    "hash with a key": (lambda s: strings.to_hash_bucket_strong(s, 7, [1, 2]), lambda w: siphash64(w, 1, 2) % 7),
    "split": (strings.split, bytes.split),
    "split at commas": (lambda s: strings.split(s, ","), lambda w: w.split(b",")),
    "bytes_split": (strings.bytes_split, lambda w: [bytes([byte]) for byte in w]),
    "unicode_split": (lambda s: strings.unicode_split(s, "UTF-8"), lambda w: [c.encode() for c in w.decode()]),
    "unicode_decode": (lambda s: strings.unicode_decode(s, "UTF-8"), lambda w: [ord(c) for c in w.decode()]),
}  # fmt: skip


def as_list(result):
    return result.to_list() if isinstance(result, RaggedTensor) else result.array.tolist()


@pytest.mark.parametrize("name", ON_EACH)
def test_functions_of_each_string(name):
    ours, of_one = ON_EACH[name]
    expected = of_each(of_one)
    assert as_list(ours(WORDS)) == expected
    assert as_list(ours(WORDS[0])) == expected[0]
    rows = as_list(ours(ragged.constant([WORDS[:2], [], WORDS[2:]])))
    assert rows == [expected[:2], [], expected[2:]]


def test_join_and_its_like():
    assert as_list(strings.join(["a", ["b", "c"]], "-")) == [b"a-b", b"a-c"]
    assert as_list(strings.reduce_join([["a", "b"], ["c", "d"]], axis=1, separator=" ")) == [b"a b", b"c d"]
    assert as_list(strings.reduce_join(ragged.constant([["a", "b"], ["c"]]), axis=1)) == [b"ab", b"c"]
    assert as_list(strings.unsorted_segment_join(["a", "b", "c"], [1, 0, 1], 3, "+")) == [b"b", b"a+c", b""]
    assert as_list(strings.ngrams(ragged.constant([["a", "b", "c"], ["d"]]), 2)) == [[b"a b", b"b c"], []]
    assert as_list(strings.unicode_encode(strings.unicode_decode(WORDS, "UTF-8"), "UTF-8")) == WORDS


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64"])
def test_numbers_go_into_text_and_back(dtype):
    numbers = np.array([-3, 0, 12], dtype)
    text = strings.as_string(numbers)
    assert text.dtype == "string"
    back = strings.to_number(text, dtype)
    assert back.dtype == dtype
    assert as_list(back) == numbers.tolist()


def test_fingerprints_are_the_published_ones():
    """BigQuery's manual gives these values of FARM_FINGERPRINT, as signed numbers."""
    published = {b"1footrue": -1541654101129638711, b"2applefalse": 2794438866806483259, b"3true": -4880158226897771312}
    assert {s: np.array(fingerprint64(s), np.uint64).astype(np.int64).item() for s in published} == published


def test_siphash_of_the_papers_example():
    """Appendix A of the paper: the key 00 01 … 0f, the message 00 01 … 0e."""
    key = bytes(range(16))
    halves = [int.from_bytes(key[i : i + 8], "little") for i in (0, 8)]
    assert siphash64(bytes(range(15)), *halves) == 0xA129CA6149BE45E5


WRONG = {
    "no encoding": (lambda: strings.lower("a", "latin"), ValueError, "encoding"),
    "no unit": (lambda: strings.length("a", "WORD"), ValueError, "unit"),
    "too far": (lambda: strings.substr("abc", 4, 1), InvalidArgumentError, "out of range"),
    "no number": (lambda: strings.to_number("one"), InvalidArgumentError, "could not correctly convert"),
    "no pattern": (lambda: strings.regex_replace("a", "(", ""), InvalidArgumentError, "Invalid pattern"),
    "no buckets": (lambda: strings.to_hash_bucket_fast("a", 0), ValueError, "num_buckets"),
    "no strings": (lambda: strings.lower(Tensor(np.ones(2))), TypeError, "text or bytes"),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes(name):
    call, error, match = WRONG[name]
    with pytest.raises(error, match=match):
        call()


def test_the_zero_of_strings_is_the_empty_one():
    words = ops.convert_to_tensor(WORDS)
    assert ops.zeros_like(words).numpy().tolist() == [b""] * len(WORDS)
    assert ops.pad(words, [[1, 2]]).numpy().tolist() == [b"", *WORDS, b"", b""]
