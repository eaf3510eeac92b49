"""What the attribute reader saw, in the words that the starter was taught with."""

import pytest

from core import characters
from pipelines.caption.reader import describe_person, in_words, shared

LOOK = {"hair": "wavy", "hair_colour": "teal", "eyes": "gold"}


def test_attributes_become_a_caption_in_the_starters_words():
    seen = {"who": "woman", "hair": "wavy", "hair_colour": "teal", "eyes": "gold", "skin": "brown", "pose": "relaxed",
            "outfit": "hoodie", "outfit_colour": "yellow", "accessory": "none", "place": "beach", "light": "night",
            "framing": "half", "view": "front", "open_eyes": "two"}
    assert in_words(seen) == ("woman, wavy teal hair, gold eyes, brown skin, yellow hoodie, on the beach, at night, "
                              "upper body, front view")
    assert in_words({}) == ""


def test_only_a_look_that_most_pictures_share_describes_somebody():
    worn = {**LOOK, "outfit": "hoodie", "place": "beach"}
    assert shared([worn, worn, {"hair_colour": "red"}]) == LOOK, "clothes and places change"
    assert shared([worn, {"hair_colour": "red"}, {"hair_colour": "blond"}]) == {}, "three people are nobody"
    assert shared([{"who": "man"}] * 3, ("who",)) == {"who": "man"}
    assert shared([worn, worn]) == shared([]) == shared([{}, {}, {}]) == {}


@pytest.mark.parametrize(("kind", "words", "said"), [("drawn", "", "wavy teal hair, gold eyes"),
                                                    ("drawn", "a witch", "a witch"), ("person", "", "")])
def test_words_of_a_person_stay_and_of_people_nothing_is_claimed(kind, words, said):
    class Desk:
        kept = characters.new_character("Ada", kind=kind, descriptor=words).row()

        def rows(self, table):
            return [self.kept]

        def put(self, table, key, row):
            self.kept = row

        def note(self, sentence):
            assert said in sentence

    desk = Desk()
    describe_person("Ada", desk, LOOK, "woman")
    person = characters.from_row(desk.kept)
    assert person.descriptor == said and person.subject == ("woman" if said.startswith("wavy") else "person")
