"""`tf.strings`: functions of string tensors (see `string_tensors.py`). What has rows of its own length is ragged."""

from minikeras.compat.tensorflow.strings.basic import as_string, length, lower, strip, substr, to_number, upper
from minikeras.compat.tensorflow.strings.hashing import to_hash_bucket, to_hash_bucket_fast, to_hash_bucket_strong
from minikeras.compat.tensorflow.strings.joining import format, join, ngrams, reduce_join, unsorted_segment_join
from minikeras.compat.tensorflow.strings.patterns import regex_full_match, regex_replace
from minikeras.compat.tensorflow.strings.splitting import (
    bytes_split,
    split,
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
    "format",
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
    "unicode_decode",
    "unicode_decode_with_offsets",
    "unicode_encode",
    "unicode_split",
    "unicode_split_with_offsets",
    "unicode_transcode",
    "unsorted_segment_join",
    "upper",
]
