"""A training as a folder that can go to another machine: its job, its character, its photos, and a SkyPilot file."""

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from core import characters, datasets
from core.errors import Refused
from core.home import PROGRAM, Home
from core.sidecars import sidecar_of
from core.studio import Studio
from pipelines.kit.following import Shadow, copy_rows

SKY = """\
# `sky jobs launch train.sky.yaml` trains on a rented machine. The folder becomes a bucket, so that the saves outlive
# the machine: when it is taken away, the training goes on from the last of them. The LoRA comes to models/loras there.
name: {name}
num_nodes: 1
resources:
  accelerators: {{L4:1, A10G:1, L40S:1, A100:1, H100:1}}
  use_spot: true
workdir: {program}
file_mounts:
  ~/studio:
    name: {name}
    source: {folder}
    mode: MOUNT
{base}setup: |
  python3 -m venv ~/env
  ~/env/bin/pip install -r requirements.txt
run: |
  ~/env/bin/accelerate launch \\
    --num_processes $((SKYPILOT_NUM_NODES * SKYPILOT_NUM_GPUS_PER_NODE)) \\
    --num_machines $SKYPILOT_NUM_NODES --machine_rank $SKYPILOT_NODE_RANK \\
    --main_process_ip $(echo "$SKYPILOT_NODE_IPS" | head -n1) --main_process_port 29500 \\
    --mixed_precision no --dynamo_backend no -m pipelines.train ~/studio/job.json
"""
ELSEWHERE = "~/base"
"""Where the base model lies on the other machine: not in the bucket, which would carry it again and again."""


def pack(told: Mapping[str, Any], folder: Path, package: ModuleType) -> Path:
    """Put all that a job needs into an empty folder. Nothing of the home is changed. Returns the SkyPilot file."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Refused(f"{folder.name} is not empty, and what lies in it would be overwritten.",
                      "Name a folder that is empty or not there yet.")
    with tempfile.TemporaryDirectory(prefix="studionova-") as own:
        shadow = Shadow(Path(told["home"]), Path(own))
        copy_rows(Home(shadow.root), shadow)
        there, here = Studio(shadow, package), Studio(Home(folder), package)
        try:
            person = characters.find(there.store.rows(characters.TABLE), told["request"].get("character", ""))
            base = _copy(there, here, person, str(told["request"].get("model", "")))
        finally:
            there.close()
            here.close()
    job = {key: value for key, value in told.items() if key != "home"}
    (folder / "job.json").write_text(json.dumps(job, indent=2, ensure_ascii=False), "utf-8")
    name = f"studionova-{re.sub(r'[^a-z0-9]+', '-', person.name.lower()).strip('-') or 'training'}-{person.id[-6:]}"
    sky = folder / "train.sky.yaml"
    sky.write_text(SKY.format(name=name.lower(), program=json.dumps(str(PROGRAM)), folder=json.dumps(str(folder)),
                              base=base), "utf-8")
    return sky


def _copy(there: Studio, here: Studio, person: characters.Character, model: str) -> str:
    """Rows, photos and how they came to be. Returns the line that brings the base model along, if it is not ours."""
    here.store.put(characters.TABLE, person.id, person.row())
    row = next((r for r in there.store.rows(datasets.TABLE) if r["id"] == person.dataset), None)
    for photo in datasets.from_row(row).photos if row else ():
        for asset in filter(None, (photo.asset, photo.mask)):
            _copy_asset(there.assets.get(asset).path, there.home.outputs, here.home.outputs)
    if row:
        here.store.put(datasets.TABLE, row["id"], row)
    here.assets.sweep()
    own = next((root / model for root in (there.home.models, *map(Path, there.settings.get("models.folders")))
                if model and (root / model).exists()), None)
    here.settings.set("models.folders", [ELSEWHERE])
    here.store.flush()
    return f"  {ELSEWHERE}/{model}: {json.dumps(str(own.resolve()))}\n" if own else ""


def _copy_asset(path: Path, source: Path, target: Path) -> None:
    for file in (path, sidecar_of(path)):
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, place)
