-- Long work in hand. Expiry goes by this database's clock; the fencing token is the version of the leased event.

-- Takes the lease unless somebody holds it, and appends the leased event in the same transaction.
-- One row: the token, or null and who holds it. The same event id again finds the lease it took.
CREATE OR REPLACE FUNCTION ledger.take_lease(
    stream text, holder text, milliseconds int, expected int, id uuid, type text, meta text, data text,
    OUT token int, OUT held_by text, OUT held_until timestamptz)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off     -- a plan made while the table was small must not outlive that
SET plan_cache_mode = force_generic_plan
SET jit = off
AS $$
DECLARE
    held    ledger.lease;
    written record;
BEGIN
    PERFORM FROM ledger.head h WHERE h.single FOR UPDATE;      -- first, as ledger.append does
    SELECT * INTO held FROM ledger.lease l WHERE l.stream = take_lease.stream FOR UPDATE;
    IF held.expires_at > clock_timestamp() THEN
        held_by := held.holder;
        held_until := held.expires_at;
        SELECT e.version INTO token FROM ledger.event e
        WHERE e.id = take_lease.id AND e.stream = take_lease.stream AND e.version = held.token;
        RETURN;
    END IF;

    SELECT * INTO STRICT written FROM ledger.append(
        ARRAY[1], ARRAY[stream], ARRAY[expected], ARRAY[1], ARRAY[id], ARRAY[type], ARRAY[meta], ARRAY[data]);
    IF written.outcome = 'conflict' THEN
        RAISE EXCEPTION USING MESSAGE = written.detail, ERRCODE = 'serialization_failure';
    ELSIF written.outcome <> 'appended' THEN
        RAISE EXCEPTION USING MESSAGE = coalesce(written.detail, 'the lease of this event id lapsed: take it with a new one'),
            ERRCODE = 'insufficient_privilege';
    END IF;
    token := written.last_version;
    held_by := holder;
    held_until := clock_timestamp() + milliseconds * interval '1 millisecond';
    INSERT INTO ledger.lease (stream, holder, token, expires_at) VALUES (stream, holder, token, held_until)
    ON CONFLICT ON CONSTRAINT lease_pkey DO UPDATE
        SET holder = excluded.holder, token = excluded.token, expires_at = excluded.expires_at;
END $$;

-- Prolongs a lease that is still held under this token; false when it is lost.
CREATE OR REPLACE FUNCTION ledger.prolong_lease(stream text, token int, milliseconds int) RETURNS bool
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    WITH prolonged AS (
        UPDATE ledger.lease l SET expires_at = clock_timestamp() + $3 * interval '1 millisecond'
        FROM ledger.category c
        WHERE l.stream = $1 AND l.token = $2 AND l.expires_at > clock_timestamp()
            AND c.name = split_part(l.stream, '-', 1) AND c.owner = session_user
        RETURNING 1)
    SELECT EXISTS (SELECT FROM prolonged)
$$;

-- Gives the lease up, if it is still held under this token.
CREATE OR REPLACE FUNCTION ledger.release_lease(stream text, token int) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    DELETE FROM ledger.lease l USING ledger.category c
    WHERE l.stream = $1 AND l.token = $2 AND c.name = split_part(l.stream, '-', 1) AND c.owner = session_user
$$;
