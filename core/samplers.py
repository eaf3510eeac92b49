"""Samplers and noise schedules under the names people know, and what each is called elsewhere. No torch here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Sampler:
    name: str
    scheduler: str
    """The class in diffusers."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    comfyui: str = ""
    flow: str = ""
    """The class for models that learned flow matching; empty where there is none."""


SAMPLERS: tuple[Sampler, ...] = (
    Sampler("DPM++ 2M", "DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++", "solver_order": 2},
            "dpmpp_2m"),
    Sampler("DPM++ 2M SDE", "DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++", "solver_order": 2},
            "dpmpp_2m_sde"),
    Sampler("DPM++ 3M", "DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++", "solver_order": 3}, ""),
    Sampler("DPM++ SDE", "DPMSolverSinglestepScheduler", {"algorithm_type": "dpmsolver++", "solver_order": 2},
            "dpmpp_sde"),
    Sampler("Euler", "EulerDiscreteScheduler", {}, "euler", "FlowMatchEulerDiscreteScheduler"),
    Sampler("Euler a", "EulerAncestralDiscreteScheduler", {}, "euler_ancestral"),
    Sampler("Heun", "HeunDiscreteScheduler", {}, "heun", "FlowMatchHeunDiscreteScheduler"),
    Sampler("DPM2", "KDPM2DiscreteScheduler", {}, "dpm_2"),
    Sampler("DPM2 a", "KDPM2AncestralDiscreteScheduler", {}, "dpm_2_ancestral"),
    Sampler("LMS", "LMSDiscreteScheduler", {}, "lms"),
    Sampler("UniPC", "UniPCMultistepScheduler", {}, "uni_pc"),
    Sampler("DDIM", "DDIMScheduler", {}, "ddim"),
    Sampler("DDPM", "DDPMScheduler", {}, "ddpm"),
    Sampler("PLMS", "PNDMScheduler", {"skip_prk_steps": True}, ""),
    Sampler("LCM", "LCMScheduler", {}, "lcm"),
)

SCHEDULES: Mapping[str, Mapping[str, Any]] = {
    "Automatic": {},
    "Karras": {"use_karras_sigmas": True},
    "Exponential": {"use_exponential_sigmas": True},
    "Beta": {"use_beta_sigmas": True},
    "SGM Uniform": {"timestep_spacing": "trailing"},
    "Uniform": {"timestep_spacing": "linspace"},
}

COMFYUI_SCHEDULES: Mapping[str, str] = {
    "normal": "Automatic", "karras": "Karras", "exponential": "Exponential", "beta": "Beta",
    "sgm_uniform": "SGM Uniform", "simple": "SGM Uniform", "ddim_uniform": "Uniform",
}


def find_sampler(name: str) -> Sampler | None:
    """A sampler by its name here, in ComfyUI or in diffusers; None for what has no equivalent."""
    wanted = _squeeze(name)
    for sampler in SAMPLERS:
        if wanted in map(_squeeze, (sampler.name, sampler.comfyui or sampler.name, sampler.scheduler)):
            return sampler
    return None


def split_sampler(name: str) -> tuple[str, str]:
    """The old merged names: "DPM++ 2M Karras" is a sampler and a schedule."""
    for schedule in SCHEDULES:
        if name.lower().endswith(" " + schedule.lower()):
            return name[: -len(schedule) - 1], schedule
    return name, ""


def _squeeze(name: str) -> str:
    return name.lower().replace("++", "pp").replace("_", "").replace(" ", "").replace("-", "")
