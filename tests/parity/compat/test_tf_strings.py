"""`tf.strings`, `tf.ragged`, `tf.lookup` of the shim against the live ones; string tensors in other functions."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from tests.parity.comparing import SAME_FORMULA  # noqa: E402
from tests.parity.compat.snippets import check_snippet  # noqa: E402

GROUP = "compat: tf.strings"
WORDS = ["Hello World", " two  spaces ", "", "naïve café", "a,b,,c"]


def plain(result):
    """Ragged tensors as nested lists, the rest as it is."""
    if isinstance(result, (list, tuple)):
        return type(result)(plain(item) for item in result)
    return (result.to_list(), result.dtype.name, repr(result.shape)) if hasattr(result, "row_splits") else result


def check(snippet):
    check_snippet(lambda tf: plain(snippet(tf)), GROUP, SAME_FORMULA)


STRINGS = {
    "lower": lambda tf: tf.strings.lower(WORDS),
    "lower utf-8": lambda tf: tf.strings.lower(["ÄÖ", "Σ"], encoding="utf-8"),
    "upper": lambda tf: tf.strings.upper(WORDS),
    "upper utf-8": lambda tf: tf.strings.upper(WORDS, encoding="utf-8"),
    "strip": lambda tf: tf.strings.strip(WORDS),
    "length": lambda tf: tf.strings.length(WORDS),
    "length of characters": lambda tf: tf.strings.length(WORDS, unit="UTF8_CHAR"),
    "substr": lambda tf: tf.strings.substr(["hello", "world"], 1, 3),
    "substr from the end": lambda tf: tf.strings.substr(["hello", "world"], -2, 5),
    "substr, one each": lambda tf: tf.strings.substr(["hello", "world"], [0, 2], [1, 2]),
    "substr of characters": lambda tf: tf.strings.substr("naïve", 2, 2, unit="UTF8_CHAR"),
    "substr too far": lambda tf: tf.strings.substr("abc", 5, 1),
    "substr, all the rest": lambda tf: tf.strings.substr(["hello", "world"], [0, -2], [-1, -3]),
    "substr of characters, none": lambda tf: tf.strings.substr(["naïve"], 2, -1, unit="UTF8_CHAR"),
    "substr, rows": lambda tf: tf.strings.substr([["abc"], ["defg"]], [1, 2], [1, 1]),
    "substr, shapes": lambda tf: tf.strings.substr([["abc"], ["defg"]], [1, 2], 1),
    "to_number": lambda tf: tf.strings.to_number(["1", "-2.5", "1e3", " 7 "]),
    "to_number int": lambda tf: tf.strings.to_number(["1", "-20"], tf.int64),
    "to_number of words": lambda tf: tf.strings.to_number("one"),
    "to_number of C's": lambda tf: tf.strings.to_number(["0x1p3", "-0X1.8", "inf", "1e50"]),
    "to_number too large": lambda tf: tf.strings.to_number(["1", "2147483648"], tf.int32),
    "to_number with _": lambda tf: tf.strings.to_number("1_0"),
    "as_string of ints": lambda tf: tf.strings.as_string([1, -20]),
    "as_string of floats": lambda tf: tf.strings.as_string([1.5, -20.25, 1e10]),
    "as_string, digits": lambda tf: tf.strings.as_string([1.5, 3.14159], precision=2),
    "as_string, scientific": lambda tf: tf.strings.as_string([1.5, 31415.9], scientific=True),
    "as_string, shortest": lambda tf: tf.strings.as_string([1.5, 1e-9], shortest=True),
    "as_string, filled": lambda tf: tf.strings.as_string([1, 20], width=5, fill="0"),
    "as_string of booleans": lambda tf: tf.strings.as_string([True, False]),
    "as_string of booleans, filled": lambda tf: tf.strings.as_string([True], width=8),
    "as_string of infinity, filled": lambda tf: tf.strings.as_string([1.5, np.inf, np.nan], width=9, fill="0"),
    "as_string of complex, filled": lambda tf: tf.strings.as_string([1 + 2j], width=9, fill="-"),
    "as_string of unsigned": lambda tf: tf.strings.as_string(tf.constant([3], tf.uint8), width=4, fill="+"),
    "as_string of text, filled": lambda tf: tf.strings.as_string(["ab", "é"], width=6),
    "as_string of ints, digits": lambda tf: tf.strings.as_string([1], precision=2),
    "as_string of booleans, scientific": lambda tf: tf.strings.as_string([True], scientific=True),
    "as_string of two kinds": lambda tf: tf.strings.as_string([1.5], scientific=True, shortest=True),
    "as_string, another fill": lambda tf: tf.strings.as_string([1.5], fill="x"),
    "regex_replace": lambda tf: tf.strings.regex_replace(WORDS, "[aeiou]", "*"),
    "regex_replace once": lambda tf: tf.strings.regex_replace(WORDS, "l", "L", replace_global=False),
    "regex_replace with groups": lambda tf: tf.strings.regex_replace("john smith", r"(\w+) (\w+)", r"\2, \1 <\0>"),
    "regex_replace punctuation": lambda tf: tf.strings.regex_replace("a.b,c!", "[[:punct:]]", ""),
    "regex_replace, backslashes": lambda tf: tf.strings.regex_replace("hello", "(l)", r"\\1\\"),
    "regex_replace, another escape": lambda tf: tf.strings.regex_replace("hello", "(l)", r"ab\q\1"),
    "regex_replace once, another escape": lambda tf: tf.strings.regex_replace("hello", "l", r"a\q", False),
    "regex_replace, no such group": lambda tf: tf.strings.regex_replace("hello", "l", r"a\1"),
    "regex_replace, a group that is not in the match": lambda tf: tf.strings.regex_replace("lot", "(o)|(z)", r"[\2]"),
    "regex_replace html": lambda tf: tf.strings.regex_replace("one<br />two", "<br />", " "),
    "regex_replace ascii": lambda tf: tf.strings.regex_replace("naïve café", r"\w", "x"),
    "regex_replace wrong": lambda tf: tf.strings.regex_replace("a", "(", ""),
    "regex_full_match": lambda tf: tf.strings.regex_full_match(["abc", "abcd", "é"], ".b?c?"),
    "join": lambda tf: tf.strings.join(["a", ["b", "c"], "d"], separator="-"),
    "join of unequal": lambda tf: tf.strings.join([["a"], ["b", "c"]]),
    "reduce_join": lambda tf: tf.strings.reduce_join([["a", "b"], ["c", "d"]], separator="+"),
    "reduce_join along": lambda tf: tf.strings.reduce_join([["a", "b"], ["c", "d"]], axis=0),
    "reduce_join, order": lambda tf: tf.strings.reduce_join([["a", "b"], ["c", "d"]], axis=[0, 1], separator=" "),
    "reduce_join, kept": lambda tf: tf.strings.reduce_join([["a", "b"], ["c", "d"]], axis=-1, keepdims=True),
    "reduce_join, ragged": lambda tf: tf.strings.reduce_join(tf.strings.split(["a b", "c"]), axis=-1, separator="_"),
    "format": lambda tf: tf.strings.format("x = {}, y = {}", [tf.constant([1, 2]), tf.constant(0.5)]),
    "format of one": lambda tf: tf.strings.format("{}", tf.range(10)),
    "format of strings": lambda tf: tf.strings.format("{}", tf.constant(["a", "b"])),
    "format, too few": lambda tf: tf.strings.format("{} {}", [tf.constant(1)]),
    "ngrams": lambda tf: tf.strings.ngrams(["a", "b", "c"], 2),
    "ngrams of several widths": lambda tf: tf.strings.ngrams(tf.ragged.constant([["a", "b", "c"], ["d"]]), [1, 2]),
    "ngrams padded": lambda tf: tf.strings.ngrams(["a", "b"], 3, pad_values=("<", ">"), separator="|"),
    "ngrams kept": lambda tf: tf.strings.ngrams(
        tf.ragged.constant([["a", "b"], ["c"]]), 2, preserve_short_sequences=True
    ),
    "split": lambda tf: tf.strings.split("a b  c"),
    "split of several": lambda tf: tf.strings.split(WORDS),
    "split at": lambda tf: tf.strings.split(WORDS, ","),
    "split at most": lambda tf: tf.strings.split("a,b,c,d", ",", maxsplit=2),
    "split a matrix": lambda tf: tf.strings.split([["a b", "c"], ["", "d e f"]]),
    "split ragged": lambda tf: tf.strings.split(tf.ragged.constant([["a b"], [], ["c", "d e"]])),
    "split to a tensor": lambda tf: tf.strings.split(WORDS).to_tensor(default_value="?"),
    "split and index": lambda tf: tf.strings.split("path/to/file.png", "/")[-1],
    "bytes_split": lambda tf: tf.strings.bytes_split(["ab", "", "é"]),
    "unicode_split": lambda tf: tf.strings.unicode_split(["ab", "naïve"], "UTF-8"),
    "unicode_decode": lambda tf: tf.strings.unicode_decode(["ab", "ï"], "UTF-8"),
    "unicode_decode with offsets": lambda tf: list(tf.strings.unicode_decode_with_offsets(["aïb", ""], "UTF-8")),
    "unicode_split with offsets": lambda tf: list(tf.strings.unicode_split_with_offsets("aïb", "UTF-8")),
    "unicode_encode": lambda tf: tf.strings.unicode_encode([[104, 239], [98, 99]], "UTF-8"),
    "unicode_encode ragged": lambda tf: tf.strings.unicode_encode(tf.ragged.constant([[104], [98, 99]]), "UTF-16-BE"),
    "unicode_transcode": lambda tf: tf.strings.unicode_transcode(["aï"], "UTF-8", "UTF-16-BE"),
    "unicode errors": lambda tf: tf.strings.unicode_decode(b"a\xffb", "UTF-8"),
    "unicode errors ignored": lambda tf: tf.strings.unicode_decode(b"a\xffb", "UTF-8", errors="ignore"),
    "hash": lambda tf: tf.strings.to_hash_bucket_fast(["x" * n for n in (*range(70), 127, 128, 129, 1000)], 2**40),
    "hash of words": lambda tf: tf.strings.to_hash_bucket_fast([w * 9 for w in WORDS], 1000),
    "strong hash": lambda tf: tf.strings.to_hash_bucket_strong([w * 3 for w in WORDS], 2**40, [7, 2**33]),
    "unsorted_segment_join": lambda tf: tf.strings.unsorted_segment_join(["a", "b", "c"], [1, 0, 1], 3, separator=":"),
}  # fmt: skip


@pytest.mark.parametrize("name", STRINGS)
def test_strings(name):
    check(STRINGS[name])


TENSORS = {
    "constant": lambda tf: tf.constant("abc"),
    "constant of bytes": lambda tf: tf.constant(b"a\x00b\x00"),
    "constant list": lambda tf: tf.constant([["a", "bc"], ["", "d"]]),
    "text": lambda tf: tf.constant("é").numpy(),
    "equal": lambda tf: tf.constant(["a", "b"]) == "a",
    "not equal": lambda tf: tf.constant(["a", "b"]) != tf.constant(["a", "c"]),
    "plus": lambda tf: tf.constant(["a", "b"]) + "x",
    "plus from the left": lambda tf: "x" + tf.constant("a"),
    "index": lambda tf: tf.constant(["a", "b"])[1],
    "slice": lambda tf: tf.constant(["a", "b", "c"])[::2],
    "truth": lambda tf: bool(tf.constant("a") == b"a"),
    "equal as a function": lambda tf: tf.equal(tf.constant(["a", "b"]), "b"),
    "concat": lambda tf: tf.concat([["a"], ["b", "c"]], 0),
    "stack": lambda tf: tf.stack([tf.constant("a"), tf.constant("b")]),
    "reshape": lambda tf: tf.reshape(tf.constant(["a", "b"]), [2, 1]),
    "gather": lambda tf: tf.gather(tf.constant(["a", "b"]), [1, 1, 0]),
    "expand_dims": lambda tf: tf.expand_dims(tf.constant("a"), 0),
    "where": lambda tf: tf.where([True, False], ["a", "b"], ["x", "y"]),
    "boolean_mask": lambda tf: tf.boolean_mask(tf.constant(["a", "b"]), [False, True]),
    "tile": lambda tf: tf.tile(tf.constant(["a"]), [3]),
    "shape": lambda tf: tf.shape(tf.constant([["a"]])),
    "size": lambda tf: tf.size(tf.constant(["a", "b"])),
    "fill": lambda tf: tf.fill([2], "a"),
    "zeros": lambda tf: tf.zeros([2], tf.string),
    "squeeze": lambda tf: tf.squeeze(tf.constant(["a"])),
    "unstack": lambda tf: tf.unstack(tf.constant(["a", "b"])),
    "iteration": lambda tf: [word.numpy().decode() for word in tf.constant(["a", "b"])],
    "file contents": lambda tf: tf.convert_to_tensor(b"\x89PNG\x00\x00"),
}


@pytest.mark.parametrize("name", TENSORS)
def test_string_tensors(name):
    check(TENSORS[name])


def sample(tf):
    return tf.ragged.constant([[3, 1, 4], [], [1], [5, 9]])


def deep(tf):
    return tf.ragged.constant([[["a"], ["b", "c"]], [], [[]]])


RAGGED = {
    "constant": sample,
    "constant of floats": lambda tf: tf.ragged.constant([[1.5], [], [2, 3]]),
    "constant, deep": deep,
    "constant with inner shape": lambda tf: tf.ragged.constant([[[1, 2]], [], [[3, 4], [5, 6]]], ragged_rank=1),
    "constant, flat": lambda tf: tf.ragged.constant([1, 2]),
    "constant, mixed": lambda tf: tf.ragged.constant([[1], 2]),
    "from_row_splits": lambda tf: tf.RaggedTensor.from_row_splits([1, 2, 3], [0, 2, 2, 3]),
    "from_row_lengths": lambda tf: tf.RaggedTensor.from_row_lengths([1.0, 2.0], [0, 2]),
    "from_row_starts": lambda tf: tf.RaggedTensor.from_row_starts([1, 2, 3], [0, 1, 1]),
    "from_row_limits": lambda tf: tf.RaggedTensor.from_row_limits([1, 2, 3], [1, 1, 3]),
    "from_value_rowids": lambda tf: tf.RaggedTensor.from_value_rowids([1, 2, 3], [0, 2, 2], nrows=4),
    "from_nested_row_splits": lambda tf: tf.RaggedTensor.from_nested_row_splits([1, 2, 3], [[0, 2], [0, 1, 3]]),
    "from_tensor": lambda tf: tf.RaggedTensor.from_tensor([[1, 2], [3, 4]]),
    "from_tensor with padding": lambda tf: tf.RaggedTensor.from_tensor([[1, 0, 0], [0, 0, 0], [0, 4, 0]], padding=0),
    "from_tensor with lengths": lambda tf: tf.RaggedTensor.from_tensor([[1, 2, 3], [4, 5, 6]], lengths=[1, 3]),
    "wrong splits": lambda tf: tf.RaggedTensor.from_row_lengths([1, 2, 3], [1, 1]).shape[0] * 0,
    "values": lambda tf: sample(tf).values,
    "flat_values": lambda tf: deep(tf).flat_values,
    "row_splits": lambda tf: sample(tf).row_splits,
    "row_lengths": lambda tf: sample(tf).row_lengths(),
    "row_lengths, deep": lambda tf: deep(tf).row_lengths(axis=2),
    "row_starts": lambda tf: [sample(tf).row_starts(), sample(tf).row_limits(), sample(tf).value_rowids()],
    "nrows": lambda tf: sample(tf).nrows(),
    "ragged_rank": lambda tf: [sample(tf).ragged_rank, deep(tf).ragged_rank],
    "bounding_shape": lambda tf: [sample(tf).bounding_shape(), deep(tf).bounding_shape(axis=1)],
    "to_tensor": lambda tf: sample(tf).to_tensor(),
    "to_tensor with default": lambda tf: sample(tf).to_tensor(default_value=-1),
    "to_tensor of a shape": lambda tf: sample(tf).to_tensor(shape=[None, 2]),
    "to_tensor, larger": lambda tf: sample(tf).to_tensor(shape=[5, 4]),
    "to_tensor, deep": lambda tf: deep(tf).to_tensor(),
    "row": lambda tf: sample(tf)[0],
    "row from the end": lambda tf: sample(tf)[-1],
    "no such row": lambda tf: sample(tf)[1].shape[0],
    "rows": lambda tf: sample(tf)[1:3],
    "every other row": lambda tf: sample(tf)[::2],
    "element": lambda tf: sample(tf)[0, 2],
    "part of each row": lambda tf: sample(tf)[:, :1],
    "end of each row": lambda tf: sample(tf)[1:, -1:],
    "deep index": lambda tf: deep(tf)[0, 1, 0],
    "deep slice": lambda tf: deep(tf)[:, :1],
    "column": lambda tf: sample(tf)[:, 0],
    "plus": lambda tf: sample(tf) + 1,
    "times itself": lambda tf: sample(tf) * sample(tf),
    "from the left": lambda tf: 10 - sample(tf),
    "compared": lambda tf: sample(tf) > 2,
    "iteration": lambda tf: list(sample(tf)),
    "to_list": lambda tf: [sample(tf).to_list(), deep(tf).to_list()],
    "with_values": lambda tf: sample(tf).with_values(tf.constant([1.0] * 6)),
    "merge_dims": lambda tf: deep(tf).merge_dims(0, 1),
    "merge inner dims": lambda tf: deep(tf).merge_dims(1, 2),
    "range": lambda tf: tf.ragged.range([3, 0, 2]),
    "range with limits": lambda tf: tf.ragged.range([0, 5], [4, 9], 2),
    "stack": lambda tf: tf.ragged.stack([[1, 2], [3]]),
    "map_flat_values": lambda tf: tf.ragged.map_flat_values(tf.square, sample(tf)),
    "boolean_mask": lambda tf: tf.ragged.boolean_mask([[1, 2], [3, 4]], [[True, False], [True, True]]),
    "segment ids": lambda tf: [
        tf.ragged.row_splits_to_segment_ids([0, 2, 2, 3]), tf.ragged.segment_ids_to_row_splits([0, 0, 2])
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", RAGGED)
def test_ragged(name):
    check(RAGGED[name])


def test_gradients_flow_through_ragged_tensors():
    def snippet(tf):
        x = tf.constant([1.0, 2.0, 3.0])
        with tf.GradientTape() as tape:
            tape.watch(x)
            rows = tf.RaggedTensor.from_row_lengths(x, [2, 1])
            y = tf.reduce_sum((rows * rows).to_tensor() * [[1.0, 2.0], [3.0, 4.0]])
        return tf.convert_to_tensor(tape.gradient(y, x))

    check(snippet)


def table(tf, default=-1):
    return tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(["a", "b", "c"], np.array([10, 11, 12])), default
    )


LOOKUP = {
    "lookup": lambda tf: table(tf).lookup(tf.constant([["a", "x"], ["c", "b"]])),
    "lookup by []": lambda tf: table(tf)[tf.constant("b")],
    "lookup of ragged keys": lambda tf: table(tf).lookup(tf.ragged.constant([["a"], [], ["x", "c"]])),
    "size": lambda tf: table(tf).size(),
    "numbers to words": lambda tf: tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(tf.constant([1, 2], tf.int64), tf.constant(["one", "two"])), "?"
    ).lookup(tf.constant([2, 7], tf.int64)),
    "with dtypes": lambda tf: tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(["a"], [1.5], tf.string, tf.float32), 0.0
    ).lookup(tf.constant(["a", "b"])),
    "wrong keys": lambda tf: table(tf).lookup(tf.constant([1.0])),
    "unknown words": lambda tf: tf.lookup.StaticVocabularyTable(
        tf.lookup.KeyValueTensorInitializer(["a", "b"], tf.range(2, dtype=tf.int64)), 5
    ).lookup(tf.constant(["a", "b", "new", "word", "é"])),
    "size with unknown": lambda tf: tf.lookup.StaticVocabularyTable(
        tf.lookup.KeyValueTensorInitializer(["a", "b"], tf.range(2, dtype=tf.int64)), 5
    ).size(),
}


def _changed(tf, table):
    table.insert(tf.constant(["a", "b"]), np.array([1, 2]))
    table.insert(tf.constant(["b"]), np.array([7]))
    table.remove(tf.constant(["a"]))
    return [table.lookup(tf.constant(["a", "b"])), table.size()]


@pytest.mark.parametrize("name", LOOKUP)
def test_lookup(name):
    check(LOOKUP[name])


@pytest.mark.parametrize("column", ["TextFileIndex.LINE_NUMBER", "TextFileIndex.WHOLE_LINE", 1])
def test_lookup_from_a_file(tmp_path, column):
    path = tmp_path / "words.txt"
    path.write_text("a\t5\nb\t6\n")

    def snippet(tf):
        index = getattr(tf.lookup.TextFileIndex, column.split(".")[1]) if isinstance(column, str) else column
        dtype = tf.string if "WHOLE" in str(column) else tf.int64
        values = tf.lookup.TextFileInitializer(str(path), tf.string, 0, dtype, index)
        return tf.lookup.StaticHashTable(values, "?" if dtype == tf.string else -1).lookup(tf.constant(["b", "z"]))

    check(snippet)
