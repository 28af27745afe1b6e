-- What was made and is needed no more is Registry's to remove, and to say so.

INSERT INTO ledger.category (name, owner) VALUES ('deletion', 'registry');
