CREATE TABLE mcp_grants (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  scope VARCHAR(64) NOT NULL COMMENT 'fleet or tag:<tag>',
  grantee VARCHAR(64) NOT NULL COMMENT 'host:<id>, or tag:<tag>: every host that has it',
  access VARCHAR(8) NOT NULL COMMENT 'read or write; write includes read',
  created_by VARCHAR(255) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY mcp_grants_scope (scope, grantee),
  KEY mcp_grants_grantee (grantee)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'who may use memories that are not a host''s own';
