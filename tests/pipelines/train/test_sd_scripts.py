"""sd-scripts as a second way: found or explained, started with what was decided, watched, and its file worn."""

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy
import pytest
from PIL import Image
from safetensors.numpy import save_file

from core import characters, datasets
from pipelines.train import sd_scripts
from tests.pipelines.train.test_starter_training import bring_mira, finish

CHILD = """
import sys
from pathlib import Path
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
data = Path(given["--dataset_config"]).read_text()
assert "image_dir" in data and given["--network_dim"] == "2", sys.argv
if given["--seed"] == "13":
    print("AssertionError: min_bucket_reso is too large")
    sys.exit("subprocess.CalledProcessError: Command 'python' returned non-zero exit status 1.")
if given["--seed"] == "17":
    import subprocess
    import time
    inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path("silent").write_text(str(inner.pid))
    time.sleep(600)
Path("given").write_text(" ".join([*sys.argv, data]))
steps = int(given["--max_train_steps"])
for step in range(1, steps + 1):
    print(f"steps: {step}/{steps} [00:01<00:01, avr_loss=0.{step}]", end="\\r", flush=True)
out = Path(given["--output_dir"])
out.mkdir(parents=True)
(out / "lora.safetensors").write_bytes(Path("made.safetensors").read_bytes())
"""
LAUNCHER = """
import runpy
import sys
sys.argv = sys.argv[sys.argv.index("1") + 1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    """A folder like that of sd-scripts, whose trainer only pretends to learn."""
    folder = tmp_path / "sd-scripts"
    folder.mkdir()
    for name in sd_scripts.SCRIPTS.values():
        (folder / name).write_text(CHILD)
    package = folder / "accelerate" / "commands"
    package.mkdir(parents=True)
    for part in (package.parent, package):
        (part / "__init__.py").touch()
    (package / "launch.py").write_text(LAUNCHER)
    layer = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k"
    save_file({f"{layer}.lora_down.weight": numpy.ones((2, 768), "float32"),
               f"{layer}.lora_up.weight": numpy.ones((8, 2), "float32")}, folder / "made.safetensors")
    monkeypatch.setenv("SD_SCRIPTS", str(folder))
    monkeypatch.setenv("SD_SCRIPTS_PYTHON", sys.executable)
    return folder


def test_it_is_listed_with_a_reason_until_it_is_there(tmp_path, scripts):
    assert "SD_SCRIPTS" in sd_scripts.why_not({})
    assert "has no train_network.py" in sd_scripts.why_not({"SD_SCRIPTS": str(tmp_path)})
    assert sd_scripts.why_not({"SD_SCRIPTS": str(scripts)}) == ""


def base_model(studio):
    folder = studio.home.models / "checkpoints" / "mine" / "unet"
    folder.mkdir(parents=True)
    (folder.parent / "model_index.json").write_text("{}")
    save_file({"mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight": numpy.zeros((8, 768), "float32")},
              folder / "model.safetensors")


WISH = {"character": "Mira", "model": "checkpoints/mine", "effort": "quick", "steps": 3, "rank": 2, "resolution": 64}


def test_it_learns_in_a_child_process_and_the_character_wears_its_file(scripts, open_studio):
    studio = open_studio()
    base_model(studio)
    bring_mira(studio, photos=2)
    row = studio.store.rows("datasets")[0]
    dataset = datasets.from_row(row)
    mask = studio.assets.save(Image.new("L", (128, 128)), folder="datasets", suffix=".png", record={}).id
    masked = replace(dataset, photos=(replace(dataset.photos[0], mask=mask), *dataset.photos[1:]))
    studio.store.put("datasets", row["id"], masked.row())
    job = finish(studio, studio.submit("train.sd_scripts", {**WISH, "reach": "words", "noise_offset": 0.1}))
    assert job.state == "done", job.error
    given = (scripts / "given").read_text()
    assert "--noise_offset 0.1 " in given and "--min_snr_gamma 5" in given and "conv_dim=2" in given
    assert "unet_only" not in given and "alpha_mask = true" in given
    assert "min_bucket_reso = 64" in given and "bucket_reso_steps = 64" in given, "it refuses less than 256 else"
    worn = characters.find(studio.store.rows("characters"), "Mira").lora_for_family("sd15")
    assert (studio.home.models / worn.file).read_bytes() == (scripts / "made.safetensors").read_bytes()
    assert any("3 steps, loss 0.2" in notice for notice in job.notices), job.notices


def test_what_it_says_when_it_stops_reaches_the_person(scripts, open_studio):
    studio = open_studio()
    base_model(studio)
    bring_mira(studio, photos=1)
    job = finish(studio, studio.submit("train.sd_scripts", {**WISH, "seed": 13}))
    assert job.state == "failed" and "min_bucket_reso is too large" in job.error["message"]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_what_is_silent_is_stopped_too_with_all_that_it_started(scripts, open_studio, until):
    studio = open_studio()
    base_model(studio)
    bring_mira(studio, photos=1)
    job = studio.submit("train.sd_scripts", {**WISH, "seed": 17})
    begun, end = scripts / "silent", time.monotonic() + 60
    while not (begun.is_file() and begun.read_text()) and time.monotonic() < end and job.state != "failed":
        studio.jobs.wait(studio.jobs.revision, 0.1)
    inner = Path("/proc") / begun.read_text() / "stat"
    assert inner.is_file()
    studio.jobs.cancel(job.id)
    assert until(studio, job.id, "cancelled", "failed", "done", timeout=30) == "cancelled"
    assert not inner.is_file() or inner.read_text().split()[2] == "Z", "the learner holds the card still"


@pytest.fixture
def open_studio(home):
    """A studio that is opened after the test has put things into place."""
    import pipelines
    from core.studio import Studio
    from tests.conftest import MACHINE

    opened = []

    def open_now():
        opened.append(Studio(home, pipelines, {}, MACHINE).start())
        return opened[0]

    yield open_now
    for studio in opened:
        studio.close()
