import { api, ask, type Schemas } from "../api/client";

const at = (id: number) => ({ params: { path: { id } } });

export const listTokens = async () => (await ask(api.GET("/admin/access/tokens"))).tokens;
export const createToken = (body: Schemas["NewToken"]) => ask(api.POST("/admin/access/tokens", { body }));
export const revokeToken = (id: number) => ask(api.DELETE("/admin/access/tokens/{id}", at(id)));
export const listCertificates = async () => (await ask(api.GET("/admin/access/certificates"))).certificates;
export const createCertificate = (body: Schemas["NewCertificate"]) => ask(api.POST("/admin/access/certificates", { body }));
export const revokeCertificate = (id: number) => ask(api.DELETE("/admin/access/certificates/{id}", at(id)));
export const listSessions = async () => (await ask(api.GET("/admin/access/sessions"))).sessions;
export const endSession = (id: number) => ask(api.DELETE("/admin/access/sessions/{id}", at(id)));
