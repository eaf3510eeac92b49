"""axe-core finds no serious or critical violation, tab by tab, light and dark."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
AXE = (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8")
NAMES = ("characters", "training", "image", "upscale", "video", "story", "library", "settings")


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_tab_can_be_used_by_everybody(visit, picture, studio, until, look):
    job = studio.submit("upscale.lanczos", {"pictures": [picture("a cat")]})
    until(studio, job.id, "done")
    page = visit(color_scheme=look)
    found = []
    for name in NAMES:
        page.click(f"#tab-{name}-button")
        page.wait_for_selector(f"#tab-{name} >> visible=true")
        if name == "library":
            page.locator("#library-wall .face").first.click()
            page.wait_for_selector("#library-side article")
        page.wait_for_timeout(250)
        found += serious(page, name)
    page.keyboard.press("Escape")
    page.click("#pill button")
    page.wait_for_selector("#drawer article >> visible=true")
    page.wait_for_timeout(250)
    assert found + serious(page, "jobs") == []


def serious(page, name: str) -> list[str]:
    page.evaluate(f"() => {{ if (!window.axe) {{ {AXE} }} }}")
    result = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    return [f"{name}: {one['id']}: {one['nodes'][0]['html'][:160]} ({len(one['nodes'])})" for one in result
            if one["impact"] in ("serious", "critical")]
