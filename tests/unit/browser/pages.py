"""Pages in headless Chromium, as a reader uses them."""

import re

from tests.waiting import DEADLINE


class Page:
    """A page of the site in the browser, and what it asked for."""

    def __init__(self, browser, address):
        self.page = browser.new_page()
        self.page.set_default_timeout(1000 * DEADLINE)
        self.requests, self.errors = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(error))
        self.page.goto(address)

    def hosts(self):
        """The servers that were asked for anything."""
        return {url.split("/")[2] for url in self.requests}


class CellPage(Page):
    """One with code cells."""

    def cell(self, number):
        return self.page.locator("div.cell").nth(number)

    def press(self, number, button):
        self.cell(number).get_by_role("button", name=button, exact=True).click()

    def output(self, number, text):
        """The output of a cell, once it contains a text."""
        found = self.cell(number).locator(".run-output", has_text=re.compile(text))
        found.wait_for()
        return found.inner_text()

    def wait_until_idle(self, number):
        """Wait until nothing runs: then the cell can be run again."""
        self.cell(number).locator("button:text-is('Run'):enabled").wait_for()
