"""The page of a recording for those who use a screen reader: names, roles, contrast. (`test_page.py`: the keyboard.)"""

import re
from pathlib import Path

import pytest

from tests.unit.tools.tracing.networks import compared_trace, trace_of
from tests.unit.tools.tracing.pages import show


@pytest.mark.full
def test_a_screen_reader_gets_names_roles_and_one_stop_for_many_maps(opened):
    page = opened(trace_of("CNN"))
    heard = page.locator("main").aria_snapshot()
    assert 'tabpanel "Network"' in heard
    assert re.search(r'link "normalized BatchNormalization · .* \(time, .*\), result .*, gets conv"', heard)
    show(page, "layer/1")
    assert page.title().startswith("Layer – ")
    maps = page.locator(".maps").filter(has=page.locator("canvas:nth-of-type(1)")).nth(1).locator("canvas")
    assert maps.count() == 4
    assert [maps.nth(i).get_attribute("tabindex") for i in range(4)] == ["0", "-1", "-1", "-1"]
    maps.first.focus()
    page.keyboard.press("PageDown")
    assert "channel 1" in page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert [maps.nth(i).get_attribute("tabindex") for i in range(4)] == ["-1", "0", "-1", "-1"]
    show(page, "timeline")
    assert page.get_by_role("slider", name="Event").get_attribute("aria-valuetext").startswith("0: ")


@pytest.mark.full
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_any_view(opened, theme):
    axe = pytest.importorskip(
        "axe_playwright_python", reason="axe-playwright-python, which has axe-core, is not installed"
    )
    source = Path(axe.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
    views = {
        opened(trace_of("MLP").replay(learning_rate=0.2).trace(), color_scheme=theme): (
            *("graph", "layer/1", "timeline/5", "element", "steps", "machine", "difference"),
        ),
        opened(compared_trace()[0], color_scheme=theme): ("compare",),
    }
    for page, routes in views.items():
        page.evaluate(f"{source};0")
        for route in routes:
            show(page, route)
            found = page.evaluate("axe.run().then((found) => found.violations.map((v) => [v.id, v.nodes[0].html]))")
            assert found == [], route
