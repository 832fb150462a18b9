"""Networks of `keras.applications` in PyTorch, translated from ours, weights included; the graph is walked by nodes.

`torch_networks.py` does the same for the networks that are sequences.
"""

import numpy as np

from benchmarks.torch_networks import convolution_of, linear, parameter
from minikeras import layers
from minikeras.kernels.windows import explicit_pads


class GraphTrainer:
    """A network of ours as PyTorch's users train it: channels last in memory, SGD, crossentropy of the logits.

    Args:
        torch: the library.
        model: a functional model of ours that ends with a softmax; its layers are among `TRANSLATIONS`.
        learning_rate: of SGD.
    """

    def __init__(self, torch, model, learning_rate):
        self.torch = torch
        self.model = model
        self.functions = {layer: TRANSLATIONS[type(layer)](torch, layer) for layer in model.layers}
        self.modules = torch.nn.ModuleList([x for x in self.functions.values() if isinstance(x, torch.nn.Module)])
        self.optimizer = torch.optim.SGD(self.modules.parameters(), learning_rate)

    def logits(self, images):
        """Of an array (batch, height, width, channels)."""
        x = self.torch.from_numpy(images).permute(0, 3, 1, 2)
        return self.model._run([x], lambda node, args, kwargs: self.functions[node.operation](*args))

    def predict(self, images):
        """Probabilities, an array."""
        self.modules.eval()
        with self.torch.inference_mode():
            return self.logits(images).softmax(1).numpy()

    def fit(self, images, labels, batch_size):
        """One epoch; returns its mean loss."""
        self.modules.train()
        total = self.torch.zeros(())
        for start in range(0, len(images), batch_size):
            part = images[start : start + batch_size]
            wanted = self.torch.from_numpy(labels[start : start + batch_size])
            loss = self.torch.nn.functional.cross_entropy(self.logits(part), wanted)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += loss.detach() * len(part)
        return float(total) / len(images)


def _convolution(torch, layer):
    """Of any window, stride and number of channels that it takes at a time."""
    kernel = layer.kernel.numpy()
    if isinstance(layer, layers.DepthwiseConv2D):  # (height, width, channels, 1) to (height, width, 1, channels)
        kernel = kernel.transpose(0, 1, 3, 2)
    pads = [(0, 0), (0, 0)]
    if layer.padding == "same":
        pads = explicit_pads("same", layer.input.shape[1:3], kernel.shape[:2], layer.strides, (1, 1))
    (top, bottom), (left, right) = pads
    even = (top, left) == (bottom, right)
    made = [] if even else [torch.nn.ZeroPad2d((left, right, top, bottom))]
    made.append(convolution_of(torch, layer, kernel, (top, left) if even else 0))
    if layer.activation.__name__ != "linear":
        made.append(ACTIVATIONS[layer.activation.__name__](torch))
    return torch.nn.Sequential(*made)


def _normalization(torch, layer):
    made = torch.nn.BatchNorm2d(len(layer.moving_mean.numpy()), layer.epsilon, 1 - layer.momentum)
    made.weight, made.bias = parameter(torch, layer.gamma.numpy()), parameter(torch, layer.beta.numpy())
    made.running_mean = torch.from_numpy(layer.moving_mean.numpy().copy())
    made.running_var = torch.from_numpy(layer.moving_variance.numpy().copy())
    return made


def _padding(torch, layer):
    (top, bottom), (left, right) = layer.padding
    return torch.nn.ZeroPad2d((left, right, top, bottom))


def _relu(torch, layer):
    return torch.nn.ReLU6() if layer.max_value == 6 else torch.nn.ReLU()


def _dropout(torch, layer):
    """Of whole samples, as `noise_shape` (None, 1, 1, 1) says, or of elements."""

    class DropSamples(torch.nn.Module):
        def forward(self, x):
            return x * torch.nn.functional.dropout(x.new_ones(len(x), 1, 1, 1), layer.rate, self.training)

    return DropSamples() if layer.noise_shape else torch.nn.Dropout(layer.rate)


def _shift_and_scale(torch, layer):
    """Normalization by the layer's mean and variance, one for each channel."""
    mean, variance = (
        torch.from_numpy(np.array(values).reshape(1, -1, 1, 1)) for values in (layer.mean, layer.variance)
    )
    return lambda x: (x - mean) / variance.sqrt()


ACTIVATIONS = {
    "relu": lambda torch: torch.nn.ReLU(),
    "silu": lambda torch: torch.nn.SiLU(),
    "sigmoid": lambda torch: torch.nn.Sigmoid(),
}
TRANSLATIONS = {  # class: a function (torch, layer) that returns a module, or a function without weights
    layers.InputLayer: lambda torch, layer: lambda x: x,
    layers.Conv2D: _convolution,
    layers.DepthwiseConv2D: _convolution,
    layers.BatchNormalization: _normalization,
    layers.Dense: linear,  # the softmax is applied to the logits where probabilities are wanted
    layers.ReLU: _relu,
    layers.Dropout: _dropout,
    layers.ZeroPadding2D: _padding,
    layers.Normalization: _shift_and_scale,
    layers.Activation: lambda torch, layer: ACTIVATIONS[layer.activation.__name__](torch),
    layers.Rescaling: lambda torch, layer: lambda x: x * layer.scale + layer.offset,
    layers.MaxPooling2D: lambda torch, layer: torch.nn.MaxPool2d(layer.pool_size, layer.strides),
    layers.GlobalAveragePooling2D: lambda torch, layer: lambda x: x.mean((2, 3), keepdim=bool(layer.keepdims)),
    layers.Reshape: lambda torch, layer: lambda x: x.reshape(len(x), -1, 1, 1),  # (channels,) to (1, 1, channels)
    layers.Add: lambda torch, layer: lambda parts: sum(parts[1:], parts[0]),
    layers.Multiply: lambda torch, layer: lambda parts: parts[0] * parts[1],
}
