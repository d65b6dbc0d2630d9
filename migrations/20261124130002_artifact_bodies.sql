CREATE TABLE artifact_bodies (
  sha256 CHAR(64) NOT NULL,
  body LONGTEXT NOT NULL,
  created_at DATETIME(6) NOT NULL COMMENT 'what is newer than an hour is never collected: its owner may not be written yet',
  PRIMARY KEY (sha256)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'texts by their content; shared by versions and pushes';
