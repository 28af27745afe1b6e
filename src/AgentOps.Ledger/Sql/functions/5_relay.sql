-- Everything up to this position was confirmed by the broker. The cursor only moves forward, and never past the head.
CREATE OR REPLACE FUNCTION ledger.advance_relay(name text, "position" bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO ledger.relay AS r (name, position)
    SELECT $1, least($2, h.position) FROM ledger.head h
    ON CONFLICT (name) DO UPDATE SET position = greatest(r.position, excluded.position)
$$;
