CREATE TABLE host_homes (
  host_id BIGINT UNSIGNED NOT NULL,
  files_sha CHAR(64) NOT NULL COMMENT 'SHA-256 of the list below: how a Codex home names what it was given',
  given LONGTEXT NOT NULL COMMENT 'one line a file: SHA-256, two blanks, path',
  config_sealed LONGTEXT NULL COMMENT 'secretbox of JSON: the fleet''s config.toml for this host, and the text the two were merged to',
  used_at DATETIME(6) NOT NULL,
  PRIMARY KEY (host_id, files_sha),
  CONSTRAINT host_homes_host FOREIGN KEY (host_id) REFERENCES hosts (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'what a Codex home was last given; a host may have several';
