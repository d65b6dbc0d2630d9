CREATE TABLE artifact_versions (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  artifact_id BIGINT UNSIGNED NOT NULL,
  version INT UNSIGNED NOT NULL COMMENT 'rises by one',
  sha256 CHAR(64) NOT NULL COMMENT 'of the main text, in artifact_bodies',
  size_bytes BIGINT UNSIGNED NOT NULL,
  description TEXT NULL,
  argument_hint VARCHAR(255) NULL,
  display_name VARCHAR(255) NULL,
  retired TINYINT(1) NOT NULL DEFAULT 0 COMMENT 'a tombstone: the text stays for whoever restores it',
  author VARCHAR(255) NOT NULL,
  source_host_id BIGINT UNSIGNED NULL COMMENT 'the host it came from',
  note VARCHAR(500) NULL,
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY artifact_versions_version (artifact_id, version),
  KEY artifact_versions_sha256 (sha256)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'history of artifacts';
