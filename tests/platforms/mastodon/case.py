"""A small Mastodon server in the true shape of its API, under the promises of every platform."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from crawlers.contract import FoundReply, FoundReview, ReplyToPost
from tests.platforms.conformance import Case, Publishing
from tests.platforms.server import Asked, Given

TOKEN = "a-secret-token"
LISTED = 2
ALWAYS = 36_500
"""Days: the posts keep their dates while time goes on."""

Json = dict[str, Any]


def account(acct: str, name: str = "", followers: int = 0) -> Json:
    username = acct.partition("@")[0]
    return {
        "id": str(sum(acct.encode())),
        "username": username,
        "acct": acct,
        "display_name": name,
        "bot": False,
        "url": f"https://social.example/@{acct}",
        "followers_count": followers,
        "statuses_count": 3,
    }


OWN = account("boutique", "La Boutique", 900)
MARIE = account("marie", "Marie 🌻", 120)
PAUL = account("paul@ailleurs.example", "", 7)


def post(post_id: str, author: Json, day: str, content: str, **more: Any) -> Json:
    return {
        "id": post_id,
        "created_at": f"2026-11-{day}:00.000Z",
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": "fr",
        "uri": f"https://social.example/users/{author['username']}/statuses/{post_id}",
        "url": f"https://social.example/@{author['acct']}/{post_id}",
        "replies_count": 0,
        "reblogs_count": 0,
        "edited_at": None,
        "content": content,
        "reblog": None,
        "account": author,
        "mentions": [],
        "tags": [],
    } | more


def tag(name: str) -> str:
    return (
        f'<a href="https://social.example/tags/{name}" class="mention hashtag" rel="tag">'
        f"#<span>{name}</span></a>"
    )


def mention(who: Json) -> str:
    return (
        f'<span class="h-card" translate="no"><a href="{who["url"]}" class="u-url mention">'
        f"@<span>{who['username']}</span></a></span>"
    )


def posts() -> list[Json]:
    """Newest first, as servers list them."""
    late = post(
        "17",
        PAUL,
        "12T18:30",
        f"<p>{mention(OWN)} Rien reçu &amp; personne<br />au téléphone.</p>"
        '<p><a href="https://suivi.example/colis/6A123456789FR?lang=fr" rel="nofollow">'
        '<span class="invisible">https://</span>'
        '<span class="ellipsis">suivi.example/colis/6A123456</span>'
        '<span class="invisible">789FR?lang=fr</span></a></p>',
        spoiler_text="Livraison",
        edited_at="2026-11-12T19:00:00.000Z",
        replies_count=2,
    )
    answer = post("18", OWN, "12T20:00", f"<p>{mention(PAUL)} Nous cherchons votre colis.</p>") | {
        "in_reply_to_id": "17",
        "in_reply_to_account_id": PAUL["id"],
    }
    second = post("19", OWN, "13T08:00", f"<p>{mention(PAUL)} Il est retrouvé.</p>") | {
        "in_reply_to_id": "17",
        "in_reply_to_account_id": PAUL["id"],
    }
    happy = post("15", MARIE, "11T09:05", f"<p>Commande parfaite {tag('boutique')}</p>")
    return [
        second,
        answer,
        late,
        post("16", MARIE, "12T10:00", "", reblog=happy, uri="x", tags=["boutique"]),
        happy,
        post("14", MARIE, "11T08:00", f"<p>{mention(OWN)} en privé</p>", visibility="direct"),
        post("13", OWN, "10T12:00", f"<p>Soldes {tag('boutique')}</p>"),
        post("12", MARIE, "10T09:00", f"<p>Colis abîmé {tag('boutique')}</p>", language=None),
        post("11", PAUL, "09T07:00", "<p>boutique fermée ?</p>", visibility="unlisted"),
    ]


class Server:
    """One server with its posts; takes replies, each idempotency key once."""

    def __init__(self) -> None:
        self.posts = posts()
        self.keys: dict[str, Json] = {}

    def __call__(self, asked: Asked) -> Given | None:
        if asked.method == "POST" and asked.path == "/api/v1/statuses":
            return self._posted(asked) if self._allowed(asked) else Given(401, NO_TOKEN)
        for pattern, answer, secret in self._routes():
            if asked.method == "GET" and (found := re.fullmatch(pattern, asked.path)):
                allowed = self._allowed(asked) or not secret
                return answer(asked, *found.groups()) if allowed else Given(401, NO_TOKEN)
        return None

    def _routes(self) -> list[tuple[str, Callable[..., Given | None], bool]]:
        return [
            (r"/api/v1/timelines/tag/(\w+)", self._tag, False),
            (r"/api/v1/notifications", self._mentions, True),
            (r"/api/v2/search", self._search, True),
            (r"/api/v1/accounts/verify_credentials", lambda _: Given(200, OWN), True),
            (r"/api/v1/accounts/lookup", self._lookup, False),
            (r"/api/v1/accounts/(\d+)/statuses", self._own, False),
            (r"/api/v1/statuses", self._several, False),
            (r"/api/v1/statuses/(\d+)", self._one, False),
            (r"/api/v1/statuses/(\d+)/context", self._context, False),
            (r"/api/v2/instance", lambda _: Given(200, INSTANCE), False),
        ]

    def _allowed(self, asked: Asked) -> bool:
        return asked.headers.get("authorization") == f"Bearer {TOKEN}"

    def _tag(self, asked: Asked, name: str) -> Given:
        public = [one for one in self.posts if one["visibility"] == "public"]
        return _listed(asked, [one for one in public if f"/tags/{name}" in str(one)])

    def _mentions(self, asked: Asked) -> Given:
        if asked.query.get("types[]") != "mention":
            return Given(422, {"error": "types[] was expected"})
        told = [
            {
                "id": f"9{one['id']}",
                "type": "mention",
                "created_at": one["created_at"],
                "account": one["account"],
                "status": one,
            }
            for one in self.posts
            if "@<span>boutique" in str(one)
        ]
        return _listed(asked, told)

    def _search(self, asked: Asked) -> Given:
        if asked.query.get("type") != "statuses":
            return Given(422, {"error": "type was expected"})
        start, words = int(asked.query.get("offset", 0)), asked.query["q"].lower()
        found = [one for one in self.posts if words in str(one["content"]).lower()]
        statuses = found[start : start + int(asked.query["limit"])]
        return Given(200, {"accounts": [], "statuses": statuses, "hashtags": []})

    def _lookup(self, asked: Asked) -> Given | None:
        return Given(200, OWN) if asked.query.get("acct") == OWN["acct"] else None

    def _own(self, asked: Asked, account_id: str) -> Given:
        return _listed(asked, [one for one in self.posts if one["account"]["id"] == account_id])

    def _several(self, asked: Asked) -> Given:
        return Given(200, [one for one in self.posts if one["id"] == asked.query.get("id[]")])

    def _one(self, _: Asked, post_id: str) -> Given | None:
        return next((Given(200, one) for one in self.posts if one["id"] == post_id), None)

    def _context(self, asked: Asked, post_id: str) -> Given | None:
        below = [one for one in self.posts if one["in_reply_to_id"] == post_id]
        thread = {"ancestors": [], "descendants": below[::-1]}
        return Given(200, thread) if self._one(asked, post_id) else None

    def _posted(self, asked: Asked) -> Given | None:
        key, text = asked.headers["idempotency-key"], asked.json["status"]
        if key in self.keys:
            return Given(200, self.keys[key])
        if not self._one(asked, asked.json["in_reply_to_id"]):
            return None
        made = post(str(100 + len(self.keys)), OWN, "18T09:00", f"<p>{text}</p>")
        made |= {name: asked.json[name] for name in ("in_reply_to_id", "visibility", "language")}
        self.keys[key] = made
        self.posts.insert(0, made)
        return Given(200, made)


NO_TOKEN = {"error": "The access token is invalid"}
INSTANCE = {
    "domain": "social.example",
    "configuration": {"statuses": {"max_characters": 600, "characters_reserved_per_url": 23}},
}


def _listed(asked: Asked, found: list[Json]) -> Given:
    below = asked.query.get("max_id")
    rest = [one for one in found if below is None or int(one["id"]) < int(below)]
    page = rest[:LISTED]
    if not page:
        return Given(200, [])
    link = f'<https://social.example{asked.path}?max_id={page[-1]["id"]}>; rel="next"'
    return Given(200, page, {"Link": link, "X-RateLimit-Remaining": "212"})


def carries_posts(asked: Asked) -> bool:
    return bool(re.search(r"/timelines/|/notifications|/search", asked.path))


def settings(url: str) -> Json:
    return {
        "base_url": url,
        "access_token": TOKEN,
        "mentions": True,
        "hashtags": ["#boutique"],
        "search": ["boutique"],
        "history_days": ALWAYS,
        "reread_days": ALWAYS,
    }


def without_token(url: str) -> Json:
    return {
        "base_url": url,
        "hashtags": ["boutique"],
        "own_account": "@boutique",
        "languages": ["fr"],
        "history_days": ALWAYS,
        "reread_days": ALWAYS,
    }


def renamed() -> Server:
    """The server after "content" was given another name."""
    server = Server()
    for one in server.posts:
        one["body"] = one.pop("content")
    return server


HAPPY = FoundReview(
    external_id="15",
    written_at=datetime(2026, 11, 11, 9, 5, tzinfo=UTC),
    url="https://social.example/@marie/15",
    author="Marie 🌻 (@marie)",
    author_id="marie",
    text="Commande parfaite #boutique",
    language="fr",
    reach=120,
)
DAMAGED = FoundReview(
    external_id="12",
    written_at=datetime(2026, 11, 10, 9, 0, tzinfo=UTC),
    url="https://social.example/@marie/12",
    author="Marie 🌻 (@marie)",
    author_id="marie",
    text="Colis abîmé #boutique",
    reach=120,
)
LATE = FoundReview(
    external_id="17",
    written_at=datetime(2026, 11, 12, 18, 30, tzinfo=UTC),
    url="https://social.example/@paul@ailleurs.example/17",
    author="@paul@ailleurs.example",
    author_id="paul@ailleurs.example",
    title="Livraison",
    text=(
        "@boutique Rien reçu & personne\nau téléphone.\n\n"
        "https://suivi.example/colis/6A123456789FR?lang=fr"
    ),
    language="fr",
    edited_at=datetime(2026, 11, 12, 19, 0, tzinfo=UTC),
    reach=7,
    reply=FoundReply(
        text="Nous cherchons votre colis.",
        published_at=datetime(2026, 11, 12, 20, 0, tzinfo=UTC),
        external_id="18",
    ),
)
CLOSED = FoundReview(
    external_id="11",
    written_at=datetime(2026, 11, 9, 7, 0, tzinfo=UTC),
    url="https://social.example/@paul@ailleurs.example/11",
    author="@paul@ailleurs.example",
    author_id="paul@ailleurs.example",
    text="boutique fermée ?",
    language="fr",
    reach=7,
)

CASES = {
    "mentions, a hashtag and a search": Case(
        settings=settings,
        secrets=(TOKEN,),
        serve=Server,
        data=carries_posts,
        found=(LATE, HAPPY, DAMAGED, CLOSED),
        complete=False,
        again=8,
        changed=renamed,
        publishing=Publishing(
            settings=settings,
            reply=ReplyToPost(
                review_id="15",
                text="Merci beaucoup Marie.",
                idempotency_key="11-22-33",
                author_id="marie",
                language="fr",
            ),
            posts=lambda asked: asked.method == "POST",
            replies=lambda server: [
                one["content"].removeprefix("<p>@marie ").removesuffix("</p>")
                for one in server.posts
                if one["in_reply_to_id"] == "15"
            ],
            refusal=Given(422, {"error": "Validation failed: Text character limit exceeded"}),
            refusal_words="Text character limit exceeded",
            unconfigured=without_token,
        ),
    ),
    "a hashtag without a token": Case(
        settings=without_token,
        serve=Server,
        data=carries_posts,
        found=(HAPPY, DAMAGED),
        complete=False,
        again=4,
    ),
}
