"""Law 2: nothing heavy is imported before a job needs it, proven in a fresh interpreter."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("torch", "diffusers", "peft", "transformers", "accelerate", "cv2", "av", "spandrel", "skia")


def loaded_after(code: str) -> set[str]:
    run = subprocess.run([sys.executable, "-c", f"{code}\nimport json, sys\njson.dump(list(sys.modules), sys.stdout)"],
                         cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr[-2000:]
    return set(json.loads(run.stdout.splitlines()[-1]))


def test_reading_the_whole_catalog_loads_nothing_heavy() -> None:
    loaded = loaded_after("import pipelines; from core.catalog import Catalog\n"
                          "assert 'sheet.contact' in Catalog(pipelines).entries")
    assert not loaded & set(HEAVY)
    assert "gradio" not in loaded


def test_core_loads_no_gradio_and_no_numpy() -> None:
    loaded = loaded_after("import core.studio")
    assert not loaded & {"gradio", "fastapi", "numpy", "pandas", *HEAVY}


@pytest.mark.skipif(not (ROOT / "app.py").exists(), reason="the app is built after the core")
def test_importing_the_app_loads_nothing_heavy() -> None:
    assert not loaded_after("import app") & set(HEAVY)
