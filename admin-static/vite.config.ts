import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const modern = ["chrome123", "firefox121", "safari17.5"];

const target = process.env.SERVER ?? "http://127.0.0.1:8488";

export default defineConfig({
  base: "/admin/",
  plugins: [svelte()],
  build: {
    target: modern,
    cssTarget: modern,
    // The policy of the page allows files only: nothing becomes a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Served by the admin function, which holds one flat folder of assets.
    assetsDir: "assets",
    reportCompressedSize: false,
  },
  // The server believes only its own origin.
  server: { proxy: { "^/(admin/(?!$|src|node_modules|@)|versions)": { target, changeOrigin: true, headers: { origin: target } } } },
  test: { include: ["src/**/*.test.ts"] },
});
