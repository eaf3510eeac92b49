"""What a person can ask for: one frozen dataclass per task. Forms, presets, the API and sidecars follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import StudioError
from core.fitting import WAYS
from core.knobs import knob, read
from core.samplers import SAMPLERS, SCHEDULES

SHAPES = ("square", "portrait", "landscape", "tall", "wide")
SPEEDS = ("speed", "balanced", "quality")
KEPT: Mapping[str, str] = {"full": "Whole", "half": "In 16 bits", "fp8": "In 8 bits", "int8": "In 8 bits, packed",
                           "nf4": "In 4 bits, packed", "offload": "Part by part", "stream": "Layer by layer"}
REACHES: Mapping[str, str] = {"words": "Everything and the reader"}
OPTIMIZERS: Mapping[str, str] = {"adamw": "AdamW", "adamw8bit": "AdamW, 8 bits"}
PLACES: Mapping[str, str] = {"loras": "LoRAs", "controlnet": "ControlNet", "ip_adapter": "IP-Adapter"}
BITS: Mapping[str, str] = {"float32": "32 bits (float32)", "bfloat16": "16 bits (bfloat16)",
                           "int8": "Base in 8 bits (int8)"}


@dataclass(frozen=True)
class ImageRequest:
    """Make pictures from words, from a picture, or from a part of one."""

    prompt: str = knob("", "What to draw", "Say what should be seen. @name puts a character in.", kind="long")
    character: str = knob("", "Character", "Who the picture is of; their look and likeness come along.",
                          kind="character")
    shape: str = knob("square", "Shape", "Square, upright or lying: sizes that this model draws well.",
                      kind="choice", choices=SHAPES)
    speed: str = knob("balanced", "Speed", "Quick drafts, a good middle, or the most care.", kind="choice",
                      choices=SPEEDS)
    count: int = knob(1, "How many", "How many pictures to make, each with the next seed.", kind="slider",
                      low=1, high=64, step=1)
    negative: str = knob("", "Not in the picture", "What to keep out, where the model listens to it.", kind="long",
                         advanced=True, ability="negative")
    styles: tuple[str, ...] = knob((), "Styles", "Ready-made words added to yours.", kind="text", advanced=True)
    lora_strength: float = knob(1.0, "Strength of LoRAs", "How strongly all LoRAs count, a character's too; 0 draws "
                                "without them.", kind="slider", low=0.0, high=2.0, step=0.05, advanced=True,
                                ability="lora")
    seed: int = knob(-1, "Seed", "The same seed and settings give the same picture; -1 rolls a new one.", kind="seed",
                     low=-1, high=2**63 - 1, advanced=True)
    choice_seed: int = knob(-1, "Seed for choices", "Which of {a|b} is taken; -1 follows the seed.", kind="seed",
                            low=-1, high=2**63 - 1, advanced=True)
    picture: str = knob("", "Start picture", "Draw over this picture instead of from nothing.", kind="picture",
                        advanced=True, ability="picture")
    strength: float = knob(0.6, "How much changes", "0 keeps the start picture, 1 draws it anew.", kind="slider",
                           low=0.0, high=1.0, step=0.05, advanced=True, ability="picture")
    mask: str = knob("", "Part to change", "White is drawn anew, black stays as it is.", kind="mask", advanced=True,
                     ability="mask")
    mask_blur: int = knob(4, "Soft edge", "How far the changed part blends into the rest, in pixels.", kind="slider",
                          low=0, high=64, step=1, advanced=True, ability="mask")
    mask_zoom: bool = knob(True, "Draw the part large", "Gives a small part the whole detail of the model.",
                           kind="switch", advanced=True, ability="mask")
    extend: tuple[int, ...] = knob((), "Extend by", "Pixels to add at the left, top, right and bottom.", kind="text",
                                   advanced=True, ability="mask")
    enlarge: float = knob(1.0, "Draw larger (hires fix)", "Draws small first, then again larger with more detail.",
                          kind="slider", low=1.0, high=4.0, step=0.25, advanced=True, ability="picture")
    enlarge_strength: float = knob(0.4, "Change while enlarging", "How much the second pass may invent.",
                                   kind="slider", low=0.05, high=0.9, step=0.05, advanced=True, ability="picture")
    fix_faces: bool = knob(False, "Draw faces again", "Each face is drawn large, with its own character's LoRA, and "
                           "put back.", kind="switch", advanced=True, ability="faces")
    face_strength: float = knob(0.4, "Change of faces", "How much a face may change when it is drawn again.",
                                kind="slider", low=0.05, high=0.9, step=0.05, advanced=True, ability="faces")
    face_people: tuple[str, ...] = knob((), "Whose faces", "Characters by name, from left to right; empty follows the "
                                        "prompt.", kind="text", advanced=True, ability="faces")
    control: str = knob("", "Guided by", "What of another picture is followed; needs a ControlNet of that kind.",
                        kind="choice", choices=("", "pose", "depth", "canny", "lineart", "tile"), advanced=True,
                        ability="control")
    control_picture: str = knob("", "Guide", "The picture that is followed, or its map.", kind="picture",
                                advanced=True, ability="control")
    control_ready: bool = knob(False, "The guide is a map already", "Edges or lines, white on black; poses and depths "
                               "always are maps.", kind="switch", advanced=True, ability="control")
    control_strength: float = knob(1.0, "Strength of the guide", "How strictly it is followed.", kind="slider", low=0.0,
                                   high=2.0, step=0.05, advanced=True, ability="control")
    control_until: float = knob(1.0, "Guide until", "Share of the steps in which it is followed.", kind="slider",
                                low=0.05, high=1.0, step=0.05, advanced=True, ability="control")
    reference: str = knob("", "Reference", "New pictures take their look from this one; needs an IP-Adapter.",
                          kind="picture", advanced=True, ability="reference")
    reference_strength: float = knob(0.6, "Strength of the reference", "How much of its look is taken.", kind="slider",
                                     low=0.0, high=1.5, step=0.05, advanced=True, ability="reference")
    variation: float = knob(0.0, "Variation", "How far to stray from the seed's picture.", kind="slider", low=0.0,
                            high=1.0, step=0.05, advanced=True)
    variation_seed: int = knob(-1, "Variation seed", "Which way to stray; -1 rolls a new one.", kind="seed", low=-1,
                               high=2**63 - 1, advanced=True)
    width: int = knob(0, "Width", "In pixels; 0 takes it from the shape.", kind="number", low=0, high=8192,
                      advanced=True)
    height: int = knob(0, "Height", "In pixels; 0 takes it from the shape.", kind="number", low=0, high=8192,
                       advanced=True)
    steps: int = knob(0, "Steps", "More steps take longer; 0 takes them from Speed.", kind="slider", low=0, high=150,
                      step=1, advanced=True)
    guidance: float = knob(-1.0, "Guidance (CFG)", "How strictly the words are followed; -1 is the model's own.",
                           kind="slider", low=-1.0, high=30.0, step=0.5, advanced=True)
    sampler: str = knob("", "Sampler", "How the noise is taken away; empty is the model's own.", kind="choice",
                        choices=("", *(sampler.name for sampler in SAMPLERS)), advanced=True, ability="samplers")
    schedule: str = knob("Automatic", "Schedule type", "How the noise levels are spaced.", kind="choice",
                         choices=tuple(SCHEDULES), advanced=True, ability="samplers")
    clip_skip: int = knob(0, "Clip skip", "Leaves out the last layers of the word reader; 0 is the model's own.",
                          kind="slider", low=0, high=12, step=1, advanced=True, ability="clip")
    tiling: bool = knob(False, "Tileable", "Left meets right and top meets bottom without a seam.", kind="switch",
                        advanced=True, ability="tiling")
    model: str = knob("", "Model", "A checkpoint of this family; empty takes the first that is there.", kind="model",
                      advanced=True)
    memory: str = knob("auto", "Memory", "How the model is kept when the card is small; auto chooses.", kind="choice",
                       choices=("auto", *WAYS), spoken=KEPT, advanced=True)
    repeats: str = ""
    """The picture that this one should equal, bit for bit; no form asks for it."""
    options: Mapping[str, Any] = field(default_factory=dict, metadata={"kind": "options"})


AXIS_HELP = "Values with commas or one a line: 1, 2, 3 or 1-5, 1-10 (+3), 0-1 [5]; words: first what is found."


@dataclass(frozen=True)
class GridRequest:
    """Draw one wish in many ways and lay the pictures out on a sheet; or draw a list of prompts."""

    x: str = knob("", "From left to right", "What differs between columns.", kind="text")
    x_values: str = knob("", "Values from left to right", AXIS_HELP, kind="text")
    y: str = knob("", "From top to bottom", "What differs between rows.", kind="text")
    y_values: str = knob("", "Values from top to bottom", AXIS_HELP, kind="text")
    z: str = knob("", "From sheet to sheet", "What differs between sheets.", kind="text")
    z_values: str = knob("", "Values from sheet to sheet", AXIS_HELP, kind="text")
    prompts: tuple[str, ...] = knob((), "Prompts from a list", "One a line; takes the place of the axes.", kind="text")
    pipeline: str = "image.starter"
    """Which image pipeline draws."""
    request: Mapping[str, Any] = field(default_factory=dict)
    """What is the same for all pictures, as values of an ImageRequest."""
    options: Mapping[str, Any] = field(default_factory=dict, metadata={"kind": "options"})


@dataclass(frozen=True)
class UpscaleRequest:
    """Make pictures bigger."""

    pictures: tuple[str, ...] = knob((), "Pictures", "The pictures to enlarge.", kind="pictures")
    scale: float = knob(2.0, "Size", "How many times larger the picture becomes.", kind="slider",
                        low=1.0, high=8.0, step=0.05)
    character: str = knob("", "Character", "Whose likeness to check afterwards.", kind="character", advanced=True)
    options: Mapping[str, Any] = field(default_factory=dict, metadata={"kind": "options"})


@dataclass(frozen=True)
class SheetRequest:
    """Lay several pictures out on one sheet."""

    pictures: tuple[str, ...] = knob((), "Pictures", "The pictures on the sheet, in this order.", kind="pictures")
    columns: int = knob(0, "Columns", "How many pictures stand side by side; 0 chooses for you.", kind="slider",
                        low=0, high=12, step=1)
    cell: int = knob(384, "Picture size", "Longest side of each picture on the sheet, in pixels.", kind="slider",
                     low=64, high=1024, step=32)
    title: str = knob("", "Title", "A line above the pictures.", kind="text")
    captions: tuple[str, ...] = knob((), "Captions", "A line below each picture.", kind="text", advanced=True)
    options: Mapping[str, Any] = field(default_factory=dict, metadata={"kind": "options"})


@dataclass(frozen=True)
class ExportRequest:
    """Write a story for others."""

    story: str = knob("", "Story", "The story to write.", kind="story")
    acknowledged: bool = knob(False, "I have read this", "Licences, people shown and adult content were looked at; "
                              "asked only where something was found.", kind="switch")
    commercial: bool = knob(False, "It will be sold", "Files that may not be sold are then asked about.", kind="switch",
                            advanced=True)
    dry_run: bool = knob(False, "Only try", "Says what would be written and what stands in the way; writes nothing.",
                         kind="switch", advanced=True)
    private: bool = knob(False, "Keep my words", "Leaves prompts and titles of pictures out of provenance.json.",
                         kind="switch", advanced=True)
    language: str = knob("", "Language", "Which of its languages comes first; empty is the one it was written in.",
                         kind="text", advanced=True)
    options: Mapping[str, Any] = field(default_factory=dict, metadata={"kind": "options"})


@dataclass(frozen=True)
class TrainRequest:
    """Teach a model one character."""

    character: str = knob("", "Character", "Whose likeness is learned.", kind="character")
    effort: str = knob("balanced", "Effort", "Quick for a first look, Balanced for use, Thorough for the last bit.",
                       kind="choice", choices=("quick", "balanced", "thorough"))
    model: str = knob("", "Base model", "Which model learns; empty takes the family's own.", kind="model",
                      advanced=True)
    steps: int = knob(0, "Steps", "0 takes them from the effort.", kind="number", low=0, high=100_000, advanced=True)
    learning_rate: float = knob(0.0, "Learning rate", "0 takes it from the preset, where it fits rank and optimizer.",
                                kind="number", low=0.0, high=1.0, advanced=True)
    rank: int = knob(0, "Rank", "How much the LoRA can hold; 0 is the preset's.", kind="slider", low=0, high=256,
                     step=1, advanced=True)
    alpha: float = knob(0.0, "Alpha", "How strongly it counts, against the rank; 0 means equal to the rank.",
                        kind="number", low=0.0, high=512.0, advanced=True)
    reach: str = knob("", "What learns", "Attention only, all layers of attention blocks, everything, or also what "
                      "reads the words (Stable Diffusion).", kind="choice",
                      choices=("", "attention", "blocks", "everything", "words"), spoken=REACHES, advanced=True)
    trigger_learns: bool = knob(True, "Learn the trigger word", "Trains the word's own embedding, where it can.",
                                kind="switch", advanced=True)
    dora: bool = knob(False, "DoRA", "Learns length and direction apart; fewer tools read such files.", kind="switch",
                      advanced=True)
    optimizer: str = knob("", "Optimizer", "Empty takes the preset's.", kind="choice",
                          choices=("", "adamw", "adamw8bit", "adafactor", "prodigy"), spoken=OPTIMIZERS, advanced=True)
    schedule: str = knob("", "Schedule", "How the learning rate falls; empty is the preset's.", kind="choice",
                         choices=("", "constant", "linear", "cosine"), advanced=True)
    batch: int = knob(0, "Batch", "Pictures learned at once; 0 is the preset's.", kind="slider", low=0, high=64,
                      step=1, advanced=True)
    accumulate: int = knob(1, "Accumulation", "Batches gathered before each step.", kind="slider", low=1, high=64,
                           step=1, advanced=True)
    resolution: int = knob(0, "Resolution", "In pixels; 0 is the family's own.", kind="number", low=0, high=2048,
                           advanced=True)
    caption_dropout: float = knob(0.05, "Caption dropout", "Share of pictures learned without words.", kind="slider",
                                  low=0.0, high=0.5, step=0.01, advanced=True)
    preserve: float = knob(-1.0, "Keep what it knew", "Share of lessons that hold the model to its old answers; "
                           "-1 is the preset's.", kind="slider", low=-1.0, high=0.9, step=0.05, advanced=True)
    min_snr: float = knob(-1.0, "Min-SNR", "Evens out easy and hard noise levels; 0 is off, -1 is the preset's.",
                          kind="slider", low=-1.0, high=20.0, step=0.5, advanced=True)
    levels: str = knob("", "Noise levels", "Where it looks most: even, in the middle, at the whole (coarse) or at "
                       "details (fine); empty is the family's own.", kind="choice",
                       choices=("", "even", "middle", "coarse", "fine"), advanced=True)
    noise_offset: float = knob(0.0, "Noise offset", "Helps very dark and very bright pictures.", kind="slider",
                               low=0.0, high=0.2, step=0.01, advanced=True)
    ema: float = knob(-1.0, "Running average", "Smooths the weights (EMA); 0 is off, -1 is the preset's.",
                      kind="slider", low=-1.0, high=0.9999, step=0.001, advanced=True)
    dropout: float = field(default=0.0, metadata={"low": 0.0, "high": 0.5})
    """Of the LoRA, against learning by heart; for job files and programs, no form asks for it."""
    flip: bool = knob(False, "Mirror", "Also learns mirror images; not for characters whose sides differ.",
                      kind="switch", advanced=True)
    spare_memory: bool = knob(False, "Spare memory", "Recomputes instead of remembering; slower, needs far less.",
                              kind="switch", advanced=True)
    precision: str = knob("auto", "Precision", "auto takes bf16 on graphics cards and float32 elsewhere; "
                          "8 bits keep the base in half the memory.",
                          kind="choice", choices=("auto", "float32", "bfloat16", "int8"), spoken=BITS, advanced=True)
    seed: int = knob(1, "Seed", "The same seed, photos and settings give the same LoRA.", kind="seed", low=0,
                     high=2**31 - 1, advanced=True)
    options: Mapping[str, Any] = field(default_factory=dict, metadata={"kind": "options"})


@dataclass(frozen=True)
class ImportRequest:
    """Bring in a story that was written elsewhere."""

    file: str = knob("", "File", "The file to read. Nothing in it is run.", kind="file")
    title: str = knob("", "Title", "A name for the story; empty takes the file's own.", kind="text")
    options: Mapping[str, Any] = field(default_factory=dict, metadata={"kind": "options"})


@dataclass(frozen=True)
class IllustrateRequest:
    """Give a story its pictures."""

    story: str = knob("", "Story", "The story to illustrate. Pictures that you chose yourself stay.", kind="story")
    what: str = knob("everything", "What", "All of it, or only places, people or endings; cut-outs takes people "
                     "out of their drawings again.", kind="choice",
                     choices=("everything", "backgrounds", "people", "endings", "cut-outs"))
    candidates: int = knob(3, "How many of each", "The best is taken; any other can be put in its place.",
                           kind="slider", low=1, high=16, step=1)
    speed: str = knob("balanced", "Speed", "Quick drafts, a good middle, or the most care.", kind="choice",
                      choices=SPEEDS)
    pipeline: str = knob("", "Drawn by", "Which pipeline draws; empty takes the one that the characters were trained "
                         "for, else the Starter.", kind="text", advanced=True)
    stage: bool = knob(True, "Set the stage", "Scenes without a place get one, and who speaks is shown.",
                       kind="switch", advanced=True)
    endings: bool = knob(True, "Pictures for endings", "The last line of an ending gets a picture of its own.",
                         kind="switch", advanced=True)
    only: tuple[str, ...] = knob((), "Only these", "Names of pictures in the story; empty makes all that are missing.",
                                 kind="text", advanced=True)
    again: bool = knob(False, "Make anew", "Also what has not changed since it was drawn.", kind="switch",
                       advanced=True)
    options: Mapping[str, Any] = field(default_factory=dict, metadata={"kind": "options"})


@dataclass(frozen=True)
class LikenessRequest:
    """Say how alike pictures are to a character."""

    pictures: tuple[str, ...] = knob((), "Pictures", "The pictures to judge.", kind="pictures")
    character: str = knob("", "Character", "Who they should look like.", kind="character")
    photos: bool = knob(False, "Look at their photos", "Compares the character's own photos with each other anew.",
                        kind="switch")
    options: Mapping[str, Any] = field(default_factory=dict, metadata={"kind": "options"})


@dataclass(frozen=True)
class CaptionRequest:
    """Put a character's photos into words."""

    character: str = knob("", "Character", "Whose photos are described.", kind="character")
    again: bool = knob(False, "Write all anew", "Also replaces captions that are there; undo brings them back.",
                       kind="switch")
    options: Mapping[str, Any] = field(default_factory=dict, metadata={"kind": "options"})


@dataclass(frozen=True)
class MasksRequest:
    """Find out where a character is in their photos, so that the background is not learned."""

    character: str = knob("", "Character", "In whose photos to look.", kind="character")
    again: bool = knob(False, "Look again", "Also replaces masks that are there.", kind="switch")
    options: Mapping[str, Any] = field(default_factory=dict, metadata={"kind": "options"})


@dataclass(frozen=True)
class SealRequest:
    """Sign pictures, so that others can tell where they come from."""

    pictures: tuple[str, ...] = knob((), "Pictures", "The pictures to sign; each gets a signed copy.", kind="pictures")
    options: Mapping[str, Any] = field(default_factory=dict, metadata={"kind": "options"})


@dataclass(frozen=True)
class DownloadRequest:
    """Get a model from the net."""

    what: str = knob("", "Model", "A known model by its key, owner/name on Hugging Face, or the address of one file.",
                     kind="text")
    place: str = knob("checkpoints", "Kind", "What kind of model it is.", kind="choice",
                      choices=("checkpoints", "loras", "upscalers", "controlnet", "ip_adapter", "descriptions"),
                      spoken=PLACES)
    sha256: str = knob("", "SHA-256", "What the file has to be, where its page says so.", kind="text", advanced=True)
    licence: str = knob("", "Licence", "As its page says; kept with what is made with it.", kind="text", advanced=True)
    options: Mapping[str, Any] = field(default_factory=dict, metadata={"kind": "options"})


@dataclass(frozen=True)
class PortraitsRequest:
    """Draw a set of portraits of one character."""

    character: str = knob("", "Character", "Who is drawn.", kind="character")
    what: str = knob("expressions", "Which set", "Expressions, outfits, or the same from several sides.",
                     choices=("expressions", "outfits", "turnaround"))
    outfits: tuple[str, ...] = knob((), "Outfits", "What they wear, one a line; empty takes six common ones.",
                                    kind="text", advanced=True)
    cut_out: bool = knob(True, "Take the background away", "For sprites: the figure alone, on nothing.", kind="switch")
    speed: str = knob("balanced", "Speed", "Quick drafts, a good middle, or the most care.", kind="choice",
                      choices=SPEEDS)
    seed: int = knob(-1, "Seed", "One seed for the whole set; -1 takes the character's own.", kind="seed", low=-1,
                     advanced=True)
    pipeline: str = knob("", "Drawn by", "Which pipeline draws; empty takes the one that they were trained for.",
                         kind="text", advanced=True)
    only: tuple[str, ...] = knob((), "Only these", "Expression/pose of single portraits; empty draws the whole set.",
                                 kind="text", advanced=True)
    options: Mapping[str, Any] = field(default_factory=dict, metadata={"kind": "options"})


@dataclass(frozen=True)
class FramesRequest:
    """Take photos out of a video."""

    video: str = knob("", "Video", "The film to look through; it is not changed.", kind="video")
    character: str = knob("", "Character", "Whose photos they become; empty leaves them in the Library.",
                          kind="character")
    count: int = knob(24, "How many", "At most so many frames, spread over its length.", kind="slider", low=1,
                      high=200, step=1)
    options: Mapping[str, Any] = field(default_factory=dict, metadata={"kind": "options"})


@dataclass(frozen=True)
class SyncRequest:
    """Bring the studio and another program's folder together, both ways."""

    folder: str = knob("", "Folder", "The other program's folder; empty looks in the usual places.", kind="text")
    look: bool = knob(False, "Only look", "Tells what would come and go; nothing is written.", kind="switch")
    again: bool = knob(False, "Also what was deleted", "Brings again what was deleted on one side and is still on the "
                       "other.", kind="switch", advanced=True)
    options: Mapping[str, Any] = field(default_factory=dict, metadata={"kind": "options"})


REQUESTS: Mapping[str, type] = {
    "importers": ImportRequest,
    "exporters": ExportRequest,
    "image": ImageRequest,
    "grid": GridRequest,
    "upscale": UpscaleRequest,
    "sheet": SheetRequest,
    "train": TrainRequest,
    "illustrate": IllustrateRequest,
    "portraits": PortraitsRequest,
    "frames": FramesRequest,
    "likeness": LikenessRequest,
    "caption": CaptionRequest,
    "masks": MasksRequest,
    "seal": SealRequest,
    "download": DownloadRequest,
    "sync": SyncRequest,
}


def read_for(task: str, values: Mapping[str, Any]) -> Any:
    """The request of a task from loose values."""
    if task not in REQUESTS:
        raise StudioError(f"There is no task called {task!r}.", f"The tasks are: {', '.join(sorted(REQUESTS))}.")
    return read(REQUESTS[task], values)
