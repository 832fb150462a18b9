"""Functions of string tensors, ragged or not: case, parts, patterns, numbers, hashes.

A string tensor is a `Tensor` whose array holds `bytes` (see `autodiff/byte_strings.py`); text, bytes and nested lists
of them are accepted in its place. The result for a `Tensor` is a `Tensor`, or a `RaggedTensor` if each string gives
several parts (words, characters). Behaviour and names of parameters are those of `tf.strings`.

| file | functions |
| --- | --- |
| `case.py` | lower, upper, strip, translate |
| `substrings.py` | length, substr |
| `numbers.py` | to_number, as_string |
| `binary.py`, `csv_fields.py` | decode_raw, base64, compression; lines of CSV files as columns |
| `regular_expressions.py` | regex_replace, regex_full_match |
| `splitting.py`, `unicode.py` | split, bytes_split; unicode_split, unicode_decode, unicode_encode, … |
| `scripts.py` | unicode_script, by the table in `script_ranges.py` |
| `joining.py` | join, reduce_join, unsorted_segment_join, ngrams |
| `hashing.py` | to_hash_bucket, to_hash_bucket_fast, to_hash_bucket_strong |
| `elementwise.py` | any Python function, applied to every string |
"""

from minikeras.tensors.strings.case import lower, strip, translate, upper
from minikeras.tensors.strings.hashing import to_hash_bucket, to_hash_bucket_fast, to_hash_bucket_strong
from minikeras.tensors.strings.joining import join, ngrams, reduce_join, unsorted_segment_join
from minikeras.tensors.strings.numbers import as_string, to_number
from minikeras.tensors.strings.regular_expressions import regex_full_match, regex_replace
from minikeras.tensors.strings.scripts import unicode_script
from minikeras.tensors.strings.splitting import bytes_split, split
from minikeras.tensors.strings.substrings import length, substr
from minikeras.tensors.strings.unicode import (
    unicode_decode,
    unicode_decode_with_offsets,
    unicode_encode,
    unicode_split,
    unicode_split_with_offsets,
    unicode_transcode,
)

__all__ = [
    "as_string",
    "bytes_split",
    "join",
    "length",
    "lower",
    "ngrams",
    "reduce_join",
    "regex_full_match",
    "regex_replace",
    "split",
    "strip",
    "substr",
    "to_hash_bucket",
    "to_hash_bucket_fast",
    "to_hash_bucket_strong",
    "to_number",
    "translate",
    "unicode_decode",
    "unicode_decode_with_offsets",
    "unicode_encode",
    "unicode_script",
    "unicode_split",
    "unicode_split_with_offsets",
    "unicode_transcode",
    "unsorted_segment_join",
    "upper",
]
