-- The only way into the ledger: one call, one transaction, one round trip.
--
-- A call carries groups of writes, a write carries events of one stream. Each group stands or falls alone and is judged
-- in order, as if the groups had come one after the other. One row per write comes back:
--   appended   the events are in, at first_position … last_position
--   repeated   all events of the group were there already, at these positions
--   conflict   a stream of the group is not at its expected version; last_version is where it is
--   refused    the detail says why
-- An event id may stand only once in a call.
CREATE OR REPLACE FUNCTION ledger.append(
    groups   int[],     -- per write: its group; the writes of a group stand together
    streams  text[],    -- per write
    expected int[],     -- per write: -1 any version, 0 no stream yet, n the stream's last version
    counts   int[],     -- per write: how many of the events below, in their order
    ids      uuid[],    -- per event
    types    text[],    -- per event
    metas    text[],    -- per write: the events of a write have one meta
    datas    text[])    -- per event
RETURNS TABLE (outcome text, first_position bigint, last_position bigint, last_version int, detail text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off     -- a plan made while the table was small must not outlive that
SET plan_cache_mode = force_generic_plan
SET jit = off
AS $$
DECLARE
    max_bytes  CONSTANT int := 65536;     -- of an event's meta and data together
    writes     CONSTANT int := cardinality(streams);
    of_writes  CONSTANT text := format('[1:%s]', cardinality(streams));
    of_events  CONSTANT text := format('[1:%s]', cardinality(ids));
    last_known bigint;                    -- the head before this call
    moment     timestamptz;
    moment_us  bigint;                    -- microseconds since 1970
    total      int := 0;                  -- events accepted so far
    slots      int[];                     -- per write: the first write of the call to the same stream
    stored     int[];                     -- per slot: the stream's version in the table
    versions   int[];                     -- per slot: the stream's version as judged so far
    skips      int[] := '{}';             -- per write: events before it in the call
    category   CONSTANT text := split_part(streams[1], '-', 1);
    orderly    bool;                      -- whether no write can be refused for what it is, which is the rule
    taken      bool;                      -- whether an event is stored already under one of the ids
    flaws      text[];                    -- per write: why it is refused whatever the ledger holds, or null
    known      ledger.known_event[];      -- per event: what is stored under its id; null where nothing is
    verdicts   text[] := array_fill(NULL::text, ARRAY[writes]);
    reasons    text[] := verdicts;
    bases      int[] := array_fill(0, ARRAY[writes]);                -- per write: the stream's version before it
    firsts     bigint[] := array_fill(NULL::bigint, ARRAY[writes]);  -- per write: its first and last position
    lasts      bigint[] := firsts;
    from_write int;
    to_write   int := 0;
    conflict   text;
    flaw       text;
    repeats    int;
BEGIN
    -- Step 1. Nothing is acknowledged that a crash could take back.
    IF current_setting('fsync') <> 'on' OR current_setting('full_page_writes') <> 'on'
        OR current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') THEN
        RAISE EXCEPTION 'The ledger refuses this session: fsync, full_page_writes and synchronous_commit must be on.'
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;

    FOR w IN 1 .. writes LOOP
        skips[w] := coalesce(skips[w - 1] + counts[w - 1], 0);
    END LOOP;
    -- Of one dimension and counted from 1, without a hole, and no write is empty: a count that is none would move the head to where no event stands.
    IF (array_dims(streams) = of_writes AND array_dims(groups) = of_writes AND array_dims(expected) = of_writes AND array_dims(counts) = of_writes AND array_dims(metas) = of_writes
            AND array_dims(ids) = of_events AND array_dims(types) = of_events AND array_dims(datas) = of_events
            AND 0 < ALL (counts) AND skips[writes] + counts[writes] = cardinality(ids)) IS NOT TRUE
        OR array_position(streams || types || metas || datas, NULL) IS NOT NULL OR array_position(groups || expected, NULL) IS NOT NULL OR array_position(ids, NULL) IS NOT NULL THEN
        RAISE EXCEPTION 'The arrays of an append do not fit each other: one group, stream, expected version, count above 0 and meta for each write; one id, type and data for each event.'
            USING ERRCODE = 'array_subscript_error';
    END IF;

    -- Step 2. From here to the commit nobody else appends. The head moves as if everything were accepted.
    UPDATE ledger.head h SET position = h.position + cardinality(ids) WHERE h.single
    RETURNING h.position - cardinality(ids) INTO STRICT last_known;
    moment := clock_timestamp();
    moment_us := extract(epoch FROM moment) * 1000000;

    -- Step 3. What the writes meet: their streams' versions, their category's owner, their sizes, their ids. None of it can change
    -- before the commit, since nobody else appends.
    SELECT
        ARRAY(SELECT coalesce((SELECT e.version FROM ledger.event e WHERE e.stream = s.stream ORDER BY e.version DESC LIMIT 1), 0)
            FROM unnest(streams) AS s(stream)),
        EXISTS (SELECT FROM ledger.category c WHERE c.name = category AND c.owner = session_user)
            AND NOT EXISTS (SELECT FROM unnest(streams) AS s(stream)
                WHERE (starts_with(s.stream, category || '-') AND octet_length(s.stream) BETWEEN octet_length(category) + 2 AND 200) IS NOT TRUE)
            AND NOT EXISTS (SELECT FROM unnest(types) AS t(type) WHERE (ledger.category_of(t.type) = category) IS NOT TRUE)
            AND (SELECT max(octet_length(m.meta)) FROM unnest(metas) AS m(meta)) + (SELECT max(octet_length(d.data)) FROM unnest(datas) AS d(data)) <= max_bytes,
        EXISTS (SELECT FROM unnest(ids) AS i(id) WHERE EXISTS (SELECT FROM ledger.event e WHERE e.id = i.id))
    INTO stored, orderly, taken;
    IF writes = 1 THEN
        slots := '{1}';
    ELSE
        -- Written out here, its plan is kept; a function of its own would be planned in every call.
        SELECT array_agg(w.slot ORDER BY w.n) INTO slots
        FROM (SELECT s.n, (min(s.n) OVER (PARTITION BY s.stream))::int AS slot FROM unnest(streams) WITH ORDINALITY AS s(stream, n)) w;
    END IF;
    IF orderly IS NOT TRUE THEN
        flaws := ledger.flaws(streams, skips, counts, ids, types, metas, datas, max_bytes);
    END IF;
    IF taken THEN
        known := ledger.known_events(ids);
    END IF;

    -- Step 4. Judge the groups in order.
    versions := stored;
    WHILE to_write < writes LOOP
        from_write := to_write + 1;
        to_write := from_write;
        WHILE to_write < writes AND groups[to_write + 1] = groups[from_write] LOOP
            to_write := to_write + 1;
        END LOOP;

        flaw := NULL;
        conflict := NULL;
        repeats := 0;
        FOR w IN from_write .. to_write LOOP
            bases[w] := versions[slots[w]];
            versions[slots[w]] := bases[w] + counts[w];
            flaw := coalesce(flaw, flaws[w]);
            IF expected[w] NOT IN (-1, bases[w]) THEN
                conflict := coalesce(conflict, format('stream ''%s'' is at version %s, not %s', streams[w], bases[w], expected[w]));
            END IF;
            IF taken THEN
                FOR e IN skips[w] + 1 .. skips[w] + counts[w] LOOP
                    CONTINUE WHEN (known[e]).at_position IS NULL;
                    repeats := repeats + 1;
                    IF (known[e]).stream <> streams[w] OR (known[e]).type <> types[e] THEN
                        flaw := coalesce(flaw, format('event id %s is taken by a %s of stream ''%s''', ids[e], (known[e]).type, (known[e]).stream));
                    END IF;
                END LOOP;
            END IF;
        END LOOP;

        FOR w IN from_write .. to_write LOOP
            verdicts[w] := CASE
                WHEN flaw IS NOT NULL THEN 'refused'
                WHEN repeats = skips[to_write] + counts[to_write] - skips[from_write] THEN 'repeated'
                WHEN conflict IS NOT NULL THEN 'conflict'
                WHEN repeats > 0 THEN 'refused'
                ELSE 'appended' END;
            IF verdicts[w] = 'appended' THEN
                firsts[w] := last_known + total + 1;
                total := total + counts[w];
                lasts[w] := last_known + total;
            ELSE
                reasons[w] := CASE verdicts[w]
                    WHEN 'refused' THEN coalesce(flaw, 'some of its events are stored already and others are not')
                    WHEN 'conflict' THEN conflict END;
                versions[slots[w]] := versions[slots[w]] - counts[w];
            END IF;
        END LOOP;
    END LOOP;

    -- Step 5. Insert what was accepted.
    IF total > 0 THEN
        INSERT INTO ledger.event (position, id, stream, version, type, data, meta, at, leaf)
        SELECT e.position, e.id, e.stream, e.version, e.type, e.data::json, e.meta_json, moment,
            ledger.leaf(e.position, e.id, moment_us, e.version, e.stream, e.type, e.meta, e.data)
        FROM (
            SELECT w.first + k AS position, ids[w.skip + k + 1] AS id, w.stream, w.base + k + 1 AS version,
                types[w.skip + k + 1] AS type, w.meta, w.meta_json, datas[w.skip + k + 1] AS data
            FROM (
                SELECT u.*, u.meta::json AS meta_json
                FROM unnest(streams, counts, skips, bases, firsts, metas) AS u(stream, count, skip, base, first, meta)
                WHERE u.first IS NOT NULL
                OFFSET 0    -- each meta is parsed once
            ) w, LATERAL generate_series(0, w.count - 1) AS k
            OFFSET 0        -- each value is taken from its array once
        ) e;
        PERFORM pg_notify('ledger', (last_known + total)::text);
    END IF;
    IF total < cardinality(ids) THEN
        UPDATE ledger.head h SET position = last_known + total WHERE h.single;
    END IF;

    -- Step 6. Answer.
    FOR w IN 1 .. writes LOOP
        outcome := verdicts[w];
        detail := reasons[w];
        first_position := firsts[w];
        last_position := lasts[w];
        last_version := CASE outcome WHEN 'appended' THEN bases[w] + counts[w] ELSE bases[w] END;
        IF outcome = 'repeated' THEN
            first_position := (known[skips[w] + 1]).at_position;
            last_position := (known[skips[w] + counts[w]]).at_position;
            last_version := (known[skips[w] + counts[w]]).version;
        END IF;
        RETURN NEXT;
    END LOOP;
END $$;
