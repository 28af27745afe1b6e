-- Events are only ever added, and only by ledger.append. The grants say so to the services, these triggers to everybody else.

CREATE OR REPLACE FUNCTION ledger.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is append-only: % on ledger.event is refused.', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE OR REPLACE TRIGGER events_never_change
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.event
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- Names are written out: to set a search path in every append would cost more than all the rest of this.
CREATE OR REPLACE FUNCTION ledger.refuse_direct_insert() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    callers text;
BEGIN
    GET DIAGNOSTICS callers = PG_CONTEXT;
    -- The first line is this function's own.
    IF pg_catalog.strpos(callers, E'\nPL/pgSQL function ledger.append(') OPERATOR(pg_catalog.=) 0 THEN
        RAISE EXCEPTION 'Events enter the ledger through ledger.append only: direct INSERT is refused.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER events_enter_by_append
    BEFORE INSERT ON ledger.event
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_direct_insert();
