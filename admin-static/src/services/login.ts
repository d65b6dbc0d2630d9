import { api, ask, type Schemas } from "../api/client";

const at = (id: number) => ({ params: { path: { id } } });

export const getLogin = () => ask(api.GET("/admin/auth"));
export const getExposure = () => ask(api.GET("/admin/auth/exposure"));
export const listGenerations = (before?: number) => ask(api.GET("/admin/auth/generations", { params: { query: { before } } }));
export const listCandidates = async () => (await ask(api.GET("/admin/auth/candidates"))).candidates;
export const acceptCandidate = (id: number) => ask(api.POST("/admin/auth/candidates/{id}/accept", at(id)));
export const rejectCandidate = (id: number) => ask(api.POST("/admin/auth/candidates/{id}/reject", at(id)));
export const rotateNow = () => ask(api.POST("/admin/auth/rotate-now"));
export const seedCommand = () => ask(api.POST("/admin/auth/seed-command"));
export const uploadLogin = (auth: Schemas["LoginDocument"]) => ask(api.POST("/admin/auth/upload", { body: { auth } }));
export const setRefreshMode = (mode: Schemas["RefreshMode"]) => ask(api.POST("/admin/auth/refresh-mode", { body: { mode } }));
export const revealLogin = (reason: string) => ask(api.POST("/admin/auth/reveal", { body: { reason } }));
