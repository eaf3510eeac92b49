"""The studio as a set of tools for an assistant: there when the setting is on, and not there when it is off."""

import asyncio
import json
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from PIL import Image

mcp = pytest.importorskip("mcp", reason="the MCP package is not installed")


async def ask(url: str, tool: str, arguments: dict) -> tuple[set[str], object]:
    from mcp.client.streamable_http import streamable_http_client

    door = streamable_http_client(f"{url}gradio_api/mcp/")
    async with door as (read, write, *_), mcp.ClientSession(read, write) as talk:
        await talk.initialize()
        tools = {one.name for one in (await talk.list_tools()).tools}
        name = next(one for one in tools if one.endswith(tool))
        return tools, await talk.call_tool(name, arguments)


def answer_of(talk: Coroutine) -> tuple[set[str], object]:
    """In a thread of its own: this one has a running loop once a browser test has come before."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, talk).result()


def test_an_assistant_finds_the_tools_and_uses_them(opened, studio):
    studio.settings.set("sharing.mcp", True)
    picture = studio.assets.save(Image.new("RGB", (8, 6)), folder="images", suffix=".png", record={"title": "a kite"})
    url = opened()
    tools, found = answer_of(ask(url, "search", {"words": "kite"}))
    assert {name.rsplit("_", 1)[-1] for name in tools} >= {"search", "upscale", "submit"}
    assert not found.isError and picture.id in found.content[0].text
    _, made = answer_of(ask(url, "upscale", {"picture": picture.id, "scale": 3.0}))
    assert not made.isError
    answer = json.loads(made.content[0].text.replace("'", '"').replace("None", "null"))
    with Image.open(studio.assets.get(answer["assets"][0]["id"]).path) as larger:
        assert larger.size == (24, 18)


def test_with_the_setting_off_there_is_no_such_door(opened, studio):
    studio.settings.set("sharing.mcp", False)
    assert httpx.post(f"{opened()}gradio_api/mcp/", json={}).status_code in (404, 405)
