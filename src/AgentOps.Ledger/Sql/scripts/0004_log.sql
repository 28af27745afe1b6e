-- What the signed log says of itself, such as which key it is signed by from here on.
INSERT INTO ledger.category (name, owner) VALUES ('log', 'registry');
