"""plot_model: texts and pictures that need no other program, and clear words where one is needed."""

import re
import shutil
import sys
import xml.etree.ElementTree as ElementTree

import pytest

import minikeras as keras
from minikeras import layers
from minikeras.utils import plot_model
from minikeras.utils.plotting.diagram import Box, Frame
from minikeras.utils.plotting.layout import lay_out

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def no_graphviz(monkeypatch):
    """Whether Graphviz is installed must not matter to these tests."""
    monkeypatch.setattr(shutil, "which", lambda program: None)


def residual():
    inputs = keras.Input((4,), name="start")
    x = layers.Dense(4, name="hidden", activation="relu")(inputs)
    return keras.Model(inputs, layers.Add(name="sum")([x, inputs]), name="residual")


def nested():
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="a"), layers.Dense(4, name="b")], name="inner")
    return keras.Sequential([keras.Input((4,)), layers.Dense(4, name="first"), inner, layers.Dense(1, name="last")])


def test_text(tmp_path):
    plot_model(residual(), tmp_path / "model.txt", show_shapes=True, show_layer_activations=True, show_trainable=True)
    assert (tmp_path / "model.txt").read_text(encoding="utf-8") == (
        "residual:\n"
        "    start (InputLayer)\n"
        "        Output shape: (None, 4)\n"
        "    hidden (Dense) ← start\n"
        "        Activation: relu, Input shape: (None, 4), Output shape: (None, 4), trainable\n"
        "    sum (Add) ← hidden, start\n"
        "        Input shape: [(None, 4), (None, 4)], Output shape: (None, 4)\n"
    )


def test_text_of_models_in_models(tmp_path):
    plot_model(nested(), tmp_path / "model.txt", expand_nested=True)
    lines = (tmp_path / "model.txt").read_text(encoding="utf-8").splitlines()[1:]
    assert lines == [
        "    first (Dense)",
        "    inner:",
        "        a (Dense) ← first",
        "        b (Dense) ← a",
        "    last (Dense) ← b",
    ]


def drawn(path):
    """(texts, number of arrows, number of dashed frames) of an SVG file."""
    root = ElementTree.parse(path).getroot()
    texts = [element.text for element in root.iter(f"{SVG}text")]
    dashed = [element for element in root.iter(f"{SVG}rect") if element.get("stroke-dasharray")]
    return texts, len(list(root.iter(f"{SVG}path"))), len(dashed)


@pytest.mark.parametrize("splines", ["ortho", "line", "curved", True])
@pytest.mark.parametrize("rankdir", ["TB", "BT", "LR", "RL"])
def test_svg(tmp_path, rankdir, splines):
    path = tmp_path / "model.svg"
    plot_model(residual(), path, show_layer_names=True, rankdir=rankdir, splines=splines)
    assert drawn(path) == (["start (InputLayer)", "hidden (Dense)", "sum (Add)"], 3, 0)


def test_svg_with_everything(tmp_path):
    path = tmp_path / "model.svg"
    model = nested()
    model.layers[0].trainable = False
    shown = ["show_shapes", "show_dtype", "show_trainable", "show_layer_activations", "expand_nested"]
    plot_model(model, path, **dict.fromkeys(shown, True))
    texts, arrows, frames = drawn(path)
    assert (arrows, frames) == (3, 1)
    assert texts.count("Dense") == 4
    assert texts.count("Output dtype: float32") == 4
    assert texts.count("Trainable") == 3
    assert texts.count("Non-trainable") == 1
    assert "inner" in texts
    assert "Output shape: (None, 3)" in texts


def test_dpi_is_the_scale_of_the_svg(tmp_path):
    widths = []
    for dpi in (72, 144):
        plot_model(residual(), tmp_path / "model.svg", dpi=dpi)
        widths.append(int(ElementTree.parse(tmp_path / "model.svg").getroot().get("width")))
    assert widths[1] == pytest.approx(2 * widths[0], abs=1)


@pytest.mark.parametrize("arguments", [{"rankdir": "up"}, {"splines": "wavy"}])
def test_unknown_looks_are_refused(tmp_path, arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        plot_model(residual(), tmp_path / "model.svg", **arguments)


@pytest.mark.parametrize(
    "name, start, kind", [("model.png", b"\x89PNG", "png"), ("model", b"\x89PNG", "png"), ("model.pdf", b"%PDF", "pdf")]
)
def test_pictures_without_graphviz_are_drawn_by_matplotlib(tmp_path, name, start, kind):
    pytest.importorskip("matplotlib")
    plot_model(residual(), tmp_path / name, show_shapes=True, rankdir="LR", dpi=36)
    assert (tmp_path / name).read_bytes().startswith(start)


def test_a_raster_shows_the_boxes_of_the_svg(tmp_path):
    image = pytest.importorskip("matplotlib.image")
    plot_model(residual(), tmp_path / "model.svg", dpi=72)
    plot_model(residual(), tmp_path / "model.png", dpi=72)
    root = ElementTree.parse(tmp_path / "model.svg").getroot()
    pixels = image.imread(tmp_path / "model.png")[..., :3]
    left, top, width, height = map(float, root.get("viewBox").split())
    assert pixels.shape[:2] == pytest.approx((height, width), abs=1)
    boxes = [box for box in root.iter("{http://www.w3.org/2000/svg}rect") if box.get("fill") == "black"]
    assert boxes
    for box in boxes:  # just inside the corner, where no letter is
        x, y = (float(box.get(name)) - first for name, first in (("x", left), ("y", top)))
        assert pixels[round(y) + 3, round(x) + 3].max() < 0.1


def test_a_format_that_nothing_here_can_draw_is_refused(tmp_path):
    pytest.importorskip("matplotlib")
    with pytest.raises(ValueError, match="Graphviz"):
        plot_model(residual(), tmp_path / "model.bmp")


def test_pictures_without_graphviz_and_matplotlib_say_what_is_missing(tmp_path, monkeypatch):
    for missing in ("pydot", "matplotlib.figure"):
        monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=r"matplotlib.*model\.svg"):
        plot_model(residual(), tmp_path / "model.png")


def test_dot_text_needs_no_graphviz(tmp_path):
    pytest.importorskip("pydot")
    plot_model(residual(), tmp_path / "model.dot", show_layer_names=True)
    text = (tmp_path / "model.dot").read_text(encoding="utf-8")
    assert re.findall(r'"(\w+)" -> "(\w+)"', text) == [("start", "hidden"), ("hidden", "sum"), ("start", "sum")]


def test_without_pydot(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pydot", None)
    plot_model(residual(), tmp_path / "model.svg")
    plot_model(residual(), tmp_path / "model.txt")
    with pytest.raises(ImportError, match="pip install pydot"):
        plot_model(residual(), tmp_path / "model.dot")


@pytest.mark.parametrize("name", ["model.svg", "model.txt", "model.dot", "model.png"])
def test_models_that_are_not_built_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match="has not yet been built"):
        plot_model(keras.Sequential([layers.Dense(2)]), tmp_path / name)


# --- layout -----------------------------------------------------------------------------------------------------------


def diagram(arrows, count):
    return Frame("", [Box(str(i), str(i), "Dense") for i in range(count)], [(str(a), str(b)) for a, b in arrows])


def overlap(a, b):
    return a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height


GRAPHS = [
    [(0, 1), (1, 2)],
    [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4), (0, 4)],
    [(0, 1), (1, 2), (2, 3), (0, 3), (1, 3), (0, 4), (3, 4)],
    [(0, 2), (1, 2), (2, 2), (2, 3), (3, 1)],
    [],
]


@pytest.mark.parametrize("arrows", GRAPHS, ids=str)
def test_boxes_do_not_overlap_and_arrows_point_down(arrows):
    picture = lay_out(diagram(arrows, 5), {str(i): (60 + 40 * i, 30 + 5 * i) for i in range(5)})
    boxes = list(picture.boxes.values())
    assert len(boxes) == 5
    assert len(picture.arrows) == len(arrows)
    assert not any(overlap(a, b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert all(box.x >= 0 and box.x + box.width <= picture.width + 1e-6 for box in boxes)
    for source, target in arrows:
        if source < target:
            upper, lower = picture.boxes[str(source)], picture.boxes[str(target)]
            assert upper.y + upper.height < lower.y


@pytest.mark.parametrize("arrows", GRAPHS, ids=str)
def test_long_arrows_go_around_boxes(arrows):
    picture = lay_out(diagram(arrows, 5), {str(i): (100, 30) for i in range(5)})
    for arrow in picture.arrows:
        for (x1, y1), (x2, y2) in zip(arrow.corners, arrow.corners[1:], strict=False):
            assert x1 == pytest.approx(x2) or y1 == pytest.approx(y2)  # right angles
            for box in picture.boxes.values():
                inside = box.x < (x1 + x2) / 2 < box.x + box.width and box.y < (y1 + y2) / 2 < box.y + box.height
                assert not inside


def test_a_chain_is_a_straight_line():
    picture = lay_out(diagram([(0, 1), (1, 2), (2, 3), (3, 4)], 5), {str(i): (50 + 30 * i, 30) for i in range(5)})
    centers = [box.center for box in picture.boxes.values()]
    assert centers == pytest.approx([centers[0]] * 5)


def test_frames_hold_their_boxes():
    inner = Frame("inner", [Box("b", "b", "Dense"), Box("c", "c", "Dense")], [("b", "c")])
    outer = Frame("", [Box("a", "a", "Dense"), inner, Box("d", "d", "Dense")], [("a", "b"), ("c", "d"), ("a", "d")])
    picture = lay_out(outer, dict.fromkeys("abcd", (80, 30)))
    ((name, frame),) = picture.frames
    assert name == "inner"
    for key, box in picture.boxes.items():
        assert overlap(box, frame) == (key in "bc")
