"""The story's JSON schema as a file that others can read: `python -m core.story.publish` writes it anew."""

import json
from pathlib import Path

from core.story.model import Story
from core.story.shape import schema

SCHEMA = Path(__file__).with_name("schema.json")


def text() -> str:
    return json.dumps(schema(Story), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(text(), encoding="utf-8")
