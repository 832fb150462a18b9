"""The page of a recording in a real browser: every view opens and shows the numbers."""

import numpy as np
import pytest

import minikeras as keras
from minikeras.tools.tracing import Trace
from tests.rows import quick_rows
from tests.unit.tools.tracing.networks import HOSTILE, NETWORKS, compared_trace, hostile_trace, trace_of
from tests.unit.tools.tracing.pages import close_dialog, show, wait_until_shown

# Of the sum of the terms' sizes: a sum of some hundred products in float32 beside the same in float64.
ROUNDING = 1e-5
# What is not taken apart: random numbers, positions of maxima, truth values, and gates where a mask leaves a step out.
WHOLE_ONLY = {"draw_mask", "MaxPool", "Equal", "NotEqual", "LessEqual", "LogicalAnd", "LogicalNot", "LogicalOr"}
WHOLE_ONLY_WITH_MASK = {"LSTMLoop", "GRULoop", "SimpleRNNLoop"}
EXPLAIN_ALL = """(rounding) => {
  const wrong = [], whole = new Set();
  let count = 0;
  for (const step of recording.steps) for (const value of step.values) {
    const elements = recording.elements(step, value.number);
    if (!elements) continue;
    const positions = [0, elements.length - 1, ...Array.from({ length: 5 }, (_, i) => (i * 7919 + 13) %
    elements.length)]; for (const place of new Set(positions)) {
      const found = explain(step, value.number, place);
      if (!found.isDecomposed) {
        if (["op", "gradient"].includes(value.origin[0])) whole.add(step.events[value.origin[1]].name);
        continue;
      }
      count++;
      const fits = Math.abs(found.total - found.recorded) <= rounding * found.scale;
      if (!fits) wrong.push([value.name, place, found.total, found.recorded]);
    }
  }
  return { wrong, count, whole: [...whole] };
}"""
# Names of optimizers that have changed a slot which is not taken apart.
SLOTS_LEFT = """() => recording.steps.flatMap((step) => {
  const update = step.events.find((event) => event.kind === "update");
  const slots = step.weights.filter((w) => !w.trainable && w.after !== null && step.values[w.after].shape.length > 0);
  return slots.some((w) => !explain(step, w.after, 0).isDecomposed) ? [update.name] : [];
})"""
# Shows one view after another; of each, what it shows, and which of its controls have no name for a screen reader.
VISIT = """async (routes) => {
  const found = [];
  for (const path of routes) {
    history.replaceState(null, "", `#${path}`);
    route();
    await null; // for what a view does as soon as it is in the page
    found.push({
      view: app.view,
      event: document.querySelector("tr[aria-selected=true]")?.dataset.event,
      number: document.querySelector(".element-number")?.textContent,
      text: document.querySelector("main").textContent,
      images: document.querySelectorAll("img").length,
      unnamed: [...document.querySelectorAll("button, a, input, select, canvas, [role=img], [role=link]")]
        .filter((node) => !(node.getAttribute("aria-label") || node.textContent.trim()))
        .filter((node) => !node.closest("label")?.textContent.trim())
        .map((node) => node.outerHTML.slice(0, 120)),
    });
  }
  return found;
}"""


def visit(page, routes):
    """What `VISIT` finds in each view, which must be the one that was asked for, with names for all its controls."""
    found = page.evaluate(VISIT, [*routes])
    assert [view["view"] for view in found] == [route.split("/")[0] for route in routes]
    assert [view["unnamed"] for view in found] == [[]] * len(found)
    return found


@pytest.mark.parametrize("name", quick_rows(NETWORKS, ["MLP"]))
def test_every_view_opens_and_every_element_adds_up(opened, name):
    trace = trace_of(name)
    page = opened(trace)
    step = trace.step()
    found = visit(
        page, ["element", "graph", *[f"layer/{i}" for i in range(len(step.layers))], "element/0/0", "machine"]
    )
    assert "terms, the largest first" in found[0]["text"]  # it begins with a number that is made of others
    show(page, "timeline")
    assert page.locator(".events tbody tr").count() == len(step.events)
    assert page.locator(".graph .box").count() == 0
    found = page.evaluate(EXPLAIN_ALL, ROUNDING)
    assert found["wrong"] == []
    assert found["count"] > 100
    assert set(found["whole"]) <= WHOLE_ONLY | (WHOLE_ONLY_WITH_MASK if name == "encoder and decoder" else set())


@pytest.mark.full
@pytest.mark.parametrize("name", ["CNN", "LSTM"])
def test_every_event_and_array_can_be_shown(opened, name):
    trace = trace_of(name)
    page, step = opened(trace), trace.step()
    found = visit(page, [f"timeline/{event.number}" for event in step.events])
    assert [view["event"] for view in found] == [str(event.number) for event in step.events]
    found = visit(page, [f"element/{value.number}/{max(0, value.array.size - 1)}" for value in step.values])
    for value, view in zip(step.values, found, strict=True):
        assert view["number"].startswith(value.name)


UPDATES = [
    (keras.optimizers.SGD(0.1, momentum=0.9), "w + m"),
    (keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.01), "w + momentum · m − lr · g"),
    (keras.optimizers.Adam(0.01), "α · m / (√v + ε)"),
    (keras.optimizers.Adam(0.01, amsgrad=True), "α · m / (√v + ε)"),
    (keras.optimizers.AdamW(0.01), "α · m / (√v + ε)"),
    (keras.optimizers.RMSprop(0.01), "lr · g / √(v + ε)"),
    (keras.optimizers.RMSprop(0.01, centered=True), "lr · g / √(v − a² + ε)"),
    (keras.optimizers.RMSprop(0.01, momentum=0.9), "w − m"),
    (keras.optimizers.Nadam(0.01), "(1 − μₜ) · g / (1 − Πₜ)"),
    (keras.optimizers.Adamax(0.01), "lr · m / ((1 − β₁ᵗ) · (u + ε))"),
    (keras.optimizers.Adagrad(0.01), "lr · g / √(a + ε)"),
    (keras.optimizers.Adadelta(1.0), "lr · g · √(b before + ε) / √(a + ε)"),
    (keras.optimizers.Ftrl(0.1, l1_regularization_strength=0.01), "clip(z, −λ₁, λ₁)"),
    (keras.optimizers.Ftrl(0.1, learning_rate_power=-0.7, l2_shrinkage_regularization_strength=0.1), "clip(z"),
    (keras.optimizers.Lamb(0.01), "lr · ‖w‖ / ‖u‖ · u"),
    (keras.optimizers.Lion(0.01), "sign(β₁ · m before + (1 − β₁) · g)"),
    (keras.optimizers.Muon(0.01), "update by Muon"),  # of a matrix as a whole
    (keras.optimizers.Adafactor(0.01), "max(ε₂, RMS(w))"),
    (keras.optimizers.SGD(0.1, clipnorm=1e-3), "update by SGD"),  # of another gradient
]


@pytest.mark.full
def test_updates_are_taken_apart(opened):
    trace = Trace()
    x, y = np.random.default_rng(0).normal(size=(4, 3)).astype("float32"), np.ones((4, 2), "float32")
    for optimizer, _ in UPDATES:
        keras.utils.set_random_seed(2)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        model.compile(optimizer, "mse")
        model.fit(x, y, epochs=3, verbose=0)
        one = model.explain_step(x, y)
        trace.add(one.step(), None, model, None)
    page = opened(trace)
    for place, (optimizer, formula) in enumerate(UPDATES):
        kernel = next(w for path, w in trace.steps[place].weights.items() if path.endswith("/kernel"))
        found = page.evaluate("([i, n]) => explain(recording.steps[i], n, 1).formula", [place, kernel.after])
        assert formula in found, type(optimizer).__name__
        if type(optimizer).__name__ == "Muon":
            bias = next(w for path, w in trace.steps[place].weights.items() if path.endswith("/bias"))
            found = page.evaluate("([i, n]) => explain(recording.steps[i], n, 1).formula", [place, bias.after])
            assert "α · m / (√v + ε)" in found
    assert page.evaluate(EXPLAIN_ALL, ROUNDING)["wrong"] == []
    assert set(page.evaluate(SLOTS_LEFT)) == {"Adafactor"}  # rows and columns of its matrices


@pytest.mark.full
def test_numbers_are_filled_into_formulas_and_not_into_names(opened):
    page = opened(trace_of("MLP"))
    texts = ["exp(x)", "1 / (1 + exp(−x))", "x where x > 0, else slope · x"]
    filled = page.evaluate("(texts) => texts.map((text) => withNumbers(text, -1.5, { negative_slope: 0.25 }))", texts)
    assert filled == ["exp(−1.500)", "1 / (1 + exp(−(−1.500)))", "(−1.500) where (−1.500) > 0, else 0.2500 · (−1.500)"]


def test_numbers_on_the_page_are_those_of_the_tensors(opened):
    trace = trace_of("MLP")
    page = opened(trace)
    for value in trace.step().values:
        shown = page.evaluate("(n) => Array.from(recording.elements(currentStep(), n))", value.number)
        np.testing.assert_array_equal(np.array(shown, value.array.dtype), value.array.reshape(-1))
    output = trace.layers["hidden"].call.outputs[0]
    show(page, f"element/{output}/5")
    text = page.inner_text("#element-value").replace("−", "-")
    assert float(text) == pytest.approx(float(trace.layers["hidden"].output.reshape(-1)[5]), rel=1e-6)  # 7 digits
    assert "which is rounding" in page.inner_text("#check") or "equal" in page.inner_text("#check")
    page.locator("td a").first.click()  # the largest contribution's first factor
    page.wait_for_function("(n) => !location.hash.startsWith(`#element/${n}/`)", arg=output)


def test_the_keyboard_is_enough(opened):
    trace = trace_of("MLP")
    page = opened(trace, color_scheme="dark")
    assert page.get_attribute("html", "data-theme") == "dark"
    page.keyboard.press("t")
    assert page.get_attribute("html", "data-theme") == "light"
    page.keyboard.press("3")
    page.wait_for_selector("tr[data-event='0'][aria-selected=true]")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("tr[data-event='1'][aria-selected=true]")
    assert "draw_mask" in page.inner_text("#announcer")
    page.focus("tr[data-event='1']")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.event") == "2"
    assert page.locator("tbody tr[tabindex='0']").count() == 1
    show(page, "layer/1")
    page.focus("canvas.heatmap")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#announcer").startswith("[1, 1] = ")
    page.keyboard.press("Enter")
    wait_until_shown(page, "#element/")
    page.wait_for_function("document.activeElement.id === 'main'")  # not at the page's beginning again
    assert page.inner_text("#announcer") == page.inner_text(".element-number")
    page.focus("#skip")
    page.keyboard.press("Enter")
    assert page.evaluate("[document.activeElement.id, app.view]") == ["main", "element"]
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 1
    page.uncheck("#letters")
    close_dialog(page)
    page.keyboard.press("1")
    page.click("#help")
    assert page.evaluate("app.view") == "element"  # digits are not keys now
    page.check("#letters")
    close_dialog(page)
    page.keyboard.press("1")
    page.wait_for_selector(".graph .box")
    page.focus(".graph .box[aria-label^=hidden]")
    page.keyboard.press("Enter")
    wait_until_shown(page, "#layer/1")


@pytest.mark.full
def test_several_steps_and_a_replay_have_views_of_their_own(opened):
    difference = trace_of("MLP").replay(learning_rate=0.2)
    page = opened(difference.trace())
    assert page.locator("[role=tab]").all_inner_texts()[-2:] == ["Machine", "Difference"]
    show(page, "difference")
    assert "the learning rate is 0.2" in page.inner_text("main")
    assert page.get_by_role("link", name="hidden: output").get_attribute("href") == "#layer/1"
    show(page, "steps")
    page.keyboard.press("]")
    wait_until_shown(page, "#steps@1")
    assert "replayed" in page.inner_text("#step-picker")


@pytest.mark.full
def test_a_page_says_what_was_not_kept(opened):
    page = opened(trace_of("MLP"), budget=3_000)
    show(page, "element/4/0")
    assert "arrays whole, the others in part" in page.evaluate("stepSummary(currentStep())")
    details = page.evaluate("currentStep().values.map(detailText)")
    assert "statistics only" in details
    assert page.evaluate(EXPLAIN_ALL, ROUNDING) is not None


@pytest.mark.full
def test_in_a_notebook_s_frame_links_stay_inside(opened):
    trace = trace_of("MLP")
    page = opened(trace)
    page.set_content(f"<h1>A notebook</h1>{trace._repr_html_()}")
    frame = page.frame_locator("iframe")
    frame.locator(".graph .box[aria-label^=hidden]").click()
    frame.locator("h2", has_text="hidden").wait_for()
    frame.locator("tbody a").first.click()
    frame.locator("#event-detail h2").wait_for()
    page.frames[1].evaluate("stepTimeline(1)")
    assert page.inner_text("h1") == "A notebook"


@pytest.mark.full
def test_names_and_sources_are_text_and_never_markup(opened, tmp_path):
    trace = hostile_trace(tmp_path)
    page = opened(trace)
    step = trace.step()
    routes = ["graph", *[f"layer/{i}" for i in range(len(step.layers))], *[f"timeline/{e.number}" for e in step.events]]
    found = visit(page, [*routes, *[f"element/{value.number}/0" for value in step.values]])
    assert sum(HOSTILE in view["text"] for view in found) > 10
    assert {view["images"] for view in found} == {0}
    page.wait_for_timeout(0)  # an image that could not be loaded would have run its script by now
    assert "owned" not in page.title()


@pytest.mark.full
def test_ops_beside_tensorflow_s_lead_to_the_timeline(opened):
    trace, op = compared_trace()
    page = opened(trace)
    visit(page, ["compare"])
    text = page.inner_text("main")
    for part in ("First difference: output mlp/second", "[3, 4]", "0.2500001", "1.0e−16", "none", "1 of 2"):
        assert part in text
    assert page.locator("td .warn").all_inner_texts() == ["0.20"]
    page.get_by_role("link", name="Tanh").first.click()
    wait_until_shown(page, f"#timeline/{op.number}")
    assert "deviation from TensorFlow" in page.inner_text("#event-detail")


@pytest.mark.full
def test_nothing_is_wider_than_a_phone(opened):
    page = opened(trace_of("CNN"))
    page.set_viewport_size({"width": 390, "height": 844})
    for route in ("graph", "layer/2", "timeline/3", "element", "machine"):
        show(page, route)
        assert page.evaluate("document.documentElement.scrollWidth") == 390, route


@pytest.mark.full
def test_kernels_have_times_of_their_own(opened):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((32, 32, 3)), keras.layers.Conv2D(8, 3), keras.layers.Flatten(), keras.layers.Dense(2)]
    )
    model.compile("adam", "mse")
    trace = model.explain_step(np.ones((8, 32, 32, 3), "float32"), np.ones((8, 2), "float32"), plan=True)
    timed = [event for event in trace.step().events if event.kernels]
    assert timed
    for event in timed:
        assert len(event.kernel_seconds) == len(event.kernels)
        assert 0 < sum(event.kernel_seconds) <= event.seconds
    page = opened(trace)
    rows = page.evaluate("recording.plan.rows.flatMap((row) => row.kernels)")
    assert rows
    assert all(seconds > 0 for _, seconds in rows)
    show(page, f"timeline/{timed[0].number}")
    assert "in compiled kernels" in page.inner_text("#event-detail")
