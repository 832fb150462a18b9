"""`ConvLSTM1D`: a long short-term memory over sequences of 1D signals."""

from minikeras.layers.recurrent.conv_lstm import ConvLSTM


class ConvLSTM1D(ConvLSTM):
    """i, f, g, o = split(conv(x[t], kernel) + bias + conv(h, recurrent_kernel)),

        c ← σ(f) · c + σ(i) · φ(g)        h ← σ(o) · φ(c)

    Input: (batch, time, length, channels), or with `data_format="channels_first"` the channels after time. Output:
    the last h (batch, length, filters), or with `return_sequences` all (batch, time, length, filters), with the
    spatial lengths given by `padding` and `strides`; with `return_state` (output, h, c).

    Args and errors: see `ConvLSTM`.

    Source: Shi et al., "Convolutional LSTM network: a machine learning approach for precipitation nowcasting" (2015).
    """

    rank = 1
