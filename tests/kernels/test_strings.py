"""Loops over the bytes of strings against Python's own functions of strings."""

import numpy as np
import pytest

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.kernels.job_lists import run
from minikeras.kernels.strings import packed as packing
from minikeras.kernels.strings.decimals import decimals, decimals_reference
from minikeras.kernels.strings.farmhash import fingerprint64, fingerprint_jobs
from minikeras.kernels.strings.ngrams import ngrams_of_texts, ngrams_reference
from minikeras.kernels.strings.packed import ENOUGH, in_place, packed, packed_reference
from minikeras.kernels.strings.siphash import siphash64, siphash_jobs
from minikeras.kernels.strings.splitting import REMOVED, split_into_words, split_reference
from minikeras.kernels.strings.table import numbers_reference, string_table, string_table_reference

RNG = np.random.default_rng(0)
LENGTHS = [*range(35), 63, 64, 65, 127, 128, 129, 200]
STRINGS = [RNG.integers(0, 256, n).astype(np.uint8).tobytes() for n in LENGTHS] * 3
MANY = STRINGS * (ENOUGH // len(STRINGS) + 1)


def array_of(strings):
    array = np.empty(len(strings), object)
    array[:] = strings
    return array


def all_of(strings):
    return strings.at(np.arange(len(strings)))


@pytest.mark.parametrize("strings", [MANY, [b""] * ENOUGH, STRINGS, []], ids=["many", "empty", "few", "none"])
def test_packed_strings_are_the_strings(strings):
    for given in (strings, array_of(strings), array_of(strings * 2)[::2] if strings else strings):
        result, expected = packed(given), packed_reference(list(given))
        assert all_of(result) == all_of(expected) == list(given)


def test_objects_of_another_layout_are_packed_by_python(monkeypatch):
    monkeypatch.setattr(packing, "layout_is_known", lambda: False)
    assert all_of(packed(array_of(MANY))) == MANY


@pytest.mark.parametrize("other", [None, 0, 1.5, "text", ["list"]], ids=lambda other: type(other).__name__)
def test_other_objects_are_refused_before_their_memory_is_read_as_bytes(other):
    with pytest.raises(TypeError, match="holds `bytes`"):
        packed(array_of([*MANY, other]))


def test_bytes_of_a_subclass_are_strings():
    class Name(bytes):
        pass

    assert all_of(packed(array_of([*MANY, Name(b"name")])))[-1] == b"name"


def test_a_place_without_an_object_is_refused():
    with pytest.raises(TypeError, match="NoneType"):
        packed(np.ndarray(ENOUGH, object))


def test_strings_are_hashed_and_found_where_they_are():
    array = array_of(MANY)
    hashes = np.zeros(len(MANY), np.int64)
    run(fingerprint_jobs(in_place(array), hashes, buckets=1000))
    numbers = {string: fingerprint64(string) % 1000 for string in STRINGS}
    assert hashes.tolist() == [numbers[string] for string in MANY]
    table, known = string_table(packed(STRINGS)), string_table_reference(STRINGS)
    wanted = numbers_reference(MANY, {string: number for number, string in enumerate(known)})
    assert table.numbers(in_place(array)).tolist() == wanted.tolist()
    with pytest.raises(TypeError, match="holds `bytes`"):
        in_place(array_of([*MANY, "text"]))


def test_hashes():
    hashes, keyed = np.zeros((2, len(STRINGS)), np.uint64)
    run(fingerprint_jobs(packed(STRINGS), hashes.view(np.int64)))
    run(siphash_jobs(packed(STRINGS), (3, 2**64 - 7), keyed.view(np.int64)))
    assert hashes.tolist() == [fingerprint64(s) for s in STRINGS]
    assert keyed.tolist() == [siphash64(s, 3, 2**64 - 7) for s in STRINGS]


@pytest.mark.parametrize("dtype", ["int64", "uint64", "int32"])
def test_decimals(dtype):
    limits = np.iinfo(dtype)
    numbers = np.array([0, 1, 9, 10, limits.min, limits.max, *RNG.integers(limits.min, limits.max, 40, dtype)], dtype)
    assert all_of(decimals(numbers)) == decimals_reference(numbers)


def test_a_table_numbers_strings_in_their_order_and_counts_them():
    table, expected = string_table(packed(STRINGS)), string_table_reference(STRINGS)
    assert packed(STRINGS).at(table.firsts) == list(expected)
    assert table.counts.tolist() == list(expected.values())
    wanted = [*STRINGS, b"unknown", STRINGS[-1] + b" "]
    numbers = {string: number for number, string in enumerate(expected)}
    assert table.numbers(packed(wanted)).tolist() == numbers_reference(wanted, numbers).tolist()


def test_an_empty_table_has_no_strings():
    assert string_table(packed([])).numbers(packed([b"a", b""])).tolist() == [-1, -1]


TEXTS = [
    b" Hello,  World!\n a",
    b"",
    b"x",
    b"   ",
    b"...",
    b"one two\tthree four\x0bfive",
    b"A,b",
    b"end ",
    "Ä é".encode(),
]


@pytest.mark.parametrize("most", [0, 1, 3, 100])
@pytest.mark.parametrize("removed", [b"", b",!."])
@pytest.mark.parametrize("table", [None, bytes(range(256)).lower()], ids=["as they are", "lower"])
def test_words_of_texts(table, removed, most):
    replacements = np.arange(256) if table is None else np.frombuffer(table, np.uint8).astype(np.int64)
    replacements[list(removed)] = REMOVED
    texts = TEXTS * 20
    words, counts = split_into_words(packed(texts), replacements, most)
    expected = split_reference(texts, table, removed, most)
    assert counts.tolist() == [len(row) for row in expected]
    assert all_of(words) == [word for row in expected for word in row]


@pytest.mark.parametrize("widths", [(1, 2, 3), (2,), (3, 1)])
def test_ngrams_of_texts(widths):
    texts = TEXTS * 20
    words, counts = split_into_words(packed(texts), np.arange(256), 100)
    grams, many = ngrams_of_texts(words, counts, widths)
    expected = [ngrams_reference(row, widths) for row in split_reference(texts, None, b"")]
    assert many.tolist() == [len(row) for row in expected]
    assert all_of(grams) == [gram for row in expected for gram in row]


def test_text_and_bytes_become_bytes():
    expected = [b"a", "ä".encode(), b""]
    for given in (["a", "ä", ""], ["a", "ä".encode(), ""], np.array(["a", "ä", ""]), np.array(["a", "ä", ""], object)):
        assert byte_strings(given).tolist() == expected
    with pytest.raises(TypeError, match="text or bytes"):
        byte_strings(["a", 1])
