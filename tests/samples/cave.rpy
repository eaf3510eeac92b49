# A small game.
define a = Character("Ada", color="#c41")
default gold = 3
default met = False
init python:
    import os
    os.system("touch hacked")

label start:
    scene bg forest with dissolve
    "Leaves {i}fall{/i}. 50%% [[off] [gold]"
    a happy "Hello, \"you\"."
    menu:
        "Well?"
        "Go in" if gold > 2:
            $ gold -= 1
            a "Brave."
            jump dark
        "Wait":
            "You wait."
    if gold > 2 and not met:
        "Still rich."
    elif met:
        "Met."
    else:
        "Poor."
    $ renpy.pause(os.getcwd())
    jump start

label dark:
    python:
        x = 1
    "The end."
    return
