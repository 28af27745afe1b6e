-- What ledger.append has to know of the table before it can judge.

-- Per write: the first write of the call to the same stream (its slot), the stream's stored version, the number of events
-- before it in the call, and why it is refused whatever the ledger holds.
CREATE OR REPLACE FUNCTION ledger.meet(streams text[], counts int[], ids uuid[], types text[], metas text[], datas text[],
    OUT slots int[], OUT versions int[], OUT skips int[], OUT flaws text[])
LANGUAGE plpgsql STABLE AS $$
DECLARE
    max_bytes CONSTANT int := 65536;      -- of an event's data and meta together
    bytes     int;
BEGIN
    SELECT array_agg(w.slot ORDER BY w.n), array_agg(w.version ORDER BY w.n), array_agg(w.skip ORDER BY w.n), array_agg(w.flaw ORDER BY w.n)
    INTO slots, versions, skips, flaws
    FROM (
        SELECT s.n, (min(s.n) OVER (PARTITION BY s.stream))::int AS slot, (sum(s.count) OVER (ORDER BY s.n) - s.count)::int AS skip,
            coalesce((SELECT e.version FROM ledger.event e WHERE e.stream = s.stream ORDER BY e.version DESC LIMIT 1), 0) AS version,
            CASE
                WHEN s.stream !~ '^[a-z]+-.' OR octet_length(s.stream) > 200
                    THEN format('stream ''%s'' is not named category-id within 200 bytes', left(s.stream, 60))
                WHEN c.owner IS DISTINCT FROM session_user
                    THEN format('stream ''%s'' belongs to %s, not to %s', s.stream, coalesce(c.owner, 'nobody'), session_user)
            END AS flaw
        FROM unnest(streams, counts) WITH ORDINALITY AS s(stream, count, n)
        LEFT JOIN ledger.category c ON c.name = split_part(s.stream, '-', 1)
    ) w;

    IF (SELECT max(octet_length(e.meta) + octet_length(e.data)) FROM unnest(metas, datas) AS e(meta, data)) > max_bytes THEN
        FOR w IN 1 .. cardinality(streams) LOOP
            FOR e IN skips[w] + 1 .. skips[w] + counts[w] LOOP
                bytes := octet_length(metas[e]) + octet_length(datas[e]);
                IF bytes > max_bytes THEN
                    flaws[w] := format('event %s of type %s has %s bytes of data and meta, more than %s: bulk belongs into an artifact',
                        ids[e], types[e], bytes, max_bytes);
                END IF;
            END LOOP;
        END LOOP;
    END IF;
END $$;

-- Per id: the event stored under it; all fields are null where there is none.
CREATE OR REPLACE FUNCTION ledger.known_events(ids uuid[]) RETURNS ledger.known_event[]
LANGUAGE sql STABLE AS $$
    SELECT array_agg((e.position, e.stream, e.version, e.type)::ledger.known_event ORDER BY i.n)
    FROM unnest(ids) WITH ORDINALITY AS i(id, n)
    LEFT JOIN ledger.event e ON e.id = i.id
$$;
