"""`liankong demo load`: the generated city, its headquarters and the first days of its outbreak.

`--json` prints `{"people", "organisations", "users", "events", "cases", "bulletins", "results", "until",
"seconds"}`.
"""

import gc
import json
import secrets
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import click

from liankong.cli import ExitCode, Failure, emit_json, json_option

if TYPE_CHECKING:
    from liankong.cli.replay import Replay
    from liankong.drill.organisations import Structure
    from liankong.drill.scenario import Scenario

SEED = 5
PEOPLE = 60_000
WITH_OUTBREAK = 1_000_000  # beyond, the city no longer fits in memory and only its register is loaded
FOUNDED = date(2021, 12, 1)
CITY, DISTRICT = "12", "120112"
PUBLISHED_AT = timedelta(hours=8)  # a bulletin of a day is published the next morning
# Who is shown at start, by organisation and role: one of each desk a newcomer should try.
SHOWN = (
    ("hq-12", "commander"),
    ("hq-12", "bulletin_officer"),
    ("hq-12", "auditor"),
    ("hq-12", "administrator"),
    ("hq-120112", "commander"),
    ("cdc-120112", "epidemiologist"),
    ("hq-120112", "registry_clerk"),
    ("hq-120104", "commander"),
)
Say = Callable[[str], None]


@click.group("demo")
def demo() -> None:
    """The generated demo city. No person in it exists."""


@demo.command("load")
@click.option("--people", type=click.IntRange(1_000, 14_000_000), default=PEOPLE, show_default=True)
@click.option("--seed", type=int, default=SEED, show_default=True, help="The same seed gives the same city.")
@json_option
def load(*, people: int, seed: int, as_json: bool) -> None:
    """Load the demo city into an empty node.

    Beyond a million people only the structure and the register are loaded, streamed in bounded memory, without an
    outbreak: that is for benchmarks. Interrupted, the same command goes on where it stopped.

    \b
    Example:
      liankong demo load --people 60000
    """
    import django

    django.setup()
    from liankong.store.access import node_scope
    from liankong.store.models import Organisation

    say: Say = (lambda _line: None) if as_json else _say
    with node_scope():
        if people > WITH_OUTBREAK:
            found = _load_register(people, seed, say)
        elif Organisation.objects.exists():
            raise _occupied()
        else:
            found = _load(people, seed, say)
    if as_json:
        emit_json(found)
    else:
        _say(
            f"{found['people']:,} people, {found['cases']} cases, {found['bulletins']} bulletins "
            f"in {found['seconds']} s"
        )


def _occupied() -> Failure:
    return Failure("this node holds a city already", hint="use another data folder", code=ExitCode.FAULT)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _load(people: int, seed: int, say: Say) -> dict[str, object]:
    from django.conf import settings
    from django.db import connection
    from django.utils.module_loading import import_string

    from liankong.cli.replay import Replay
    from liankong.drill import scenario
    from liankong.store.models import Bulletin, Case, Organisation, User

    began = time.monotonic()
    with connection.cursor() as cursor:
        # A load that a crash cuts short is begun again: its single steps need not wait for the disk.
        cursor.execute("SET synchronous_commit TO off")
    say(f"drawing a city of {people:,} people")
    drawn = scenario.build(seed=seed, people=people)
    # A drawn city is millions of small objects that all stay: the collector need not look through them again and again.
    gc.freeze()
    password = secrets.token_urlsafe(9)
    replay = Replay()
    _structure(replay, drawn.structure, password)
    say(f"{len(replay.organisations)} organisations, {len(replay.users)} users in post")
    _register(replay, drawn, say)
    until: datetime = import_string(settings.LIANKONG_CLOCK)()
    _outbreak(replay, drawn, until, say)
    results = _fill_lake(replay, drawn, until, say)
    _remember(replay, password)
    return {
        "people": len(replay.numbers.persons),
        "organisations": Organisation.objects.count(),
        "users": User.objects.count(),
        "events": replay.events,
        "cases": Case.objects.count(),
        "bulletins": Bulletin.objects.count(),
        "results": results,
        "until": until.isoformat(),
        "seconds": round(time.monotonic() - began, 1),
    }


def _load_register(people: int, seed: int, say: Say) -> dict[str, object]:
    """Structure and register alone, a chunk a transaction; what stands already is passed over."""
    from django.conf import settings

    from liankong.cli.replay import Replay
    from liankong.drill import organisations
    from liankong.store import bulk, models

    began = time.monotonic()
    wanted = json.dumps({"people": people, "seed": seed})
    mark = settings.LIANKONG_DATA / "demo-register.json"
    if not models.Organisation.objects.exists():
        mark.write_text(wanted, encoding="ascii")
        replay = Replay()
        _structure(replay, organisations.structure(seed), secrets.token_urlsafe(9))
    elif not mark.exists() or mark.read_text(encoding="ascii") != wanted:
        raise _occupied()
    loaded = _stream(people, seed, say)
    bulk.refresh_statistics(models.Person, models.Identity, models.Household)
    return {
        "people": loaded,
        "organisations": models.Organisation.objects.count(),
        "users": models.User.objects.count(),
        "events": 0,
        "cases": 0,
        "bulletins": 0,
        "results": 0,
        "until": None,
        "seconds": round(time.monotonic() - began, 1),
    }


def _stream(people: int, seed: int, say: Say) -> int:
    from liankong.actions import settlement
    from liankong.cli.replay import LOADER
    from liankong.drill import stream
    from liankong.store.models import Person
    from liankong.vocabulary.spans import local

    done = Person.objects.count()
    last = Person.objects.order_by("-pk").first()
    carried: dict[int, int] = {}
    for chunk in stream.chunks(people, seed=seed):
        end = chunk.first + len(chunk.persons) - 1
        if end > done:
            numbers = settlement.Numbers(households=carried)
            settlement.settle(
                places=(),
                households=chunk.households,
                persons=chunk.persons,
                numbers=numbers,
                by=LOADER,
                at=local(FOUNDED),
            )
            key = numbers.households[chunk.persons[-1].household]
            say(f"registered {end:,} of {people:,} people")
        else:
            key = last.household_id if last and last.household_id else 0
        # Only the household that the border cuts is carried over: memory stays that of a chunk.
        carried = {chunk.persons[-1].household: key}
    return Person.objects.count()


def _structure(replay: "Replay", drawn: "Structure", password: str) -> None:
    from django.contrib.auth.hashers import make_password

    from liankong.store.models import User

    for organisation in drawn.organisations:
        replay.organise(organisation)
    for user in drawn.users:
        replay.admit(user)
    for post in drawn.posts:
        replay.seat(post)
    # One password for the whole demo, hashed once: hashing is made slow on purpose.
    User.objects.update(password=make_password(password))


def _register(replay: "Replay", drawn: "Scenario", say: Say) -> None:
    from liankong.actions import settlement
    from liankong.cli.replay import LOADER
    from liankong.store import bulk, models

    at = min(organisation.from_at for organisation in drawn.structure.organisations)

    settle = partial(settlement.settle, numbers=replay.numbers, by=LOADER, at=at)
    settle(places=drawn.city.places.places, households=(), persons=())
    for households in settlement.batches(drawn.city.households()):
        settle(places=(), households=households, persons=())
    for persons in settlement.batches(drawn.city.persons()):
        settle(places=(), households=(), persons=persons)
        say(f"registered {len(replay.numbers.persons):,} people")
    bulk.refresh_statistics(models.Person, models.Identity, models.Household, models.Place)


def _outbreak(replay: "Replay", drawn: "Scenario", until: datetime, say: Say) -> None:
    from liankong.actions import outbreaks
    from liankong.cli.replay import LOADER
    from liankong.cli.replay_response import Response
    from liankong.drill import records
    from liankong.vocabulary.spans import local, local_day

    first = next(event for event in drawn.outbreak.events if isinstance(event, records.TubeResulted))
    baseline = local_day(first.at)
    replay.outbreak = outbreaks.open_outbreak(
        code="jinnan-2022",
        name="津南疫情（演练）",
        english="Jinnan outbreak (exercise)",
        pathogen="covid19",
        protocol="CN-COV-v8",
        division=CITY,
        baseline_on=baseline,
        exercise=True,
        by=LOADER,
        at=local(baseline),
    )
    replay.response = Response(replay)
    replay.response.stand_up(DISTRICT, local(baseline))
    next_bulletin = local(baseline + timedelta(days=1)) + PUBLISHED_AT
    for event in drawn.outbreak.events:
        if event.at >= until:
            break
        while event.at >= next_bulletin:
            for division in (CITY, DISTRICT):
                replay.publish(division, at=next_bulletin)
            say(f"published the bulletins of {local_day(next_bulletin) - timedelta(days=1)}")
            next_bulletin += timedelta(days=1)
        replay.play(event)
    replay.act_until(until)


def _fill_lake(replay: "Replay", drawn: "Scenario", until: datetime, say: Say) -> int:
    """Screening's results, a row a person, go to the lake under the persons' own numbers."""
    import numpy as np
    from django.conf import settings

    from liankong import lake
    from liankong.lake import results

    store = lake.Lake(settings.LIANKONG_LAKE)
    keys = np.zeros(max(replay.numbers.persons) + 1, dtype=np.int64)
    keys[list(replay.numbers.persons)] = list(replay.numbers.persons.values())
    limit = np.datetime64(until.replace(tzinfo=None))
    count = 0
    for number, columns in enumerate(drawn.outbreak.results()):
        known = columns["resulted_at"] < limit
        rows = {name: column[known] for name, column in columns.items()}
        rows["person"] = keys[rows["person"]]
        if known.any():
            count += results.append(store, f"drill-{number:05d}", results.table(**rows)).accepted
    say(f"{count:,} results of screening in the lake")
    return count


def _remember(replay: "Replay", password: str) -> None:
    from django.conf import settings

    from liankong.config import node
    from liankong.store.models import Post

    shown = []
    for organisation, role in SHOWN:
        for (code, held), actor in replay.actors.items():
            if code == organisation and held == role:
                post = Post.objects.get(pk=actor.post or 0)
                body = replay.organisations[code].terms.latest("from_at")
                username = next(name for name, user in replay.users.items() if user.pk == actor.user)
                shown.append(node.SignIn(username, password, f"{body.name} {post.title}"))
    node.remember_sign_ins(settings.LIANKONG_DATA, shown)
