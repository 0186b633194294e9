"""Who runs which bot: at most one living process, fenced by an epoch that only grows."""

from collections.abc import Mapping

from sqlalchemy import bindparam, select, update

from tradefleet.adapters.store.codec import dump, load
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.statement import Row, Statement, parameters
from tradefleet.adapters.store.tables import bots, leases
from tradefleet.domain.errors import InputError, LeaseError
from tradefleet.ports.fleet import Heartbeat, Holder, Lease, LeaseView, Processes

SILENCE_MS = 30_000  # a holder on another machine that was silent for longer counts as dead

_HELD = Statement(select(leases).where(leases.c.held).order_by(leases.c.bot_id))
_OF_BOT = Statement(
    select(leases)
    .join(bots, bots.c.id == leases.c.bot_id)
    .where(leases.c.bot_id == bindparam("bot_id"), ~bots.c.deleted)
    .with_for_update(of=leases)
)
_TAKE = Statement(
    update(leases)
    .where(leases.c.bot_id == bindparam("bot_id"))
    .values(held=True, heartbeat=None, **parameters(("epoch", "holder", "beat_at")))
)
_ours = (
    (leases.c.bot_id == bindparam("bot_id"))
    & (leases.c.epoch == bindparam("epoch"))
    & leases.c.held
)
_BEAT = Statement(update(leases).where(_ours).values(parameters(("heartbeat", "beat_at"))))
_RELEASE = Statement(update(leases).where(_ours).values(held=False, heartbeat=None))


class SqlLeases:
    """The `Leases` of a store."""

    def __init__(self, store: Store, processes: Processes) -> None:
        self._store = store
        self._processes = processes

    def acquire(self, bot_id: int, holder: Holder, now: int) -> Lease:
        """Take a bot, with a new epoch; `LeaseError` while its holder is alive."""
        with self._store.write() as connection:
            row = connection.execute(_OF_BOT, bot_id=bot_id).first()
            if row is None:
                raise InputError(f"there is no bot {bot_id}", field="id", code="unknown_bot")
            if row.held:
                self._refuse_if_alive(_view(row).lease, row.beat_at, now)
            lease = Lease(bot_id, row.epoch + 1, holder)
            connection.execute(
                _TAKE, bot_id=bot_id, epoch=lease.epoch, holder=dump(holder), beat_at=now
            )
            return lease

    def beat(self, lease: Lease, heartbeat: Heartbeat) -> None:
        """Renew the lease; `LeaseError` if it was taken over."""
        self._change(_BEAT, lease, heartbeat=dump(heartbeat), beat_at=heartbeat.at)

    def release(self, lease: Lease) -> None:
        """Give the bot back; nothing happens if it was taken over meanwhile."""
        try:
            self._change(_RELEASE, lease)
        except LeaseError:
            return

    def all(self) -> Mapping[int, LeaseView]:
        """Return every held lease by bot id."""
        with self._store.read() as connection:
            return {row.bot_id: _view(row) for row in connection.execute(_HELD)}

    def _change(self, change: Statement, lease: Lease, **values: object) -> None:
        with self._store.write() as connection:
            ours = {"bot_id": lease.bot_id, "epoch": lease.epoch}
            if not connection.execute(change, **ours, **values).rowcount:
                raise taken_over(lease)

    def _refuse_if_alive(self, lease: Lease, beat_at: int, now: int) -> None:
        holder = lease.holder
        if holder.host == self._processes.here("").host:
            if self._processes.is_alive(holder):
                raise LeaseError(
                    f"bot {lease.bot_id} already runs in process {holder.pid} (launcher "
                    f"{holder.launcher}); stop it there first"
                )
        elif abs(now - beat_at) < SILENCE_MS:
            raise LeaseError(
                f"bot {lease.bot_id} runs on another machine, {holder.host.partition('/')[0]}, and "
                f"was heard of {max(now - beat_at, 0) // 1000} seconds ago; stop it there first"
            )


def taken_over(lease: Lease) -> LeaseError:
    """Return the error that ends a process whose lease is gone."""
    return LeaseError(
        f"bot {lease.bot_id} belongs to another process now (our lease, epoch {lease.epoch}, is "
        "over); this one must not trade"
    )


def _view(row: Row) -> LeaseView:
    heartbeat = load(Heartbeat, row.heartbeat) if row.heartbeat else None
    return LeaseView(Lease(row.bot_id, row.epoch, load(Holder, row.holder)), heartbeat)
