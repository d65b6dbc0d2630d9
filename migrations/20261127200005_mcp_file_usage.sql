CREATE TABLE mcp_file_usage (
  host_id BIGINT UNSIGNED NOT NULL,
  files INT UNSIGNED NOT NULL,
  size_bytes BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (host_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'what the files of each host take; locked by every change of one';
