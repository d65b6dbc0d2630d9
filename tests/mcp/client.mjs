// A whole session of the official TypeScript SDK: connect, list, call, read. Arguments: URL and key. Prints one JSON object.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [url, key] = process.argv.slice(2);
const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { Authorization: `Bearer ${key}` } } });
const client = new Client({ name: "session-test", version: "1.0.0" });
await client.connect(transport);
await client.ping();
const call = (name, args) => client.callTool({ name, arguments: args });
const tools = (await client.listTools()).tools.map((tool) => tool.name);
const stored = await call("memory_store", { id: "from-typescript", content: "typescript was here" });
const found = await call("memory_search", { query: "typescript" });
await call("fs_write_file", { path: "ts/note.txt", content: "text" });
const file = await call("fs_read_file", { path: "ts/note.txt" });
const refused = await call("fs_read_file", { path: "../x" });
const resources = (await client.listResources()).resources;
const read = await client.readResource({ uri: resources[0].uri });
const templates = (await client.listResourceTemplates()).resourceTemplates;
console.log(
  JSON.stringify({
    server: client.getServerVersion().name,
    tools: tools.length,
    stored: stored.structuredContent.status,
    found: found.structuredContent.count,
    file: file.structuredContent.content,
    refused: refused.isError,
    read: read.contents[0].text,
    templates: templates.length,
  }),
);
await client.close();
