-- Keeps a signed checkpoint of the tree as it is sealed: the first of a size, unless that is of another log, whose name is a note's first line.
CREATE OR REPLACE FUNCTION ledger.keep_checkpoint(new_size bigint, new_note text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM ledger.only_the_trees_keeper();
    IF new_size > (SELECT t.size FROM ledger.tree t) THEN
        RAISE EXCEPTION 'A checkpoint of % events is ahead of the tree.', new_size;
    END IF;
    INSERT INTO ledger.checkpoint (size, note, at) VALUES (new_size, new_note, clock_timestamp())
    ON CONFLICT (size) DO UPDATE SET note = excluded.note, at = excluded.at WHERE split_part(ledger.checkpoint.note, E'\n', 1) <> split_part(excluded.note, E'\n', 1);
END $$;
