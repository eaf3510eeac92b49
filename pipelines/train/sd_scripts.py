"""kohya's sd-scripts as another way to train SD 1.5 and SDXL, where a person has it: a child process, never imported.

SD_SCRIPTS names its folder; SD_SCRIPTS_PYTHON its interpreter, else the one in its own venv is taken.
"""

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from core import tuition
from core.bench import Bench
from core.cards import Card
from core.errors import Refused, StudioError
from core.requests import TrainRequest
from pipelines.kit import lora_files
from pipelines.kit.base_models import find_base
from pipelines.kit.finding import belongs
from pipelines.kit.schooling import MIN_SNR, Course, decide, keep_foreign

CARD = Card(
    name="sd-scripts",
    task="train",
    about="Lets kohya's sd-scripts train SD 1.5 or SDXL, when it is installed here.",
    licence="Apache-2.0; the base model's own",
    lane="gpu",
    rank=9,
)
SCRIPTS = {"sd15": "train_network.py", "sdxl": "sdxl_train_network.py"}
OPTIMIZERS = {"adamw": "AdamW", "adamw8bit": "AdamW8bit", "adafactor": "Adafactor", "prodigy": "Prodigy"}
WRONG = re.compile(r"(?!subprocess)[\w.]*(Error|Exception): .+")
"""What went wrong, and not that the launcher saw the learner fail."""
STEP = re.compile(r"(\d+)/(\d+) \[.*?(?:avr_loss=([\d.]+))?\]")


def why_not(environment: Mapping[str, str] = os.environ) -> str:
    """Why it cannot be used here; "" when it can."""
    folder = environment.get("SD_SCRIPTS", "")
    if not folder:
        return "kohya's sd-scripts is not set up; name its folder in the variable SD_SCRIPTS."
    lacking = [script for script in SCRIPTS.values() if not (Path(folder) / script).is_file()]
    return f"the folder {Path(folder).name} of SD_SCRIPTS has no {lacking[0]}." if lacking else ""


def run(request: TrainRequest, bench: Bench) -> None:
    base = find_base(bench, "sdxl", request.model, (), "float32")
    family = next((name for name in SCRIPTS if belongs(base.path, name)), "")
    if not family:
        raise Refused("sd-scripts trains SD 1.5 and SDXL here.", "Choose such a model, or one of the other trainers.")
    if request.precision == tuition.PACKED:
        raise Refused("sd-scripts is not asked to keep a base in 8 bits.", "Choose another precision or trainer.")
    if request.dora:
        raise Refused("sd-scripts is not asked for DoRA.", "Switch DoRA off, or choose another trainer.")
    course = decide(family, request, bench, ())
    bench.note("sd-scripts keeps no running average, does not hold the model to its old answers, teaches no word of "
               "its own, and looks at all noise levels alike.")
    data = lay_out(course, bench.work / "pictures")
    line = command(family, course, request.noise_offset, data, bench.work / "made")
    losses = _follow(line, bench, course.plan.steps)
    made = bench.work / "made" / "lora.safetensors"
    if not made.is_file():
        raise StudioError("sd-scripts ended without a LoRA.", "Update it, and train again.")
    file = lora_files.read(made)
    if file.strange or not file.pairs:
        raise StudioError("sd-scripts wrote a file that pictures here cannot wear.", "Update it, and train again.")
    keep_foreign(bench, course, family, made, losses)


def command(family: str, course: Course, noise_offset: float, data: Path, out: Path) -> list[str]:
    """The line that starts it. Everything that the course decided, and that it can do, stands in it."""
    folder, plan, manner = Path(os.environ["SD_SCRIPTS"]), course.plan, course.manner
    reach, min_snr = course.preset["reach"], course.preset.get("min_snr", MIN_SNR)
    words: dict[str, object] = {
        "pretrained_model_name_or_path": course.base.path, "dataset_config": data, "output_dir": out,
        "output_name": "lora", "save_model_as": "safetensors", "network_module": "networks.lora",
        "network_dim": manner.rank, "network_alpha": manner.alpha, "learning_rate": plan.learning_rate,
        "max_train_steps": plan.steps, "optimizer_type": OPTIMIZERS[plan.optimizer], "lr_scheduler": plan.schedule,
        "lr_warmup_steps": plan.warmup, "seed": plan.seed, "gradient_accumulation_steps": plan.accumulate,
        "max_grad_norm": plan.max_grad_norm, "mixed_precision": "bf16" if manner.precision == "bfloat16" else "no"}
    more = {"noise_offset": noise_offset, "network_dropout": manner.dropout, "min_snr_gamma": min_snr}
    words |= {name: value for name, value in more.items() if value}
    switches = ["cache_latents", "sdpa", *(["network_train_unet_only"] if reach != tuition.WORDS else []),
                *(["gradient_checkpointing"] if manner.checkpointing else [])]
    far = [f"conv_dim={manner.rank}", f"conv_alpha={manner.alpha:g}"] if reach in ("everything", tuition.WORDS) else []
    return [python_of(folder), "-m", "accelerate.commands.launch", "--num_processes", "1",
            str(folder / SCRIPTS[family]),
            *(part for name, value in words.items() for part in (f"--{name}", str(value))),
            *(f"--{switch}" for switch in switches), *(["--network_args", *far] if far else [])]


def python_of(folder: Path, environment: Mapping[str, str] = os.environ) -> str:
    """Its own interpreter: its packages are not ours."""
    own = [folder / "venv" / "bin" / "python", folder / "venv" / "Scripts" / "python.exe",
           folder / ".venv" / "bin" / "python"]
    return environment.get("SD_SCRIPTS_PYTHON") or next((str(path) for path in own if path.is_file()), sys.executable)


def lay_out(course: Course, folder: Path) -> Path:
    """Photos with their captions beside them and their masks as what is not transparent, and the file that tells it
    where they are."""
    from core.photos import fit_photo, open_photo

    folder.mkdir(parents=True, exist_ok=True)
    for number, example in enumerate(course.examples):
        picture = fit_photo(open_photo(example.path).picture, example.crop, example.size)
        if example.mask is not None:
            picture.putalpha(fit_photo(open_photo(example.mask).picture, example.crop, example.size).convert("L"))
        picture.save(folder / f"{number:04d}.png")
        (folder / f"{number:04d}.txt").write_text(example.caption, "utf-8")
    sides = [course.preset["resolution"], *(side for example in course.examples for side in example.size)]
    told = folder.with_suffix(".toml")
    told.write_text(f"""[general]
caption_extension = ".txt"
enable_bucket = true
min_bucket_reso = {min(sides)}
max_bucket_reso = {max(sides)}
bucket_reso_steps = {course.preset["step_pixels"]}
[[datasets]]
resolution = {course.preset["resolution"]}
batch_size = {course.plan.batch}
[[datasets.subsets]]
image_dir = {_quoted(folder)}
num_repeats = 1
flip_aug = {str(course.manner.flip).lower()}
caption_dropout_rate = {course.manner.caption_dropout}
alpha_mask = {str(any(example.mask for example in course.examples)).lower()}
""", "utf-8")
    return told


def _quoted(path: Path) -> str:
    import json

    return json.dumps(str(path), ensure_ascii=False)


def _lines(child: subprocess.Popen) -> Iterator[str]:
    """What the child says, and "" twice a second while it says nothing, so that it can be stopped then too."""
    said: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def listen() -> None:
        for text in child.stdout or ():
            said.put(text)
        said.put(None)

    threading.Thread(target=listen, name="sd-scripts", daemon=True).start()
    while True:
        try:
            text = said.get(timeout=0.5)
        except queue.Empty:
            yield ""
            continue
        if text is None:
            return
        yield text


def _end(child: subprocess.Popen) -> None:
    """Take the child down, and with it the learner that it started itself: that one holds the card."""
    if os.name == "nt":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(child.pid)], capture_output=True, check=False)
        return
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(child.pid, sign)
            child.wait(timeout=10)


def _follow(line: Sequence[str], bench: Bench, steps: int) -> list[float]:
    """Let the child work, tell how far it is, and take it down with the job. Gives the losses it told."""
    losses, last, wrong, done = [], "", "", 0
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          cwd=os.environ["SD_SCRIPTS"], start_new_session=True) as child:
        try:
            for text in _lines(child):
                last = text.strip() or last
                wrong = last if WRONG.match(text) else wrong
                if found := list(STEP.finditer(text)):
                    done = int(found[-1][1])
                    losses += [float(found[-1][3])] if found[-1][3] else []
                bench.step(done, steps, "Learning")
            child.wait()
        finally:
            if child.poll() is None:
                _end(child)
    if child.returncode:
        raise StudioError(f"sd-scripts stopped: {(wrong or last)[:200]}", "Its own page explains its messages.")
    return losses
