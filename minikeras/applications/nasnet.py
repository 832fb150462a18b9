"""`NASNetMobile` and `NASNetLarge`: two kinds of cells, found by search; each takes the outputs of the last two cells.

Zoph, Vasudevan, Shlens and Le, "Learning Transferable Architectures for Scalable Image Recognition", 2017,
arXiv:1707.07012, figure 4 (NASNet-A).
"""

from minikeras.applications.imagenet_utils import decode_predictions, preprocessing
from minikeras.applications.mobile import stride_padding
from minikeras.applications.network import Network, shares_arguments
from minikeras.autodiff.name_scope import name_scope
from minikeras.config import image_data_format
from minikeras.layers import (
    Activation,
    Add,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Cropping2D,
    GlobalAveragePooling2D,
    MaxPooling2D,
    SeparableConv2D,
    ZeroPadding2D,
)

__all__ = ["NASNetLarge", "NASNetMobile", "decode_predictions", "preprocess_input"]

MOMENTUM = 0.9997
MOBILE_SIZE = 224

preprocess_input = preprocessing("tf")


@shares_arguments
def NASNetMobile(input_shape=None, *, name="nasnet_mobile", **arguments):  # noqa: N802  Keras's name
    """NASNet Mobile. The arguments are those of `Network`, but images have one known size."""
    if input_shape is None:
        last = image_data_format() == "channels_last"
        input_shape = (MOBILE_SIZE, MOBILE_SIZE, 3) if last else (3, MOBILE_SIZE, MOBILE_SIZE)
    network = Network(input_shape=input_shape, default_size=MOBILE_SIZE, min_size=32, name=name, **arguments)
    return _Cells(network, filters=44).model(stem_filters=32, repeats=4, skips=False, files="nasnet_mobile")


@shares_arguments
def NASNetLarge(input_shape=None, *, name="nasnet_large", **arguments):  # noqa: N802
    """NASNet Large. The arguments are those of `Network`."""
    network = Network(input_shape=input_shape, default_size=331, min_size=32, name=name, **arguments)
    return _Cells(network, filters=168).model(stem_filters=96, repeats=6, skips=True, files="nasnet_large")


class _Cells:
    """Builds the cells of a network in order. `x` is the output of the last cell, `p` that of the cell before it."""

    def __init__(self, network, filters):
        self.network, self.filters = network, filters
        self.axis = network.last_axis
        self.x = self.p = network.image

    def model(self, stem_filters, repeats, skips, files):
        """The model: a stem, then three groups of `repeats` normal cells; the filters double from group to group.

        Args:
            skips: whether the first normal cell after a reduction takes the same `p` as the reduction.
        """
        x = Conv2D(stem_filters, 3, strides=2, use_bias=False, kernel_initializer="he_normal", name="stem_conv1")(
            self.x
        )
        self.x = self.p = self._normalized(x, "stem_bn1")
        self._reduce(self.filters // 4, "stem_1")
        self._reduce(self.filters // 2, "stem_2")
        for stage in range(3):
            first = stage * repeats
            if stage > 0:
                p = self.p
                self._reduce(self.filters * 2**stage, f"reduce_{first}")
                self.p = p if skips else self.p
                first += 1
            for cell in range(first, first + repeats):
                self._normal(self.filters * 2**stage, cell)
        x = Activation("relu")(self.x)
        if self.network.include_top:
            x = self.network.classifier(GlobalAveragePooling2D()(x))
        else:
            x = self.network.pooled(x)
        return self.network.model(x, files)

    def _normal(self, filters, cell):
        """A cell that keeps height and width."""
        with name_scope(f"normal_A_block_{cell}"):
            p = self._adjusted(filters, cell)
            h = self._squeezed(filters, f"normal_{{}}_1_{cell}")
            one = self._separable(h, filters, 5, f"normal_left1_{cell}", 1)
            one = Add(name=f"normal_add_1_{cell}")([one, self._separable(p, filters, 3, f"normal_right1_{cell}", 1)])
            two = self._separable(p, filters, 5, f"normal_left2_{cell}", 2)
            two = Add(name=f"normal_add_2_{cell}")([two, self._separable(p, filters, 3, f"normal_right2_{cell}", 2)])
            three = Add(name=f"normal_add_3_{cell}")([_averaged(h, f"normal_left3_{cell}"), p])
            averages = [_averaged(p, f"normal_left4_{cell}"), _averaged(p, f"normal_right4_{cell}")]
            four = Add(name=f"normal_add_4_{cell}")(averages)
            five = Add(name=f"normal_add_5_{cell}")([self._separable(h, filters, 3, f"normal_left5_{cell}", 5), h])
            joined = Concatenate(axis=self.axis, name=f"normal_concat_{cell}")([p, one, two, three, four, five])
            self.p, self.x = self.x, joined

    def _reduce(self, filters, cell):
        """A cell that halves height and width."""
        with name_scope(f"reduction_A_block_{cell}"):
            p = self._adjusted(filters, cell)
            h = self._squeezed(filters, f"reduction_{{}}_1_{cell}")
            padded = ZeroPadding2D(stride_padding(h, 3), name=f"reduction_pad_1_{cell}")(h)
            one = self._separable(h, filters, 5, f"reduction_left1_{cell}", 1, strides=2)
            right = self._separable(p, filters, 7, f"reduction_right1_{cell}", 1, strides=2)
            one = Add(name=f"reduction_add_1_{cell}")([one, right])
            two = MaxPooling2D(3, strides=2, name=f"reduction_left2_{cell}")(padded)
            right = self._separable(p, filters, 7, f"reduction_right2_{cell}", 2, strides=2)
            two = Add(name=f"reduction_add_2_{cell}")([two, right])
            three = AveragePooling2D(3, strides=2, name=f"reduction_left3_{cell}")(padded)
            right = self._separable(p, filters, 5, f"reduction_right3_{cell}", 3, strides=2)
            three = Add(name=f"reduction_add3_{cell}")([three, right])
            four = Add()([two, _averaged(one, f"reduction_left4_{cell}")])
            five = self._separable(one, filters, 3, f"reduction_left4_{cell}", 5)
            right = MaxPooling2D(3, strides=2, name=f"reduction_right5_{cell}")(padded)
            five = Add(name=f"reduction_add4_{cell}")([five, right])
            joined = Concatenate(axis=self.axis, name=f"reduction_concat_{cell}")([two, three, four, five])
            self.p, self.x = self.x, joined

    def _adjusted(self, filters, cell):
        """`p` with the height and width of `x`, and as many channels as the cell's filters."""
        row = 1 if image_data_format() == "channels_last" else 2
        if self.p.shape[row] != self.x.shape[row]:
            kind, adjust = "reduction", self._thinned
        elif self.p is not self.x and self.p.shape[self.axis] != filters:
            kind, adjust = "projection", self._projected
        else:
            return self.p
        with name_scope("adjust_block"), name_scope(f"adjust_{kind}_block_{cell}"):
            return self._normalized(adjust(filters, cell), f"adjust_bn_{cell}")

    def _thinned(self, filters, cell):
        """Every second pixel of every second row of `p` for half of the filters, and those in between for the rest."""
        p = Activation("relu", name=f"adjust_relu_1_{cell}")(self.p)
        shifted = Cropping2D(((1, 0), (1, 0)))(ZeroPadding2D(((0, 1), (0, 1)))(p))
        halves = []
        for i, x in enumerate((p, shifted), 1):
            x = AveragePooling2D(1, strides=2, name=f"adjust_avg_pool_{i}_{cell}")(x)
            halves.append(self._conv(x, filters // 2, f"adjust_conv_{i}_{cell}"))
        return Concatenate(axis=self.axis)(halves)

    def _projected(self, filters, cell):
        return self._conv(Activation("relu")(self.p), filters, f"adjust_conv_projection_{cell}")

    def _squeezed(self, filters, name):
        """`x` with as many channels as the cell's filters."""
        x = self._conv(Activation("relu")(self.x), filters, name.format("conv"))
        return self._normalized(x, name.format("bn"))

    def _separable(self, x, filters, kernel_size, name, block, strides=1):
        """Twice: ReLU, separable convolution, batch normalization. The first has the strides.

        Args:
            block: number of the block in the cell, for the paths of the weights.
        """
        with name_scope(f"block_{block}"), name_scope(f"separable_conv_block_{name}"):
            for i in (1, 2):
                x = Activation("relu")(x)
                options = {"padding": "same"}
                if i == 1 and strides > 1:
                    x = ZeroPadding2D(stride_padding(x, kernel_size), name=f"separable_conv_1_pad_{name}")(x)
                    options = {"strides": strides}
                name_of_conv = f"separable_conv_{i}_{name}"
                x = SeparableConv2D(filters, kernel_size, use_bias=False, name=name_of_conv, **options)(x)
                x = self._normalized(x, f"separable_conv_{i}_bn_{name}")
            return x

    def _conv(self, x, filters, name):
        options = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal"}
        return Conv2D(filters, 1, name=name, **options)(x)

    def _normalized(self, x, name):
        return BatchNormalization(axis=self.axis, momentum=MOMENTUM, name=name)(x)


def _averaged(x, name):
    """The mean of each 3×3."""
    return AveragePooling2D(3, strides=1, padding="same", name=name)(x)
