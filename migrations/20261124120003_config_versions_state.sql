ALTER TABLE config_versions
  ADD COLUMN state VARCHAR(16) NOT NULL DEFAULT 'published' COMMENT 'checking, published or blocked',
  ADD COLUMN problem VARCHAR(2000) NULL COMMENT 'what Codex said about it';
