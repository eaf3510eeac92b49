"""The studio as a set of tools for an assistant: there when the setting is on, and not there when it is off."""

import asyncio
import json
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from PIL import Image

mcp = pytest.importorskip("mcp", reason="the MCP package is not installed")
PASSWORD = "open sesame"


async def ask(url: str, calls: list[tuple[str, dict]], cookie: str = "") -> tuple[set[str], list]:
    """The names of the tools, and what each call answered."""
    from mcp.client.streamable_http import streamable_http_client

    async with httpx.AsyncClient(headers={"cookie": cookie} if cookie else {}, timeout=60) as web:
        door = streamable_http_client(f"{url}gradio_api/mcp/", http_client=web)
        async with door as (read, write, *_), mcp.ClientSession(read, write) as talk:
            await talk.initialize()
            tools = {one.name for one in (await talk.list_tools()).tools}
            told = []
            for tool, arguments in calls:
                name = next(one for one in tools if one.endswith(tool))
                told.append(await talk.call_tool(name, arguments))
            return tools, told


def answer_of(talk: Coroutine) -> tuple[set[str], list]:
    """In a thread of its own: this one has a running loop once a browser test has come before."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, talk).result()


def test_an_assistant_finds_the_tools_makes_something_and_reads_its_answer(opened, studio):
    studio.settings.set("sharing.mcp", True)
    picture = studio.assets.save(Image.new("RGB", (8, 6)), folder="images", suffix=".png", record={"title": "it's"})
    tools, (found, made, wrong) = answer_of(ask(opened(), [
        ("search", {"words": "it's"}), ("upscale", {"picture": picture.id, "scale": 3.0}),
        ("upscale", {"picture": "no-such-picture"})]))
    assert {name.rsplit("_", 1)[-1] for name in tools} >= {"search", "upscale", "submit", "skip"}
    assert not found.isError and json.loads(found.content[0].text)["assets"][0]["id"] == picture.id
    answer = json.loads(made.content[0].text)
    assert not made.isError and (answer["state"], answer["error"]) == ("done", None)
    with Image.open(studio.assets.get(answer["assets"][0]["id"]).path) as larger:
        assert larger.size == (24, 18)
    assert wrong.isError and "not in the library any more" in wrong.content[0].text


def test_in_a_shared_studio_an_assistant_works_for_the_visitor_whose_cookie_it_brings(opened, studio):
    studio.settings.set("sharing.mcp", True)
    url = opened(password=PASSWORD)
    assert httpx.post(f"{url}gradio_api/mcp/", json={}).status_code == 401
    came = httpx.post(f"{url}login", data={"username": "mira", "password": PASSWORD})
    cookie = came.headers["set-cookie"].split(";")[0]
    asked = {"pipeline": "image.avatar", "values": {"prompt": "a girl"}}
    _, (drawn,) = answer_of(ask(url, [("submit", asked)], cookie))
    assert not drawn.isError, drawn.content
    answer = json.loads(drawn.content[0].text)
    assert studio.assets.record(answer["assets"][0]["id"])["owner"] == cookie.partition("=")[2].partition(".")[0]


def test_with_the_setting_off_there_is_no_such_door(opened, studio):
    studio.settings.set("sharing.mcp", False)
    assert httpx.post(f"{opened()}gradio_api/mcp/", json={}).status_code in (404, 405)
