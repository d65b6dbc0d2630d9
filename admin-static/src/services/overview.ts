import { api, ask } from "../api/client";

/** The fleet at a glance, in one request; unlike the host API it answers with the kill switch on. */
export const getOverview = () => ask(api.GET("/admin/overview"));
export type Overview = Awaited<ReturnType<typeof getOverview>>;
