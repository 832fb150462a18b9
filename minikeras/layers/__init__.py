"""Layers, one per file, in folders by family. Start reading at `layer.py`, then `core/dense.py`."""

from minikeras.layers.activations.activation import Activation
from minikeras.layers.activations.leaky_relu import LeakyReLU
from minikeras.layers.activations.relu import ReLU
from minikeras.layers.activations.softmax import Softmax
from minikeras.layers.convolutional.conv2d import Conv2D
from minikeras.layers.convolutional.conv2d_transpose import Conv2DTranspose
from minikeras.layers.convolutional.depthwise_conv2d import DepthwiseConv2D
from minikeras.layers.convolutional.separable_conv2d import SeparableConv2D
from minikeras.layers.core.dense import Dense
from minikeras.layers.core.embedding import Embedding
from minikeras.layers.core.input_layer import Input, InputLayer
from minikeras.layers.core.lambda_layer import Lambda
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.layers.lookup import deserialize, serialize
from minikeras.layers.merging.add import Add, add
from minikeras.layers.merging.concatenate import Concatenate, concatenate
from minikeras.layers.normalization.batch_normalization import BatchNormalization
from minikeras.layers.normalization.layer_normalization import LayerNormalization
from minikeras.layers.pooling.average_pooling2d import AveragePooling2D
from minikeras.layers.pooling.global_average_pooling2d import GlobalAveragePooling2D
from minikeras.layers.pooling.global_max_pooling2d import GlobalMaxPooling2D
from minikeras.layers.pooling.max_pooling2d import MaxPooling2D
from minikeras.layers.preprocessing.rescaling import Rescaling
from minikeras.layers.regularization.dropout import Dropout
from minikeras.layers.reshaping.flatten import Flatten
from minikeras.layers.reshaping.permute import Permute
from minikeras.layers.reshaping.repeat_vector import RepeatVector
from minikeras.layers.reshaping.reshape import Reshape

# Keras's second names.
AvgPool2D = AveragePooling2D
Convolution2D = Conv2D
Convolution2DTranspose = Conv2DTranspose
GlobalAvgPool2D = GlobalAveragePooling2D
GlobalMaxPool2D = GlobalMaxPooling2D
MaxPool2D = MaxPooling2D
SeparableConvolution2D = SeparableConv2D

__all__ = [
    "Activation",
    "Add",
    "AveragePooling2D",
    "AvgPool2D",
    "BatchNormalization",
    "Concatenate",
    "Conv2D",
    "Conv2DTranspose",
    "Convolution2D",
    "Convolution2DTranspose",
    "Dense",
    "DepthwiseConv2D",
    "Dropout",
    "Embedding",
    "Flatten",
    "GlobalAveragePooling2D",
    "GlobalAvgPool2D",
    "GlobalMaxPool2D",
    "GlobalMaxPooling2D",
    "Input",
    "InputLayer",
    "InputSpec",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "MaxPool2D",
    "MaxPooling2D",
    "Permute",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "SeparableConv2D",
    "SeparableConvolution2D",
    "Softmax",
    "add",
    "concatenate",
    "deserialize",
    "serialize",
]
