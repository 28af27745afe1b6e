-- What was signed of the tree, for whoever asks here. What protects against an administrator of this database lies outside of it.
CREATE TABLE ledger.checkpoint (
    size bigint      PRIMARY KEY,   -- events that the signed root covers
    note text        NOT NULL,      -- C2SP signed note
    at   timestamptz NOT NULL
);
