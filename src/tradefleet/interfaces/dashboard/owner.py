"""The owner: who may use the dashboard, proven by token, password, login link or session."""

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from tradefleet.domain.candle import HOUR, MINUTE
from tradefleet.ports.access import Sessions
from tradefleet.ports.clock import Clock

SESSION_IDLE_MS = 8 * HOUR
LINK_LIFE_MS = 15 * MINUTE
FAILED_LOGINS = 9  # within the window; the next attempt is refused
WINDOW_MINUTES = 5
# A session is renewed in the store at most this often: each page asks several times a second.
TOUCH_EVERY_MS = 10_000
SHOWN_OF_A_HASH = 16
UNGUESSABLE = 32  # characters; a token as long as ours is no target for guessing


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A browser that is logged in.

    Attributes:
        id: the beginning of its hash.
        seen_at: when it last asked, to the minute.
    """

    id: str
    seen_at: int
    current: bool


def hash_of(secret: str) -> str:
    """Return the hash under which a random secret is stored; passwords take argon2 instead."""
    return sha256(secret.encode()).hexdigest()


class Owner:
    """Knows the one person this dashboard belongs to."""

    def __init__(self, sessions: Sessions, clock: Clock, token: str, password: str = "") -> None:
        """Make an owner.

        Args:
            token: opens everything, as bearer and at the login page.
            password: from the settings; empty = the one kept in the store, if any.
        """
        self._sessions = sessions
        self._clock = clock
        self._token = token
        self._password = password
        self._touched: dict[str, int] = {}
        self._failures = MovingWindowRateLimiter(MemoryStorage())
        self._limit = RateLimitItemPerMinute(FAILED_LOGINS, WINDOW_MINUTES)

    def is_token(self, text: str) -> bool:
        """Whether the text is the owner's token."""
        return bool(self._token) and _same(text, self._token)

    def is_throttled(self, address: str, text: str) -> bool:
        """Whether an address failed so often that it may not try another password for now.

        Our own token still opens: nobody can guess it, so nobody can lock its owner out.
        """
        if self._failures.test(self._limit, "login", address):
            return False
        return not (len(self._token) >= UNGUESSABLE and self.is_token(text))

    def knows(self, address: str, text: str) -> bool:
        """Whether the text is the password or the token; a wrong one is counted."""
        if self.is_token(text) or self._is_password(text):
            return True
        self._failures.hit(self._limit, "login", address)
        return False

    def begin_session(self, previous: str = "") -> str:
        """Return the cookie of a new session; the one before it is over."""
        if previous:
            self.end_session(previous)
        session = secrets.token_urlsafe(32)
        self._sessions.begin(hash_of(session), self._clock.now(), SESSION_IDLE_MS)
        return session

    def is_session(self, session: str) -> bool:
        """Whether a cookie is a living session; being asked keeps it alive."""
        if not session:
            return False
        name = hash_of(session)
        now = self._clock.now()
        if 0 <= now - self._touched.get(name, -TOUCH_EVERY_MS) < TOUCH_EVERY_MS:
            return True
        alive = self._sessions.touch(name, now, SESSION_IDLE_MS)
        if alive:
            self._touched[name] = now
        else:
            self._touched.pop(name, None)
        return alive

    def end_session(self, session: str) -> None:
        """End a session here and in the store."""
        name = hash_of(session)
        self._touched.pop(name, None)
        self._sessions.end(name)

    def sessions(self, current: str) -> list[OpenSession]:
        """Return the living sessions, the newest first; `current` is the asker's own."""
        own = hash_of(current) if current else ""
        found = [
            OpenSession(name[:SHOWN_OF_A_HASH], ends_at - SESSION_IDLE_MS, name == own)
            for name, ends_at in self._sessions.living(self._clock.now()).items()
        ]
        return sorted(found, key=lambda session: -session.seen_at)

    def end_named(self, shown: str) -> bool:
        """End the session of which `shown` is shown; return whether there was one."""
        for name in self._sessions.living(self._clock.now()):
            if name[:SHOWN_OF_A_HASH] == shown:
                self._touched.pop(name, None)
                self._sessions.end(name)
                return True
        return False

    def csrf_token(self, session: str) -> str:
        """Return what a page of this session must send along to change anything."""
        return hmac.new(session.encode(), b"csrf", sha256).hexdigest() if session else ""

    def is_csrf_token(self, session: str, text: str) -> bool:
        """Whether a page of this very session sent the text."""
        return bool(session) and _same(text, self.csrf_token(session))

    def make_link(self) -> str:
        """Return the secret of a login link that works once, within a quarter of an hour."""
        link = secrets.token_urlsafe(32)
        self._sessions.add_link(hash_of(link), self._clock.now() + LINK_LIFE_MS)
        return link

    def use_link(self, link: str) -> bool:
        """Whether a login link was good; it is not any more."""
        return self._sessions.use_link(hash_of(link), self._clock.now())

    def set_password(self, password: str) -> None:
        """Keep another password; an empty one takes the password away."""
        self._sessions.set_secret("password", PasswordHasher().hash(password) if password else "")

    @property
    def has_password(self) -> bool:
        """Whether a password opens the dashboard beside the token."""
        return bool(self._password or self._sessions.secret("password"))

    def _is_password(self, text: str) -> bool:
        if self._password:
            return _same(text, self._password)
        kept = self._sessions.secret("password")
        if not kept or not text:
            return False
        try:
            return PasswordHasher().verify(kept, text)
        except (VerificationError, InvalidHashError):
            return False


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(hash_of(one), hash_of(other))
