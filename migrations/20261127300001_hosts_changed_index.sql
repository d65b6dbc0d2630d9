ALTER TABLE hosts
  ADD KEY hosts_changed (changed_at);
