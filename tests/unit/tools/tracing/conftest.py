"""A real browser, in which pages of recordings are opened."""

import shutil
import warnings

import pytest

from tests.waiting import DEADLINE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of asyncio, about loops that Playwright makes
        with playwright.sync_playwright() as api:
            browser = api.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"], timeout=1000 * DEADLINE)
            yield browser
            browser.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Opens the page of a `Trace`; at the end nothing may have gone wrong, and nothing been fetched."""
    problems, pages = [], []

    def open_page(trace, budget=None, **options):
        file = tmp_path / f"page_{len(pages)}.html"
        trace.save_html(file, budget=budget)
        page = browser.new_page(viewport={"width": 1300, "height": 900}, **options)
        page.set_default_timeout(1000 * DEADLINE)
        pages.append(page)
        page.on("console", lambda message: message.type in ("error", "warning") and problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: request.url.startswith("http") and problems.append(request.url))
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-ready]")
        return page

    yield open_page
    for page in pages:
        page.close()
    assert problems == []
