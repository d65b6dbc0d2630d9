ALTER TABLE hosts
  ADD COLUMN content_config_version BIGINT UNSIGNED NULL COMMENT 'the configuration it was given last',
  ADD COLUMN content_revision BIGINT UNSIGNED NULL COMMENT 'of AGENTS.md, slash commands and skills it was given last',
  ADD COLUMN content_at DATETIME(6) NULL;
