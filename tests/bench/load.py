"""Fifty clients at once for two minutes: submit, poll, browse, cancel. No error, no lost job, memory flat."""

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

import psutil
from gradio_client import Client

ROOT = Path(__file__).resolve().parent.parent.parent
CLIENTS, PORT = 50, 8790
SECONDS = float(os.environ.get("STUDIONOVA_LOAD_SECONDS", "120"))


def start(home: str) -> subprocess.Popen:
    server = subprocess.Popen([sys.executable, "app.py", "--no-browser", "--home", home, "--port", str(PORT)], cwd=ROOT,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 90
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health", timeout=2).close()
            return server
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    server.kill()
    raise SystemExit("the studio did not start")


def visit(number: int, picture: str, until: float, told: Counter, lost: list[str]) -> None:
    chance = random.Random(number)
    client = Client(f"http://127.0.0.1:{PORT}/", verbose=False, httpx_kwargs={"timeout": 60})
    while time.monotonic() < until:
        act = chance.choice(("submit", "browse", "poll", "cancel"))
        try:
            if act == "browse":
                client.predict(chance.choice(("photo", "lanczos", "")), api_name="/search")
            elif act == "poll":
                client.predict(api_name="/jobs")
            else:
                values = {"pictures": [picture], "scale": 2.0}
                job = client.predict("upscale.lanczos", values, False, api_name="/submit")["job"]
                if act == "cancel":
                    client.predict(job, api_name="/cancel")
                elif client.predict(job, api_name="/job")["id"] != job:
                    lost.append(job)
            told[act] += 1
        except Exception as error:  # noqa: BLE001 - counted and printed: that is what is measured here
            told["error"] += 1
            lost.append(f"{act}: {type(error).__name__}: {error}"[:200])


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        server = start(home)
        try:
            report(server)
        finally:
            server.terminate()
            server.wait()


def report(server: subprocess.Popen) -> None:
    from gradio_client import handle_file

    photo = ROOT / "models" / "starter" / "demo"
    given = next(iter(sorted(photo.rglob("*.png"))))
    client, told, lost = Client(f"http://127.0.0.1:{PORT}/", verbose=False), Counter(), []
    made = client.predict(handle_file(given), api_name="/upscale")
    picture, memory = made["assets"][0]["id"], [psutil.Process(server.pid).memory_info().rss / 2**20]
    until = time.monotonic() + SECONDS + 30
    visitors = [threading.Thread(target=visit, args=(n, picture, until, told, lost)) for n in range(CLIENTS)]
    for visitor in visitors:
        visitor.start()
    while any(visitor.is_alive() for visitor in visitors):
        time.sleep(SECONDS / 6)
        memory.append(psutil.Process(server.pid).memory_info().rss / 2**20)
    states = Counter(job["state"] for job in client.predict("", 200, api_name="/jobs"))
    sys.stdout.write(f"{sum(told.values())} calls by {CLIENTS} clients in {SECONDS:.0f} s: {dict(told)}\n"
                     f"errors {told['error']}, lost {len(lost)} {lost[:3]}; newest jobs {dict(states)}\n"
                     f"memory MB: {' '.join(f'{value:.0f}' for value in memory)}\n")


if __name__ == "__main__":
    main()
