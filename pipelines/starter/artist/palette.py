"""The colours behind the words."""

from pipelines.starter.artist.pen import Colour

SKIN: dict[str, Colour] = {
    "pale": (255, 236, 226), "fair": (253, 214, 190), "tan": (230, 174, 132), "brown": (176, 116, 82),
    "dark": (116, 74, 58),
}
HAIR: dict[str, Colour] = {
    "black": (50, 45, 68), "brown": (124, 76, 50), "blonde": (250, 212, 108), "orange": (242, 134, 46),
    "red": (206, 44, 58), "pink": (252, 152, 192), "purple": (142, 90, 208), "blue": (62, 108, 226),
    "teal": (44, 190, 188), "green": (84, 178, 90), "silver": (164, 170, 190), "white": (250, 247, 244),
}
EYES: dict[str, Colour] = {
    "blue": (44, 124, 240), "green": (48, 176, 84), "brown": (134, 78, 44), "gold": (250, 190, 30),
    "red": (222, 40, 48), "purple": (148, 76, 222), "pink": (250, 120, 188), "grey": (136, 146, 162),
}
CLOTH: dict[str, Colour] = {
    "red": (214, 58, 60), "orange": (246, 142, 56), "yellow": (252, 206, 74), "green": (66, 160, 92),
    "blue": (58, 108, 212), "purple": (136, 86, 190), "pink": (250, 158, 186), "white": (248, 246, 244),
    "black": (58, 56, 72), "grey": (150, 152, 166),
}
BACKDROP: dict[str, Colour] = {
    "pink": (252, 190, 208), "blue": (160, 206, 246), "green": (172, 222, 176), "yellow": (252, 228, 150),
    "purple": (204, 182, 240), "orange": (252, 196, 146), "white": (248, 246, 242), "grey": (186, 190, 200),
}
# What the light of the hour does to a figure: gentle, so that each colour stays readable.
FIGURE_TINT = {"day": (1.0, 1.0, 1.0), "dusk": (1.0, 0.91, 0.86), "night": (0.88, 0.87, 0.98)}
SCENE_TINT = {"day": (1.0, 1.0, 1.0), "dusk": (1.0, 0.80, 0.74), "night": (0.40, 0.45, 0.70)}
SKY: dict[str, list[Colour]] = {
    "day": [(84, 170, 246), (206, 238, 255)],
    "dusk": [(96, 84, 160), (238, 138, 124), (255, 214, 140)],
    "night": [(18, 22, 60), (52, 56, 124)],
}
