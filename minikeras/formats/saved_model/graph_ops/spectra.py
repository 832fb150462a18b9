"""Fourier transforms."""

from minikeras.formats.saved_model.graph_ops.registry import graph_op, graph_ops
from minikeras.ops.complex_fourier import ComplexFourier, irfft, rfft

for _axes, _name in ((1, "FFT"), (2, "FFT2D"), (3, "FFT3D")):
    graph_ops(
        "input",
        **{
            _name: ComplexFourier(range(-_axes, 0)),
            f"I{_name}": ComplexFourier(range(-_axes, 0), inverse=True),
        },
    )


def _real_transform(name, function, axes):
    @graph_op(name, "input fft_length!")
    def transform(x, fft_length):
        return function(x, fft_length.tolist(), axes)


for _axes, _suffix in ((1, ""), (2, "2D"), (3, "3D")):
    _real_transform(f"RFFT{_suffix}", rfft, _axes)
    _real_transform(f"IRFFT{_suffix}", irfft, _axes)
