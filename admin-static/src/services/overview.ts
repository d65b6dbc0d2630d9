import { api, ask } from "../api/client";

/** The fleet at a glance, in one request. */
export const getOverview = () => ask(api.GET("/admin/overview"));
