"""Pictures through the studio against bare diffusers: warm, the first one after start, and switching a LoRA.

python -m tests.bench.image [--pairs 7] [--only warm|first|lora|choices]. CPU seconds of the whole process, medians of
pairs that take turns. Each first picture is a fresh interpreter: on a busy computer ask for the parts one by one.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.jobs import MACHINE

STARTER = Path(__file__).parents[2] / "models" / "starter"
WISH = {"prompt": "a girl with red hair, park", "seed": 7, "steps": 18, "guidance": 3.5, "options": {"small": True}}
STUDIO_FIRST = ("from tests.bench.image import open_studio, studio_picture, tell; s = open_studio(); "
                "studio_picture(s); tell(); s.close()")
BARE_FIRST = "from tests.bench.image import bare_picture, open_bare, tell; bare_picture(open_bare()); tell()"


def open_studio() -> Any:
    import pipelines
    from core.home import Home
    from core.studio import Studio

    return Studio(Home(Path(tempfile.mkdtemp())), pipelines, {}, MACHINE).start()


def studio_picture(studio: Any) -> None:
    from core.jobs import ENDED

    job = studio.submit("image.starter", WISH)
    while job.state not in ENDED:
        studio.jobs.wait(studio.jobs.revision, 0.05)
    assert job.state == "done", job.error


def open_bare() -> Any:
    import torch
    from diffusers import StableDiffusionPipeline

    torch.set_num_threads(1)
    pipe = StableDiffusionPipeline.from_pretrained(STARTER, local_files_only=True, safety_checker=None,
                                                   dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def bare_picture(pipe: Any) -> None:
    import torch

    picture = pipe(WISH["prompt"], num_inference_steps=WISH["steps"], guidance_scale=WISH["guidance"], width=128,
                   height=128, generator=torch.Generator("cpu").manual_seed(WISH["seed"])).images[0]
    picture.save(Path(tempfile.gettempdir()) / "bare.png")


def cost(act: Any, *given: Any) -> float:
    before = time.process_time()
    act(*given)
    return time.process_time() - before


def tell() -> None:
    """What this process took until now, for the one that started it."""
    say(f"{time.process_time():.4f}")


def first(script: str) -> float:
    """CPU seconds of a fresh interpreter until its picture is there. It keeps compiled modules, as everybody's does."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    made = subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.DEVNULL, env=environment)
    return float(made.stdout.rsplit(maxsplit=1)[-1])


def make_loras(pipe: Any, folder: Path) -> list[Any]:
    import torch
    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict
    from safetensors.torch import save_file

    from pipelines.kit.lora import Worn

    made = []
    for number in range(2):
        pipe.unet.add_adapter(LoraConfig(r=8, init_lora_weights=False, target_modules=["to_q", "to_k", "to_v"]),
                              adapter_name=f"n{number}")
        tensors = get_peft_model_state_dict(pipe.unet, adapter_name=f"n{number}")
        pipe.unet.delete_adapters(f"n{number}")
        path = folder / f"n{number}.safetensors"
        save_file({f"unet.{name}": tensor.contiguous() for name, tensor in tensors.items()}, path)
        made.append(Worn(path))
    assert torch.get_num_threads() == 1
    return made


def switching(pairs: int) -> tuple[float, float, float]:
    """CPU seconds of (putting on for the first time, switching, one picture)."""
    from pipelines.kit import lora

    pipe = open_bare()
    one, two = make_loras(pipe, Path(tempfile.mkdtemp()))
    fresh = cost(lora.wear, pipe, [one], "starter") + cost(lora.wear, pipe, [two], "starter")
    switches = [cost(lora.wear, pipe, [worn], "starter") for _ in range(pairs) for worn in (one, two)]
    return fresh / 2, statistics.median(switches), statistics.median(cost(bare_picture, pipe) for _ in range(3))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--only", choices=("warm", "first", "lora", "choices"), default="")
    given = parser.parse_args()
    if given.only in ("", "warm"):
        warm(given.pairs)
    if given.only in ("", "first"):
        first(STUDIO_FIRST), first(BARE_FIRST)  # compiles what was never imported here
        taken = [(first(STUDIO_FIRST), first(BARE_FIRST)) for _ in range(max(3, given.pairs // 2))]
        row("first picture", [ours for ours, _ in taken], [theirs for _, theirs in taken], 1.10)
    if given.only in ("", "lora"):
        fresh, switch, picture = switching(given.pairs)
        say(f"LoRA: put on {fresh * 1000:.0f} ms, switch {switch * 1000:.1f} ms = {switch / picture:.1%} of a picture "
            f"({picture:.2f} s; goal under 5 %)")
    if given.only in ("", "choices"):
        choices(given.pairs)


def choices(pairs: int) -> None:
    """What drawing on a processor could do otherwise, one against the plain way: the ratio is time of the choice."""
    import torch

    pipe = open_bare()
    unet, shape = pipe.unet, pipe.unet.config
    noise = torch.randn(2, shape.in_channels, shape.sample_size, shape.sample_size)
    words = torch.randn(2, 77, shape.cross_attention_dim)

    def look(batched: bool = True) -> None:
        with torch.inference_mode():
            for part in [slice(0, 2)] if batched else [slice(0, 1), slice(1, 2)]:
                unet(noise[part], 500, words[part])

    def take(layout: Any, dtype: Any, batched: bool) -> float:
        nonlocal noise, words
        unet.to(memory_format=layout, dtype=dtype)
        noise, words = noise.to(dtype), words.to(dtype)
        look(batched)
        return sum(cost(look, batched) for _ in range(6))

    plain, wide = torch.contiguous_format, torch.channels_last
    kinds = {"channels-last": (wide, torch.float32, True), "looks one by one": (plain, torch.float32, False),
             "bfloat16": (plain, torch.bfloat16, True)}
    for name, kind in kinds.items():
        pair = [(take(*kind), take(plain, torch.float32, True)) for _ in range(pairs)]
        row(name, [a for a, _ in pair], [b for _, b in pair], 1.0)


def warm(pairs: int) -> None:
    pipe, studio = open_bare(), open_studio()
    bare_picture(pipe), studio_picture(studio)
    taken = []
    for number in range(pairs):  # who goes first changes, so that neither always finds the caches warm
        turns = [("ours", studio_picture, studio), ("theirs", bare_picture, pipe)]
        costs = {name: cost(act, what) for name, act, what in (turns if number % 2 else reversed(turns))}
        taken.append((costs["ours"], costs["theirs"]))
    row("warm picture", [ours for ours, _ in taken], [theirs for _, theirs in taken], 1.03)
    studio.close()


def row(name: str, ours: list[float], theirs: list[float], goal: float) -> None:
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    say(f"{name:<14} studio {statistics.median(ours):6.2f} s   diffusers {statistics.median(theirs):6.2f} s   "
        f"ratio {ratio:.3f} (goal {goal})")


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
