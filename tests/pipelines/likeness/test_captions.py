"""What the attribute reader saw, in the words that the starter was taught with."""

from pipelines.caption.reader import in_words


def test_attributes_become_a_caption_in_the_starters_words():
    seen = {"who": "woman", "hair": "wavy", "hair_colour": "teal", "eyes": "gold", "skin": "brown", "pose": "relaxed",
            "outfit": "hoodie", "outfit_colour": "yellow", "accessory": "none", "place": "beach", "light": "night",
            "framing": "half", "view": "front", "open_eyes": "two"}
    assert in_words(seen) == ("woman, wavy teal hair, gold eyes, brown skin, yellow hoodie, on the beach, at night, "
                              "upper body, front view")
    assert in_words({}) == ""
