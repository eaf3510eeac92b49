"""A studio without a window, for hosts that hand over one request at a time: an event comes in, an answer goes out.

    {"pipeline": "upscale.lanczos", "values": {"scale": 2.0}, "pictures": {"me.png": "<base64>"}}
"""

import base64
import binascii
import tempfile
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from core.disk import printable
from core.errors import BadFile, StudioError
from core.jobs import ENDED, Job, Sender
from core.studio import Studio

ANSWER_BYTES = 7 * 2**20
"""What fits into an answer (RunPod takes 10 MB, and base64 adds a third); larger files stay on the volume."""
WAIT_SECONDS = 1.0


def handle(studio: Studio, event: Mapping[str, Any]) -> dict[str, Any]:
    """Do what an event asks for and wait for it. Every trouble is an answer in words, never an exception."""
    try:
        asked = event.get("input")
        if not isinstance(asked, Mapping) or not isinstance(asked.get("pipeline"), str):
            raise StudioError("The input names no pipeline.", 'For example {"input": {"pipeline": "image.starter"}}.')
        values = dict(asked.get("values") or {})
        given = [_take_in(studio, str(name), data) for name, data in dict(asked.get("pictures") or {}).items()]
        if given:
            values |= _place(studio, asked["pipeline"], given)
        job = studio.submit(asked["pipeline"], values, Sender(correlation=str(event.get("id", ""))[:64]))
    except StudioError as error:
        return {"state": "refused", "error": str(error)}
    except (TypeError, ValueError) as error:
        return {"state": "refused", "error": f"The input could not be read: {error}"}
    return answer(studio, wait_for(studio, job))


def wait_for(studio: Studio, job: Job) -> Job:
    while job.state not in ENDED:
        studio.jobs.wait(studio.jobs.revision, WAIT_SECONDS)
    return job


def answer(studio: Studio, job: Job) -> dict[str, Any]:
    """What a job made, with small files inside and large ones by their place."""
    left, assets = ANSWER_BYTES, []
    for asset_id in job.assets:
        asset = studio.assets.get(asset_id)
        told: dict[str, Any] = {"id": asset_id, "file": asset.path.relative_to(studio.home.root).as_posix(),
                                "sidecar": studio.assets.record(asset_id)}
        size = asset.path.stat().st_size
        if size <= left:
            told["base64"] = base64.b64encode(asset.path.read_bytes()).decode()
            left -= size
        assets.append(told)
    return {"job": job.id, "state": job.state, "assets": assets, "notices": list(job.notices), "error": job.error}


def _take_in(studio: Studio, name: str, data: Any) -> str:
    try:
        content = base64.b64decode(str(data), validate=True)
    except binascii.Error as error:
        raise BadFile(f"“{name[:80]}” is not base64.", "Send each picture as base64 text.") from error
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"picture{Path(name).suffix[:8]}"
        path.write_bytes(content)
        return studio.assets.receive(path, printable(Path(name).stem, 200)).id


def _place(studio: Studio, key: str, ids: list[str]) -> dict[str, Any]:
    """The pictures that came along, in the field of the request that takes pictures."""
    kinds = {f.name: f.metadata.get("kind") for f in fields(studio.catalog[key].request)}
    many = [name for name, kind in kinds.items() if kind == "pictures"]
    one = [name for name, kind in kinds.items() if kind == "picture"]
    return {many[0]: ids} if many else {one[0]: ids[0]} if one else {}
