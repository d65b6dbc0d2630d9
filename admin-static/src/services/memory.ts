// Memories of hosts, who may use those that are shared, and the calls that were made.
import { api, ask, type Schemas } from "../api/client";
import type { paths } from "../api/schema";

export type Memory = Schemas["Memory"];
export type MemoryQuery = NonNullable<paths["/admin/mcp/memories"]["get"]["parameters"]["query"]>;
export type LogQuery = NonNullable<paths["/admin/mcp/logs"]["get"]["parameters"]["query"]>;

const at = (id: number) => ({ params: { path: { id } } });

export const listMemories = (query: MemoryQuery) => ask(api.GET("/admin/mcp/memories", { params: { query } }));
export const getMemory = (id: number) => ask(api.GET("/admin/mcp/memories/{id}", at(id)));
/** Changes it if it still has `if_version`; somebody else's newer text is not overwritten (412). */
export const editMemory = (id: number, body: Schemas["EditMemory"]) => ask(api.POST("/admin/mcp/memories/{id}", { ...at(id), body }));
export const deleteMemory = (id: number) => ask(api.DELETE("/admin/mcp/memories/{id}", at(id)));
export const restoreMemory = (id: number) => ask(api.POST("/admin/mcp/memories/{id}/restore", at(id)));

/** All that the filters leave, a memory a line. The answer is a file and has no envelope. */
export async function exportMemories(query: MemoryQuery): Promise<string> {
  const call = api.GET("/admin/mcp/memories/export", { params: { query }, parseAs: "text" });
  return ask(call.then(({ data, error, response }) => (data === undefined ? { error, response } : { data: { data }, response })));
}

export const listGrants = async () => (await ask(api.GET("/admin/mcp/grants"))).grants;
export const setGrant = (body: Schemas["SetGrant"]) => ask(api.POST("/admin/mcp/grants", { body }));
export const revokeGrant = (id: number) => ask(api.DELETE("/admin/mcp/grants/{id}", at(id)));

export const listCalls = (query: LogQuery) => ask(api.GET("/admin/mcp/logs", { params: { query } }));

/** Hosts that have files. */
export const listSpaces = async (q: string | undefined) => (await ask(api.GET("/admin/mcp/files", { params: { query: q ? { q } : {} } }))).spaces;
const file = (host_id: number, path: string) => ({ params: { path: { host_id }, query: path ? { path } : {} } });
export const listFiles = (host: number, path: string) => ask(api.GET("/admin/mcp/files/{host_id}", file(host, path)));
export const readFile = (host: number, path: string) => ask(api.GET("/admin/mcp/files/{host_id}/content", file(host, path)));
/** Deletes a file, or a directory and all that is in it, for good. */
export const deleteFiles = (host: number, path: string) => ask(api.DELETE("/admin/mcp/files/{host_id}", file(host, path)));
