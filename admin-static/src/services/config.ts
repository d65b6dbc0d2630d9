import { api, ask, type Schemas } from "../api/client";

export type Settings = Record<string, unknown>;

export const getConfig = () => ask(api.GET("/admin/config"));
export const renderConfig = (body: { settings: Settings; host_id?: number | null; codex_version?: string | null }) =>
  ask(api.POST("/admin/config/render", { body: body as Schemas["RenderRequest"] }));
/** Stores settings that were made from this version; somebody else's newer one is not overwritten (412). */
export const storeConfig = (settings: Settings, note: string | undefined, version: number) =>
  ask(api.POST("/admin/config/store", { body: { settings: settings as Record<string, never>, note: note ?? null }, headers: { "If-Match": `"${version}"` } }));
export const listConfigVersions = () => ask(api.GET("/admin/config/versions"));
export const getConfigVersion = (version: number) => ask(api.GET("/admin/config/versions/{version}", { params: { path: { version } } }));
export const publishConfig = (version: number) => ask(api.POST("/admin/config/versions/{version}/publish", { params: { path: { version } } }));
export const restoreConfig = (version: number) => ask(api.POST("/admin/config/versions/{version}/restore", { params: { path: { version } } }));
