"""How a picture is drawn, whatever the family: read the words, load, draw, look for faults, put together, save."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from core.bench import Bench
from core.emphasis import is_weighted, phases, plain_words
from core.fitting import Plan
from core.prompts import read_prompt, scale_loras
from core.requests import ImageRequest
from core.weights.places import called
from pipelines.kit import guiding, lora, pixels, previews, reading, sampling, words
from pipelines.kit.blending import keep_outside
from pipelines.kit.draft import NOTE, drafting, is_able
from pipelines.kit.easel import Easel
from pipelines.kit.family import Family, Pace
from pipelines.kit.finding import find_loras, find_weights, find_words, refuse_young
from pipelines.kit.keeping import Watch, draw_within_memory
from pipelines.kit.keeping import easel as stand
from pipelines.kit.pieces import draw_larger, mend_faces
from pipelines.kit.provenance import describe, tell_repeat
from pipelines.kit.sitting import Finish, Sitting, Task, check_able

WORDS_KEPT = 24


def draw(family: Family, request: ImageRequest, bench: Bench, finish: Finish | None = None) -> None:
    """Make the pictures of a request, one after another, each with its own seed, each saved when it is done.

    `finish` may change a whole picture before it is saved; a picture with a changed part stays as it came.
    """
    first = request.seed if request.seed >= 0 else random.SystemRandom().randrange(2**32)
    for number in range(request.count):
        with bench.part(number, request.count):
            sitting = replace(decide(family, request, bench, first + number), finish=finish)
            if number == 0:
                _tell(sitting, bench)
            picture, task = draw_within_memory(sitting, bench, _drawer(sitting, bench, number))
            recipe, record = describe(sitting, picture, bench)
            kept = request.picture and request.strength == 0  # its size was asked for
            if finish is not None and task.part is None and not kept:
                picture = finish(picture, bench)
                record |= {"width": picture.width, "height": picture.height}
            if kept:
                picture = pixels.keep_transparency(bench, request.picture, picture)
            if request.repeats:
                record["repeated"] = tell_repeat(bench, request.repeats, picture, record)
            parents = [*dict.fromkeys((*task.parents, *sitting.guides.parents))]
            bench.save(picture, folder="images", suffix=".png", notes=recipe, parents=parents, **record)
    bench.step(1, 1, "Done")


def decide(family: Family, request: ImageRequest, bench: Bench, seed: int) -> Sitting:
    weights = bench.uses(find_weights(bench, family, request.model))
    pace = family.pace(request.speed, called(weights))
    pace = Pace(request.steps or pace.steps, pace.guidance if request.guidance < 0 else request.guidance)
    choice_seed = seed if request.choice_seed < 0 else request.choice_seed
    known = find_words(bench, family.key)
    text, against = known.dress(request)
    prompt = read_prompt(text, choice_seed, known.wildcards, known.people)
    refuse_young(bench, request, prompt)
    prompt = replace(prompt, loras=scale_loras(prompt.loras, request.lora_strength))
    negative = read_prompt(against, choice_seed, known.wildcards, known.people)
    shape = family.shapes[request.shape]
    size = pixels.fit_grid(request.width or shape[0], request.height or shape[1], family.grid)
    variation_seed = request.variation_seed if request.variation_seed >= 0 else random.SystemRandom().randrange(2**32)
    guides = guiding.find_guides(bench, request, bool(family.refers))
    guides = guiding.offer_photos(bench, request, guides, prompt.people, family)
    return Sitting(family, request, prompt, negative.text, seed, choice_seed, variation_seed, pace, size,
                   weights, find_loras(bench, prompt.loras), guides=guides)


def _tell(sitting: Sitting, bench: Bench) -> None:
    for sentence in sitting.prompt.notices:
        bench.note(sentence)
    changing = len(phases(sitting.prompt.text, 20)) > 1
    if sitting.family.words != "clip" and (changing or is_weighted(sitting.prompt.text)):
        bench.note("This model reads plain sentences: weights like (word:1.2) and changing words were left out.")
    if sitting.negative and not reading.listens(sitting.family, sitting.pace.guidance):
        bench.note("This model does not listen to what should not be in the picture; those words were left out.")


# --- drawing -----------------------------------------------------------------------------------------------------


def _drawer(sitting: Sitting, bench: Bench, number: int) -> Callable[[Plan, Watch], tuple[Any, Task] | None]:
    """One picture, or None where the numbers became invalid."""
    return lambda plan, watch: _draw_once(sitting, bench, number, plan, watch)


def _draw_once(sitting: Sitting, bench: Bench, number: int, plan: Plan, watch: Watch) -> tuple[Any, Task] | None:
    with _threads(sitting.family, bench.device):
        easel = stand(sitting, bench, plan, watch)
        lora.wear(easel.text, sitting.loras, sitting.family.key)
        easel.worn = repr(sitting.loras)
        easel.net = guiding.load_net(bench, easel, sitting.guides, sitting.family.key)
        guiding.show_reference(easel, sitting.guides, sitting.family.key)
        task = _set_task(sitting, bench)
        if sitting.request.options.get("draft"):
            able = is_able(type(easel.pipe(task.pipeline)))
            bench.note(NOTE if able else "Drafts are only made from words alone here, so this one was drawn in full.")

        def call(sitting: Sitting, task: Task, follow: Callable[..., None]) -> Any | None:
            return _call(easel, sitting, task, follow, bench.note)

        count, steps = sitting.request.count, sitting.pace.steps
        bench.step(number * steps, count * steps, _label(sitting, number, "Drawing"))  # the first step may take long
        picture = call(sitting, task, _follow(bench, sitting, number, "Drawing", watch))
        if picture is not None and sitting.request.enlarge > 1 and task.part is None:
            picture = draw_larger(sitting, picture, bench, call, _follow(bench, sitting, number, "Drawing larger"))
        if picture is not None and sitting.request.fix_faces and task.part is None:
            picture = sitting.finish(picture, bench) if sitting.finish else picture
            picture = mend_faces(easel, sitting, picture, bench, call, _follow(bench, sitting, number, "Drawing faces"))
        if picture is not None and task.part is not None:
            picture = sitting.finish(picture, bench) if sitting.finish else picture
            picture = task.part.put_back(picture, sitting.request.mask_blur)
        bench.measure(**watch.peak.figures)
        return None if picture is None else (picture, task)


def _set_task(sitting: Sitting, bench: Bench) -> Task:
    family, request = sitting.family, sitting.request
    if not request.picture:
        return Task(family.text, sitting.size)
    start = pixels.open_picture(bench, request.picture)
    area = sitting.size[0] * sitting.size[1]
    if request.extend or request.mask and not request.fix_faces:
        check_able(family.inpaint or family.picture, "change a part of a picture")
        strength = 1.0 if request.extend else request.strength
        if request.extend:
            start, mask = pixels.grow_canvas(start, request.extend)
            part = pixels.cut_part(start, mask, False, sitting.size)
        else:
            mask = pixels.open_picture(bench, request.mask, "L")
            part = pixels.cut_part(start, mask, request.mask_zoom, sitting.size)
        size = pixels.fit_size(part.picture, area, family.grid)
        given = {"image": pixels.resize(part.picture, size), "mask_image": pixels.resize(part.part_mask, size)}
        parents = tuple(filter(None, (request.picture, request.mask)))
        return Task(family.inpaint or family.picture, size, given, strength, part, parents)
    check_able(family.picture, "start from a picture")
    size = pixels.fit_size(start, area, family.grid)
    if request.width and request.height:
        size = sitting.size
    elif request.strength == 0:  # the picture stays as it is; what follows draws it larger or mends its faces
        size = start.size
    return Task(family.picture, size, {"image": pixels.resize(start, size)}, request.strength,
                parents=(request.picture,))


def _call(easel: Easel, sitting: Sitting, task: Task, follow: Callable[..., None],
          note: Callable[[str], None]) -> Any | None:
    """Run one diffusers pipeline and give its picture; None for a picture of invalid numbers."""
    import inspect

    import numpy
    import torch
    from PIL import Image

    if task.given and int(task.strength * sitting.pace.steps) < 1:
        return pixels.resize(task.given["image"], task.size)
    guides = sitting.guides
    pipe = easel.pipe(task.pipeline, guides.map is not None)
    pipe.scheduler = sampling.make_scheduler(easel.own_scheduler, sitting.request.sampler, sitting.request.schedule)
    glimpse = sampling.watch(pipe.scheduler)
    given = {**sitting.family.call, **task.given, "width": task.size[0], "height": task.size[1],
             "num_inference_steps": sitting.pace.steps, sitting.family.guidance: sitting.pace.guidance,
             "strength": task.strength, "generator": sampling.make_generator(sitting.seed), "output_type": "np"}
    said, changes = _say(easel, pipe, sitting, note)
    given |= said | guiding.say_guides(guides, task.size, bool(task.given))
    if sitting.request.variation > 0 and not task.given:
        given["latents"] = _varied_noise(pipe, sitting, task)

    known = inspect.signature(pipe.__call__).parameters
    if guides.references and sitting.family.refers:
        one = guides.references[0]  # with a start picture there is room for one
        given |= {"image_reference": one} if task.given else {sitting.family.refers: list(guides.references)}
    if task.given and "mask_image" in known:
        given.setdefault("mask_image", Image.new("L", task.size, 255))
    blend = None
    if task.part is not None and "mask_image" not in known:
        blend = keep_outside(pipe, task.given["image"], task.given["mask_image"], sampling.make_generator(sitting.seed))

    def at_step_end(_: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        follow(step + 1, pipe.num_timesteps, lambda: _preview(easel, pipe, glimpse, task.size))
        kept = {"latents": blend(timestep, tensors["latents"])} if blend else {}
        return changes(step + 1, pipe) | kept

    with torch.no_grad(), numpy.errstate(invalid="ignore"), drafting(pipe, sitting.request.options):
        out = pipe(**{key: value for key, value in given.items() if key in known}, callback_on_step_end=at_step_end)
    array = out.images[0]
    if not numpy.isfinite(array).all():
        return None
    return Image.fromarray((array * 255).round().astype("uint8"))


def _say(easel: Easel, pipe: Any, sitting: Sitting,
         note: Callable[[str], None]) -> tuple[dict[str, Any], Callable[[int, Any], dict[str, Any]]]:
    """The words as the pipeline wants them, and what changes in them from one step to the next."""
    import torch

    if sitting.family.words != "clip":
        reading.remember(pipe, easel.embedded, easel.worn, WORDS_KEPT)
        against = plain_words(sitting.negative) or sitting.family.silence
        return {"prompt": plain_words(sitting.prompt.text), "negative_prompt": against}, lambda step, pipe: {}
    key = repr((sitting.prompt.text, sitting.negative, sitting.pace.steps, sitting.request.clip_skip, easel.worn))
    if key not in easel.embedded:
        easel.embedded[key] = words.embed(easel.text, sitting.prompt.text, sitting.negative, sitting.pace.steps,
                                          sitting.request.clip_skip)
        while len(easel.embedded) > WORDS_KEPT:
            easel.embedded.popitem(last=False)
    stretches, against = easel.embedded[key]
    if stretches[0].cut:
        note(words.TOO_LONG)
    said = {"prompt_embeds": stretches[0].words, "negative_prompt_embeds": against.words}
    if stretches[0].pooled is not None:
        said |= {"pooled_prompt_embeds": stretches[0].pooled, "negative_pooled_prompt_embeds": against.pooled}

    def changes(step: int, running: Any) -> dict[str, Any]:
        later = next((stretch for stretch in stretches if step < stretch.until), None)
        if len(stretches) == 1 or later is None:
            return {}
        both = [against.words, later.words] if running.do_classifier_free_guidance else [later.words]
        return {"prompt_embeds": torch.cat(both)}

    return said, changes


def _varied_noise(pipe: Any, sitting: Sitting, task: Task) -> Any:
    import inspect

    import torch

    def noise(seed: int) -> Any:
        chance = sampling.make_generator(seed)
        if getattr(pipe, "unet", None) is not None:
            sides = (task.size[1] // pipe.vae_scale_factor, task.size[0] // pipe.vae_scale_factor)
            shape = (1, pipe.unet.config.in_channels, *sides)
            return torch.randn(shape, generator=chance, dtype=pipe.unet.dtype).to(pipe._execution_device)
        known = inspect.signature(pipe.prepare_latents).parameters
        channels = pipe.transformer.config.in_channels
        given = {"batch_size": 1, "height": task.size[1], "width": task.size[0], "dtype": pipe.transformer.dtype,
                 "device": pipe._execution_device, "generator": chance, "latents": None,
                 "num_channels_latents": channels // 4 if hasattr(pipe, "_pack_latents") else channels,
                 "num_latents_channels": channels // 4, "batch": 1}
        made = pipe.prepare_latents(**{key: value for key, value in given.items() if key in known})
        made = made[0] if isinstance(made, tuple) else made
        return previews.unroll(made, task.size) if hasattr(pipe, "_prepare_latent_ids") else made

    return sampling.vary(noise(sitting.seed), noise(sitting.variation_seed), sitting.request.variation)


def _label(sitting: Sitting, number: int, phase: str) -> str:
    count = sitting.request.count
    return phase if count == 1 else f"{phase} {number + 1} of {count}"


def _follow(bench: Bench, sitting: Sitting, number: int, phase: str, watch: Watch | None = None) -> Callable[..., None]:
    count, label = sitting.request.count, _label(sitting, number, phase)

    def follow(done: int, total: int, preview: Callable[[], Any]) -> None:
        if watch is not None:
            watch.enter()
        bench.step(number * total + done, count * total, label, preview)
        if watch is not None:
            watch.leave()

    return follow


def _preview(easel: Easel, pipe: Any, glimpse: sampling.Glimpse, size: tuple[int, int]) -> Any:
    if easel.colours is None:
        easel.colours = previews.fit_colours(pipe.vae)
    latents = previews.raw_latents(pipe, glimpse.latents, size)
    return previews.sketch(latents, easel.colours, size)


class _threads:
    """Small models draw fastest on few threads; torch's own choice comes back afterwards."""

    def __init__(self, family: Family, device: str) -> None:
        self.wanted = family.threads if device == "cpu" else 0

    def __enter__(self) -> None:
        import torch

        self.before = torch.get_num_threads()
        if self.wanted:
            torch.set_num_threads(min(self.wanted, self.before))

    def __exit__(self, *_: object) -> None:
        import torch

        torch.set_num_threads(self.before)
