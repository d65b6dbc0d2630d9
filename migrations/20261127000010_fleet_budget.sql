ALTER TABLE fleet
  ADD COLUMN budget_month DECIMAL(18,6) NULL COMMENT 'what the fleet may cost in a UTC month; null: no budget',
  ADD COLUMN budget_warn_percent SMALLINT UNSIGNED NOT NULL DEFAULT 80 COMMENT 'from here on hosts are warned',
  ADD COLUMN budget_stops TINYINT(1) NOT NULL DEFAULT 0 COMMENT 'over the budget hosts do not start Codex',
  ADD COLUMN budget_state VARCHAR(8) NOT NULL DEFAULT '' COMMENT 'empty, warn or over, in the month beside it',
  ADD COLUMN budget_state_month CHAR(7) NOT NULL DEFAULT '' COMMENT 'YYYY-MM';
