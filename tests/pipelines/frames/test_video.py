"""Photos from a video: spread over its length, each new, and a broken file said in words."""

import pytest
from PIL import Image, ImageDraw

from core import casting, characters
from core.requests import FramesRequest

cv2 = pytest.importorskip("cv2")


def a_video(path, scenes=4, each=12):
    import numpy

    film = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 12, (160, 120))
    for scene in range(scenes):
        picture = Image.new("RGB", (160, 120), ("navy", "olive", "maroon", "teal")[scene % 4])
        pen = ImageDraw.Draw(picture)
        for line in range(0, 160, 14 + 9 * scene):
            pen.line((line, 0, 160 - line, 40 + 25 * scene), "white", 4)
        for _ in range(each):
            film.write(numpy.ascontiguousarray(numpy.asarray(picture)[:, :, ::-1]))
    film.release()
    return path


def test_frames_differ_and_become_photos_of_the_character(studio, tmp_path, until):
    casting.create(studio, "Ada", [])
    video = studio.assets.save(a_video(tmp_path / "ada.mp4"), folder="videos", suffix=".mp4", record={})
    job = studio.submit("frames.video", FramesRequest(video=video.id, character="Ada", count=12))
    assert until(studio, job.id, "done", "failed") == "done", job.error
    person = characters.find(studio.store.rows("characters"), "Ada")
    assert len(person.photos) == 4 and list(person.photos) == job.assets
    assert studio.assets.record(person.photos[0])["parents"] == [video.id]


def test_what_is_no_video_is_said(studio, tmp_path, until):
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"RIFF0000AVI nothing more")
    video = studio.assets.save(path, folder="videos", suffix=".mp4", record={})
    job = studio.submit("frames.video", FramesRequest(video=video.id))
    assert until(studio, job.id, "done", "failed") == "failed"
    assert "not a video that can be read" in job.error["message"]
