"""The program as it is started: a process of its own."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent


def test_a_busy_port_is_said_and_the_next_one_answers(tmp_path):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        words = [sys.executable, "app.py", "--no-browser", "--home", str(tmp_path), "--port", str(port)]
        known = {name: value for name, value in os.environ.items() if not name.startswith("STUDIONOVA")}
        known["HTTP_PROXY"] = "http://127.0.0.1:9"  # as in an office; the studio must not ask itself through it
        studio = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=known)
        try:
            said = []
            for line in studio.stdout:
                said.append(line)
                if line.startswith("StudioNova is open at"):
                    break
            assert any(f"Port {port} is busy" in line for line in said)
            url = re.search(r"http\S+", said[-1])[0]
            assert str(port) not in url and httpx.get(f"{url}health").json()["status"] == "ok"
        finally:
            studio.terminate()
            assert studio.wait(30) == 0
