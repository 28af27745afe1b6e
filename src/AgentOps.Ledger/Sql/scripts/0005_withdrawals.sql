-- What may not be learned from any more is Registry's to say.

INSERT INTO ledger.category (name, owner) VALUES ('withdrawal', 'registry');
