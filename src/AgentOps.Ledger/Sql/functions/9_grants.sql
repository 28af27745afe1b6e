-- Services read every event and write through the functions named here; nothing else. A reader reads. Runs with every migration, behind whatever is new.
REVOKE ALL ON ALL TABLES IN SCHEMA ledger FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT USAGE ON SCHEMA ledger TO agentops_service, agentops_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO agentops_service, agentops_reader;
GRANT EXECUTE ON FUNCTION ledger.append, ledger.take_lease, ledger.prolong_lease, ledger.release_lease, ledger.advance_relay, ledger.seal, ledger.keep_checkpoint
    TO agentops_service;
