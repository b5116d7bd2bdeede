// Builds the terminal into the Python package; `npm run dev` serves it beside a running desk.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const DESK = "http://127.0.0.1:8484";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../src/argosy/web/static",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false }, // it would be an inline script, which the policy forbids
    assetsInlineLimit: 0,
    license: { fileName: "licenses.md" }, // what the bundle is made of asks to be named
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: { "/api": { target: DESK, ws: true, changeOrigin: true } },
  },
});
