import { api, ask, type Schemas } from "../api/client";
import type { paths } from "../api/schema";

export type HostQuery = NonNullable<paths["/admin/hosts"]["get"]["parameters"]["query"]>;
export type Registration = Schemas["RegisterHost"];

const at = (id: number) => ({ params: { path: { id } } });

export const listHosts = (query: HostQuery) => ask(api.GET("/admin/hosts", { params: { query } }));
export const countHosts = () => ask(api.GET("/admin/hosts/counts"));
export const getHost = async (id: number) => (await ask(api.GET("/admin/hosts/{id}", at(id)))).host;
export const registerHost = (body: Registration) => ask(api.POST("/admin/hosts/register", { body }));
export const removeHost = (id: number) => ask(api.DELETE("/admin/hosts/{id}", at(id)));
export const suspendHost = (id: number) => ask(api.POST("/admin/hosts/{id}/suspend", at(id)));
export const resumeHost = (id: number) => ask(api.POST("/admin/hosts/{id}/resume", at(id)));
export const clearHost = (id: number) => ask(api.POST("/admin/hosts/{id}/clear", at(id)));
export const forgetAddress = (id: number) => ask(api.POST("/admin/hosts/{id}/address/forget", at(id)));
export const setSecure = (id: number, secure: boolean) => ask(api.POST("/admin/hosts/{id}/secure", { ...at(id), body: { secure } }));
export const setVip = (id: number, vip: boolean) => ask(api.POST("/admin/hosts/{id}/vip", { ...at(id), body: { vip } }));
export const setRoaming = (id: number, allow: boolean) => ask(api.POST("/admin/hosts/{id}/roaming", { ...at(id), body: { allow } }));
export const setIpv4 = (id: number, force: boolean) => ask(api.POST("/admin/hosts/{id}/ipv4", { ...at(id), body: { force } }));
export const setCurlInsecure = (id: number, allow: boolean) => ask(api.POST("/admin/hosts/{id}/curl-insecure", { ...at(id), body: { allow } }));
export const setCodexVersion = (id: number, selection: string | null) => ask(api.POST("/admin/hosts/{id}/codex-version", { ...at(id), body: { selection } }));
export const setModel = (id: number, body: Schemas["ModelOverrides"]) => ask(api.POST("/admin/hosts/{id}/model", { ...at(id), body }));
export const setExpiry = (id: number, body: Schemas["Expiry"]) => ask(api.POST("/admin/hosts/{id}/expiry", { ...at(id), body }));
export const setLabels = (id: number, body: Schemas["Labels"]) => ask(api.POST("/admin/hosts/{id}/labels", { ...at(id), body }));
export const setHostRefreshMode = (id: number, mode: Schemas["RefreshMode"] | null) => ask(api.POST("/admin/hosts/{id}/refresh-mode", { ...at(id), body: { mode } }));
export const setHostPushPolicy = (id: number, push: Schemas["Policy"] | null) => ask(api.POST("/admin/hosts/{id}/push-policy", { ...at(id), body: { push } }));
export const openWindow = (id: number, duration_minutes: number) => ask(api.POST("/admin/hosts/{id}/insecure/enable", { ...at(id), body: { duration_minutes } }));
export const closeWindow = (id: number) => ask(api.POST("/admin/hosts/{id}/insecure/disable", at(id)));
export const rotateKey = (id: number, overlap_minutes: number) => ask(api.POST("/admin/hosts/{id}/key/rotate", { ...at(id), body: { overlap_minutes } }));

export const listInstallers = async () => (await ask(api.GET("/admin/pending-tokens"))).tokens;
export const revokeInstaller = (id: number) => ask(api.DELETE("/admin/pending-tokens/{id}", at(id)));
