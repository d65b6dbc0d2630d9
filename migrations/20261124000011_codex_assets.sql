CREATE TABLE codex_assets (
  version VARCHAR(64) NOT NULL,
  name VARCHAR(128) NOT NULL,
  url VARCHAR(512) NOT NULL,
  sha256 CHAR(64) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (version, name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'release files that hosts may install, with the digest they must have';
