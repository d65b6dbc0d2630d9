ALTER TABLE fleet
  ADD COLUMN signing_key CHAR(64) NOT NULL DEFAULT '' COMMENT 'fingerprint of the newest row of signing_keys; empty: none yet';
