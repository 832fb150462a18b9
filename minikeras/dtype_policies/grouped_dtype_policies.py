"""The policies of layers whose weights are quantized in groups, each with its own scale. Their modes contain numbers.

    int4/128        `Int4DTypePolicy`: 4 bits, groups of 128 along the input axis
    gptq/4/128      `GPTQDTypePolicy`: 4 bits, groups of 128
    awq/4/128       `AWQDTypePolicy`: the same

A group size of −1 means one group, the whole axis.
"""

from minikeras.dtype_policies.quantized_dtype_policy import QuantizedDTypePolicy


class _GroupedDTypePolicy(QuantizedDTypePolicy):
    """Reads the numbers of a mode.

    Class attributes:
        pattern: how the mode is written; its first part is the quantization mode.
        weight_bit_choices: values that the number `weight_bits` may have.
    """

    pattern = ()
    weight_bit_choices = ()

    def _parsed(self, mode):
        kind, *names = self.pattern
        written, *numbers = mode.split("/") if isinstance(mode, str) else (mode,)
        try:
            numbers = [int(number) for number in numbers]
        except ValueError:
            numbers = []
        if written != kind or len(numbers) != len(names):
            expected = "/".join([kind, *(f"<{name}>" for name in names)])
            raise ValueError(
                f"Invalid mode for {type(self).__name__}. Expected format '{expected}', with integers. "
                f"Received: mode={mode!r}"
            )
        for name, number in zip(names, numbers, strict=True):
            self._check(name, number, mode)
            setattr(self, name, number)
        self.mode = kind
        return kind, numbers

    def _check(self, name, number, mode):
        if name == "weight_bits" and number not in self.weight_bit_choices:
            only = (
                "only supports 4-bit weights" if self.weight_bit_choices == (4,) else f"takes {self.weight_bit_choices}"
            )
            raise ValueError(
                f"Invalid weight_bits in mode. mode={mode!r}: {type(self).__name__} {only}. Received: {number}"
            )
        if name != "weight_bits" and number < 1 and number != -1:
            raise ValueError(
                f"Invalid {name}. Supported values are -1 for one group, and lengths above 0. Received: {number} in "
                f"mode={mode!r}"
            )


class Int4DTypePolicy(_GroupedDTypePolicy):
    """The dtypes of a layer with int4 weights.

    Args:
        mode: "int4/<block_size>".
        source_name: see `QuantizedDTypePolicy`.

    Attributes:
        block_size: length of the groups along the input axis, each with its own scale; −1: one scale per output.
    """

    pattern = ("int4", "block_size")


class GPTQDTypePolicy(_GroupedDTypePolicy):
    """The dtypes of a layer whose weights GPTQ quantized.

    Args:
        mode: "gptq/<weight_bits>/<group_size>".
        source_name: see `QuantizedDTypePolicy`.

    Attributes:
        weight_bits: 2, 3, 4 or 8.
        group_size: length of the groups that have a scale each; −1: one group.
    """

    pattern = ("gptq", "weight_bits", "group_size")
    weight_bit_choices = (2, 3, 4, 8)


class AWQDTypePolicy(_GroupedDTypePolicy):
    """The dtypes of a layer whose weights AWQ quantized.

    Args:
        mode: "awq/4/<group_size>".
        source_name: see `QuantizedDTypePolicy`.

    Attributes:
        weight_bits: 4.
        group_size: length of the groups that have a scale each; −1: one group.
    """

    pattern = ("awq", "weight_bits", "group_size")
    weight_bit_choices = (4,)
