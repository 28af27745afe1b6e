-- The only way into the ledger: one call, one transaction, one round trip.
--
-- A call carries groups of writes, a write carries events of one stream. Each group stands or falls alone and is judged
-- in order, as if the groups had come one after the other. One row per write comes back:
--   appended   the events are in, at first_position … last_position
--   repeated   all events of the group were there already, at these positions
--   conflict   a stream of the group is not at its expected version; last_version is where it is
--   refused    the detail says why
-- An event id may stand only once in a call.
-- How it is planned is set by whoever calls it, for a whole session (AppendCall) or in a function around it (ledger.take_lease): here it would be set and taken back in every call.
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
AS $$
DECLARE
    max_bytes  CONSTANT int := 65536;     -- of an event's meta and data together
    writes     CONSTANT int := cardinality(streams);
    events     CONSTANT int := cardinality(ids);
    category   CONSTANT text := split_part(streams[1], '-', 1);
    last_known bigint;                    -- the head before this call
    moment     timestamptz;
    moment_us  bigint;                    -- microseconds since 1970
    total      int := 0;                  -- events accepted so far
    skips      int[];                     -- per write: events before it in the call
    slots      int[];                     -- per write: the first write of the call to the same stream
    unseen     text[] := types;           -- the types that were not looked at yet
    odd        bool;                      -- whether a write may have to be refused for what it is: not the rule
    owned      bool;                      -- whether the category is the caller's
    taken      bool;                      -- whether an event is stored already under one of the ids
    flaws      text[];                    -- per write: why it is refused whatever the ledger holds, or null
    known      ledger.known_event[];      -- per event: what is stored under its id; null where nothing is
    versions   int[];                     -- per slot: the stream's version as judged so far
    bases      int[];                     -- per write: the stream's version before it
    firsts     bigint[];                  -- per write: its first position; null where it is not accepted
    from_write int;
    to_write   int := 0;
    conflict   text;                      -- these three of the group that is judged; none of them where it is accepted
    flaw       text;
    repeats    int := 0;
BEGIN
    -- Step 1. Nothing is acknowledged that a crash could take back.
    IF current_setting('fsync') <> 'on' OR current_setting('full_page_writes') <> 'on'
        OR current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') THEN
        RAISE EXCEPTION 'The ledger refuses this session: fsync, full_page_writes and synchronous_commit must be on.'
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;

    -- Step 2. What the arguments say by themselves. Nobody waits meanwhile.
    -- Of one dimension and counted from 1, without a hole, and no write is empty: a count that is none would move the head to where no event stands.
    IF (format('[1:%s]', writes) = ALL (ARRAY[array_dims(groups), array_dims(streams), array_dims(expected), array_dims(counts), array_dims(metas)])
            AND format('[1:%s]', events) = ALL (ARRAY[array_dims(ids), array_dims(types), array_dims(datas)])
            AND 0 < ALL (counts)
            AND coalesce(array_position(groups, NULL), array_position(streams, NULL), array_position(expected, NULL), array_position(metas, NULL),
                array_position(ids, NULL), array_position(types, NULL), array_position(datas, NULL)) IS NULL) IS NOT TRUE THEN
        RAISE EXCEPTION 'The arrays of an append do not fit each other: one group, stream, expected version, count above 0 and meta for each write; one id, type and data for each event.'
            USING ERRCODE = 'array_subscript_error';
    END IF;
    FOR w IN 1 .. writes LOOP
        skips[w] := coalesce(skips[w - 1] + counts[w - 1], 0);
        slots[w] := array_position(streams, streams[w]);
        odd := odd OR NOT starts_with(streams[w], category || '-') OR octet_length(streams[w]) NOT BETWEEN octet_length(category) + 2 AND 200;
    END LOOP;
    IF skips[writes] + counts[writes] <> events THEN
        RAISE EXCEPTION 'The counts and events of an append do not fit each other: its writes count % events, and there are %.', skips[writes] + counts[writes], events
            USING ERRCODE = 'array_subscript_error';
    END IF;
    WHILE cardinality(unseen) > 0 LOOP
        odd := odd OR ledger.category_of(unseen[1]) <> category;
        unseen := array_remove(unseen, unseen[1]);
    END LOOP;
    -- Where all of them together are no more than one may have, none has to be looked at.
    IF pg_column_size(metas) + pg_column_size(datas) > max_bytes THEN
        odd := odd OR max_bytes <
            (SELECT max(octet_length(m.meta)) FROM unnest(metas) AS m(meta)) + (SELECT max(octet_length(d.data)) FROM unnest(datas) AS d(data));
    END IF;

    -- Step 3. From here to the commit nobody else appends. The head moves as if everything were accepted.
    UPDATE ledger.head h SET position = h.position + events WHERE h.single
    RETURNING h.position - events INTO STRICT last_known;
    moment := clock_timestamp();
    moment_us := extract(epoch FROM moment) * 1000000;

    -- Step 4. What the writes meet: their streams' versions, their category's owner, their ids. None of it can change
    -- before the commit, since nobody else appends.
    SELECT
        ARRAY(SELECT coalesce(
                -- From where it is expected to end, so that no page full of its events is gone through; all of it where it is shorter.
                (SELECT e.version FROM ledger.event e WHERE e.stream = s.stream AND e.version >= s.expected ORDER BY e.version DESC LIMIT 1),
                CASE WHEN s.expected > 0 THEN (SELECT e.version FROM ledger.event e WHERE e.stream = s.stream ORDER BY e.version DESC LIMIT 1) END,
                0)
            FROM unnest(streams, expected) AS s(stream, expected)),
        EXISTS (SELECT FROM ledger.category c WHERE c.name = category AND c.owner = session_user),
        EXISTS (SELECT FROM ledger.event e WHERE e.id = ANY (ids))
    INTO versions, owned, taken;
    IF odd OR NOT owned THEN
        flaws := ledger.flaws(streams, skips, counts, ids, types, metas, datas, max_bytes);
    END IF;
    IF taken THEN
        known := ledger.known_events(ids);
    END IF;

    -- Step 5. Judge the groups in order. The answers are sent when all of this has gone well.
    WHILE to_write < writes LOOP
        from_write := to_write + 1;
        to_write := from_write;
        WHILE groups[to_write + 1] = groups[from_write] LOOP
            to_write := to_write + 1;
        END LOOP;

        FOR w IN from_write .. to_write LOOP
            bases[w] := versions[slots[w]];
            versions[slots[w]] := bases[w] + counts[w];
            CONTINUE WHEN flaws IS NULL AND known IS NULL AND expected[w] IN (-1, bases[w]);
            flaw := coalesce(flaw, flaws[w]);
            IF expected[w] NOT IN (-1, bases[w]) THEN
                conflict := coalesce(conflict, format('stream ''%s'' is at version %s, not %s', streams[w], bases[w], expected[w]));
            END IF;
            FOR e IN skips[w] + 1 .. skips[w] + counts[w] LOOP
                CONTINUE WHEN (known[e]).at_position IS NULL;
                repeats := repeats + 1;
                IF (known[e]).stream <> streams[w] OR (known[e]).type <> types[e] THEN
                    flaw := coalesce(flaw, format('event id %s is taken by a %s of stream ''%s''', ids[e], (known[e]).type, (known[e]).stream));
                END IF;
            END LOOP;
        END LOOP;

        outcome := CASE
            WHEN flaw IS NOT NULL THEN 'refused'
            WHEN repeats = skips[to_write] + counts[to_write] - skips[from_write] THEN 'repeated'
            WHEN conflict IS NOT NULL THEN 'conflict'
            WHEN repeats > 0 THEN 'refused'
            ELSE 'appended' END;
        detail := CASE outcome
            WHEN 'refused' THEN coalesce(flaw, 'some of its events are stored already and others are not')
            WHEN 'conflict' THEN conflict END;
        FOR w IN from_write .. to_write LOOP
            IF outcome = 'appended' THEN
                first_position := last_known + total + 1;
                firsts[w] := first_position;
                total := total + counts[w];
                last_position := last_known + total;
                last_version := bases[w] + counts[w];
            ELSE
                firsts[w] := NULL;
                versions[slots[w]] := versions[slots[w]] - counts[w];
                first_position := CASE outcome WHEN 'repeated' THEN (known[skips[w] + 1]).at_position END;
                last_position := CASE outcome WHEN 'repeated' THEN (known[skips[w] + counts[w]]).at_position END;
                last_version := CASE outcome WHEN 'repeated' THEN (known[skips[w] + counts[w]]).version ELSE bases[w] END;
                flaw := NULL;
                conflict := NULL;
                repeats := 0;
            END IF;
            RETURN NEXT;
        END LOOP;
    END LOOP;

    -- Step 6. Insert what was accepted.
    IF total > 0 THEN
        INSERT INTO ledger.event (position, id, stream, version, type, data, meta, at, leaf)
        SELECT e.position, e.id, e.stream, e.version, e.type, e.data::json, e.parsed, moment,
            ledger.leaf(e.position, e.id, moment_us, e.version, e.stream, e.type, e.meta, e.data)
        FROM (
            SELECT w.first + k AS position, ids[w.skip + k + 1] AS id, w.stream, w.base + k + 1 AS version,
                types[w.skip + k + 1] AS type, w.meta, w.parsed, datas[w.skip + k + 1] AS data
            FROM (
                SELECT u.*, u.meta::json AS parsed
                FROM unnest(streams, counts, skips, bases, firsts, metas) AS u(stream, count, skip, base, first, meta)
                WHERE u.first IS NOT NULL
                OFFSET 0    -- each meta is parsed once
            ) w, LATERAL generate_series(0, w.count - 1) AS k
            OFFSET 0        -- each value is taken from its array once
        ) e;
        PERFORM pg_notify('ledger', (last_known + total)::text);
    END IF;
    IF total < events THEN
        UPDATE ledger.head h SET position = last_known + total WHERE h.single;
    END IF;
END $$;
