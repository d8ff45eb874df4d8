"""The shapes of histories and their proofs (docs/proof.md); `audit.proof` makes them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from arvio.api.shapes import IdOut, MomentOut, example

By = Literal["author", "partner", "moderator", "policy", "operator", "marketplace", "other"]
HASH = "5b1c1c1f4b0a7a0d0f4e3f6f8f1c64b5f2f7a8a5f0d7a1d86ee3f6f35a6b9f10"
ROW: dict[str, Any] = {
    "seq": 2,
    "tag": "review:published",
    "at": "2026-03-05T09:30:00.000000Z",
    "by": "policy",
    "before": {"state": "held", "stars": 4, "version": 1, "pending": None},
    "after": {"state": "published", "stars": 4, "version": 1, "pending": None},
    "reason": None,
    "withheld": False,
    "policy_version": 1,
    "marketplace": "0195580c-5e00-7000-8000-000000000001",
    "app": "0195580c-5e00-7000-8000-000000000002",
    "scheme": 2,
    "actor_digest": HASH,
    "facts_digest": HASH,
    "prev": HASH,
    "hash": HASH,
}


class HistoryRowOut(BaseModel):
    """One change. Words are there as salted hashes, people by what they were to the review."""

    model_config = example(**ROW)

    seq: int
    tag: str = Field(description="What happened, as `review:published` or `reply:sent`.")
    at: MomentOut
    by: By
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None
    withheld: bool = Field(description="`before` and `after` aren’t told, only their digest.")
    policy_version: int | None
    marketplace: IdOut | None
    app: IdOut | None
    scheme: int = Field(description="How the row was hashed; docs/proof.md says how to do it.")
    actor_digest: str | None
    facts_digest: str | None
    prev: str
    hash: str


class HistoryOut(BaseModel):
    review: IdOut
    items: list[HistoryRowOut]
    next: str | None


class SealOut(BaseModel):
    """The root of a tree over all histories of a marketplace that went on since the seal before."""

    model_config = example(
        marketplace="0195580c-5e00-7000-8000-000000000001",
        number=24,
        sealed_at="2026-03-05T10:00:00.000000Z",
        size=17,
        tree_root=HASH,
        prev=HASH,
        hash=HASH,
    )

    marketplace: IdOut
    number: int
    sealed_at: MomentOut
    size: int
    tree_root: str
    prev: str
    hash: str


class Seals(BaseModel):
    items: list[SealOut]
    next: str | None


class Leaf(BaseModel):
    subject: str
    seq: int
    hash: str


class Inclusion(BaseModel):
    """The way from the row `leaf` to the seal’s root."""

    leaf: Leaf
    index: int
    path: list[str]
    seal: SealOut


class MarketplaceOut(BaseModel):
    slug: str
    id: IdOut


class ProofOut(BaseModel):
    """All that `arvio verify --proof` needs, saved as it is."""

    format: Literal["arvio-proof"]
    version: int
    marketplace: MarketplaceOut
    review: IdOut
    app: str
    subject: str
    rows: list[HistoryRowOut]
    head_seq: int
    sealed_seq: int = Field(description="Rows up to this one are sealed; 0 when none is.")
    next_seal_at: MomentOut | None
    proof: Inclusion | None
    seals: list[SealOut] = Field(
        description="From the seal that covers the history to the newest; of more than 1,000 the "
        "latest, and `more_seals` says where the others are."
    )
    more_seals: str | None
