"""The networks of `layer_networks.py` in PyTorch, as its users write them, with the weights of ours.

Each is a function (torch, model of ours) that returns a module. Its inputs are those of `placed`, its outputs logits.
"""

import numpy as np

from benchmarks.torch_networks import Trainer, convolution_of, linear, parameter
from minikeras import layers


def encoder(torch, model):
    """A post-norm block of attention, and a classifier over the mean of all tokens."""
    wide, narrow, classifier = all_of(torch, model, layers.Dense)
    first, second = all_of(torch, model, layers.LayerNormalization)
    (attention,) = all_of(torch, model, layers.MultiHeadAttention)

    class Encoder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.attention, self.first, self.second = attention, first, second
            self.dense = torch.nn.Sequential(wide, torch.nn.ReLU(), narrow)
            self.classifier = classifier

        def forward(self, x):
            x = self.first(x + self.attention(x, x, x, need_weights=False)[0])
            x = self.second(x + self.dense(x))
            return self.classifier(x.mean(1))

    return Encoder()


def decoder(torch, model):
    """Pre-norm blocks of causal attention."""

    class Block(torch.nn.Module):
        def __init__(self, attention, norms, dense):
            super().__init__()
            self.attention, self.dense = attention, torch.nn.Sequential(dense[0], torch.nn.GELU(), dense[1])
            self.first, self.second = norms

        def forward(self, x, later):
            y = self.first(x)
            x = x + self.attention(y, y, y, need_weights=False, attn_mask=later, is_causal=True)[0]
            return x + self.dense(self.second(x))

    class Decoder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            (self.embedding,) = all_of(torch, model, layers.Embedding)
            *dense, self.logits = all_of(torch, model, layers.Dense)
            norms = all_of(torch, model, layers.LayerNormalization)
            attentions = all_of(torch, model, layers.MultiHeadAttention)
            parts = [
                Block(attention, norms[2 * i : 2 * i + 2], dense[2 * i : 2 * i + 2])
                for i, attention in enumerate(attentions)
            ]
            self.blocks = torch.nn.ModuleList(parts)

        def forward(self, tokens):
            x = self.embedding(tokens)
            later = torch.nn.Transformer.generate_square_subsequent_mask(x.shape[1])
            for block in self.blocks:
                x = block(x, later)
            return self.logits(x)

    return Decoder()


def temporal_convolution(torch, model):
    """A sequence of layers, with the time last."""
    made = []
    for layer in model.layers[1:]:
        made += MODULES[type(layer)](torch, layer)
    return torch.nn.Sequential(*made)


def u_net(torch, model):
    """Two levels down and up, with connections across."""
    convolutions = all_of(torch, model, layers.Conv2D)

    def block(first):
        relu = torch.nn.ReLU()
        return torch.nn.Sequential(convolutions[first], relu, convolutions[first + 1], relu)

    class UNet(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.down, self.up = torch.nn.MaxPool2d(2), torch.nn.Upsample(scale_factor=2)
            self.blocks = torch.nn.ModuleList([block(first) for first in range(0, 10, 2)])
            (self.transposed,) = all_of(torch, model, layers.Conv2DTranspose)
            self.last = convolutions[10]

        def forward(self, x):
            first = self.blocks[0](x)
            second = self.blocks[1](self.down(first))
            x = self.transposed(self.blocks[2](self.down(second)))
            x = self.up(self.blocks[3](torch.cat([x, second], 1)))
            return self.last(self.blocks[4](torch.cat([x, first], 1)))

    return UNet()


def trainer(torch, model, name):
    """A `Trainer` of the network, with the loss that ours is compiled with; None without PyTorch."""
    if torch is None:
        return None
    losses = torch.nn.functional

    def crossentropy(logits, labels):
        return losses.cross_entropy(logits.flatten(0, -2), labels.flatten().long())

    loss = losses.binary_cross_entropy_with_logits if name == "u_net" else crossentropy
    return Trainer(torch, globals()[name](torch, model), loss, channels_first=name in ("temporal_convolution", "u_net"))


# --- layers -------------------------------------------------------------------------------------------------------


def all_of(torch, model, kind):
    """The layers of a class, in order, as modules."""
    return [module for x in model.layers if isinstance(x, kind) for module in MODULES[kind](torch, x)]


def _embedding(torch, layer):
    embedding = torch.nn.Embedding(layer.input_dim, layer.output_dim)
    embedding.weight = parameter(torch, layer.embeddings.numpy())
    return [embedding]


def _layer_normalization(torch, layer):
    return [torch.nn.LayerNorm(layer.gamma.shape[0], layer.epsilon)]


def _attention(torch, layer):
    width = layer.num_heads * layer.key_dim
    attention = torch.nn.MultiheadAttention(width, layer.num_heads, batch_first=True)
    query, query_bias, key, key_bias, value, value_bias, output, output_bias = (w.numpy() for w in layer.weights)
    inputs = [kernel.reshape(width, width).T for kernel in (query, key, value)]
    attention.in_proj_weight = parameter(torch, np.concatenate(inputs))
    attention.in_proj_bias = parameter(torch, np.concatenate([query_bias, key_bias, value_bias]).reshape(-1))
    attention.out_proj.weight = parameter(torch, output.reshape(width, width).T)
    attention.out_proj.bias = parameter(torch, output_bias)
    return [attention]


def _causal_convolution(torch, layer):
    kernel, (dilation,) = layer.kernel.numpy(), layer.dilation_rate
    convolution = torch.nn.Conv1d(*kernel.shape[1:], kernel.shape[0], dilation=dilation)
    convolution.weight, convolution.bias = (
        parameter(torch, kernel.transpose(2, 1, 0)),
        parameter(torch, layer.bias.numpy()),
    )
    return [torch.nn.ConstantPad1d(((kernel.shape[0] - 1) * dilation, 0), 0.0), convolution]


def _convolution(torch, layer):
    return [convolution_of(torch, layer, layer.kernel.numpy(), layer.padding)]


def _transposed_convolution(torch, layer):
    kernel = layer.kernel.numpy()  # (2, 2, filters, channels), of stride 2: windows do not overlap
    convolution = torch.nn.ConvTranspose2d(kernel.shape[3], kernel.shape[2], kernel.shape[:2], layer.strides)
    convolution.weight, convolution.bias = (
        parameter(torch, kernel.transpose(3, 2, 0, 1)),
        parameter(torch, layer.bias.numpy()),
    )
    return [convolution.to(memory_format=torch.channels_last)]


MODULES = {  # class: a function (torch, layer) that returns a list of modules
    layers.Dense: lambda torch, layer: [linear(torch, layer)],
    layers.Embedding: _embedding,
    layers.LayerNormalization: _layer_normalization,
    layers.MultiHeadAttention: _attention,
    layers.Conv1D: _causal_convolution,
    layers.Conv2D: _convolution,
    layers.Conv2DTranspose: _transposed_convolution,
    layers.BatchNormalization: lambda torch, layer: [
        torch.nn.BatchNorm1d(len(layer.gamma.numpy()), layer.epsilon, 0.01)
    ],
    layers.ReLU: lambda torch, layer: [torch.nn.ReLU()],
    layers.MaxPooling1D: lambda torch, layer: [torch.nn.MaxPool1d(layer.pool_size)],
    layers.GlobalAveragePooling1D: lambda torch, layer: [torch.nn.AdaptiveAvgPool1d(1), torch.nn.Flatten()],
}
