import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const modern = ["chrome123", "firefox121", "safari17.5"];

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
  server: { proxy: { "^/(admin/(?!$|src|node_modules|@)|versions)": "http://127.0.0.1:8488" } },
  test: { include: ["src/**/*.test.ts"] },
});
