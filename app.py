"""Opens the studio, builds the window, serves it. `python app.py --help` lists the options."""

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from core.errors import StudioError
from core.home import Home
from core.hosts import Host, announce_to_zero_gpu, detect, past_proxies
from core.memory import keep_few_heaps
from core.modes import FAST
from core.passwords import hash_password, new_password
from core.studio import Studio

REPOSITORY = Path(__file__).resolve().parent


def read_options(words: list[str], host: Host) -> argparse.Namespace:
    parser = argparse.ArgumentParser("studionova", description="From a handful of photos to a playable story.")
    parser.add_argument("--host", default=host.address, help="address to answer on; 0.0.0.0 for the home network")
    parser.add_argument("--port", type=int, default=host.port, help="a busy one moves on to the next")
    parser.add_argument("--share", action="store_true", help="make a public link, behind a password")
    parser.add_argument("--home", type=Path, default=host.home, help="folder that holds everything you make")
    parser.add_argument("--mode", choices=("production", FAST),
                        default=os.environ.get("STUDIONOVA_MODE", "production"))
    parser.add_argument("--no-browser", action="store_true", help="do not open the browser")
    parser.add_argument("--new-password", action="store_true", help="forget the old password and print a new one")
    return parser.parse_args(words)


def choose_password(studio: Studio, fresh: bool) -> str:
    """The hash that visitors are held against. A password is shown once, when it is made."""
    given = os.environ.get("STUDIONOVA_PASSWORD", "")
    kept = str(studio.settings.get("sharing.password_hash"))
    if given:
        return hash_password(given)
    if kept and not fresh:
        say("Others need the password that was printed before (--new-password makes another).")
        return kept
    password = new_password()
    studio.settings.set("sharing.password_hash", hash_password(password))
    say(f"Password for others (shown only now): {password}")
    return str(studio.settings.get("sharing.password_hash"))


def say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def main(words: list[str]) -> int:
    keep_few_heaps()
    logging.captureWarnings(True)  # what libraries will change one day belongs into the log
    host = detect(REPOSITORY)
    if host.borrowed_gpu:
        announce_to_zero_gpu()
    options = read_options(words, host)
    os.environ["STUDIONOVA_MODE"] = options.mode
    uploads = options.home / "outputs" / ".uploads"
    os.environ |= {"GRADIO_TEMP_DIR": str(uploads), "GRADIO_ANALYTICS_ENABLED": "False",
                   "HF_HUB_DISABLE_TELEMETRY": "1", "no_proxy": past_proxies(os.environ)}
    if options.mode == FAST:
        os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")  # the numbers that the driver shows, so the names fit
    try:
        import pipelines

        studio = Studio(Home(options.home), pipelines)
    except StudioError as error:
        say(str(error))
        return 1
    try:
        return open_window(studio, host, options, uploads)
    except StudioError as error:
        say(str(error))
        return 1
    finally:
        studio.close()


def open_window(studio: Studio, host: Host, options: argparse.Namespace, uploads: Path) -> int:
    from ui.server import Door, serve
    from ui.window import build_window, look

    guarded = host.needs_password(options.host, options.share)
    shared = guarded or host.faces_internet
    door = Door(options.host, options.port, host.may_move_port, options.share,
                choose_password(studio, options.new_password) if guarded else "", shared, host.web_names,
                "https://huggingface.co https://*.hf.space" if host.key == "space" else "",
                not options.no_browser and not shared)
    notices = tuple(filter(None, (host.warning, *studio.store.notices)))
    serving = serve(build_window(studio, notices=notices), studio, door, look(), uploads)
    studio.start()
    for notice in notices:
        say(notice)
    if not options.share and not serving.url.rstrip("/").endswith(f":{options.port}"):
        say(f"Port {options.port} is busy with another program, so the studio took the next free one.")
    say(f"StudioNova is open at {serving.url}")
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    while not stop.wait(0.5):  # a wait without an end is deaf to Ctrl+C on Windows
        pass
    serving.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
