ALTER TABLE hosts
  ADD COLUMN budget_month DECIMAL(18,6) NULL COMMENT 'what this host may cost in a UTC month; null: no budget of its own',
  ADD COLUMN budget_stops TINYINT(1) NOT NULL DEFAULT 0 COMMENT 'over its budget it does not start Codex',
  ADD COLUMN budget_state VARCHAR(8) NOT NULL DEFAULT '' COMMENT 'empty, warn or over, in the month beside it',
  ADD COLUMN budget_state_month CHAR(7) NOT NULL DEFAULT '' COMMENT 'YYYY-MM';
