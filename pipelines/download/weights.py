"""Gets models: known ones, folders of Hugging Face, single files. Goes on after a cut, checks what arrived."""

import re
from pathlib import Path

from core.bench import Bench
from core.cards import Card
from core.errors import Refused
from core.requests import DownloadRequest
from core.weights import hub
from core.weights.fetching import Source, check_address, check_room, fetch
from core.weights.known import Known, read_known

CARD = Card(
    name="Get a model",
    task="download",
    about="Fetches models from where their makers keep them, and checks that they arrived whole.",
    licence="MIT",
    can=("pause", "resume"),
)


def run(request: DownloadRequest, bench: Bench) -> None:
    if bench.owner:
        raise Refused("Only the person at the computer can get models.", "Ask them; sharing is on.")
    known = _what(request)
    place = (bench.models / known.place).resolve()
    if not place.is_relative_to(bench.models.resolve()):
        raise Refused("That name leads out of the models folder.", "Use a plain name.")
    if place.exists() and not place.with_name(f"{place.name}.unfinished").exists():
        bench.note(f"{known.name} is here already.")
        return
    token = hub.find_token()
    if known.repo:
        _get_folder(known, place, token, bench)
    else:
        source = Source(known.url, known.bytes, known.sha256, "", known.page)
        fetch(source, place, lambda done, total: bench.step(done, total, "Downloading"))
    bench.put("weights", known.place, {"name": known.name, "licence": known.licence, "source": known.page})
    bench.note(f"{known.name} is on this computer now. Licence: {known.licence or 'see its page'}.")
    bench.step(1, 1, "Done")


def _get_folder(known: Known, place: Path, token: str, bench: Bench) -> None:
    bench.step(0, 0, "Looking at what there is")
    rows = hub.choose_files(hub.list_files(known.repo, token), known.variant)
    whole = sum(row["size"] for row in rows)
    mark = place.with_name(f"{place.name}.unfinished")
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    here = [place / row["path"] for row in rows]
    before = sum(path.stat().st_size for path in here if path.is_file())
    check_room(place, whole - before)
    done = 0
    # model_index.json comes last: until then the folder is no model, and nothing lists it
    for row in sorted(rows, key=lambda row: row["path"] == "model_index.json"):
        target = place / row["path"]
        if not (target.is_file() and target.stat().st_size == row["size"]):
            so_far = done
            fetch(hub.source_of(known.repo, row, token), target,
                  lambda at, _, so_far=so_far: bench.step(so_far + at, whole, "Downloading"))
        done += row["size"]
        bench.step(done, whole, "Downloading")
    mark.unlink()


def _what(request: DownloadRequest) -> Known:
    """A known model, a repository, or the address of one file."""
    what = request.what.strip().removeprefix("https://huggingface.co/").strip("/")
    known = read_known()
    if what in known:
        return known[what]
    if re.fullmatch(r"[\w.-]+/[\w.-]+", what):
        return Known(what, what, request.place, request.licence, repo=what)
    check_address(request.what.strip())
    name = request.what.strip().partition("?")[0].rpartition("/")[2]
    if not re.fullmatch(r"[\w. ()+-]+\.(safetensors|pth|gguf)", name) or name.startswith("."):
        raise Refused("That address does not lead to a model file.", "It has to end with .safetensors.")
    return Known(name, name, request.place, request.licence, url=request.what.strip().partition("?")[0],
                 sha256=request.sha256.strip().lower())
