"""How a picture was made, for its own file and for its sidecar."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.bench import MARK, Bench
from core.errors import BadFile
from core.recipes.infotext import write_infotext
from core.recipes.picture import read_notes, write_mark
from core.recipes.recipe import Recipe
from core.remix import tell_differences
from core.weights.hashes import key_file
from core.weights.places import called

if TYPE_CHECKING:
    from pipelines.kit.sitting import Sitting

VERSION = "StudioNova 1"


def describe(sitting: "Sitting", picture: Any, bench: Bench) -> tuple[dict[str, str], dict[str, Any]]:
    """The notes that go into the picture, and what is added to its sidecar."""
    request, size = sitting.request, (picture.width, picture.height)
    model = hash_weights(sitting.weights, bench)
    loras = {lora.path.stem: bench.hashes(lora.path) for lora in sitting.loras}
    rest = {"Wildcard seed": str(sitting.choice_seed)} if request.choice_seed >= 0 else {}
    if request.variation > 0:
        rest |= {"Variation seed": str(sitting.variation_seed), "Variation seed strength": f"{request.variation:g}"}
    if request.enlarge > 1:
        rest |= {"Hires upscale": f"{request.enlarge:g}", "Hires upscaler": "Lanczos"}
    if request.options.get("draft"):
        rest["Draft"] = "first block cache"
    guides = sitting.guides
    if guides.kind:
        rest["ControlNet 0"] = (f"Module: {'none' if request.control_ready else guides.kind}, "
                                f"Model: {guides.nets[0].stem}, Weight: {guides.strength:g}, "
                                f"Guidance End: {guides.until:g}")
    if request.fix_faces:
        rest["Faces drawn again"] = f"{request.face_strength:g}"
    recipe = Recipe(
        tool="StudioNova", prompt=sitting.prompt.text, negative=sitting.negative, seed=sitting.seed,
        steps=sitting.pace.steps, guidance=sitting.pace.guidance, sampler=request.sampler or sitting.family.sampler,
        schedule=request.schedule, width=size[0], height=size[1], model=called(sitting.weights),
        model_hash=model[:10], strength=request.strength if request.picture else None,
        clip_skip=request.clip_skip or None, loras=sitting.prompt.loras, rest={**rest, "Version": VERSION},
    )
    weights = [{"name": called(sitting.weights), "sha256": model}]
    weights += [{"name": name, "sha256": found.sha256, "autov3": found.autov3, "kind": "lora"}
                for name, found in loras.items()]
    record = {
        "title": sitting.prompt.text[:80], "seed": sitting.seed, "prompt": sitting.prompt.text, "width": size[0],
        "height": size[1], "variation_seed": sitting.variation_seed if request.variation > 0 else None,
        "weights": weights, "characters": list(sitting.prompt.people),
    }
    text = write_infotext(recipe, {name: found.autov3 for name, found in loras.items()})
    mark = write_mark(VERSION, composite=bool(request.picture)).decode()
    return {"parameters": text, MARK: mark}, {key: value for key, value in record.items() if value is not None}


def carry_over(bench: Bench, asset_id: str) -> dict[str, str]:
    """What a picture says of itself, for one that is only made larger: its recipe and its mark stay with it."""
    try:
        notes = read_notes(bench.open(asset_id))
    except BadFile:
        return {}
    return {name: notes[name] for name in ("parameters", MARK) if notes.get(name)}


def tell_repeat(bench: Bench, asset_id: str, picture: Any, record: dict[str, Any]) -> bool:
    """Whether this is that picture again to the bit; what differs is said where it is not."""
    from pipelines.kit.pixels import open_picture

    before = open_picture(bench, asset_id)
    if before.size == picture.size and before.tobytes() == picture.convert("RGB").tobytes():
        bench.note("The same picture again, bit for bit.")
        return True
    reasons = tell_differences(bench.record(asset_id), {**record, "device": bench.device})
    bench.note("\n".join(["This is not the same picture.", *(reasons or ["Nothing that is on record differs."])]))
    return False


def hash_weights(path: Path, bench: Bench) -> str:
    """A file's own hash; a folder is known by its largest part."""
    file = key_file(path)
    return bench.hashes(file).sha256 if file.is_file() else ""
