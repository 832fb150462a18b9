"""The same networks in PyTorch, as its users train them: the column next to TensorFlow's.

A network is translated layer by layer from ours, weights included. Images are channels-last in memory, which PyTorch's
convolutions on a CPU like best.
"""

from minikeras import Sequential, layers


def translated(torch, model):
    """A `torch.nn.Sequential` with the layers and weights of a Sequential model, ending with logits.

    None if there is a layer without a translation, or the model is a graph.
    """
    made = []
    shape = model.input_shape
    for layer in model.layers:
        translate = TRANSLATIONS.get(type(layer))
        if translate is None or not isinstance(model, Sequential):
            return None
        made += translate(torch, layer, shape)
        shape = layer.compute_output_shape(shape)
    return torch.nn.Sequential(*made)


def parameter(torch, array):
    return torch.nn.Parameter(torch.from_numpy(array.copy()))


def _activation(torch, layer):
    return [torch.nn.ReLU()] if layer.activation.__name__ == "relu" else []


def linear(torch, layer):
    """`torch.nn.Linear` with the weights of a Dense layer."""
    kernel, bias = (weight.numpy() for weight in layer.weights)
    module = torch.nn.Linear(*kernel.shape)
    module.weight, module.bias = parameter(torch, kernel.T), parameter(torch, bias)
    return module


def _dense(torch, layer, shape):
    return [linear(torch, layer), *_activation(torch, layer)]


def convolution_of(torch, layer, kernel, padding):
    """`torch.nn.Conv2d`, channels last, with a kernel (height, width, channels of a group, filters) of ours."""
    channels, filters = kernel.shape[2:]
    groups = filters if channels == 1 and type(layer).__name__ == "DepthwiseConv2D" else 1
    convolution = torch.nn.Conv2d(
        channels * groups, filters, kernel.shape[:2], layer.strides, padding, groups=groups, bias=layer.use_bias
    )
    convolution.weight = parameter(torch, kernel.transpose(3, 2, 0, 1).copy())
    if layer.use_bias:
        convolution.bias = parameter(torch, layer.bias.numpy())
    return convolution.to(memory_format=torch.channels_last)


def _convolution(torch, layer, shape):
    kernel = layer.kernel.numpy()
    window, stride = kernel.shape[0], layer.strides[0]
    pad = max((-(-shape[1] // stride) - 1) * stride + window - shape[1], 0) if layer.padding == "same" else 0
    before, after = pad // 2, pad - pad // 2
    convolution = convolution_of(torch, layer, kernel, before if before == after else 0)
    padding = [] if before == after else [torch.nn.ZeroPad2d((before, after, before, after))]
    return [*padding, convolution, *_activation(torch, layer)]


def _flatten(torch, layer, shape):
    class Flatten(torch.nn.Module):
        """In the order of Keras, channels last, which is that of the next layer's weights."""

        def forward(self, x):
            return x.permute(0, 2, 3, 1).flatten(1)

    return [Flatten()]


def _global_average(torch, layer, shape):
    class Average(torch.nn.Module):
        def forward(self, x):
            return x.mean((2, 3))

    return [Average()]


TRANSLATIONS = {
    layers.Dense: _dense,
    layers.Conv2D: _convolution,
    layers.Flatten: _flatten,
    layers.GlobalAveragePooling2D: _global_average,
    layers.MaxPooling2D: lambda torch, layer, shape: [torch.nn.MaxPool2d(layer.pool_size)],
    layers.BatchNormalization: lambda torch, layer, shape: [torch.nn.BatchNorm2d(shape[-1], layer.epsilon, 0.01)],
    layers.ReLU: lambda torch, layer, shape: [torch.nn.ReLU()],
    layers.Dropout: lambda torch, layer, shape: [torch.nn.Dropout(layer.rate)],
}


class Trainer:
    """A network with the loop that `fit` is: Adam, and the mean loss.

    Args:
        network: a `torch.nn.Module`.
        loss: function of its outputs and the targets; None for the crossentropy of logits, with the accuracy next to
            it.
        channels_first: whether the channels of inputs and targets are moved to where PyTorch's convolutions want them.
    """

    def __init__(self, torch, network, loss=None, channels_first=True):
        self.torch = torch
        self.network = network
        self.loss = loss or torch.nn.functional.cross_entropy
        self.counts = loss is None
        self.channels_first = channels_first
        self.optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, eps=1e-7, fused=True)

    def tensor(self, x):
        """An array as a tensor on the same memory."""
        tensor = self.torch.from_numpy(x)
        return tensor.movedim(-1, 1) if self.channels_first and tensor.ndim > 2 else tensor

    def fit(self, x, y, batch_size):
        """One epoch; returns its mean loss."""
        x, y = self.tensor(x), self.tensor(y)
        self.network.train()
        total, right = self.torch.zeros(()), self.torch.zeros((), dtype=self.torch.int64)
        for start in range(0, len(x), batch_size):
            inputs, targets = x[start : start + batch_size], y[start : start + batch_size]
            outputs = self.network(inputs)
            loss = self.loss(outputs, targets)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += loss.detach() * len(inputs)
            if self.counts:
                right += (outputs.argmax(1) == targets).sum()
        return float(total) / len(x)

    def predict(self, x, batch_size):
        """Probabilities, an array."""
        x = self.tensor(x)
        self.network.eval()
        with self.torch.inference_mode():
            parts = [self.network(x[i : i + batch_size]).softmax(1) for i in range(0, len(x), batch_size)]
            return self.torch.cat(parts).numpy()


def trainer(torch, model):
    """A `Trainer` of the same network as ours; None without PyTorch or with a layer that it lacks."""
    network = torch and translated(torch, model)
    return network and Trainer(torch, network)
