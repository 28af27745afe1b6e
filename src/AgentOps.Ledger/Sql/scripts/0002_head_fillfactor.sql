-- With a low fill factor every append would prune the head's page, at the price of another WAL record.
ALTER TABLE ledger.head RESET (fillfactor);
