CREATE TABLE mcp_files (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  host_id BIGINT UNSIGNED NOT NULL,
  path VARCHAR(512) NOT NULL COMMENT 'normalised, without a slash in front',
  version INT UNSIGNED NOT NULL,
  size_bytes INT UNSIGNED NOT NULL,
  is_text BOOLEAN NOT NULL COMMENT 'it is UTF-8',
  content MEDIUMBLOB NOT NULL,
  session VARCHAR(128) NULL,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY mcp_files_path (host_id, path)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'the files of hosts over MCP: never on the disk of the server';
