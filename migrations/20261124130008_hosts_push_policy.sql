ALTER TABLE hosts
  ADD COLUMN push_policy VARCHAR(16) NULL COMMENT 'NULL: as the fleet';
