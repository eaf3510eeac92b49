"""A loaded model on the shelf, with its sister pipelines and what is worth remembering between pictures."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from pipelines.kit.loading import sibling


@dataclass
class Easel:
    """A loaded model on the shelf, with what is worth remembering between pictures."""

    text: Any
    own_scheduler: Any
    siblings: dict[str, Any] = field(default_factory=dict)
    embedded: OrderedDict[str, Any] = field(default_factory=OrderedDict)
    seen: OrderedDict[str, Any] = field(default_factory=OrderedDict)
    colours: Any = None
    worn: str = ""
    looks_at: str = ""
    """The IP-Adapter that is in the model now."""
    net: Any = None
    """The ControlNet of the picture that is being drawn."""

    def pipe(self, name: str, guided: bool = False) -> Any:
        """A pipeline of diffusers over this model, under the ControlNet when the picture is guided by one."""
        if guided:
            name = guided_name(name)
        elif name == type(self.text).__name__:
            return self.text
        if name not in self.siblings:
            self.siblings[name] = sibling(self.text, name, controlnet=self.net) if guided else sibling(self.text, name)
        if guided and self.siblings[name].controlnet is not self.net:
            self.siblings[name].register_modules(controlnet=self.net)
        return self.siblings[name]


def guided_name(pipeline: str) -> str:
    """The pipeline that does the same under a ControlNet: StableDiffusionXLControlNetImg2ImgPipeline and so on."""
    stem = "StableDiffusionXL" if pipeline.startswith("StableDiffusionXL") else "StableDiffusion"
    return f"{stem}ControlNet{pipeline.removeprefix(stem)}"
