// Packs what `vite build` made, and fails when it has become too large for a slow line.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const LIMIT_ALL = 350_000;
const LIMIT_FIRST = 120_000;

const dist = new URL("../dist/", import.meta.url);
const manifest = readFileSync(new URL("index.html", dist), "utf8");
const files = ["index.html", ...readdirSync(new URL("assets/", dist)).map((name) => `assets/${name}`)].filter((name) => !/\.(br|gz)$/.test(name));

const sizes = new Map();
for (const name of files) {
  const bytes = readFileSync(new URL(name, dist));
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  const gzip = gzipSync(bytes, { level: 9 });
  writeFileSync(new URL(`${name}.br`, dist), brotli);
  writeFileSync(new URL(`${name}.gz`, dist), gzip);
  // Browsers take brotli over TLS only: the larger one has to fit.
  sizes.set(name, Math.max(brotli.length, gzip.length));
}

// The first view: what the page names, what that imports without being asked, and the overview.
const first = new Set(["index.html"]);
const visit = (name) => {
  if (first.has(name) || !sizes.has(name)) return;
  first.add(name);
  if (!name.endsWith(".js")) return;
  const text = readFileSync(new URL(name, dist), "utf8");
  for (const [, found] of text.matchAll(/(?:import|from)\s*["']\.\/([^"']+)["']/g)) visit(`assets/${found}`);
};
for (const [, found] of manifest.matchAll(/\/admin\/(assets\/[^"]+)"/g)) visit(found);
for (const name of files) if (/assets\/Overview-/.test(name)) visit(name);

const sum = (names) => [...names].reduce((total, name) => total + (sizes.get(name) ?? 0), 0);
const [all, shown] = [sum(files), sum(first)];
for (const name of files) console.log(`${String(sizes.get(name)).padStart(8)}  ${first.has(name) ? "first" : "later"}  ${name}`);
console.log(`first view ${shown} of ${LIMIT_FIRST} bytes, everything ${all} of ${LIMIT_ALL} bytes, compressed`);
if (all > LIMIT_ALL || shown > LIMIT_FIRST) {
  console.error("The dashboard has become too large.");
  process.exit(1);
}
