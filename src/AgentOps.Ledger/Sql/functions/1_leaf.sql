-- SHA-256(0x00, position, id, at, version, then stream, type, meta and data each behind its length).
-- Numbers are big-endian: position and at (microseconds since 1970) int8, version and lengths int4.
CREATE OR REPLACE FUNCTION ledger.leaf(
    "position" bigint, id uuid, at_microseconds bigint, version int, stream text, type text, meta text, data text)
RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256('\x00'::bytea
        || int8send(position) || uuid_send(id) || int8send(at_microseconds) || int4send(version)
        || int4send(octet_length(stream)) || convert_to(stream, 'UTF8')
        || int4send(octet_length(type)) || convert_to(type, 'UTF8')
        || int4send(octet_length(meta)) || convert_to(meta, 'UTF8')
        || int4send(octet_length(data)) || convert_to(data, 'UTF8'))
$$;
