-- A forged root would be noticed by every verification, but it would stop the sealer for good.
CREATE OR REPLACE FUNCTION ledger.only_the_trees_keeper() RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF session_user IS DISTINCT FROM (SELECT c.owner FROM ledger.category c WHERE c.name = 'model') THEN
        RAISE EXCEPTION 'The tree is kept by the owner of the models, not by %.', session_user USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;

-- Stores the tree's growth: the tiles that changed and the new root. False when somebody else sealed first.
CREATE OR REPLACE FUNCTION ledger.seal(
    old_size bigint, new_size bigint, new_root bytea, levels int[], indexes bigint[], tiles bytea[]) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM ledger.only_the_trees_keeper();
    PERFORM FROM ledger.tree t WHERE t.single AND t.size = old_size FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF new_size < old_size OR new_size > (SELECT h.position FROM ledger.head h) THEN
        RAISE EXCEPTION 'A tree of % events cannot follow one of %.', new_size, old_size;
    END IF;
    IF EXISTS (
        SELECT FROM unnest(levels, indexes, tiles) AS n(level, index, hashes)
        WHERE n.level = 0 AND n.hashes IS DISTINCT FROM (
            SELECT string_agg(e.leaf, '' ORDER BY e.position) FROM ledger.event e
            WHERE e.position > n.index * 256 AND e.position <= least(n.index * 256 + 256, new_size))) THEN
        RAISE EXCEPTION 'A tile of level 0 does not hold the leaves of its events.';
    END IF;
    IF EXISTS (
        SELECT FROM unnest(levels, indexes, tiles) AS n(level, index, hashes)
        JOIN ledger.tile o ON o.level = n.level AND o.index = n.index
        WHERE o.hashes <> substr(n.hashes, 1, length(o.hashes))) THEN
        RAISE EXCEPTION 'A sealed hash cannot change.';
    END IF;

    INSERT INTO ledger.tile AS o (level, index, hashes)
    SELECT * FROM unnest(levels, indexes, tiles)
    ON CONFLICT ON CONSTRAINT tile_pkey DO UPDATE SET hashes = excluded.hashes;
    UPDATE ledger.tree SET size = new_size, root = new_root, sealed_at = clock_timestamp() WHERE single;
    RETURN true;
END $$;
