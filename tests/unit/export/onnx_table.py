"""The tables of docs/onnx.md: layers and networks, each exported to ONNX and run by ONNX Runtime.

python -m tests.unit.export.onnx_table               # renews both tables, some minutes
python -m tests.unit.export.onnx_table --networks    # only the table of networks, about a minute
"""

import argparse
import gc
import warnings
from pathlib import Path

import numpy as np

import minikeras as keras
from tests.unit.export.onnx_rows import NOT_EXPORTED, deviation, rows

PAGE = Path(__file__).parents[3] / "docs" / "onnx.md"
HEAD = ["| layer | models | deviation |", "| --- | ---: | ---: |"]
HEAD_OF_NETWORKS = ["| network | pixels | parameters | deviation |", "| --- | ---: | ---: | ---: |"]
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


def networks():
    """The lines of the table of networks."""
    lines = [*HEAD_OF_NETWORKS]
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
    return lines


def layers():
    """The lines of the table of layers, and of those that are not exported."""
    lines = [
        f"| {name} | {len(makes)} | {max(deviation(*make()) for make in makes):.0e} |".replace("| 0e+00 |", "| 0 |")
        for name, makes in rows().items()
    ]
    return [*HEAD, *lines, "", "Not exported:", "", *(f"- {name}: {reason}" for name, reason in NOT_EXPORTED.items())]


def write(name, lines):
    """Replace what the page has between the marks of that name."""
    begin, end = f"<!-- {name}: begin (python -m tests.unit.export.onnx_table) -->\n", f"\n<!-- {name}: end -->"
    text = PAGE.read_text(encoding="utf-8")
    before, after = text[: text.index(begin) + len(begin)], text[text.index(end) :]
    PAGE.write_text(before + "\n".join(lines) + after, encoding="utf-8")


def main():
    """Export all, and renew the tables of the page."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--networks", action="store_true")
    if not parser.parse_args().networks:
        write("layers", layers())
    write("networks", networks())


if __name__ == "__main__":
    main()
