ALTER TABLE fleet
  ADD COLUMN quota_snapshot BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'the newest row of quota_snapshots; 0 = none: tells every instance that what it knows is old';
