-- The ledger's tables. Only the functions beside this script write to them.

CREATE TABLE ledger.event (
    position bigint      PRIMARY KEY,             -- 1, 2, 3 … without a gap
    id       uuid        NOT NULL UNIQUE,
    stream   text        NOT NULL,                -- category-id
    version  int         NOT NULL,                -- 1, 2, 3 … within the stream
    type     text        NOT NULL,                -- permanent name, such as trajectory.recorded.v1
    data     json        NOT NULL,                -- json keeps the bytes; jsonb rewrites them
    meta     json        NOT NULL,
    at       timestamptz NOT NULL,                -- this database's clock
    leaf     bytea       NOT NULL,                -- RFC 6962 leaf hash, see ledger.leaf
    UNIQUE (stream, version)
);

-- One row: the last position. Its lock makes the order of positions the order of commits.
CREATE TABLE ledger.head (
    single   bool   PRIMARY KEY DEFAULT true CHECK (single),
    position bigint NOT NULL
) WITH (fillfactor = 10);

INSERT INTO ledger.head (position) VALUES (0);

-- Which service may append to the streams of a category.
CREATE TABLE ledger.category (
    name  text PRIMARY KEY CHECK (name ~ '^[a-z]+$'),
    owner name NOT NULL
);

INSERT INTO ledger.category (name, owner) VALUES
    ('run', 'pipeline'),
    ('generation', 'generator'), ('trajectory', 'generator'),
    ('judgement', 'judge'), ('review', 'judge'),
    ('dataset', 'preference_builder'),
    ('training', 'trainer'),
    ('evaluation', 'evaluator'),
    ('model', 'registry'), ('deployment', 'registry'),
    ('serving', 'serving'),
    ('access', 'gateway');

-- Long work in hand: who holds the stream, under which fencing token, until when.
CREATE TABLE ledger.lease (
    stream     text        PRIMARY KEY,
    holder     text        NOT NULL,
    token      int         NOT NULL,              -- version of the leased event
    expires_at timestamptz NOT NULL
);

-- How far the relay has published: everything up to here is confirmed by the broker.
CREATE TABLE ledger.relay (
    name     text   PRIMARY KEY,
    position bigint NOT NULL
);

-- The RFC 6962 tree over the leaves, as tiles of 256 hashes: level 0 holds leaves, level n roots of full tiles of level n-1.
CREATE TABLE ledger.tile (
    level  int    NOT NULL,
    index  bigint NOT NULL,
    hashes bytea  NOT NULL,                       -- up to 256 hashes of 32 bytes; only the last tile of a level is shorter
    PRIMARY KEY (level, index)
);

-- One row: how many events the tree covers, and its root.
CREATE TABLE ledger.tree (
    single    bool        PRIMARY KEY DEFAULT true CHECK (single),
    size      bigint      NOT NULL,
    root      bytea       NOT NULL,
    sealed_at timestamptz NOT NULL
);

-- The empty tree's root is SHA-256 of nothing.
INSERT INTO ledger.tree (size, root, sealed_at) VALUES (0, sha256(''), now());

-- What ledger.append learns of an event that is there already.
CREATE TYPE ledger.known_event AS (at_position bigint, stream text, version int, type text);
