UPDATE hosts SET expires_idle_minutes = 120 WHERE expires_at IS NOT NULL;
