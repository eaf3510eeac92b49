"""Assistants: the endpoints as tools of an MCP server, which is Gradio's own, mended in two places.

It would answer in Python's notation, and ask the studio over the network, where a password stands in the way: here it
answers in JSON and asks directly, as the visitor who called.
"""

import copy
import json
from typing import Any


def attend(server: Any) -> None:
    """Mend this server before anybody asks it."""
    find, tell = server.get_block_fn_from_endpoint_name, server.postprocess_output_data

    def find_direct(name: str) -> Any:
        found = copy.copy(find(name))
        if found is not None:
            found.queue = False
        return found

    def tell_json(data: list[Any], root_url: str) -> Any:
        return tell([one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in data], root_url)

    server.get_block_fn_from_endpoint_name, server.postprocess_output_data = find_direct, tell_json
