"""`tf.strings`: TensorFlow's parameters over the functions of `minikeras/strings/`.

`name` labels nodes of TensorFlow's graphs and has no effect.
"""

from minikeras import strings
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.strings.formatting import format

WITHOUT_A_NAME = {"translate"}  # functions that TensorFlow does not have

__all__ = [*(name for name in strings.__all__ if name not in WITHOUT_A_NAME), "format", "to_hash_bucket"]


def lower(input, encoding="", name=None):
    """Lower case: of ASCII only, or of all scripts with encoding="utf-8"."""
    return strings.lower(input, encoding)


def upper(input, encoding="", name=None):
    """Upper case: of ASCII only, or of all scripts with encoding="utf-8"."""
    return strings.upper(input, encoding)


def strip(input, name=None):
    """Without whitespace at both ends."""
    return strings.strip(input)


def length(input, unit="BYTE", name=None):
    """The number of bytes, or with unit="UTF8_CHAR" of characters, int32."""
    return strings.length(input, unit)


def substr(input, pos, len, unit="BYTE", name=None):
    """The part of each string from `pos` on (from the end if negative), `len` bytes or characters long."""
    return strings.substr(input, pos, len, unit)


def to_number(input, out_type="float32", name=None):
    """Each string parsed as a number: float32, float64, int32 or int64."""
    return strings.to_number(input, as_dtype(out_type).name)


def as_string(input, precision=-1, scientific=False, shortest=False, width=-1, fill="", name=None):
    """Numbers as text, as C's printf formats them."""
    return strings.as_string(input, precision, scientific, shortest, width, fill)


def regex_replace(input, pattern, rewrite, replace_global=True, name=None):
    """Every match of `pattern` (the first only, if not `replace_global`) replaced by `rewrite`."""
    return strings.regex_replace(input, pattern, rewrite, replace_global)


def regex_full_match(input, pattern, name=None):
    """Whether `pattern` matches each string from its beginning to its end."""
    return strings.regex_full_match(input, pattern)


def split(input, sep=None, maxsplit=-1, name=None):
    """The parts of each string between separators."""
    return strings.split(input, sep, maxsplit)


def bytes_split(input, name=None):
    """The single bytes of each string."""
    return strings.bytes_split(input)


def unicode_split(input, input_encoding, errors="replace", replacement_char=65533, name=None):
    """The single characters of each string, encoded as it is."""
    return strings.unicode_split(input, input_encoding, errors, replacement_char)


def unicode_decode(input, input_encoding, errors="replace", replacement_char=65533,
                   replace_control_characters=False, name=None):  # fmt: skip
    """The code points (int32) of the characters of each string."""
    return strings.unicode_decode(input, input_encoding, errors, replacement_char, replace_control_characters)


def unicode_split_with_offsets(input, input_encoding, errors="replace", replacement_char=65533, name=None):
    """(the characters, the byte offset of each)."""
    return strings.unicode_split_with_offsets(input, input_encoding, errors, replacement_char)


def unicode_decode_with_offsets(input, input_encoding, errors="replace", replacement_char=65533,
                                replace_control_characters=False, name=None):  # fmt: skip
    """(the code points of the characters, the byte offset of each)."""
    return strings.unicode_decode_with_offsets(
        input, input_encoding, errors, replacement_char, replace_control_characters
    )


def unicode_encode(input, output_encoding, errors="replace", replacement_char=65533, name=None):
    """Code points along the last axis, as strings."""
    return strings.unicode_encode(input, output_encoding, errors, replacement_char)


def unicode_transcode(input, input_encoding, output_encoding, errors="replace", replacement_char=65533,
                      replace_control_characters=False, name=None):  # fmt: skip
    """Each string in another encoding."""
    return strings.unicode_transcode(
        input, input_encoding, output_encoding, errors, replacement_char, replace_control_characters
    )


def unicode_script(input, name=None):
    """The number of the script of each code point, as ICU counts them."""
    return strings.unicode_script(input)


def join(inputs, separator="", name=None):
    """The strings of several tensors, concatenated elementwise."""
    return strings.join(inputs, separator)


def reduce_join(inputs, axis=None, keepdims=False, separator="", name=None):
    """The strings along `axis` (all if None, several in the order given) as one."""
    return strings.reduce_join(inputs, axis, keepdims, separator)


def unsorted_segment_join(inputs, segment_ids, num_segments, separator="", name=None):
    """The strings with the same segment ID, joined in order; "" for an absent ID."""
    return strings.unsorted_segment_join(inputs, segment_ids, num_segments, separator)


def ngrams(
    data,
    ngram_width,
    separator=" ",
    pad_values=None,
    padding_width=None,
    preserve_short_sequences=False,
    name=None,
):
    """Every run of `ngram_width` strings of each row, joined: "a b", "b c" of ["a", "b", "c"]."""
    return strings.ngrams(data, ngram_width, separator, pad_values, padding_width, preserve_short_sequences)


def to_hash_bucket_fast(input, num_buckets, name=None):
    """FarmHash's fingerprint of each string modulo `num_buckets`, int64."""
    return strings.to_hash_bucket_fast(input, num_buckets)


def to_hash_bucket_strong(input, num_buckets, key, name=None):
    """SipHash of each string under `key`, two integers, modulo `num_buckets`: hard to collide without it."""
    return strings.to_hash_bucket_strong(input, num_buckets, key)


def to_hash_bucket(input, num_buckets, name=None):
    """Raises an error: TensorFlow does not specify this hash. Use `to_hash_bucket_fast`."""
    raise NotImplementedError(
        "`to_hash_bucket` uses a hash that may differ between builds of TensorFlow. Use `to_hash_bucket_fast`."
    )
