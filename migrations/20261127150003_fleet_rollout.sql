ALTER TABLE fleet
  ADD COLUMN rollout_id BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'the running roll-out; 0: none',
  ADD COLUMN rollout_version VARCHAR(64) NULL COMMENT 'these as in rollouts, so that a launch reads nothing more',
  ADD COLUMN rollout_percent TINYINT UNSIGNED NULL,
  ADD COLUMN rollout_tag VARCHAR(32) NULL,
  ADD COLUMN rollout_at DATETIME(6) NULL;
