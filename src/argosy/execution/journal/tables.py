"""The journal's tables, the same for SQLite and PostgreSQL."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    text,
)

SCHEMA = "1"

REFUSED = "refused"  # the state of a transaction that no node took: its id and nonce are free

metadata = MetaData()

_Number = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts rows by INTEGER alone

orders = Table(
    "orders",
    metadata,
    Column("key", String, primary_key=True),  # our client id; "venue/id" for what is not ours
    Column("venue", String, nullable=False),
    Column("instrument", String, nullable=False),
    Column("venue_id", String, nullable=False),
    Column("status", String, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("work", String, nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    Column("changed_ns", BigInteger, nullable=False),
    Column("intent", LargeBinary, nullable=True),  # PlaceOrder as JSON; none: not placed by us
    Column("report", LargeBinary, nullable=False),  # OrderReport as JSON
)
Index(
    "orders_open",
    orders.c.venue,
    sqlite_where=text("final = 0"),
    postgresql_where=text("final = false"),
)
Index("orders_by_venue_id", orders.c.venue, orders.c.venue_id)
Index("orders_by_work", orders.c.work)

fills = Table(
    "fills",
    metadata,
    Column("venue", String, primary_key=True),
    Column("instrument", String, primary_key=True),
    Column("trade_id", String, primary_key=True),
    Column("venue_order_id", String, nullable=False),
    Column("client_id", String, nullable=False),
    Column("venue_ns", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),  # Fill as JSON
)
Index("fills_by_order", fills.c.venue, fills.c.venue_order_id)
Index("fills_by_client", fills.c.client_id)
Index("fills_by_time", fills.c.venue_ns)

works = Table(
    "works",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("done", Boolean, nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    Column("changed_ns", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
Index("works_open", works.c.done)

transfers = Table(
    "transfers",
    metadata,
    Column("id", String, primary_key=True),
    Column("done", Boolean, nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    Column("changed_ns", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
Index("transfers_open", transfers.c.done)

transactions = Table(
    "transactions",
    metadata,
    Column("chain", String, primary_key=True),
    Column("address", String, primary_key=True),
    Column("id", String, primary_key=True),  # used once, for ever
    Column("nonce", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    Column("changed_ns", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
STANDS = text(f"state <> '{REFUSED}'")
Index(
    "transactions_by_nonce",  # which is used once, too
    transactions.c.chain,
    transactions.c.address,
    transactions.c.nonce,
    unique=True,
    sqlite_where=STANDS,
    postgresql_where=STANDS,
)
Index(
    "transactions_open",
    transactions.c.chain,
    transactions.c.address,
    sqlite_where=text("final = 0"),
    postgresql_where=text("final = false"),
)

history = Table(
    "history",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=True),
    Column("at_ns", BigInteger, nullable=False),
    Column("about", String, nullable=False),  # the key of an order, the id of a work or transfer
    Column("kind", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
Index("history_about", history.c.about)

marks = Table(
    "marks",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String, primary_key=True),
    Column("fence", BigInteger, nullable=False),  # goes up with each holder
    Column("holder", String, nullable=False),
    Column("until_ns", BigInteger, nullable=False),
)
