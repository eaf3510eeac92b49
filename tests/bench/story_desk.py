"""The story desk at 500 scenes in headless Chromium: frames a second while a scene is dragged, and how long an edit
takes from the key to the disk. Run by hand: python -m tests.bench.story_desk"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from core.story.files import to_bytes
from core.story.model import Story
from core.story.shape import read

ROOT = Path(__file__).resolve().parent.parent.parent
PORT, SCENES, EDITS = 8793, 500, 15
FRAMES = """async () => {
  const times = [];
  let going = true;
  const tick = (now) => { times.push(now); if (going) requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
  await window.dragged;
  going = false;
  return times;
}"""


def long_story() -> Story:
    """Twenty scenes side by side in each of 25 chapters, each leading to two of the next."""
    scenes = []
    for number in range(SCENES):
        goals = [f"s{(number // 20 + 1) * 20 + (number + step) % 20}" for step in (0, 1)]
        options = [{"id": f"o{place}", "text": f"Way {place}", "to": goal if int(goal[1:]) < SCENES else "@end"}
                   for place, goal in enumerate(goals)]
        scenes.append({"id": f"s{number}", "title": f"Scene {number}", "nodes": [
            {"id": "n1", "text": "A line."}, {"id": "n2", "type": "choice", "options": options}]})
    return read(Story, {"id": "long", "title": "Long", "scenes": scenes})


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        server = subprocess.Popen([sys.executable, "app.py", "--no-browser", "--home", home, "--port", str(PORT)],
                                  cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for_studio()
            with sync_playwright() as driver:
                chromium = os.environ.get("STUDIONOVA_CHROMIUM") or shutil.which("chromium")
                browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
                report(open_desk(browser.new_page(viewport={"width": 1440, "height": 900})))
                browser.close()
        finally:
            server.terminate()
            server.wait()


def wait_for_studio() -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health", timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit("the studio did not start")


def open_desk(page: Page) -> Page:
    post = urllib.request.Request(f"http://127.0.0.1:{PORT}/stories/arrivals?name=long.json&keep=true",
                                  data=to_bytes(long_story()), method="POST")
    urllib.request.urlopen(post).close()
    page.add_init_script("localStorage.setItem('studionova.toured', 'yes')")
    page.goto(f"http://127.0.0.1:{PORT}/")
    page.click("#tab-story-button")
    began = time.perf_counter()
    page.click(".story-card .face:has-text('Long')")
    page.wait_for_selector(".scene .beats")
    sys.stdout.write(f"open the story: its lines     {(time.perf_counter() - began) * 1000:8.0f} ms\n")
    page.wait_for_selector(".graph canvas")
    sys.stdout.write(f"                its graph     {(time.perf_counter() - began) * 1000:8.0f} ms\n")
    return page


def report(page: Page) -> None:
    box = page.locator(".board").bounding_box()
    page.click(".stop >> nth=0")
    page.wait_for_timeout(400)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.evaluate("void (window.dragged = new Promise((done) => { window.endDrag = done; }))")
    page.evaluate(f"void (window.frames500 = ({FRAMES})())")
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(90):
        page.mouse.move(x + step * 2, y + step)
    page.mouse.up()
    page.evaluate("window.endDrag()")
    times = page.evaluate("window.frames500")
    gaps = [after - before for before, after in zip(times, times[1:], strict=False)]
    sys.stdout.write(f"frames while dragging         {1000 / statistics.median(gaps):8.0f} /s   (above 30; slowest "
                     f"twentieth {1000 / statistics.quantiles(gaps, n=20)[-1]:.0f})\n")
    waits = []
    for number in range(EDITS):
        area = page.locator(".beats textarea").first
        began = time.perf_counter()
        with page.expect_response(lambda said: said.url.endswith("/edits")):
            area.press_sequentially(str(number % 10))
        waits.append((time.perf_counter() - began) * 1000)
    sys.stdout.write(f"from the key to the disk      {statistics.median(waits):8.0f} ms   (under 300; worst "
                     f"{max(waits):.0f})\n")


if __name__ == "__main__":
    main()
