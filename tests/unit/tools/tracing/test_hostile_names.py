"""Names, sources and titles that look like markup are text on the page of a recording, and in notebooks."""

from html.parser import HTMLParser

import pytest

import minikeras as keras
from minikeras.tools.tracing.document import as_text
from tests.unit.tools.tracing.networks import HOSTILE, floats, hostile_trace


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]


def test_a_page_has_no_other_tags_because_of_names(tmp_path):
    trace = hostile_trace(tmp_path)
    text = trace.to_html(title=f"</title></script>{HOSTILE}")
    data = text.partition('id="data">')[2].partition("</script>")[0]
    assert "onerror" in data
    assert "<" not in data
    page = Tags(text)
    assert page.tags.count("script") == 3
    assert "img" not in page.tags
    assert not [name for name in page.attributes if name.startswith("on")]


def test_a_notebook_s_frame_holds_all_of_the_page(tmp_path):
    frame = Tags(hostile_trace(tmp_path)._repr_html_())
    assert frame.tags == ["iframe"]
    assert frame.attributes == ["srcdoc", "style", "title"]


def test_a_difference_shows_names_as_text(tmp_path):
    difference = hostile_trace(tmp_path).replay(learning_rate=0.5)
    assert "&lt;img" in difference._repr_html_()
    assert {*Tags(difference._repr_html_()).tags} == {"table", "tr", "th", "td"}


@pytest.mark.parametrize("text", ["</script>", "<!--<script>", "\u2028", "\ud800"])
def test_json_ends_no_script(text):
    assert as_text([text]).isascii()
    assert "<" not in as_text([text])


def test_models_layers_and_histories_show_names_as_text():
    inputs = keras.Input((3,), name="<i>")
    model = keras.Model(inputs, keras.layers.Dense(2, name=HOSTILE)(inputs), name=HOSTILE)
    model.compile("sgd", "mse", metrics=[keras.metrics.MeanAbsoluteError(name=HOSTILE)])
    history = model.fit(floats(4, 3), floats(4, 2), verbose=0)
    for thing in (model, model.layers[-1], history):
        assert "img" not in Tags(thing._repr_html_()).tags
        assert "&lt;img" in thing._repr_html_()
