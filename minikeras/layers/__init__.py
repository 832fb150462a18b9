"""Layers, one per file, in folders by family. Start reading at `layer.py`, then `core/dense.py`."""

__replay__ = "computes"

from minikeras.base.missing_names import explain_missing_names
from minikeras.layers.activations.activation import Activation
from minikeras.layers.activations.elu import ELU
from minikeras.layers.activations.leaky_relu import LeakyReLU
from minikeras.layers.activations.prelu import PReLU
from minikeras.layers.activations.relu import ReLU
from minikeras.layers.activations.softmax import Softmax
from minikeras.layers.attention.additive_attention import AdditiveAttention
from minikeras.layers.attention.attention import Attention
from minikeras.layers.attention.grouped_query_attention import GroupedQueryAttention
from minikeras.layers.attention.multi_head_attention import MultiHeadAttention
from minikeras.layers.convolutional.conv1d import Conv1D
from minikeras.layers.convolutional.conv1d_transpose import Conv1DTranspose
from minikeras.layers.convolutional.conv2d import Conv2D
from minikeras.layers.convolutional.conv2d_transpose import Conv2DTranspose
from minikeras.layers.convolutional.conv3d import Conv3D
from minikeras.layers.convolutional.conv3d_transpose import Conv3DTranspose
from minikeras.layers.convolutional.depthwise_conv1d import DepthwiseConv1D
from minikeras.layers.convolutional.depthwise_conv2d import DepthwiseConv2D
from minikeras.layers.convolutional.separable_conv1d import SeparableConv1D
from minikeras.layers.convolutional.separable_conv2d import SeparableConv2D
from minikeras.layers.core.dense import Dense
from minikeras.layers.core.einsum_dense import EinsumDense
from minikeras.layers.core.embedding import Embedding
from minikeras.layers.core.identity import Identity
from minikeras.layers.core.input_layer import Input, InputLayer
from minikeras.layers.core.lambda_layer import Lambda
from minikeras.layers.core.masking import Masking
from minikeras.layers.core.reversible_embedding import ReversibleEmbedding
from minikeras.layers.core.wrapper import Wrapper
from minikeras.layers.foreign.flax_layer import FlaxLayer
from minikeras.layers.foreign.jax_layer import JaxLayer
from minikeras.layers.foreign.tfsm_layer import TFSMLayer
from minikeras.layers.foreign.torch_module_wrapper import TorchModuleWrapper
from minikeras.layers.identifiers import deserialize, serialize
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.layers.merging.add import Add, add
from minikeras.layers.merging.average import Average, average
from minikeras.layers.merging.concatenate import Concatenate, concatenate
from minikeras.layers.merging.custom_scale_layer import CustomScaleLayer  # noqa: F401  files name it
from minikeras.layers.merging.dot import Dot, dot
from minikeras.layers.merging.maximum import Maximum, maximum
from minikeras.layers.merging.minimum import Minimum, minimum
from minikeras.layers.merging.multiply import Multiply, multiply
from minikeras.layers.merging.subtract import Subtract, subtract
from minikeras.layers.normalization.batch_normalization import BatchNormalization
from minikeras.layers.normalization.group_normalization import GroupNormalization
from minikeras.layers.normalization.layer_normalization import LayerNormalization
from minikeras.layers.normalization.layer_scale import LayerScale  # noqa: F401  files name it
from minikeras.layers.normalization.rms_normalization import RMSNormalization
from minikeras.layers.normalization.spectral_normalization import SpectralNormalization
from minikeras.layers.normalization.unit_normalization import UnitNormalization
from minikeras.layers.pooling.adaptive_average_pooling1d import AdaptiveAveragePooling1D
from minikeras.layers.pooling.adaptive_average_pooling2d import AdaptiveAveragePooling2D
from minikeras.layers.pooling.adaptive_average_pooling3d import AdaptiveAveragePooling3D
from minikeras.layers.pooling.adaptive_max_pooling1d import AdaptiveMaxPooling1D
from minikeras.layers.pooling.adaptive_max_pooling2d import AdaptiveMaxPooling2D
from minikeras.layers.pooling.adaptive_max_pooling3d import AdaptiveMaxPooling3D
from minikeras.layers.pooling.average_pooling1d import AveragePooling1D
from minikeras.layers.pooling.average_pooling2d import AveragePooling2D
from minikeras.layers.pooling.average_pooling3d import AveragePooling3D
from minikeras.layers.pooling.global_average_pooling1d import GlobalAveragePooling1D
from minikeras.layers.pooling.global_average_pooling2d import GlobalAveragePooling2D
from minikeras.layers.pooling.global_average_pooling3d import GlobalAveragePooling3D
from minikeras.layers.pooling.global_max_pooling1d import GlobalMaxPooling1D
from minikeras.layers.pooling.global_max_pooling2d import GlobalMaxPooling2D
from minikeras.layers.pooling.global_max_pooling3d import GlobalMaxPooling3D
from minikeras.layers.pooling.max_pooling1d import MaxPooling1D
from minikeras.layers.pooling.max_pooling2d import MaxPooling2D
from minikeras.layers.pooling.max_pooling3d import MaxPooling3D
from minikeras.layers.preprocessing.aug_mix import AugMix
from minikeras.layers.preprocessing.auto_contrast import AutoContrast
from minikeras.layers.preprocessing.category_encoding import CategoryEncoding
from minikeras.layers.preprocessing.center_crop import CenterCrop
from minikeras.layers.preprocessing.contrast_limited_adaptive_histogram_equalization import (
    ContrastLimitedAdaptiveHistogramEqualization,
)
from minikeras.layers.preprocessing.cut_mix import CutMix
from minikeras.layers.preprocessing.discretization import Discretization
from minikeras.layers.preprocessing.equalization import Equalization
from minikeras.layers.preprocessing.hashed_crossing import HashedCrossing
from minikeras.layers.preprocessing.hashing import Hashing
from minikeras.layers.preprocessing.integer_lookup import IntegerLookup
from minikeras.layers.preprocessing.max_num_bounding_boxes import MaxNumBoundingBoxes
from minikeras.layers.preprocessing.mel_spectrogram import MelSpectrogram
from minikeras.layers.preprocessing.mix_up import MixUp
from minikeras.layers.preprocessing.normalization import Normalization
from minikeras.layers.preprocessing.pipeline import Pipeline
from minikeras.layers.preprocessing.rand_augment import RandAugment
from minikeras.layers.preprocessing.random_brightness import RandomBrightness
from minikeras.layers.preprocessing.random_color_degeneration import RandomColorDegeneration
from minikeras.layers.preprocessing.random_color_jitter import RandomColorJitter
from minikeras.layers.preprocessing.random_contrast import RandomContrast
from minikeras.layers.preprocessing.random_crop import RandomCrop
from minikeras.layers.preprocessing.random_elastic_transform import RandomElasticTransform
from minikeras.layers.preprocessing.random_erasing import RandomErasing
from minikeras.layers.preprocessing.random_flip import RandomFlip
from minikeras.layers.preprocessing.random_gaussian_blur import RandomGaussianBlur
from minikeras.layers.preprocessing.random_grayscale import RandomGrayscale
from minikeras.layers.preprocessing.random_hue import RandomHue
from minikeras.layers.preprocessing.random_invert import RandomInvert
from minikeras.layers.preprocessing.random_perspective import RandomPerspective
from minikeras.layers.preprocessing.random_posterization import RandomPosterization
from minikeras.layers.preprocessing.random_rotation import RandomRotation
from minikeras.layers.preprocessing.random_saturation import RandomSaturation
from minikeras.layers.preprocessing.random_sharpness import RandomSharpness
from minikeras.layers.preprocessing.random_shear import RandomShear
from minikeras.layers.preprocessing.random_translation import RandomTranslation
from minikeras.layers.preprocessing.random_zoom import RandomZoom
from minikeras.layers.preprocessing.rescaling import Rescaling
from minikeras.layers.preprocessing.resizing import Resizing
from minikeras.layers.preprocessing.solarization import Solarization
from minikeras.layers.preprocessing.stft_spectrogram import STFTSpectrogram
from minikeras.layers.preprocessing.string_lookup import StringLookup
from minikeras.layers.preprocessing.text_vectorization import TextVectorization
from minikeras.layers.recurrent.bidirectional import Bidirectional
from minikeras.layers.recurrent.conv_lstm1d import ConvLSTM1D
from minikeras.layers.recurrent.conv_lstm2d import ConvLSTM2D
from minikeras.layers.recurrent.conv_lstm3d import ConvLSTM3D
from minikeras.layers.recurrent.gru import GRU, GRUCell
from minikeras.layers.recurrent.lstm import LSTM, LSTMCell
from minikeras.layers.recurrent.rnn import RNN
from minikeras.layers.recurrent.simple_rnn import SimpleRNN, SimpleRNNCell
from minikeras.layers.recurrent.stacked_rnn_cells import StackedRNNCells
from minikeras.layers.recurrent.time_distributed import TimeDistributed
from minikeras.layers.regularization.activity_regularization import ActivityRegularization
from minikeras.layers.regularization.alpha_dropout import AlphaDropout
from minikeras.layers.regularization.dropout import Dropout
from minikeras.layers.regularization.gaussian_dropout import GaussianDropout
from minikeras.layers.regularization.gaussian_noise import GaussianNoise
from minikeras.layers.regularization.spatial_dropout import SpatialDropout1D, SpatialDropout2D, SpatialDropout3D
from minikeras.layers.reshaping.cropping1d import Cropping1D
from minikeras.layers.reshaping.cropping2d import Cropping2D
from minikeras.layers.reshaping.cropping3d import Cropping3D
from minikeras.layers.reshaping.flatten import Flatten
from minikeras.layers.reshaping.permute import Permute
from minikeras.layers.reshaping.repeat_vector import RepeatVector
from minikeras.layers.reshaping.reshape import Reshape
from minikeras.layers.reshaping.up_sampling1d import UpSampling1D
from minikeras.layers.reshaping.up_sampling2d import UpSampling2D
from minikeras.layers.reshaping.up_sampling3d import UpSampling3D
from minikeras.layers.reshaping.zero_padding1d import ZeroPadding1D
from minikeras.layers.reshaping.zero_padding2d import ZeroPadding2D
from minikeras.layers.reshaping.zero_padding3d import ZeroPadding3D

# Keras's aliases.
AvgPool1D = AveragePooling1D
AvgPool2D = AveragePooling2D
AvgPool3D = AveragePooling3D
Convolution1D = Conv1D
Convolution1DTranspose = Conv1DTranspose
Convolution2D = Conv2D
Convolution2DTranspose = Conv2DTranspose
Convolution3D = Conv3D
Convolution3DTranspose = Conv3DTranspose
GlobalAvgPool1D = GlobalAveragePooling1D
GlobalAvgPool2D = GlobalAveragePooling2D
GlobalAvgPool3D = GlobalAveragePooling3D
GlobalMaxPool1D = GlobalMaxPooling1D
GlobalMaxPool2D = GlobalMaxPooling2D
GlobalMaxPool3D = GlobalMaxPooling3D
GroupQueryAttention = GroupedQueryAttention
MaxPool1D = MaxPooling1D
MaxPool2D = MaxPooling2D
MaxPool3D = MaxPooling3D
SeparableConvolution1D = SeparableConv1D
SeparableConvolution2D = SeparableConv2D

__all__ = [
    "ELU",
    "GRU",
    "LSTM",
    "RNN",
    "Activation",
    "ActivityRegularization",
    "AdaptiveAveragePooling1D",
    "AdaptiveAveragePooling2D",
    "AdaptiveAveragePooling3D",
    "AdaptiveMaxPooling1D",
    "AdaptiveMaxPooling2D",
    "AdaptiveMaxPooling3D",
    "Add",
    "AdditiveAttention",
    "AlphaDropout",
    "Attention",
    "AugMix",
    "AutoContrast",
    "Average",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "AvgPool1D",
    "AvgPool2D",
    "AvgPool3D",
    "BatchNormalization",
    "Bidirectional",
    "CategoryEncoding",
    "CenterCrop",
    "Concatenate",
    "ContrastLimitedAdaptiveHistogramEqualization",
    "Conv1D",
    "Conv1DTranspose",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "ConvLSTM1D",
    "ConvLSTM2D",
    "ConvLSTM3D",
    "Convolution1D",
    "Convolution1DTranspose",
    "Convolution2D",
    "Convolution2DTranspose",
    "Convolution3D",
    "Convolution3DTranspose",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "CutMix",
    "Dense",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Discretization",
    "Dot",
    "Dropout",
    "EinsumDense",
    "Embedding",
    "Equalization",
    "Flatten",
    "FlaxLayer",
    "GRUCell",
    "GaussianDropout",
    "GaussianNoise",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalAvgPool3D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPool3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "GroupNormalization",
    "GroupQueryAttention",
    "HashedCrossing",
    "Hashing",
    "Identity",
    "Input",
    "InputLayer",
    "InputSpec",
    "IntegerLookup",
    "JaxLayer",
    "LSTMCell",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Masking",
    "MaxNumBoundingBoxes",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "Maximum",
    "MelSpectrogram",
    "Minimum",
    "MixUp",
    "MultiHeadAttention",
    "Multiply",
    "Normalization",
    "PReLU",
    "Permute",
    "Pipeline",
    "RMSNormalization",
    "RandAugment",
    "RandomBrightness",
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomContrast",
    "RandomCrop",
    "RandomElasticTransform",
    "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomGrayscale",
    "RandomHue",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "Resizing",
    "ReversibleEmbedding",
    "STFTSpectrogram",
    "SeparableConv1D",
    "SeparableConv2D",
    "SeparableConvolution1D",
    "SeparableConvolution2D",
    "SimpleRNN",
    "SimpleRNNCell",
    "Softmax",
    "Solarization",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "SpectralNormalization",
    "StackedRNNCells",
    "StringLookup",
    "Subtract",
    "TFSMLayer",
    "TextVectorization",
    "TimeDistributed",
    "TorchModuleWrapper",
    "UnitNormalization",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "Wrapper",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
    "add",
    "average",
    "concatenate",
    "deserialize",
    "dot",
    "maximum",
    "minimum",
    "multiply",
    "serialize",
    "subtract",
]

__getattr__ = explain_missing_names(__name__, __all__)
