CREATE TABLE mcp_calls (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  host_id BIGINT UNSIGNED NOT NULL,
  client_ip VARCHAR(45) NOT NULL,
  method VARCHAR(64) NOT NULL,
  name VARCHAR(128) NULL COMMENT 'the tool, or the address of a resource',
  duration_us INT UNSIGNED NOT NULL,
  success BOOLEAN NOT NULL,
  error_code INT NULL COMMENT 'of JSON-RPC; NULL: the tool itself said no',
  error_message VARCHAR(128) NULL COMMENT 'a fixed word, never what was sent or found',
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  KEY mcp_calls_host (host_id, id),
  KEY mcp_calls_created (created_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'who called what over MCP; no content';
