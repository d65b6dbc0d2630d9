import { api, ask, type Schemas } from "../api/client";

export const getRollout = () => ask(api.GET("/admin/rollout"));
export const startRollout = (body: Schemas["StartRollout"]) => ask(api.POST("/admin/rollout", { body }));
export const stopRollout = () => ask(api.POST("/admin/rollout/stop"));
export const finishRollout = () => ask(api.POST("/admin/rollout/finish"));
export type RolloutState = Awaited<ReturnType<typeof getRollout>>;
