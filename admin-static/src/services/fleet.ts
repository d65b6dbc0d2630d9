import { api, ask } from "../api/client";

export const getSwitch = () => ask(api.GET("/admin/api/state"));
export const setSwitch = (disabled: boolean) => ask(api.POST("/admin/api/state", { body: { disabled } }));
export const getPrunePolicy = () => ask(api.GET("/admin/prune-policy"));
export const setPrunePolicy = (inactivity_days: number) => ask(api.POST("/admin/prune-policy", { body: { inactivity_days } }));
/** Versions; the host API says them, so with the kill switch on nobody does. */
export const getVersions = () => ask(api.GET("/versions"));
export const pinCodex = (selection: string) => ask(api.POST("/admin/codex-version", { body: { selection } }));
export const checkVersions = () => ask(api.POST("/admin/versions/check"));
export const getRunner = () => ask(api.GET("/admin/runner"));
export const runRunner = () => ask(api.POST("/admin/runner/run"));
