import { api, ask } from "../api/client";

export const listJobs = async () => (await ask(api.GET("/admin/jobs"))).jobs;
/** Makes it due at once; it does not wait for it. */
export const runJob = (name: string) => ask(api.POST("/admin/jobs/{name}/run", { params: { path: { name } } }));
