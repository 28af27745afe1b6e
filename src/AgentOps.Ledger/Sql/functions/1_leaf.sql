-- SHA-256(0x00, position, id, at, version, then stream, type, meta and data each behind its length).
-- Numbers are big-endian: position and at (microseconds since 1970) int8, version and lengths int4.
CREATE OR REPLACE FUNCTION ledger.leaf(
    "position" bigint, id uuid, at_microseconds bigint, version int, stream text, type text, meta text, data text)
RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256('\x00'::bytea
        || int8send(position) || uuid_send(id) || int8send(at_microseconds) || int4send(version)
        -- As PostgreSQL sends an array: twenty bytes of header, then each element behind its length. One by one it would cost half as much again.
        || substr(array_send(ARRAY[convert_to(stream, 'UTF8'), convert_to(type, 'UTF8'), convert_to(meta, 'UTF8'), convert_to(data, 'UTF8')]), 21))
$$;
