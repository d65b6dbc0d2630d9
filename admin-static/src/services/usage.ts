import { api, ask, type Schemas } from "../api/client";
import type { paths } from "../api/schema";

export type SumsQuery = NonNullable<paths["/admin/usage/sums"]["get"]["parameters"]["query"]>;
export type RowsQuery = NonNullable<paths["/admin/usage"]["get"]["parameters"]["query"]>;
export type IngestQuery = NonNullable<paths["/admin/usage/ingests"]["get"]["parameters"]["query"]>;
export type Sum = Schemas["Sum"];

const of = (model: string) => ({ params: { path: { model } } });

export const getCostHistory = (days: number, host_id?: number) => ask(api.GET("/admin/usage/cost-history", { params: { query: { days, ...(host_id ? { host_id } : {}) } } }));
export const listSums = (query: SumsQuery) => json(api.GET("/admin/usage/sums", { params: { query } }));
export const listUsage = (query: RowsQuery) => json(api.GET("/admin/usage", { params: { query } }));
export const listIngests = (query: IngestQuery) => ask(api.GET("/admin/usage/ingests", { params: { query } }));
export const listLines = async (limit: number) => (await ask(api.GET("/admin/tokens", { params: { query: { limit } } }))).tokens;

export const getPricing = () => ask(api.GET("/admin/pricing"));
export const getPrices = async (model: string) => (await ask(api.GET("/admin/pricing/{model}", of(model)))).prices;
export const setPrice = (model: string, body: Schemas["SetPricing"]) => ask(api.POST("/admin/pricing/{model}", { ...of(model), body }));
export const dropPrice = (model: string) => ask(api.DELETE("/admin/pricing/{model}", of(model)));

export const getBudget = () => ask(api.GET("/admin/budget"));
export const setBudget = (body: Schemas["SetBudget"]) => ask(api.POST("/admin/budget", { body }));
export const setHostBudget = (id: number, body: Schemas["SetHostBudget"]) => ask(api.POST("/admin/hosts/{id}/budget", { params: { path: { id } }, body }));

/** The answer of a call that can also give a file, which this one does not ask for. */
function json<D extends { data: unknown }>(call: Promise<{ data?: D | string; error?: unknown; response: Response }>): Promise<D["data"]> {
  return ask(call as Promise<{ data?: D; error?: unknown; response: Response }>);
}

/** The address of a file that the server makes. */
export function fileOf(resource: "usage" | "usage/sums", query: RowsQuery | SumsQuery): string {
  const given = Object.entries({ ...query, format: "csv" }).filter(([, value]) => value !== undefined && value !== "");
  return `/admin/${resource}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}
