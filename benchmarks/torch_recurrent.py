"""Recurrent networks of ours in PyTorch, weights included: the layers of a Sequential model, one after the other."""

import numpy as np

from benchmarks.torch_networks import Trainer, convolution_of, linear, parameter
from minikeras import layers

GATES = {layers.LSTM: (0, 1, 2, 3), layers.GRU: (1, 0, 2)}  # PyTorch's i, f, g, o and r, z, n, as numbers of ours


def trainer(torch, model, loss):
    """A `Trainer` of a Sequential model; None without PyTorch, or with a layer that it lacks.

    Args:
        loss: the name of a loss of `torch.nn.functional`.
    """
    if torch is None or not all(type(layer) in TRANSLATIONS for layer in model.layers):
        return None
    parts = [TRANSLATIONS[type(layer)](torch, layer) for layer in model.layers]

    class Network(torch.nn.Module):
        """Each part takes the outputs of the one before, and the lengths of sequences that are padded."""

        def __init__(self):
            super().__init__()
            self.parts = torch.nn.ModuleList(parts)

        def forward(self, x):
            lengths = None
            for part in self.parts:
                x, lengths = part(x, lengths)
            return x

    return Trainer(torch, Network(), getattr(torch.nn.functional, loss), channels_first=False)


def _embedding(torch, layer):
    class Embedding(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.table = torch.nn.Embedding(layer.input_dim, layer.output_dim)
            self.table.weight = parameter(torch, layer.embeddings.numpy())

        def forward(self, tokens, lengths):
            return self.table(tokens), (tokens != 0).sum(1) if layer.mask_zero else None

    return Embedding()


def _recurrent(torch, layer):
    """A `torch.nn.LSTM` or `torch.nn.GRU`, in both directions for a Bidirectional layer."""
    directions = [layer]
    if isinstance(layer, layers.Bidirectional):
        directions = [layer.forward_layer, layer.backward_layer]
    first = directions[0]
    gates, features = GATES[type(first)], first.cell.kernel.shape[0]

    class Recurrent(torch.nn.Module):
        def __init__(self):
            super().__init__()
            kind = getattr(torch.nn, type(first).__name__)
            self.steps = kind(features, first.units, batch_first=True, bidirectional=len(directions) == 2)
            for direction, suffix in zip(directions, ("", "_reverse"), strict=False):
                for name, array in _weights(direction.cell, gates).items():
                    setattr(self.steps, name + suffix, parameter(torch, array))
                if first.cell.bias.ndim == 1:  # ours has no second bias to train
                    getattr(self.steps, "bias_hh_l0" + suffix).requires_grad_(False)

        def forward(self, x, lengths):
            if lengths is not None:
                x = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            outputs, last = self.steps(x)
            if first.return_sequences:
                if lengths is not None:
                    outputs, _ = torch.nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True)
                return outputs, lengths
            last = last[0] if isinstance(last, tuple) else last
            return torch.cat(list(last), -1), None

    return Recurrent()


def _weights(cell, gates):
    """The weights of a cell by their names in PyTorch. An LSTM has one bias here, and two there."""

    def in_order(array):
        parts = np.split(array, len(gates), axis=-1)
        return np.concatenate([parts[gate] for gate in gates], axis=-1)

    kernel, recurrent, bias = (in_order(weight.numpy()) for weight in cell.weights)
    biases = bias if bias.ndim == 2 else np.stack([bias, 0 * bias])
    return {"weight_ih_l0": kernel.T, "weight_hh_l0": recurrent.T, "bias_ih_l0": biases[0], "bias_hh_l0": biases[1]}


def _cell_of_ones_own(torch, layer):
    """h = tanh(x · kernel + h · recurrent), step by step."""
    kernel, recurrent = (weight.numpy() for weight in layer.cell.weights)

    class Steps(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.kernel, self.recurrent = parameter(torch, kernel), parameter(torch, recurrent)

        def forward(self, x, lengths):
            h = x.new_zeros(len(x), len(recurrent))
            for step in x.unbind(1):
                h = torch.tanh(step @ self.kernel + h @ self.recurrent)
            return h, None

    return Steps()


def _at_each_time(torch, layer):
    """A convolution, relu, max-pooling and Flatten on each image of a series."""
    convolution, pooling, _ = layer.layer.layers

    class AtEachTime(torch.nn.Module):
        def __init__(self):
            super().__init__()
            kernel = convolution.kernel.numpy()
            self.convolution = convolution_of(torch, convolution, kernel, convolution.padding)
            self.pooling = torch.nn.MaxPool2d(pooling.pool_size)

        def forward(self, x, lengths):
            images = x.flatten(0, 1).permute(0, 3, 1, 2)
            y = self.pooling(torch.relu(self.convolution(images)))
            return y.permute(0, 2, 3, 1).reshape(*x.shape[:2], -1), None

    return AtEachTime()


def _dense(torch, layer):
    class Dense(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = linear(torch, layer)

        def forward(self, x, lengths):
            return self.linear(x), None

    return Dense()


TRANSLATIONS = {
    layers.Embedding: _embedding,
    layers.LSTM: _recurrent,
    layers.GRU: _recurrent,
    layers.Bidirectional: _recurrent,
    layers.RNN: _cell_of_ones_own,
    layers.TimeDistributed: _at_each_time,
    layers.Dense: _dense,
}
