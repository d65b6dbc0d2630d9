import { api, ask } from "../api/client";

/** What a host owns or wrote last, newest first. */
export const listMemoriesOf = (host: number, limit: number) => ask(api.GET("/admin/mcp/memories", { params: { query: { host_id: String(host), limit: String(limit) } } }));
