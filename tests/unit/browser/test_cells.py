"""Run, Edit and Stop on the code cells of a page, in headless Chromium."""

import json

import pytest

from tests.unit.browser.digits_network import losses
from tests.unit.browser.pages import CellPage
from tests.unit.browser.serving import ISOLATING, served

pytestmark = pytest.mark.full

PLATFORMS = 1e-6  # relative; compiled kernels and NumPy built for WebAssembly add in different orders
LOOP, DIGITS, PROCESS = 2, 3, 4  # numbers of cells in site/index.md


def test_cells_share_their_variables_and_a_stopped_loop_says_what_is_lost(site, chromium):
    with served(site) as address:
        page = CellPage(chromium, address)
        assert not [url for url in page.requests if "pyodide" in url or "worker" in url]  # nothing before it is pressed

        assert page.cell(DIGITS).get_by_role("button", name="Run to here").count() == 1
        assert page.cell(PROCESS).get_by_role("button").count() == 0  # a browser starts no other programs

        page.press(1, "Run to here")
        assert page.output(0, "array").startswith("array([[0., 1., 2.]")
        printed = page.output(1, "IndexError")
        assert printed.split()[:3] == ["sum", "15.0", "Traceback"]
        assert "x[7]" in printed  # the traceback shows the cell's line
        assert "cell_runner" not in printed

        page.wait_until_idle(0)
        page.press(0, "Edit")
        editor = page.page.get_by_role("textbox", name="Code of this cell")
        editor.fill("x *= 2\nx.sum()")
        editor.press("Shift+Enter")
        page.output(0, r"30\.0")

        page.wait_until_idle(LOOP)
        page.press(LOOP, "Run")
        page.output(LOOP, "begun")
        page.press(LOOP, "Stop")
        assert "its variables are lost" in page.output(LOOP, "Stopped")

        page.press(DIGITS, "Run")  # in a new Python
        found = json.loads(page.output(DIGITS, r"\[").strip().strip("'"))
        assert found == pytest.approx(losses(), rel=PLATFORMS)
        assert page.hosts() == {address.split("/")[2]}
        assert page.errors == []


def test_an_isolated_page_keeps_its_variables_when_a_loop_is_stopped(site, chromium):
    with served(site, ISOLATING) as address:
        page = CellPage(chromium, address)
        page.press(LOOP, "Run to here")  # the second cell fails, and those below it do not run
        page.output(1, "IndexError")
        page.wait_until_idle(LOOP)
        page.press(LOOP, "Run")
        page.output(LOOP, "begun")
        page.press(LOOP, "Stop")
        assert "KeyboardInterrupt" in page.output(LOOP, "KeyboardInterrupt")
        page.wait_until_idle(1)
        page.press(1, "Run")
        page.output(1, r"sum 15\.0")


def test_pages_without_cells_load_no_script_for_them(site):
    assert "run_cells" in (site / "index.html").read_text(encoding="utf-8")
    assert "run_cells" not in (site / "without_cells.html").read_text(encoding="utf-8")
