"""What docs/onnx.md says of layers and of networks, each exported to ONNX and run by ONNX Runtime.

python -m tests.unit.export.onnx_table               # writes the whole page again, some minutes
python -m tests.unit.export.onnx_table --networks    # the table of networks only, about a minute
"""

import argparse
import gc
import warnings
from pathlib import Path

import numpy as np

import minikeras as keras
from tests.unit.export.onnx_rows import NOT_EXPORTED, deviation, rows

PAGE = Path(__file__).parents[3] / "docs" / "onnx.md"
HEAD = """# Export to ONNX

```python
model.export("model.onnx", format="onnx")
signature = [keras.InputSpec(shape=(None, 224, 224, 3))]
model.export("model.onnx", format="onnx", input_signature=signature, opset_version=21)

session = onnxruntime.InferenceSession("model.onnx")
predictions = session.run(None, {session.get_inputs()[0].name: x})
```

It needs the `onnx` package (`python -m pip install onnx`). The forward pass of inference is recorded op by op,
so that your own layers, `Lambda`s and `keras.ops` in functional models are exported too: `minikeras/exporting/`.
Inputs keep the names of their `Input`s, outputs get the names of their layers (or keys in a dict), weights their paths.
The batch axis always has unknown length ("batch"), other axes do where the model's do. `opset_version` ranges from 13
to the newest that the `onnx` package supports; the default is 18 (20 if text is split). Weights of more than 2 GB go to
`model.onnx.data` next to it.

If an op cannot be expressed, an error names it and its layer.

**Limits**

- Your own Python code that branches on a length (a loop over time steps, `if x.shape[1] > 9`) is exported as it ran
  while it was recorded: with 12 to 20 steps, or images of 12 to 35 pixels (larger if the model needs it). If it takes
  different branches within this range, an error asks for an `input_signature` with fixed lengths. The model is then run
  with one sample, with shorter inputs, and sequences also with 600 steps; if other ops run, a warning names the layer.
  Branches outside of these ranges go unnoticed. `CenterCrop` assumes that an image of unknown size is larger.
- Python code that branches on values (`if ops.mean(x) > 0`) is an error.
- Axes of unknown length can only be resized by `bilinear` and `nearest` without antialiasing, and cannot be pooled
  adaptively or Fourier-transformed; with known lengths all of that works.
- Random layers behave as in inference, where most of them do nothing.
- bfloat16, float8, complex numbers, ragged and sparse tensors are not exported. Of the text layers, StringLookup and
  TextVectorization are: split at whitespace or not at all, without n-grams, one-hot vectors and custom functions; with
  several of them, mode "int" needs `output_sequence_length`.
- Lookups are `LabelEncoder`s, of the domain ai.onnx.ml. They map unknown tokens to one index;
  several out-of-vocabulary indices work for integers only (by remainder), since ONNX has no hash. With
  `num_oov_indices=0`, unknown tokens are an error in ONNX Runtime too.
- CLAHE needs images of known height and width.
- ONNX Runtime itself has no convolution and no `gelu` in float64, its StringNormalizer ("lower") refuses an empty
  batch, and its LSTM and GRU crash the process on one, even in a graph of that single node (1.32; its RNN does not).

**Other formats.** `tf_saved_model` is TensorFlow's ([saved_model.md](saved_model.md)). `litert`, `openvino` and `torch`
contain programs for other libraries: save the model with `model.save("model.keras")`, then in Keras
`keras.models.load_model("model.keras").export(path, format)`.

## Layers

Made by `python -m tests.unit.export.onnx_table`, which runs each layer with the settings of its tests (data formats,
paddings, masks, unknown lengths) in ONNX Runtime. *Deviation*: the largest difference of an output, relative to the
largest output.

| layer | models | deviation |
| --- | ---: | ---: |
"""

NETWORKS = {  # the smallest of each family: pixels of its images
    "VGG16": 32, "ResNet50": 32, "ResNet50V2": 32, "Xception": 75, "InceptionV3": 75, "InceptionResNetV2": 75,
    "MobileNet": 32, "MobileNetV2": 32, "MobileNetV3Small": 32, "DenseNet121": 32, "NASNetMobile": 32,
    "EfficientNetB0": 32, "EfficientNetV2B0": 32, "ConvNeXtTiny": 32,
}  # fmt: skip
MODULES = {  # where its `preprocess_input` is
    "VGG16": "vgg16", "ResNet50": "resnet50", "ResNet50V2": "resnet_v2", "Xception": "xception",
    "InceptionV3": "inception_v3", "InceptionResNetV2": "inception_resnet_v2", "MobileNet": "mobilenet",
    "MobileNetV2": "mobilenet_v2", "MobileNetV3Small": "mobilenet_v3", "DenseNet121": "densenet",
    "NASNetMobile": "nasnet", "EfficientNetB0": "efficientnet", "EfficientNetV2B0": "efficientnet_v2",
    "ConvNeXtTiny": "convnext",
}  # fmt: skip
OF_NETWORKS = "## Networks\n"
HEAD_OF_NETWORKS = """
The smallest network of each family of `keras.applications`, with random weights; the deviation is that of three logits
for two images. By `python -m tests.unit.export.onnx_table --networks`.

| network | pixels | parameters | deviation |
| --- | ---: | ---: | ---: |
"""


def networks():
    """The section of the networks."""
    lines = []
    for name, pixels in NETWORKS.items():
        keras.utils.set_random_seed(0)
        network = getattr(keras.applications, name)(
            weights=None, input_shape=(pixels, pixels, 3), classes=3, classifier_activation=None
        )
        images = np.random.default_rng(0).uniform(0, 255, (2, pixels, pixels, 3)).astype("float32")
        images = getattr(keras.applications, MODULES[name]).preprocess_input(images)
        lines.append(
            f"| {name} | {pixels} | {network.count_params():,} | {deviation(network, [images]):.0e} |".replace(
                "| 0e+00 |", "| 0 |"
            )
        )
        del network
        gc.collect()
    return OF_NETWORKS + HEAD_OF_NETWORKS + "\n".join(lines) + "\n"


def main():
    """Export all, write the page."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--networks", action="store_true")
    if parser.parse_args().networks:
        of_layers = PAGE.read_text(encoding="utf-8").partition(OF_NETWORKS)[0].rstrip()
        PAGE.write_text(f"{of_layers}\n\n{networks()}", encoding="utf-8")
        return
    lines = [
        f"| {name} | {len(makes)} | {max(deviation(*make()) for make in makes):.0e} |".replace("| 0e+00 |", "| 0 |")
        for name, makes in rows().items()
    ]
    left_out = [f"- {name}: {reason}" for name, reason in NOT_EXPORTED.items()]
    text = HEAD + "\n".join(lines) + "\n\nNot exported:\n\n" + "\n".join(left_out) + "\n\n" + networks()
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
