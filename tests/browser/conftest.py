"""A served studio and a real browser. Every page fails its test on a console error or on a request to anywhere else."""

import os
import shutil
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

from core.cards import Card
from core.catalog import Entry
from core.errors import StudioError

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]
LEFT_BEHIND = ("AbortError: signal is aborted", "Unexpected error Connection errored out")
"""What a page says when it is loaded anew in the middle of a request: it throws the answer away."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    path = os.environ.get("STUDIONOVA_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("there is no Chromium on this computer")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def brake(studio) -> Iterator[threading.Event]:
    """A second way of upscaling that works on until the brake is set: tests can look into the middle of a job."""
    free = threading.Event()

    def run(request, bench) -> None:
        for number in range(10_000):
            bench.step(min(number, 99), 100, "Enlarging")
            if free.wait(0.05):
                break
        bench.save(Image.new("RGB", (64, 64), "teal"), folder="images", suffix=".png",
                   parents=list(request.pictures), title="slowly made")

    module = types.ModuleType("slow")
    module.CARD, module.run = Card("Slow", "upscale", "for a test", "MIT", can=("pause",)), run
    studio.catalog.entries = {**studio.catalog.entries, "upscale.slow": Entry("upscale.slow", module.CARD, module)}
    yield free
    free.set()


@pytest.fixture
def picture(studio) -> Callable[..., str]:
    """Makes an asset: picture("a red one", "red")."""
    def make(title: str = "a picture", colour: str = "teal", **record) -> str:
        return studio.assets.save(Image.new("RGB", (160, 120), colour), folder="images", suffix=".png",
                                  record={"title": title, **record}).id
    return make


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "holiday.png"
    Image.new("RGB", (40, 30), "orange").save(path)
    return path


@pytest.fixture
def url(studio, tmp_path, monkeypatch, free_port) -> Iterator[str]:
    from ui.server import Door, serve
    from ui.window import build_window, look

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    serving = serve(build_window(studio), studio, Door(port=free_port, browser=False), look(), tmp_path / "uploads")
    yield serving.url
    serving.close()


@pytest.fixture
def visit(chromium, url) -> Iterator[Callable]:
    """Opens a page as a new visitor: visit(tab="library", width=390, language="de"). `same=page` is a second tab."""
    contexts, wrong, arrivals = [], [], []

    def open_page(tab: str = "", width: int = 1440, height: int = 900, language: str = "en", same=None,
                  tour: bool = False, **look):
        context = same.context if same else chromium.new_context(
            viewport={"width": width, "height": height}, locale=language, **look)
        if not same:
            contexts.append(context)
            if not tour:
                context.add_init_script("localStorage.setItem('studionova.toured', 'yes')")
        page = context.new_page()
        page.set_default_timeout(45_000)  # says when something never comes; two drawings at once may fill two cores
        page.on("framenavigated", lambda frame: arrivals.append(page) if frame == page.main_frame else None)
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("response", lambda came: wrong.append(f"{came.status} {came.url}") if came.status >= 400 else None)
        page.on("request", lambda asked: wrong.append(f"asked {asked.url}") if _outside(asked.url, url) else None)
        page.goto(url)
        page.wait_for_selector("#pill button")
        if tab:
            page.click(f"#tab-{tab}-button")
            page.wait_for_selector(f"#tab-{tab} >> visible=true")
        return page

    yield open_page
    for context in contexts:
        context.close()
    if len(arrivals) > len(set(arrivals)):
        wrong = [what for what in wrong if not what.startswith(LEFT_BEHIND)]
    if wrong:
        raise StudioError("; ".join(wrong))


def _outside(asked: str, home: str) -> bool:
    parts = urlsplit(asked)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != urlsplit(home).netloc
