import { api, ask } from "../api/client";
import type { paths } from "../api/schema";

export type AuditQuery = NonNullable<paths["/admin/audit"]["get"]["parameters"]["query"]>;

export const listAudit = (query: AuditQuery) => ask(api.GET("/admin/audit", { params: { query } }));
export const verifyAudit = () => ask(api.GET("/admin/audit/verify"));
