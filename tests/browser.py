"""A real Chromium before the served application: it signs in, chooses, opens pages and keeps what went wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from tests import servers

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]
WIDE, PHONE = {"width": 1400, "height": 900}, {"width": 390, "height": 844}
HURRY: Any = {"wait_until": "domcontentloaded"}  # our scripts have run by then, and wait for the styles

signed_in: dict[tuple[Any, str, str], list[Any]] = {}  # the cookies that a sign-in left, by application and account

# What the page's policy stops is said on the console too, with its place in the source.
TELL_POLICY = """addEventListener("securitypolicyviolation", (seen) => console.error(
  `policy ${seen.violatedDirective} stopped ${seen.blockedURI} ${seen.sample} line ${seen.lineNumber}`))"""

# A form of our own, so that nothing depends on where a button stands.
SUBMIT = """([address, fields, file]) => {
  const form = document.createElement("form");
  const add = (one) => form.append(Object.assign(document.createElement("input"), one));
  Object.assign(form, { method: "post", action: address, enctype: "multipart/form-data" });
  for (const [name, values] of Object.entries(fields))
    for (const value of [values].flat()) add({ type: "hidden", name, value });
  const given = new DataTransfer();
  if (file !== null) given.items.add(new File([file], "list.csv"));
  add({ type: "file", name: "file", files: given.files });
  document.body.append(form);
  form.submit();
}"""
FETCH = """async ([address, token]) =>
  (await fetch(address, { method: "POST", body: new URLSearchParams({ csrf_token: token }) })).ok"""

# Of rows, items and options only those with something new are read; a first row is ticked, what folds is opened.
PREPARE = """() => {
  const kind = (one) => `${one.localName} ${one.getAttribute("class")} ${one.getAttribute("role")} ${one.type}`;
  const shape = (one) => `${kind(one)}(${[...one.children].map(shape)})`;
  for (const parent of document.querySelectorAll("tbody, ul, ol, select, dl")) {
    const seen = new Set();
    [...parent.children].forEach((child, number) => {
      const parts = [kind(child), ...[...child.children].map((one, place) => `${place} ${shape(one)}`)];
      if (number > 1 && !child.selected && parts.every((one) => seen.has(one))) child.remove();
      parts.forEach((one) => seen.add(one));
    });
  }
  const rows = document.querySelector("main input[type=checkbox][name=rowid]");
  const small = !document.querySelector("main form, main table");
  if (rows) rows.click();
  else document.querySelectorAll(small ? "details" : "main details").forEach((one) => { one.open = true; });
}"""
RUN_AXE = """async (standards) => {
  const asked = { runOnly: standards, resultTypes: ["violations"], preload: false, iframes: false };
  const short = (text) => text.replace(/\\s+/g, " ").slice(0, 200);
  return (await axe.run(document, asked)).violations.flatMap((one) => one.nodes.slice(0, 4).map((node) => {
    const why = [...node.any, ...node.all, ...node.none].map((check) => check.message).join("; ");
    return `${one.id}: ${one.help} | ${short(node.html)} | ${short(why)} | at ${node.target.flat().join(" ")}`;
  }));
}"""
IS_DARK = """getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).slice(0, 3)
  .reduce((sum, one) => sum + Number(one), 0) < 3 * 128"""


class Window:
    """One page of the browser in a context of its own; what it complains of is kept until it is asked."""

    def __init__(self, browser: Any, address: str, size: Any = WIDE, axe: bool = False) -> None:
        self.context = browser.new_context(viewport=size, base_url=address, reduced_motion="reduce")
        self.context.add_init_script(TELL_POLICY)
        if axe:
            self.context.add_init_script(path=AXE)
        self.page = self.context.new_page()
        self.trouble, self.token = [], ""
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.trouble.append(f"page error: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)

    def _console(self, said: Any) -> None:
        # What could not be loaded is told by its answer, and a page refused on purpose is no trouble.
        if said.type == "error" and not said.text.startswith("Failed to load resource"):
            self.trouble.append(f"console: {said.text[:300]}")

    def _failed(self, request: Any, reason: Any = None) -> None:
        if reason or request.failure != "net::ERR_ABORTED":  # left behind by the next page
            self.trouble.append(f"not loaded: {urlsplit(request.url).path} {reason or request.failure}")

    def _answered(self, response: Any) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self._failed(response.request, response.status)

    def complaints(self) -> list[str]:
        """What went wrong since somebody asked last."""
        said, self.trouble = self.trouble, []
        return said

    def sign_in(self, email: str, password: str) -> None:
        sign_in(self.page, email, password)

    def choose(self, language: str, theme: str = "light") -> None:
        """The header's buttons, or what they send where this page shows none."""
        self.token = self.page.input_value("input[name=csrf_token] >> nth=0")
        button = self.page.locator(f'form[action*="/language/"] button[lang={language}]')
        if button.count() and button.first.is_visible():
            follow(button)
        else:
            assert self.page.evaluate(FETCH, [f"/language/{language}", self.token])
        assert self.page.locator("header [data-theme-choice]").count(), "the header offers no light or dark"
        assert self.page.evaluate(FETCH, [f"/theme/{theme}", self.token])
        self.page.reload(**HURRY)
        assert self.page.evaluate(IS_DARK) == (theme == "dark"), f"the page is not {theme}"

    def open(self, address: str) -> Any:
        """Open a page; gives its answer."""
        return self.page.goto(address, **HURRY)

    def post(self, address: str, fields: dict[str, Any], file: str | None = None) -> Any:
        """Send a form from the page where the window stands; gives its answer."""
        with self.page.expect_navigation(**HURRY) as answer:
            self.page.evaluate(SUBMIT, [address, {"csrf_token": self.token, **fields}, file])
        return answer.value

    def sideways(self, size: Any) -> int:
        """By how many pixels the whole page runs out of a screen of this size, which the window now has."""
        if size != self.page.viewport_size:
            self.page.set_viewport_size(size)
        return self.page.evaluate("Math.max(document.scrollingElement.scrollWidth - innerWidth, 0)")

    def violations(self) -> list[str]:
        """What axe finds: rule, source, reason, place. The page is changed for it."""
        self.page.evaluate(PREPARE)
        return self.page.evaluate(RUN_AXE, STANDARDS)


def follow(pressed: Any) -> None:
    """Press what leads to another page and wait until it stands; a click alone may return on the old page."""
    with pressed.page.expect_navigation(**HURRY):
        pressed.first.click()


def go_back(page: Any) -> None:
    """The browser's way back; the library's own fails while a page has only just taken the place of another."""
    with page.expect_navigation(**HURRY):
        page.evaluate("history.back()")


def sign_in(page: Any, email: str, password: str) -> None:
    """Through the form, as a person does; on an application where it was done, with the cookies that it left."""
    address = page.context.request.get("/healthz").url.removesuffix("/healthz")
    who = (servers.served.get(address), email, password)
    if who[0] and who in signed_in:
        page.context.add_cookies(signed_in[who])
        page.goto("/admin/", **HURRY)
        if urlsplit(page.url).path == "/admin/":
            return
    page.goto("/account/login", **HURRY)
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", password)
    follow(page.locator("main button"))
    assert urlsplit(page.url).path == "/admin/", page.inner_text("main")
    signed_in[who] = page.context.cookies()


@contextmanager
def chromium() -> Iterator[Any]:
    """One browser for many windows."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**servers.chromium())
        yield browser
        browser.close()
