"""What programs can do with the Library: bring a picture in, star, tag and pin, throw away and take back."""

from typing import Any

import gradio as gr

from core.owners import hold_to
from ui.calls import Calls
from ui.page import owner_of

NAMES = ("add_picture", "edit_asset", "trash", "restore")


class LibraryEndpoints:
    """The endpoints of the Library. In a shared studio each works on one's own things only."""

    def __init__(self, calls: Calls) -> None:
        self._calls, self._assets = calls, calls.studio.assets

    def add_picture(self, picture: Any, request: gr.Request) -> dict:
        """Bring an uploaded picture into the Library."""
        return self._calls.asset(self._calls.take_in(picture, owner_of(request)))

    def edit_asset(self, asset: str, request: gr.Request, values: dict = {}) -> dict:  # noqa: B006
        """Change what is said of something in the Library: starred, pinned, title, note, tags, boards. Answers with
        its whole record."""
        hold_to(self._assets, [asset], owner_of(request))
        shown = self._assets.edit(asset, values) if values else self._assets.record(asset)
        return {name: value for name, value in shown.items() if name != "owner"}

    def trash(self, assets: list, request: gr.Request) -> dict:
        """Throw things away; /restore takes the token that comes back."""
        owner = owner_of(request)
        return {"token": self._assets.trash(hold_to(self._assets, map(str, assets), owner), owner)}

    def restore(self, token: str, request: gr.Request) -> list:
        """Take a deletion back."""
        return [self._calls.asset(asset.id) for asset in self._assets.restore(token, owner_of(request))]
