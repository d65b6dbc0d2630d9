CREATE TABLE artifact_files (
  version_id BIGINT UNSIGNED NOT NULL,
  path VARCHAR(255) NOT NULL COMMENT 'inside the skill',
  sha256 CHAR(64) NOT NULL COMMENT 'in artifact_bodies',
  PRIMARY KEY (version_id, path),
  KEY artifact_files_sha256 (sha256)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'further files of a version of a skill';
