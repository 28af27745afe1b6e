-- Events are only ever added, and only by ledger.append. The grants say so to the services, these triggers to everybody else.

CREATE OR REPLACE FUNCTION ledger.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is append-only: % on ledger.event is refused.', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE OR REPLACE TRIGGER events_never_change
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.event
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- Within ledger.append a session is the owner by the function's right alone; any other owner has logged in as that, or turned into it.
-- No search path is set: only an owner or a superuser comes here by another way, and setting it costs more than all the rest.
CREATE OR REPLACE FUNCTION ledger.refuse_direct_insert() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF current_user <> 'agentops_owner' OR session_user = 'agentops_owner' OR pg_catalog.current_setting('role') = 'agentops_owner' THEN
        RAISE EXCEPTION 'Events enter the ledger through ledger.append only: direct INSERT is refused.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER events_enter_by_append
    BEFORE INSERT ON ledger.event
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_direct_insert();
