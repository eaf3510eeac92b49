"""Steps per second of a training on the starter, against a plain peft loop that encodes pictures and words each step.

`python -m tests.bench.training [steps]` prints medians of single steps, taken in turns in the same minute, and the peak
memory of each loop in a process of its own (`--alone ours|plain` is that process).
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

from core.home import PROGRAM

BATCH, RANK = 4, 8
DEMO = PROGRAM / "models" / "starter"


def ours(folder):
    """One step of our loop, with its caches filled."""
    from diffusers import StableDiffusionPipeline

    from core.requests import TrainRequest
    from pipelines.kit.cache import Cache
    from pipelines.kit.clip_families import family_of
    from pipelines.kit.families import Example, Manner
    from pipelines.kit.learner import Learner, Plan
    from pipelines.kit.lessons import make_lesson
    from pipelines.kit.team import Team
    from pipelines.kit.training import _one_step

    pipe = StableDiffusionPipeline.from_pretrained(DEMO, safety_checker=None, requires_safety_checker=False)
    words = {"reach": "attention", "trigger": "zwmira", "subject": "woman"}
    family = family_of("starter", pipe, TrainRequest(trigger_learns=False, min_snr=0.0), words, {})
    examples = [Example(path, "zwmira woman, teal hair, on the beach", "woman", (128, 128), sha256=path.name)
                for path in sorted((DEMO / "demo").glob("*.png"))]
    cache = Cache(Path(folder))
    lesson = make_lesson(family, examples, Manner(rank=RANK, alpha=RANK), cache)
    learner = Learner(lesson.weights, Plan(10_000, batch=BATCH))
    return lambda: _one_step(lesson, learner, Team(), 1)


def plain():
    """One step as the common example scripts take it."""
    import numpy
    import torch
    from diffusers import DDPMScheduler, StableDiffusionPipeline
    from peft import LoraConfig
    from PIL import Image

    pipe = StableDiffusionPipeline.from_pretrained(DEMO, safety_checker=None, requires_safety_checker=False)
    for part in (pipe.unet, pipe.vae, pipe.text_encoder):
        part.requires_grad_(False)
    pipe.unet.add_adapter(LoraConfig(r=RANK, lora_alpha=RANK, target_modules=["to_q", "to_k", "to_v", "to_out.0"]))
    noise = DDPMScheduler.from_config(pipe.scheduler.config)
    learned = [p for p in pipe.unet.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=1e-4)
    pictures = [torch.from_numpy(numpy.asarray(Image.open(path).convert("RGB").resize((128, 128)), dtype="float32"))
                .permute(2, 0, 1) / 127.5 - 1 for path in sorted((DEMO / "demo").glob("*.png"))]
    state = SimpleNamespace(place=0)

    def step():
        chosen = [pictures[(state.place + n) % len(pictures)] for n in range(BATCH)]
        state.place += BATCH
        latents = pipe.vae.encode(torch.stack(chosen)).latent_dist.sample() * pipe.vae.config.scaling_factor
        ids = pipe.tokenizer(["zwmira woman, teal hair, on the beach"] * BATCH, padding="max_length", truncation=True,
                             max_length=min(77, pipe.tokenizer.model_max_length), return_tensors="pt").input_ids
        words = pipe.text_encoder(ids)[0]
        blur = torch.randn_like(latents)
        level = torch.randint(0, 1000, (BATCH,))
        guess = pipe.unet(noise.add_noise(latents, blur, level), level, words).sample
        loss = torch.nn.functional.mse_loss(guess, noise.get_velocity(latents, blur, level))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        optimizer.zero_grad()

    return step


def alone(which, steps):
    """The most memory that a process takes that does nothing but this loop, in MB (Linux tells)."""
    import torch

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        step = ours(folder) if which == "ours" else plain()
        for _ in range(steps):
            step()
    told = Path("/proc/self/status").read_text()  # ru_maxrss would count the parent's memory as well
    print(int(told.partition("VmHWM:")[2].split()[0]) // 1024)


def peak_mb(which):
    line = [sys.executable, "-m", "tests.bench.training", "--alone", which, "6"]
    return int(subprocess.run(line, cwd=PROGRAM, capture_output=True, text=True, check=True).stdout.split()[-1])


def main(steps):
    import torch

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        runs = {"plain peft loop": plain(), "StudioNova": ours(folder)}
        seconds = {name: [] for name in runs}
        for number in range(steps + 2):
            for name, step in runs.items():
                start = time.process_time()
                step()
                if number >= 2:
                    seconds[name].append(time.process_time() - start)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    memory = {"plain peft loop": peak_mb("plain"), "StudioNova": peak_mb("ours")}
    print(f"batch {BATCH}, rank {RANK}, attention only, one thread, {steps} steps each in turns, processor seconds")
    for name, median in medians.items():
        print(f"{name:18} {median * 1000:8.1f} ms a step   {medians['plain peft loop'] / median:5.2f} x   "
              f"peak {memory[name]} MB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--alone"]:
        alone(sys.argv[2], int(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
