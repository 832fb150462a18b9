"""`tf.strings`: TensorFlow's parameters over the functions of `minikeras/tensors/strings/`.

`name` labels nodes of TensorFlow's graphs and has no effect.
"""

from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.named import named
from minikeras.compat.tensorflow.strings.formatting import format
from minikeras.tensors import strings

WITHOUT_A_NAME = {"translate"}  # functions that TensorFlow does not have

__all__ = [*(name for name in strings.__all__ if name not in WITHOUT_A_NAME), "format"]


lower = named(strings.lower)
upper = named(strings.upper)
strip = named(strings.strip)
length = named(strings.length)
substr = named(strings.substr)


def to_number(input, out_type="float32", name=None):
    """Each string parsed as a number: float32, float64, int32 or int64."""
    return strings.to_number(input, as_dtype(out_type).name)


as_string = named(strings.as_string)
regex_replace = named(strings.regex_replace)
regex_full_match = named(strings.regex_full_match)
split = named(strings.split)
bytes_split = named(strings.bytes_split)
unicode_split = named(strings.unicode_split)
unicode_decode = named(strings.unicode_decode)
unicode_split_with_offsets = named(strings.unicode_split_with_offsets)
unicode_decode_with_offsets = named(strings.unicode_decode_with_offsets)
unicode_encode = named(strings.unicode_encode)
unicode_transcode = named(strings.unicode_transcode)
unicode_script = named(strings.unicode_script)
join = named(strings.join)
reduce_join = named(strings.reduce_join)
unsorted_segment_join = named(strings.unsorted_segment_join)
ngrams = named(strings.ngrams)
to_hash_bucket = named(strings.to_hash_bucket)
to_hash_bucket_fast = named(strings.to_hash_bucket_fast)
to_hash_bucket_strong = named(strings.to_hash_bucket_strong)
