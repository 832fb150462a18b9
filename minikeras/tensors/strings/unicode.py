"""Splits strings into characters, decodes and encodes them as code points, and converts between encodings."""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.ops.conversion import data_tensor
from minikeras.tensors.ragged import RaggedTensor
from minikeras.tensors.strings.elementwise import each
from minikeras.tensors.strings.splitting import parts_of_each

_ENCODINGS = {"UTF-8": "utf-8", "UTF-16-BE": "utf-16-be", "UTF-32-BE": "utf-32-be", "US-ASCII": "ascii",
              "ASCII": "ascii", "ISO-8859-1": "latin-1", "LATIN1": "latin-1"}  # fmt: skip
_BY_LETTERS = {name.replace("-", ""): codec for name, codec in _ENCODINGS.items()}


def unicode_split(input, input_encoding, errors="replace", replacement_char=65533):
    """The single characters of each string, encoded as it is.

    Args:
        input_encoding: "UTF-8", "UTF-16-BE", "UTF-32-BE" or "US-ASCII".
        errors: how to treat bytes that are not characters: "replace", "ignore" or "strict".
        replacement_char: the code point to put in their place.
    """
    codec = _codec(input_encoding)
    decode = _decoder(codec, errors, replacement_char)
    return parts_of_each(input, lambda s: [character.encode(codec) for character in decode(s)])


def unicode_decode(input, input_encoding, errors="replace", replacement_char=65533,
                   replace_control_characters=False):  # fmt: skip
    """The code points (int32) of the characters of each string."""
    decode = _decoder(_codec(input_encoding), errors, replacement_char, replace_control_characters)
    return parts_of_each(input, lambda s: [ord(character) for character in decode(s)], np.int32)


def unicode_split_with_offsets(input, input_encoding, errors="replace", replacement_char=65533):
    """(the characters, the byte at which each begins)."""
    codec = _codec(input_encoding)
    characters = unicode_split(input, input_encoding, errors, replacement_char)
    return characters, _offsets(input, codec, errors, replacement_char)


def unicode_decode_with_offsets(input, input_encoding, errors="replace", replacement_char=65533,
                                replace_control_characters=False):  # fmt: skip
    """(the code points of the characters, the byte at which each begins)."""
    codec = _codec(input_encoding)
    numbers = unicode_decode(input, input_encoding, errors, replacement_char, replace_control_characters)
    return numbers, _offsets(input, codec, errors, replacement_char)


def _offsets(input, codec, errors, replacement_char):
    decode = _decoder(codec, errors, replacement_char)

    def starts(string):
        sizes = [len(character.encode(codec)) for character in decode(string)]
        if sum(sizes) != len(string):
            raise InvalidArgumentError(None, None, f"Offsets exist for well-formed text only. Received: {string!r}")
        return np.concatenate([[0], np.cumsum(sizes)[:-1]]) if sizes else []

    return parts_of_each(input, starts, np.int64)


def unicode_encode(input, output_encoding, errors="replace", replacement_char=65533):
    """Code points along the last axis, encoded as strings."""
    codec = _codec(output_encoding)

    def joined(numbers):
        return "".join(_character(n, errors, replacement_char) for n in numbers).encode(codec)

    if isinstance(input, RaggedTensor):
        if isinstance(input.values, RaggedTensor):
            return input.with_values(unicode_encode(input.values, output_encoding, errors, replacement_char))
        rows, shape = [row.array.tolist() for row in input], (len(input),)
    else:
        array = data_tensor(input).array
        rows, shape = array.reshape(-1, array.shape[-1]).tolist(), array.shape[:-1]
    strings = np.empty(len(rows), object)
    strings[:] = [joined(row) for row in rows]
    return Tensor(strings.reshape(shape))


def _character(number, errors, replacement_char):
    if 0 <= number < 0x110000 and not 0xD800 <= number < 0xE000:
        return chr(number)
    if errors == "strict":
        raise InvalidArgumentError(None, None, f"{number} is not a character of Unicode")
    return chr(replacement_char) if errors == "replace" else ""


def unicode_transcode(input, input_encoding, output_encoding, errors="replace", replacement_char=65533,
                      replace_control_characters=False):  # fmt: skip
    """Each string in another encoding."""
    decode = _decoder(_codec(input_encoding), errors, replacement_char, replace_control_characters)
    codec = _codec(output_encoding)
    return each(lambda s: decode(s).encode(codec, "replace"), input)


def _codec(encoding):
    name = "".join(c for c in encoding.upper() if c.isalnum())  # ICU, which TensorFlow uses, compares only these
    if name not in _BY_LETTERS:
        raise ValueError(f"`encoding` must be one of {', '.join(_ENCODINGS)}. Received: {encoding!r}")
    return _BY_LETTERS[name]


def _decoder(codec, errors, replacement_char, replace_control_characters=False):
    """The function from bytes to text."""
    if errors not in ("strict", "replace", "ignore"):
        raise ValueError(f"`errors` must be 'strict', 'replace' or 'ignore'. Received: errors={errors!r}")

    def decode(string):
        try:
            decoded = string.decode(codec, errors)
        except UnicodeDecodeError:
            raise InvalidArgumentError(None, None, f"Invalid formatting on input string: {string!r}") from None
        if errors == "replace":
            decoded = decoded.replace("�", chr(replacement_char))
        if replace_control_characters:
            decoded = "".join(chr(replacement_char) if ord(c) < 32 or ord(c) == 127 else c for c in decoded)
        return decoded

    return decode
