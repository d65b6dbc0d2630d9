import { api, ask, type Schemas } from "../api/client";

const at = (id: number) => ({ params: { path: { id } } });

export type DeliveryState = "waiting" | "delivered" | "given_up";

export const listAlerts = () => ask(api.GET("/admin/alerts"));
export const listWebhooks = async () => (await ask(api.GET("/admin/alerts/webhooks"))).webhooks;
export const createWebhook = (body: Schemas["NewWebhook"]) => ask(api.POST("/admin/alerts/webhooks", { body }));
export const changeWebhook = (id: number, body: Schemas["WebhookChange"]) => ask(api.POST("/admin/alerts/webhooks/{id}", { ...at(id), body }));
export const deleteWebhook = (id: number) => ask(api.DELETE("/admin/alerts/webhooks/{id}", at(id)));
export const testWebhook = async (id: number) => (await ask(api.POST("/admin/alerts/webhooks/{id}/test", at(id)))).delivery;
export const listDeliveries = async (state: DeliveryState | undefined, limit: number) =>
  (await ask(api.GET("/admin/alerts/deliveries", { params: { query: { limit, ...(state ? { state } : {}) } } }))).deliveries;
