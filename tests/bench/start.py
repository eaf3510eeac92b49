"""From process start to a page that answers, against an empty Gradio app: paired runs, medians, and `import core`."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ROUNDS = 5
EMPTY = """
import gradio as gr
with gr.Blocks() as blocks:
    gr.Markdown("empty")
blocks.launch(server_port={port}, quiet=True)
"""


def answers(command: list[str], port: int) -> float:
    """Seconds until the page comes back whole."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env={**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"})
    try:
        while time.perf_counter() - begin < 120:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                    page.read()
                    return time.perf_counter() - begin
            except (urllib.error.URLError, OSError):
                time.sleep(0.02)
        raise SystemExit("the page never answered")
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    ours, empty = [], []
    with tempfile.TemporaryDirectory() as home:
        for number in range(ROUNDS + 1):
            port = 8700 + number * 2
            studio = [sys.executable, "app.py", "--no-browser", "--home", home, "--port", str(port)]
            pair = (answers(studio, port), answers([sys.executable, "-c", EMPTY.format(port=port + 1)], port + 1))
            if number:
                ours.append(pair[0])
                empty.append(pair[1])
    core = [float(subprocess.run([sys.executable, "-c", "import time; b = time.process_time(); import core.studio; "
                                  "print(time.process_time() - b)"], cwd=ROOT, capture_output=True, text=True,
                                 check=True).stdout) for _ in range(ROUNDS)]
    ratio = statistics.median(a / b for a, b in zip(ours, empty, strict=True))
    sys.stdout.write(f"studio {statistics.median(ours):.2f} s, empty Gradio {statistics.median(empty):.2f} s: "
                     f"{ratio:.2f} × (at most 1.5)\n"
                     f"import core.studio {statistics.median(core):.3f} s CPU (under 0.3)\n")


if __name__ == "__main__":
    main()
