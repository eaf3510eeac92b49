"""A ComfyUI picture holds the graph that made it: find its sampler and walk back to words, model and size."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.prompts import LoraCall
from core.recipes.recipe import Recipe, load_json, number, side, whole, words
from core.samplers import COMFYUI_SCHEDULES, find_sampler

MAX_DEPTH = 40
MAX_NODES = 5_000
_SAMPLERS = ("KSampler", "KSamplerAdvanced", "SamplerCustom", "SamplerCustomAdvanced")
_TEXTS = ("text", "text_g", "text_l", "t5xxl", "clip_l", "prompt", "string", "value")


def read_comfyui(notes: Mapping[str, str]) -> Recipe | None:
    graph = load_json(notes.get("prompt", ""))
    if not isinstance(graph, dict) or len(graph) > MAX_NODES:
        return Recipe("ComfyUI") if load_json(notes.get("workflow", "")) is not None else None
    nodes = {str(key): node for key, node in graph.items() if isinstance(node, dict) and "class_type" in node}
    if not nodes:
        return None
    start = next((key for key, node in nodes.items() if node["class_type"] in _SAMPLERS), None)
    if start is None:
        return Recipe("ComfyUI")
    return _describe(nodes, start)


def _describe(nodes: Mapping[str, Any], start: str) -> Recipe:
    near = list(_walk(nodes, start))
    inputs = _inputs(nodes[start])

    def first(*names: str, kinds: tuple[str, ...] = ()) -> Any:
        for node in near:
            if not kinds or any(kind in str(node["class_type"]) for kind in kinds):
                for name in names:
                    value = _inputs(node).get(name)
                    if isinstance(value, (str, int, float)):
                        return value
        return None

    sampler = words(first("sampler_name"))
    known = find_sampler(sampler)
    schedule = words(first("scheduler"))
    return Recipe(
        tool="ComfyUI",
        prompt=_words_of(nodes, inputs.get("positive") or inputs.get("guider")),
        negative=_words_of(nodes, inputs.get("negative")),
        seed=whole(first("seed", "noise_seed")),
        steps=whole(first("steps"), 1, 10_000),
        guidance=number(first("cfg", "guidance"), 0, 1000),
        sampler=known.name if known else sampler,
        schedule=COMFYUI_SCHEDULES.get(schedule, schedule),
        width=side(first("width", kinds=("Latent",))),
        height=side(first("height", kinds=("Latent",))),
        model=_stem(words(first("ckpt_name", "unet_name", "model_name", kinds=("Loader",)))),
        strength=number(first("denoise"), 0, 1),
        loras=tuple(_loras(near)),
    )


def _walk(nodes: Mapping[str, Any], start: str) -> Iterator[Mapping[str, Any]]:
    """Every node that the sampler depends on, nearest first."""
    seen, waiting = {start}, [start]
    while waiting:
        node = nodes[waiting.pop(0)]
        yield node
        for link in map(_link, _inputs(node).values()):
            if link in nodes and link not in seen and len(seen) < MAX_NODES:
                seen.add(link)
                waiting.append(link)


def _words_of(nodes: Mapping[str, Any], link: Any) -> str:
    """Follow a conditioning link through whatever stands between to the node that holds the words."""
    for depth, node in enumerate(_walk(nodes, _link(link)) if _link(link) in nodes else ()):
        if depth > MAX_DEPTH:
            break
        found = [_inputs(node).get(name) for name in _TEXTS]
        texts = dict.fromkeys(text for text in found if isinstance(text, str) and text.strip())
        if texts:
            return words("\n".join(texts))
    return ""


def _loras(near: list[Mapping[str, Any]]) -> Iterator[LoraCall]:
    for node in near[:200]:
        inputs = _inputs(node)
        if isinstance(inputs.get("lora_name"), str):
            strength = number(inputs.get("strength_model", 1.0), -10, 10)
            yield LoraCall(_stem(inputs["lora_name"])[:200], 1.0 if strength is None else strength)


def _inputs(node: Mapping[str, Any]) -> Mapping[str, Any]:
    inputs = node.get("inputs")
    return inputs if isinstance(inputs, dict) else {}


def _link(value: Any) -> str:
    return str(value[0]) if isinstance(value, list) and len(value) == 2 and isinstance(value[1], int) else ""


def _stem(name: str) -> str:
    last = name.replace("\\", "/").rpartition("/")[2]
    return last.rpartition(".")[0] or last
