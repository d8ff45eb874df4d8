"""Links and e-mail addresses in a text, and whose domain one is.

A bare domain is a link only where its ending can't be the next sentence: “works.So far” is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from arvio.screening.found import Span

# Endings that are no word of a language that is written here: a link in any case.
SURE = frozenset({"com", "org", "ru", "info", "biz", "net", "рф", "eu", "io"})
# Endings that are taken for a link unless they begin like a sentence.
LIKELY = frozenset({
    "ai", "app", "br", "bg", "by", "ca", "cc", "ch", "cloud", "club", "cn", "cz", "de", "dev",
    "dk", "ee", "es", "fi", "fr", "gg", "gr", "hu", "ie", "il", "jp", "kr", "kz", "li", "link",
    "lt", "lv", "mx", "nl", "nu", "nz", "online", "pl", "pt", "ro", "rs", "se", "shop", "site",
    "sk", "space", "store", "su", "tech", "tk", "top", "tr", "tv", "ua", "ug", "uk", "uz",
    "vip", "website", "xyz", "укр", "бел", "москва", "рус",
})  # fmt: skip
# Also words ("it", "me", "so"): a link only with www., a path, or a third part before them.
DOUBTFUL = frozenset({
    "ag", "am", "at", "be", "best", "bid", "bot", "co", "chat", "do", "email", "fm",
    "fun", "gl", "global", "group", "guru", "help", "id", "im", "in", "is", "it", "la", "life",
    "live", "love", "ly", "me", "media", "ms", "my", "news", "no", "now", "one", "page",
    "ph", "pro", "re", "run", "sh", "so", "team", "tips", "to", "today", "tools", "us", "win",
    "work", "works", "world", "ws",
})  # fmt: skip
# Names that look like hosts.
LIBRARIES = frozenset(
    {"asp.net", "ado.net", "vb.net", "paint.net", "ml.net", "socket.io", "draw.io"}
)

ADDRESS = r"[^\s<>\"“”«»]"
WITH_SCHEME = re.compile(
    rf"(?<![^\W_])(?:https?|hxxps?|ftp)\s?:\s?//\s?({ADDRESS}{{2,300}})", re.IGNORECASE
)
LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
HOST = re.compile(
    rf"(?<![\w@.\-/])(?P<host>(?:{LABEL}\.){{1,6}}(?P<ending>[^\W\d_]{{2,12}}))(?![\w@-])"
    rf"(?::\d{{2,5}})?(?P<path>/{ADDRESS}{{0,300}})?"
)
DOT = re.compile(r"\s?[\[({]\s?(?:\.|dot|точка|piste)\s?[\])}]\s?", re.IGNORECASE)
SAID_DOT = re.compile(
    rf"(?<![\w@.])({LABEL}) (?:dot|точка|piste) (com|net|org|ru|fi|io|рф)(?![\w-])", re.IGNORECASE
)
AT = re.compile(
    r"\s?[\[({]\s?(?:at|собака|ät|miukumauku)\s?[\])}]\s?|\s(?:собака|miukumauku)\s",
    re.IGNORECASE,
)
LOCAL = re.compile(r"[^\W_][\w.+%-]{0,63}\Z")
DOMAIN = re.compile(rf"(?:{LABEL}\.){{1,6}}[^\W\d_]{{2,24}}")
TRAILING = ".,;:!?)]}'’”»…"


def find_emails(text: str) -> list[Span]:
    """E-mail addresses; `value` is the domain."""
    found = [span for n, sign in enumerate(text) if sign == "@" for span in _email(text, n, n + 1)]
    for match in AT.finditer(text):
        found += _email(text, match.start(), match.end())
    return sorted(found, key=lambda span: span.start)


def _email(text: str, before: int, behind: int) -> Iterator[Span]:
    local = LOCAL.search(text[max(0, before - 64) : before])
    after = text[behind : behind + 255]
    domain = DOMAIN.match(after) or DOMAIN.match(DOT.sub(".", after))
    if local and domain:
        plain = after.startswith(domain.group())
        length = len(domain.group()) if plain else _written(after, domain.group())
        start = before - len(local.group())
        yield Span(start, behind + length, domain.group().casefold())


def _written(text: str, domain: str) -> int:
    """How many characters of the text make up a domain whose dots are written as words."""
    return next(
        (end for end in range(len(domain), len(text) + 1) if DOT.sub(".", text[:end]) == domain),
        len(text),
    )


def find_links(text: str) -> list[Span]:
    """Links and bare domains, but for those of e-mail addresses; `value` is the host."""
    found = list(_with_scheme(text))
    taken = [*found, *find_emails(text)]
    for finder in (_bare, _spelled):
        more = [span for span in finder(text) if not any(span.meets(other) for other in taken)]
        found += more
        taken += more
    return sorted(found, key=lambda span: span.start)


def _with_scheme(text: str) -> Iterator[Span]:
    for match in WITH_SCHEME.finditer(text):
        rest = match.group(1).rstrip(TRAILING)
        host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
        if "." in host:
            yield Span(match.start(), match.start(1) + len(rest), host.casefold())


def _bare(text: str) -> Iterator[Span]:
    for match in HOST.finditer(text):
        host, ending, path = match["host"], match["ending"], match["path"] or ""
        if _is_link(host, ending, has_path=len(path) > 1):
            whole = match.group().rstrip(TRAILING)
            yield Span(match.start(), match.start() + len(whole), host.casefold())


def _is_link(host: str, ending: str, *, has_path: bool) -> bool:
    name, last = host.casefold(), ending.casefold()
    if name in LIBRARIES:
        return False
    if name.startswith("www."):
        return True
    if last in SURE:
        return True
    sentence = ending[0].isupper() and host != host.upper()
    if last in LIKELY:
        return not sentence
    if last in DOUBTFUL:
        return not sentence and (has_path or (name.count(".") > 1 and not _abbreviates(name)))
    return False


def _abbreviates(name: str) -> bool:
    """e.g.so, a.m.to: single letters are no host."""
    return any(len(label) < 2 for label in name.split("."))


def _spelled(text: str) -> Iterator[Span]:
    """example[.]com, example dot com."""
    for match in SAID_DOT.finditer(text):
        yield Span(match.start(), match.end(), ".".join(match.groups()).casefold())
    for match in DOT.finditer(text):
        name = re.search(rf"{LABEL}\Z", text[max(0, match.start() - 63) : match.start()])
        ending = re.match(r"[^\W\d_]{2,12}(?![\w-])", text[match.end() : match.end() + 14])
        if name and ending and ending.group().casefold() in SURE | LIKELY | DOUBTFUL:
            start, end = match.start() - len(name.group()), match.end() + ending.end()
            yield Span(start, end, f"{name.group()}.{ending.group()}".casefold())


def parents(domain: str) -> list[str]:
    """The domain and those that it lies under: a.b.example, b.example."""
    labels = domain.casefold().strip(".").split(".")
    return [".".join(labels[n:]) for n in range(len(labels) - 1)]
