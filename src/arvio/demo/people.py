"""Names, addresses and companies that are invented, by language."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from random import Random

from arvio.demo.content import DemoAccount
from arvio.demo.words import read_words

# Sizes of companies as the form names them: how often they occur, how many of their people write.
SIZES = {
    "1": (3, 1),
    "2-10": (26, 4),
    "11-50": (40, 9),
    "51-200": (22, 18),
    "201-1000": (7, 30),
    "1001+": (2, 45),
}
UNUSUAL = (
    ("demo", "production"),
    ("trial", "production"),
    ("free", "production"),
    ("partner-gift-2023", "production"),
    ("developer", "developer"),
    ("professional", "sandbox"),
)
LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a,b,v,g,d,e,e,zh,z,i,y,k,l,m,n,o,p,r,s,t,u,f,kh,ts,ch,sh,shch,,y,,e,yu,ya".split(","),  # noqa: SIM905 - a list would be 33 lines
        strict=True,
    )
)


@dataclass(frozen=True)
class Human:
    name: str
    email_name: str
    female: bool


def slugify(text: str) -> str:
    """Letters a–z and digits joined by hyphens; Russian is written in Latin letters."""
    latin = "".join(LATIN.get(letter, letter) for letter in text.lower())
    plain = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def make_human(*, language: str, rng: Random) -> Human:
    words = read_words("names")[language]
    female = rng.random() < 0.5
    first, _, latin = rng.choice(words["female" if female else "male"]).partition(":")
    last = rng.choice(words["surnames"])
    if language == "ru" and female:
        last += "а"
    return Human(f"{first} {last}", f"{latin or slugify(first)}.{slugify(last)}", female)


@dataclass
class Companies:
    """Makes accounts whose names and domains don't repeat."""

    prefix: str
    plans: list[str]
    rng: Random
    used: set[str] = field(default_factory=set)
    count: int = 0

    def make(self, *, language: str, plan: str = "", kind: str = "production") -> DemoAccount:
        words = read_words("names")[language]
        while True:
            stem, _, latin = self.rng.choice(words["stems"]).partition(":")
            form, _, form_latin = self.rng.choice(words["forms"]).partition(":")
            industry, _, pattern = form.partition("=")
            name = pattern.replace("{}", stem)
            if name not in self.used:
                break
        self.used.add(name)
        self.count += 1
        domain = f"{latin}-{form_latin}" if latin else slugify(name)
        size = self.rng.choices(list(SIZES), [weight for weight, _ in SIZES.values()])[0]
        return DemoAccount(
            ref=f"{self.prefix}{1000 + self.count * 7}",
            name=name,
            domain=f"{domain}.example",
            plan=plan or self.rng.choice(self.plans),
            kind=kind,
            size=size,
            industry=industry,
            language=language,
        )
