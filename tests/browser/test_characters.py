"""Characters: name, photos, Go; then the checks speak, and the chip in the frame serves every tab."""

import pytest
from PIL import Image, ImageDraw

pytestmark = pytest.mark.browser


@pytest.fixture
def photos(tmp_path):
    made = []
    for number in range(3):
        picture = Image.new("RGB", (700, 700), ("navy", "olive", "maroon")[number])
        pen = ImageDraw.Draw(picture)
        for step in range(0, 700, 20 + 7 * number):
            pen.line((step, 0, 700 - step, 700), "white", 3)
        picture.save(tmp_path / f"photo{number}.png")
        with (tmp_path / f"photo{number}.png").open("ab") as file:
            file.write(bytes(5 * 2**20))  # as heavy as those of a phone
        made.append(str(tmp_path / f"photo{number}.png"))
    return made


def test_a_character_is_made_checked_chosen_and_remembered(visit, photos, studio):
    page = visit("characters")
    page.wait_for_selector("#characters-wall .empty")
    page.fill("#characters-name input, #characters-name textarea", "Mira")
    sent = []
    page.on("request", lambda asked: sent.append(asked.url) if "/upload?" in asked.url else None)
    page.set_input_files("#characters-photos-drop input[type=file]", photos)
    page.wait_for_selector("#characters-photos figure >> nth=2")
    assert len(sent) == 3, "many photos are more than one request may hold"
    page.click("#characters-go")
    page.wait_for_selector("#characters-side .photos figure >> nth=2")
    assert "3 photos" in page.locator("#characters-side .findings").inner_text()
    row = studio.store.rows("characters")[0]
    assert row["name"] == "Mira" and len(row["photos"]) == 3 and row["consent"]["state"] == "not needed"
    page.locator("#characters-side [data-act=leave]").first.click()
    page.wait_for_selector("#characters-side .unused")
    assert len(studio.store.rows("characters")[0]["photos"]) == 2
    field = page.locator("#descriptor")
    field.fill("teal hair, moon hairpin")
    field.press("Enter")
    page.click("#characters-side [data-act=choose]")
    page.wait_for_selector("#who >> visible=true")
    page.wait_for_function("document.querySelector('#who input').value === 'Mira'")
    assert studio.store.rows("characters")[0]["descriptor"] == "teal hair, moon hairpin"


def test_a_chosen_character_is_remembered_by_this_browser(visit, studio):
    from core.characters import TABLE, new_character

    for name in ("Mira", "Rex"):
        person = new_character(name)
        studio.store.put(TABLE, person.id, person.row())
    page = visit()
    page.click("#who input")
    page.locator("[role=option]", has_text="Rex").click()
    page.wait_for_function("localStorage.getItem('studionova') !== null")
    page.reload()
    page.wait_for_function("document.querySelector('#who input')?.value === 'Rex'")


def test_a_removed_character_leaves_their_photos(visit, studio, picture):
    from core.characters import TABLE, new_character

    photo = picture("a dog")
    person = new_character("Rex", photos=(photo,))
    studio.store.put(TABLE, person.id, person.row())
    page = visit("characters")
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("#characters-wall .face")
    page.click("#characters-side [data-act=remove]")
    page.wait_for_selector("#characters-wall .empty")
    assert studio.store.rows(TABLE) == [] and studio.assets.get(photo).path.is_file()
