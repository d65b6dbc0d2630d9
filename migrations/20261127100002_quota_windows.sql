CREATE TABLE quota_windows (
  snapshot_id BIGINT UNSIGNED NOT NULL,
  position SMALLINT UNSIGNED NOT NULL COMMENT 'order in the answer; it means nothing else',
  limit_name VARCHAR(64) NULL COMMENT 'NULL: the plan''s own limit; otherwise one that counts only some use',
  limit_seconds BIGINT UNSIGNED NULL COMMENT 'length of the window; tells which it is',
  used_percent DECIMAL(9,4) NULL COMMENT 'NULL: not known, which is not 0',
  reset_at BIGINT NULL COMMENT 'epoch seconds',
  PRIMARY KEY (snapshot_id, position),
  CONSTRAINT quota_windows_snapshot FOREIGN KEY (snapshot_id) REFERENCES quota_snapshots (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'how much of each limit was used, one row a window';
