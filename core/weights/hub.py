"""What a repository of Hugging Face holds, asked by plain HTTP: files with sizes and hashes, and the person's token."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote

from core.errors import BadFile, Missing, Refused, StudioError
from core.weights.fetching import Source, open_url

ANSWER_MOST = 8_000_000
PARTS = (".json", ".txt", ".model", ".safetensors", ".jinja")


def endpoint(environment: Mapping[str, str] = os.environ) -> str:
    return environment.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")


def find_token(environment: Mapping[str, str] = os.environ) -> str:
    """From HF_TOKEN, else where `hf auth login` keeps it."""
    if environment.get("HF_TOKEN"):
        return environment["HF_TOKEN"].strip()
    place = Path(environment.get("HF_HOME") or Path.home() / ".cache" / "huggingface") / "token"
    try:
        return place.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def list_files(repo: str, token: str = "") -> list[dict[str, Any]]:
    """Path, size and (where it is a large file) SHA-256 of all files of a repository."""
    url = f"{endpoint()}/api/models/{quote(repo)}/tree/main?recursive=true"
    try:
        with open_url(url, token) as response:
            found = json.loads(response.read(ANSWER_MOST))
    except HTTPError as error:
        raise _said(error, repo) from error
    except (URLError, OSError) as error:
        raise StudioError("Hugging Face could not be reached.", "Is this computer online? Try again later.") from error
    except ValueError as error:
        raise BadFile("Hugging Face gave an answer that makes no sense.", "Try again later.") from error
    rows = [row for row in found if isinstance(row, dict) and row.get("type") == "file"]
    return [{"path": str(row["path"]), "size": int(row.get("size") or 0),
             "sha256": str((row.get("lfs") or {}).get("oid") or "")} for row in rows]


def choose_files(files: Sequence[Mapping[str, Any]], variant: str = "") -> list[Mapping[str, Any]]:
    """What a diffusers folder needs: its parts once, as safetensors, without what is there for other programs."""
    inside = [row for row in files if "/" in row["path"] and row["path"].endswith(PARTS) and ".." not in row["path"]]
    inside = [row for row in inside if not row["path"].startswith(("safety_checker/", "feature_extractor/", "."))]
    wanted = [row for row in inside if _is_variant(row["path"], variant)]
    have = {_stem(row["path"], variant) for row in wanted}
    plain = [row for row in inside if not _any_variant(row["path"]) and _stem(row["path"], "") not in have]
    index = [row for row in files if row["path"] == "model_index.json"]
    if not index:
        raise BadFile("This repository is not a diffusers folder.", "Name a single file in it by its full address.")
    return [*index, *wanted, *(row for row in plain if row not in wanted)]


def source_of(repo: str, row: Mapping[str, Any], token: str = "") -> Source:
    return Source(f"{endpoint()}/{quote(repo)}/resolve/main/{quote(row['path'])}", row["size"], row["sha256"], token,
                  f"https://huggingface.co/{repo}")


def _is_variant(path: str, variant: str) -> bool:
    return bool(variant) and f".{variant}." in path


def _any_variant(path: str) -> bool:
    return any(f".{name}." in path or f".{name}-" in path for name in ("fp16", "bf16", "non_ema", "fp8"))


def _stem(path: str, variant: str) -> str:
    return path.replace(f".{variant}.", ".") if variant else path


def _said(error: HTTPError, repo: str) -> StudioError:
    page = f"https://huggingface.co/{repo}"
    if error.code in (401, 403):
        return Refused(f"{repo} is not there, or its owner wants you to accept its terms first.",
                       f"Open {page}, accept the terms, make a token at https://huggingface.co/settings/tokens, and "
                       "start the studio with HF_TOKEN set to it.")
    if error.code == 404:
        return Missing(f"{page} is not there any more.", "It was moved or deleted by its owner; look for a mirror.")
    return StudioError(f"Hugging Face answered {error.code}.", "Try again later.")
