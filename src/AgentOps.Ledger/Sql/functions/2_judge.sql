-- What ledger.append has to know before it can judge, apart from what it asks every time.

-- Functions of older versions, which nothing calls any more.
DROP FUNCTION IF EXISTS ledger.meet, ledger.misfiled, ledger.oversized, ledger.slots;

-- Why a stream is refused to this session.
CREATE OR REPLACE FUNCTION ledger.foreign_stream(stream text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format('stream ''%s'' belongs to %s, not to %s', stream,
        coalesce((SELECT c.owner FROM ledger.category c WHERE c.name = split_part(stream, '-', 1)), 'nobody'), session_user)
$$;

-- The category to which an event of a type belongs: the type's first word. Steps are a run's.
CREATE OR REPLACE FUNCTION ledger.category_of(type text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE split_part(type, '.', 1) WHEN 'step' THEN 'run' ELSE split_part(type, '.', 1) END
$$;

-- Per write: why it is refused whatever the ledger holds, or null: a stream that is not named category-id or that belongs to another;
-- an event whose type belongs to another category than its stream, since who owns a category owns what its events say, wherever they
-- are read by type; an event that is too large.
CREATE OR REPLACE FUNCTION ledger.flaws(
    streams text[], skips int[], counts int[], ids uuid[], types text[], metas text[], datas text[], max_bytes int) RETURNS text[]
LANGUAGE sql STABLE AS $$
    SELECT array_agg(coalesce(
        CASE
            WHEN (w.stream ~ '^[a-z]+-.' AND octet_length(w.stream) <= 200) IS NOT TRUE
                THEN format('stream ''%s'' is not named category-id within 200 bytes', left(w.stream, 60))
            WHEN (SELECT c.owner FROM ledger.category c WHERE c.name = split_part(w.stream, '-', 1)) IS DISTINCT FROM session_user
                THEN ledger.foreign_stream(w.stream) END,
        (SELECT format('an event of type ''%s'' cannot stand in stream ''%s''', left(types[e], 60), w.stream)
            FROM generate_series(w.skip + 1, w.skip + w.count) AS e
            WHERE (ledger.category_of(types[e]) = split_part(w.stream, '-', 1)) IS NOT TRUE LIMIT 1),
        (SELECT format('event %s of type %s has %s bytes of data and meta, more than %s: bulk belongs into an artifact',
                ids[e], types[e], octet_length(w.meta) + octet_length(datas[e]), max_bytes)
            FROM generate_series(w.skip + 1, w.skip + w.count) AS e
            WHERE octet_length(w.meta) + octet_length(datas[e]) > max_bytes LIMIT 1)) ORDER BY w.n)
    FROM unnest(streams, skips, counts, metas) WITH ORDINALITY AS w(stream, skip, count, meta, n)
$$;

-- Per id: the event stored under it; all fields are null where there is none.
CREATE OR REPLACE FUNCTION ledger.known_events(ids uuid[]) RETURNS ledger.known_event[]
LANGUAGE sql STABLE AS $$
    SELECT array_agg((e.position, e.stream, e.version, e.type)::ledger.known_event ORDER BY i.n)
    FROM unnest(ids) WITH ORDINALITY AS i(id, n)
    LEFT JOIN ledger.event e ON e.id = i.id
$$;
