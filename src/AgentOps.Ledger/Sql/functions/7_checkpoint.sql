-- Keeps a signed checkpoint of the tree as it is sealed.
CREATE OR REPLACE FUNCTION ledger.keep_checkpoint(new_size bigint, new_note text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM ledger.only_the_trees_keeper();
    IF new_size > (SELECT t.size FROM ledger.tree t) THEN
        RAISE EXCEPTION 'A checkpoint of % events is ahead of the tree.', new_size;
    END IF;
    INSERT INTO ledger.checkpoint (size, note, at) VALUES (new_size, new_note, clock_timestamp()) ON CONFLICT DO NOTHING;
END $$;
