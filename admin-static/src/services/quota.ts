import { api, ask, type Schemas } from "../api/client";

export const getQuota = () => ask(api.GET("/admin/chatgpt/usage"));
export const refreshQuota = () => ask(api.POST("/admin/chatgpt/usage/refresh"));
export const getQuotaHistory = (days: number) => ask(api.GET("/admin/chatgpt/usage/history", { params: { query: { days } } }));
export const getQuotaMode = () => ask(api.GET("/admin/quota-mode"));
export const setQuotaMode = (body: Schemas["SetQuotaMode"]) => ask(api.POST("/admin/quota-mode", { body }));
export const getSilent = () => ask(api.GET("/admin/cdx-silent"));
export const setSilent = (silent: boolean) => ask(api.POST("/admin/cdx-silent", { body: { silent } }));
