"""What guides a drawing besides its words: a ControlNet with its map, and reference pictures, which some families take
by themselves and others through an IP-Adapter. Of somebody whom a model has not learned, their own photos are shown to
it without being asked.

Adapters are files of a person's own, found below models/controlnet and models/ip_adapter by what is inside them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core import characters
from core.bench import Bench
from core.errors import BadFile, Missing
from core.requests import ImageRequest
from core.weights.families import name_family
from core.weights.headers import Header, read_header
from pipelines.kit import pixels
from pipelines.kit.easel import Easel
from pipelines.kit.family import Family
from pipelines.kit.loading import first_line
from pipelines.kit.outlines import make_map

NAMES = {"pose": ("pose", "dwpose"), "depth": ("depth",), "canny": ("canny", "edge"),
         "lineart": ("lineart", "line", "sketch"), "tile": ("tile",)}
"""What stands in the name of a ControlNet's file or folder."""
WIDE = {"sd15": 768, "sdxl": 2048}
"""How wide the words are that an adapter of a family listens to."""
SHOWN = 4
"""Photos of somebody that are shown to a model that has not learned them."""
GIVEN = frozenset({"pose", "depth"})
"""Maps that are taken as they are: making them needs a model of its own."""


@dataclass(frozen=True)
class Guides:
    """What was asked for, found on disk but not loaded yet. Empty paths mean: not wanted."""

    kind: str = ""
    nets: tuple[Path, ...] = ()
    map: Any = None
    strength: float = 1.0
    until: float = 1.0
    adapters: tuple[Path, ...] = ()
    references: tuple[Any, ...] = ()
    likeness: float = 0.6
    parents: tuple[str, ...] = ()

    def for_piece(self, piece: Any, box: tuple[int, int, int, int], size: tuple[int, int]) -> "Guides":
        """For a piece of a picture of this size: its own part of the map; of a tile guide, the piece itself."""
        if self.map is None:
            return self
        return replace(self, map=piece if self.kind == "tile" else pixels.resize(self.map, size).crop(box))


def find_guides(bench: Bench, request: ImageRequest, refers: bool = False) -> Guides:
    """Look before anything is loaded, so that a missing file is told at once. `refers`: the family needs no adapter."""
    found = Guides()
    if request.control:
        if not request.control_picture:
            raise Missing(f"There is no picture to take the {request.control} from.", "Drop one under “Guided by”.")
        picture = pixels.open_picture(bench, request.control_picture)
        ready = request.control_ready or request.control in GIVEN
        nets = tuple(_candidates(bench, request.control))
        if not nets:
            raise Missing(f"There is no ControlNet for {request.control} on this computer.",
                          f"Put one into models/controlnet, with “{request.control}” in its name.")
        found = replace(found, kind=request.control, nets=nets, strength=request.control_strength,
                        until=request.control_until, map=picture if ready else make_map(request.control, picture),
                        parents=(request.control_picture,))
    if request.reference:
        adapters = tuple(_files(bench, "ip_adapter"))
        if refers:
            adapters = ()
        elif not adapters:
            raise Missing("There is no IP-Adapter on this computer, which a reference picture needs.",
                          "Put one into models/ip_adapter, with its folder image_encoder beside it.")
        found = replace(found, adapters=adapters, references=(pixels.open_picture(bench, request.reference),),
                        likeness=request.reference_strength, parents=(*found.parents, request.reference))
    return found


def offer_photos(bench: Bench, request: ImageRequest, guides: Guides, people: Sequence[str], family: Family) -> Guides:
    """Photos of those in the picture whom this family has not learned, shown to it where it can look at them."""
    adapters = () if family.refers else tuple(path for path in _files(bench, "ip_adapter") if _fits(path, family.key))
    if guides.references or not request.reference_strength or not (family.refers or adapters):
        return guides
    rows = [row for row in bench.rows(characters.TABLE) for name in people
            if "subject" in row and characters.answers_to(row, name)]
    strange = [one for one in map(characters.from_row, rows) if one.photos and one.lora_for_family(family.key) is None]
    shown = [photo for one in strange for photo in spread(one.photos, max(1, SHOWN // len(strange)))][:SHOWN]
    if not shown:
        return guides
    bench.note(f"{name_family(family.key)} has not learned {', '.join(one.name for one in strange)}, so "
               f"{len(shown)} photos are shown to it instead.")
    return replace(guides, adapters=adapters, references=tuple(pixels.open_picture(bench, one) for one in shown),
                   likeness=request.reference_strength, parents=(*guides.parents, *shown))


def _fits(path: Path, family: str) -> bool:
    """Whether an adapter is of this family and whole: nothing that nobody asked for may spoil a picture."""
    header = read_header(path)
    try:
        return _width(header, "to_k_ip.weight") == WIDE.get(family, -1) and bool(_encoder_of(path, header))
    except Missing:
        return False


def spread(every: Sequence[str], count: int) -> list[str]:
    """So many of them, from the first to the last."""
    return [every[len(every) * n // count] for n in range(count)] if len(every) > count else list(every)


def _candidates(bench: Bench, kind: str) -> Iterator[Path]:
    """ControlNet files of a kind: their own name says it, or that of the folder they lie in."""
    for path in _files(bench, "controlnet"):
        name = path.stem if path.stem != "diffusion_pytorch_model" else path.parent.name
        if any(word in name.casefold() for word in NAMES[kind]):
            yield path


def _files(bench: Bench, folder: str) -> list[Path]:
    found = (path for root in bench.folders(folder) for path in sorted(root.rglob("*.safetensors")))
    return [path for path in found if "image_encoder" not in path.parts]


# --- ControlNet -------------------------------------------------------------------------------------------------


def load_net(bench: Bench, easel: Easel, guides: Guides, family: str) -> Any | None:
    """The first of the candidates that fits the loaded model, from the shelf."""
    if not guides.nets:
        return None
    unet = easel.text.unet
    wide = unet.config.cross_attention_dim
    fitting = [path for path in guides.nets if _width(read_header(path), "attn2.to_k.weight") == wide]
    if not fitting:
        raise BadFile(f"{guides.nets[0].stem} was made for another family than {name_family(family)}.",
                      f"Put a {guides.kind} ControlNet for {name_family(family)} into models/controlnet.")
    path = fitting[0]

    def build() -> Any:
        bench.step(0, 0, "Loading the model")
        show_reference(easel, Guides(), family)  # a net takes the shape of the model as it was made
        return _build_net(path, unet)

    return bench.keep(f"{path}:{unet.dtype}", build, gb=path.stat().st_size / 2**30)


def _build_net(path: Path, unet: Any) -> Any:
    """Shaped like the model it guides; files of diffusers and of the first ControlNets both load."""
    from diffusers import ControlNetModel
    from diffusers.loaders.single_file_utils import convert_controlnet_checkpoint
    from safetensors.torch import load_file

    try:
        tensors = load_file(path)
        shape = ControlNetModel.from_unet(unet, load_weights_from_unet=False)
        tensors = convert_controlnet_checkpoint(tensors, shape.config)
        net = ControlNetModel.from_unet(unet, load_weights_from_unet=False,
                                        conditioning_embedding_out_channels=_eye_of(tensors))
        net.load_state_dict(tensors)
    except (RuntimeError, ValueError, KeyError, OSError) as error:
        raise BadFile(f"{path.stem} could not be loaded as a ControlNet.",
                      f"It may be of another kind or cut short. ({first_line(error)})") from error
    return net.to(unet.device, unet.dtype).eval()


def _eye_of(tensors: dict[str, Any]) -> tuple[int, ...]:
    """How wide the part is that looks at the map, step by step."""
    start = "controlnet_cond_embedding."
    blocks = [tensors[f"{start}blocks.{number}.weight"].shape[0] for number in range(1, 40, 2)
              if f"{start}blocks.{number}.weight" in tensors]
    return (tensors[f"{start}conv_in.weight"].shape[0], *blocks)


def say_guides(guides: Guides, size: tuple[int, int], starts_from_picture: bool) -> dict[str, Any]:
    """The arguments of a call."""
    said: dict[str, Any] = {}
    if guides.map is not None:
        said = {"control_image" if starts_from_picture else "image": pixels.resize(guides.map, size),
                "controlnet_conditioning_scale": guides.strength, "control_guidance_end": guides.until}
    if guides.adapters:
        said["ip_adapter_image"] = [list(guides.references)]
    return said


# --- reference pictures -----------------------------------------------------------------------------------------


def show_reference(easel: Easel, guides: Guides, family: str) -> None:
    """Let the model look at the reference, or make it the model that it was before."""
    if not guides.adapters:
        if easel.looks_at:
            easel.text.unload_ip_adapter()
            easel.siblings.clear()
            easel.looks_at = ""
        return
    wide = easel.text.unet.config.cross_attention_dim
    fitting = [path for path in guides.adapters if _width(read_header(path), "to_k_ip.weight") == wide]
    if not fitting:
        raise BadFile(f"{guides.adapters[0].stem} was made for another family than {name_family(family)}.",
                      f"Put an IP-Adapter for {name_family(family)} into models/ip_adapter.")
    if easel.looks_at != str(fitting[0]):
        if easel.looks_at:
            easel.text.unload_ip_adapter()
        _load_adapter(easel.text, fitting[0])
        easel.siblings.clear()
        easel.looks_at = str(fitting[0])
    easel.text.set_ip_adapter_scale(guides.likeness)


def _load_adapter(pipe: Any, path: Path) -> None:
    from transformers import CLIPVisionModelWithProjection

    folder = _encoder_of(path, read_header(path))
    try:
        encoder = CLIPVisionModelWithProjection.from_pretrained(folder, local_files_only=True, dtype=pipe.unet.dtype)
        pipe.register_modules(image_encoder=encoder.to(pipe.unet.device).eval())
        pipe.load_ip_adapter(str(path.parent), subfolder="", weight_name=path.name, image_encoder_folder=None,
                             local_files_only=True)
    except (RuntimeError, ValueError, KeyError, OSError) as error:
        raise BadFile(f"{path.stem} could not be loaded as an IP-Adapter.",
                      f"It may be of another kind or cut short. ({first_line(error)})") from error


def _encoder_of(path: Path, header: Header) -> Path:
    """The image encoder whose numbers the adapter was made for, beside it or further up."""
    import json

    wanted = next((tensor.shape[-1] for name, tensor in header.tensors.items()
                   if name in ("image_proj.proj.weight", "image_proj.proj_in.weight", "image_proj.proj.0.weight")), 0)
    for parent in list(path.parents)[:3]:
        for config in sorted(parent.glob("**/image_encoder/config.json")):
            about = json.loads(config.read_text("utf-8"))
            if wanted in (0, about.get("projection_dim"), about.get("hidden_size")):
                return config.parent
    raise Missing(f"{path.stem} needs an image encoder.", "Put its folder image_encoder beside it.")


def _width(header: Header, ending: str) -> int:
    """How wide the words are that a file listens to."""
    return next((tensor.shape[1] for name, tensor in header.tensors.items()
                 if name.endswith(ending) and len(tensor.shape) == 2), 0)
