"""A story on the disk: read with the limits that foreign files need, and made ready for an export."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.characters import TABLE, from_row
from core.errors import BadFile, Missing, Refused, TooBig
from core.memory import collect_later
from core.story.check import check
from core.story.concerns import scan
from core.story.findings import NOTE, SEVERE
from core.story.model import Story
from core.story.provenance import build, licences
from core.story.report import report, told_size
from core.story.rights import check_consent, with_waivers
from core.story.shape import read, write

LARGEST = 200 * 1024 * 1024


@collect_later()
def parse(data: bytes) -> Story:
    """A story from the bytes of a file."""
    if len(data) > LARGEST:
        raise TooBig("This story file is larger than 200 MB.", "Split it, or take its pictures out of the text.")
    try:
        return read(Story, json.loads(data.decode("utf-8-sig"), parse_constant=_refuse))
    except (ValueError, RecursionError) as wrong:
        raise BadFile("This is not a story file: its JSON cannot be read.", "Take an earlier copy.") from wrong


@collect_later()
def to_bytes(story: Story) -> bytes:
    """The story as JSON, one scene a line: quick to write, small in memory, and easy to compare."""
    head = json.dumps({**write(replace(story, scenes=())), "scenes": []}, ensure_ascii=False, indent=1)
    scenes = ",\n  ".join(json.dumps(write(scene), ensure_ascii=False) for scene in story.scenes)
    before, _, after = head.rpartition('"scenes": []')
    return f'{before}"scenes": [{scenes}]{after}\n'.encode()


@dataclass(frozen=True)
class Parcel:
    """A story ready to leave: the files that are there, how each was made, and what to know about it."""

    story: Story
    files: dict[str, Path]
    records: dict[str, dict[str, Any]]
    provenance: dict[str, Any]
    trial: bool = False
    """Whether it is only a try: what would be written is told, and nothing is kept."""

    @property
    def papers(self) -> dict[str, bytes]:
        """The two files that travel with every folder."""
        told = json.dumps(self.provenance, ensure_ascii=False, indent=1, default=str) + "\n"
        return {"provenance.json": told.encode(), "LICENCES.txt": licences(self.story, self.records).encode()}


def for_export(request: Any, bench: Any) -> Parcel:
    """The story and the files that are there. Errors and unanswered questions refuse the export, unless it is only a
    try; the rest is noted."""
    if not request.story:
        raise Missing("No story is chosen.", "Choose one in Story Export first.")
    story = parse(bench.open(request.story).read_bytes())
    if request.language:
        story = in_language(story, request.language)
    files, records = {}, {}
    for asset in story.assets:
        try:
            files[asset.id] = bench.open(asset.file)
            records[asset.id] = bench.record(asset.file)
        except Missing:
            bench.note(f"The file of “{asset.title or asset.id}” is not there and was left out.")
    found = check(story)
    errors = [one for one in found if one.severity == SEVERE]
    if errors and not request.dry_run:
        raise Refused(f"The story has {len(errors)} errors. The first: {errors[0].message}",
                      "Mend them under Check first.")
    rows = {row["id"]: from_row(row) for row in bench.rows(TABLE) if "subject" in row}
    people = {one.id: rows[one.character] for one in story.cast if one.character in rows}
    concerns = with_waivers(scan(story, records, people, request.commercial), bench, bench.owner, request.story)
    if request.dry_run:
        for sentence in report(story, files, found, concerns):
            bench.note(sentence)
        return Parcel(story, files, records, build(story, files, records, concerns, request.private), trial=True)
    check_consent(concerns, bench, bench.owner, request.acknowledged)
    for sentence in [one.message for one in found if one.severity != NOTE][:20] + [one.words for one in concerns]:
        bench.note(sentence)
    return Parcel(story, files, records, build(story, files, records, concerns, request.private))


def deliver(parcel: Parcel, bench: Any, content: bytes, suffix: str, **record: Any) -> None:
    """Keep what was written; of a try, only say what it would be."""
    if parcel.trial:
        bench.note(f"It would be one {suffix} file of {told_size(len(content))}. Nothing was written.")
        return
    story = parcel.story
    bench.save(content, folder="exports", suffix=suffix, title=story.title or story.id, story=story.id, **record)


def in_language(story: Story, language: str) -> Story:
    """The same story with another of its languages as the first one."""
    if language == story.language:
        return story
    if language not in story.languages:
        known = ", ".join([story.language, *story.languages])
        raise Missing(f"The story has no text in “{language}”.", f"It has: {known}.")
    texts = story.languages[language]
    scenes = tuple(replace(scene, nodes=tuple(
        replace(node, text=texts.get(f"{scene.id}.{node.id}") or node.text, options=tuple(
            replace(one, text=texts.get(f"{scene.id}.{node.id}.{one.id}") or one.text) for one in node.options))
        for node in scene.nodes)) for scene in story.scenes)
    cast = tuple(replace(one, name=texts.get(f"cast.{one.id}") or one.name) for one in story.cast)
    title = texts.get("title") or story.title
    return replace(story, language=language, title=title, scenes=scenes, cast=cast, languages={})


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not a number")
