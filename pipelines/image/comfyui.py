"""Pictures drawn by a ComfyUI server: its checkpoints and LoRAs, our words, recipes and Library. Never needed."""

import difflib
import json
import random
from dataclasses import dataclass, replace
from typing import Any

from core.bench import Bench
from core.cards import Card
from core.errors import Cancelled, Missing, StudioError
from core.prompts import Prompt, read_prompt, scale_loras
from core.recipes.infotext import write_infotext
from core.recipes.recipe import Recipe
from core.requests import ImageRequest, knob
from core.samplers import COMFYUI_SCHEDULES, find_sampler
from pipelines.kit import comfy_server, pixels
from pipelines.kit.comfy_server import Server
from pipelines.kit.family import SHAPES_512, SHAPES_1024
from pipelines.kit.finding import find_words, refuse_young

CARD = Card(
    name="ComfyUI server",
    task="image",
    about="Lets a ComfyUI server draw, here or on another computer; its address stands in Settings.",
    licence="the server's own models have theirs",
    rank=9,
    needs=("websockets", "PIL"),
    server="servers.comfyui",
    can=("preview", "picture", "mask", "lora", "negative", "weights", "samplers", "clip"),
)
STEPS = {"speed": 15, "balanced": 25, "quality": 40}
LOST_LOOKS = 4
"""A job that was not found so many times in a row is gone."""
DONE_WORDS = frozenset({"execution_success", "execution_error", "execution_interrupted"})


@dataclass(frozen=True)
class Options:
    checkpoint: str = knob("", "Checkpoint", "As the server calls it; empty takes its first.", kind="text")
    sizes: str = knob("1024", "Sizes", "512 for Stable Diffusion 1.5, 1024 for SDXL and newer.", kind="choice",
                      choices=("512", "1024"))


@dataclass(frozen=True)
class Wish:
    """One picture, decided, in the server's own names."""

    request: ImageRequest
    prompt: Prompt
    negative: str
    seed: int
    size: tuple[int, int]
    steps: int
    guidance: float
    checkpoint: str
    sampler: str
    scheduler: str
    loras: tuple[tuple[str, float, float], ...] = ()
    start: str = ""
    mask: str = ""
    part: pixels.Part | None = None
    """Where what is drawn goes back into its picture."""
    strength: float = 1.0


def run(request: ImageRequest, bench: Bench) -> None:
    server = comfy_server.open_server(bench.server)
    first = request.seed if request.seed >= 0 else random.SystemRandom().randrange(2**32)
    for number in range(request.count):
        with bench.part(number, request.count):
            wish = decide(server, request, bench, first + number)
            with comfy_server.listening(server) as socket:  # before it is queued, so that nothing is missed
                job = comfy_server.submit(server, draw_graph(wish))
                try:
                    pictures = _follow(server, socket, job, bench, (number, request.count))
                except Cancelled:
                    comfy_server.cancel(server, job)
                    raise
            for one in pictures:
                _keep(comfy_server.view(server, one), wish, bench)
    bench.step(1, 1, "Done")


def decide(server: Server, request: ImageRequest, bench: Bench, seed: int) -> Wish:
    """Everything in the server's own names; what it does not have is said before anything is queued."""
    options = Options(**request.options)
    known = find_words(bench, "sdxl" if options.sizes == "1024" else "sd15")
    text, against = known.dress(request)
    prompt = read_prompt(text, seed, known.wildcards, known.people)
    refuse_young(bench, request, prompt)
    prompt = replace(prompt, loras=scale_loras(prompt.loras, request.lora_strength))
    negative = read_prompt(against, seed, known.wildcards, known.people).text
    shape = (SHAPES_1024 if options.sizes == "1024" else SHAPES_512)[request.shape]
    size = pixels.fit_grid(request.width or shape[0], request.height or shape[1], 8)
    sampler, scheduler = _sampler(server, request)
    wish = Wish(request, prompt, negative, seed, size, request.steps or STEPS[request.speed],
                7.0 if request.guidance < 0 else request.guidance,
                _named(comfy_server.choices(server, "CheckpointLoaderSimple", "ckpt_name"),
                       options.checkpoint or request.model, "checkpoint"), sampler, scheduler)
    if prompt.loras:
        there = comfy_server.choices(server, "LoraLoader", "lora_name")
        wish = replace(wish, loras=tuple(
            (_named(there, call.name, "LoRA"), call.strength,
             call.strength if call.text_strength is None else call.text_strength) for call in prompt.loras))
    return _with_pictures(server, wish, bench)


def draw_graph(wish: Wish) -> dict[str, Any]:
    """The graph in ComfyUI's API format; these nodes have had the same names for years."""
    graph: dict[str, Any] = {"1": _node("CheckpointLoaderSimple", ckpt_name=wish.checkpoint)}
    model, clip = ["1", 0], ["1", 1]
    for number, (name, strength, text_strength) in enumerate(wish.loras):
        graph[f"lora{number}"] = _node("LoraLoader", model=model, clip=clip, lora_name=name, strength_model=strength,
                                       strength_clip=text_strength)
        model, clip = [f"lora{number}", 0], [f"lora{number}", 1]
    if wish.request.clip_skip > 1:
        graph["clip"] = _node("CLIPSetLastLayer", clip=clip, stop_at_clip_layer=-wish.request.clip_skip)
        clip = ["clip", 0]
    graph["3"] = _node("CLIPTextEncode", text=wish.prompt.text, clip=clip)
    graph["4"] = _node("CLIPTextEncode", text=wish.negative, clip=clip)
    latent = ["5", 0]
    if wish.start:
        graph["start"] = _node("LoadImage", image=wish.start)
        graph["5"] = _node("VAEEncode", pixels=["start", 0], vae=["1", 2])
        if wish.mask:
            graph["mask"] = _node("LoadImageMask", image=wish.mask, channel="red")
            graph["part"] = _node("SetLatentNoiseMask", samples=latent, mask=["mask", 0])
            latent = ["part", 0]
    else:
        graph["5"] = _node("EmptyLatentImage", width=wish.size[0], height=wish.size[1], batch_size=1)
    graph["6"] = _node("KSampler", model=model, seed=wish.seed, steps=wish.steps, cfg=wish.guidance,
                       sampler_name=wish.sampler, scheduler=wish.scheduler, positive=["3", 0], negative=["4", 0],
                       latent_image=latent, denoise=wish.strength)
    graph["7"] = _node("VAEDecode", samples=["6", 0], vae=["1", 2])
    graph["8"] = _node("SaveImage", images=["7", 0], filename_prefix="StudioNova")
    return graph


def _node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


def _sampler(server: Server, request: ImageRequest) -> tuple[str, str]:
    found = find_sampler(request.sampler) if request.sampler else None
    sampler = found.comfyui if found else "dpmpp_2m" if not request.sampler else ""
    scheduler = next((name for name, ours in COMFYUI_SCHEDULES.items() if ours == request.schedule), "normal")
    there = comfy_server.choices(server, "KSampler", "sampler_name")
    if not sampler or sampler not in there:
        raise Missing(f"This ComfyUI has no sampler {request.sampler or sampler}.", f"It has: {', '.join(there[:12])}.")
    if scheduler not in comfy_server.choices(server, "KSampler", "scheduler"):
        raise Missing(f"This ComfyUI has no schedule {scheduler}.", "Choose Automatic.")
    return sampler, scheduler


def _named(there: list[str], wanted: str, what: str) -> str:
    """The server's own name for what was asked for, by the name of the file without folders and ending."""
    if not there:
        raise Missing(f"This ComfyUI has no {what} at all.", f"Put one into its models folder ({what}s).")
    if not wanted:
        return there[0]
    by_stem = {_stem(name): name for name in there}
    if _stem(wanted) in by_stem:
        return by_stem[_stem(wanted)]
    near = difflib.get_close_matches(_stem(wanted), by_stem, 3)
    raise Missing(f"This ComfyUI has no {what} called {wanted!r}.",
                  f"Did you mean {', '.join(by_stem[name] for name in near)}?" if near else "Copy it to the server.")


def _stem(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0].casefold() or name.casefold()


def _with_pictures(server: Server, wish: Wish, bench: Bench) -> Wish:
    """The picture to begin with, on the server. Of one with a marked part only that goes there and comes back."""
    request = wish.request
    if not request.picture:
        return wish
    start, mask = pixels.open_picture(bench, request.picture), None
    if request.extend:
        start, mask = pixels.grow_canvas(start, request.extend)
    elif request.mask:
        mask = pixels.open_picture(bench, request.mask, "L")
    zoom = request.mask_zoom and not request.extend
    part = pixels.cut_part(start, mask, zoom, wish.size) if mask is not None else None
    shown = part.picture if part else start
    size = pixels.fit_size(shown, wish.size[0] * wish.size[1], 8)
    name, white = comfy_server.upload(server, pixels.resize(shown, size), f"studionova-{request.picture}.png"), ""
    if part:
        there = pixels.resize(part.part_mask, size).convert("RGB")
        white = comfy_server.upload(server, there, f"studionova-{request.mask or request.picture}-mask.png")
    strength = 1.0 if request.extend else request.strength
    return replace(wish, start=name, mask=white, size=size, part=part, strength=strength)


def _follow(server: Server, socket: Any, job: str, bench: Bench, place: tuple[int, int]) -> list[dict[str, Any]]:
    """Hear how far it is until it ends; whatever the websocket misses is asked for."""
    done, total, preview, lost = 0, 0, None, 0
    number, count = place
    while True:
        shown = (lambda seen=preview: seen) if preview is not None else None
        bench.step(number * total + done, count * total, "Drawing on the server", shown)
        message = comfy_server.hear(socket)
        if isinstance(message, bytes):
            preview = comfy_server.read_preview(message) or preview
            continue
        event, told = _read(message, job)
        if event == "progress":
            done, total = comfy_server.read_count(told.get("value")), comfy_server.read_count(told.get("max"))
        elif event in ("", *DONE_WORDS) or event == "executing" and told.get("node") is None:
            state, pictures, wrong = comfy_server.look(server, job)
            lost = lost + 1 if state == comfy_server.LOST else 0
            if state and (not lost or lost > LOST_LOOKS):
                return _judge(state, pictures, wrong)


def _read(message: str, job: str) -> tuple[str, dict[str, Any]]:
    """(event, data) of a message about our job; ("", {}) for silence, ("other", {}) for what is not ours."""
    if not message:
        return "", {}
    try:
        found = json.loads(message)
        told = found.get("data") or {}
        ours = told.get("prompt_id") == job
        return (str(found.get("type")), told) if ours else ("other", {})
    except (ValueError, AttributeError, RecursionError):
        return "other", {}


def _judge(state: str, pictures: list[dict[str, Any]], wrong: str) -> list[dict[str, Any]]:
    if state == comfy_server.LOST:
        raise StudioError("ComfyUI knows nothing of this job any more.", "It may have been restarted; press Again.")
    if state in ("cancelled",):
        raise StudioError("The job was stopped on the server.", "Press Again to draw it anew.")
    if state in ("failed", "error"):
        raise StudioError(f"ComfyUI could not draw it: {wrong.strip().splitlines()[0][:300] if wrong.strip() else '?'}",
                          "Its own window may say more.")
    if not pictures:
        raise StudioError("ComfyUI gave no picture.", "Its own window may say why.")
    return pictures


def _keep(content: bytes, wish: Wish, bench: Bench) -> None:
    picture = comfy_server.open_finished(content)
    picture = wish.part.put_back(picture, wish.request.mask_blur) if wish.part else picture
    request = wish.request
    name = wish.checkpoint.rpartition(".")[0] or wish.checkpoint
    recipe = Recipe(tool="StudioNova", prompt=wish.prompt.text, negative=wish.negative, seed=wish.seed,
                    steps=wish.steps, guidance=wish.guidance, sampler=request.sampler or "DPM++ 2M",
                    schedule=request.schedule, width=picture.width, height=picture.height, model=name,
                    strength=wish.strength if wish.start else None, clip_skip=request.clip_skip or None,
                    loras=wish.prompt.loras, rest={"Drawn by": "ComfyUI", "Version": "StudioNova 1"})
    bench.save(picture, folder="images", suffix=".png", notes={"parameters": write_infotext(recipe)},
               parents=[one for one in (request.picture, request.mask) if one], title=wish.prompt.text[:80],
               seed=wish.seed, prompt=wish.prompt.text, width=picture.width, height=picture.height,
               weights=[{"name": name}, *({"name": lora[0], "kind": "lora"} for lora in wish.loras)],
               characters=list(wish.prompt.people))
