// The settings of config.toml as a form: one line per setting. What Codex does not know the server refuses, with the path.

export type Field = { key: string; label: string; kind: Kind; options?: readonly string[]; hint?: string; placeholder?: string };
export type Kind = "text" | "number" | "word" | "flag" | "switch" | "list" | "texts" | "flags";
export type Group = { title: string; at: string[]; fields: Field[] };
export type Collection = { key: string; title: string; one: string; name: string; groups: Group[] };
export type Path = (string | number)[];
export type Json = Record<string, unknown>;

const text = (key: string, label: string, more: Partial<Field> = {}): Field => ({ key, label, kind: "text", ...more });
const word = (key: string, label: string, options: readonly string[], more: Partial<Field> = {}): Field => ({ key, label, kind: "word", options, ...more });
const flag = (key: string, label: string, more: Partial<Field> = {}): Field => ({ key, label, kind: "flag", ...more });
const number = (key: string, label: string, more: Partial<Field> = {}): Field => ({ key, label, kind: "number", ...more });
const list = (key: string, label: string, more: Partial<Field> = {}): Field => ({ key, label, kind: "list", hint: "one a line", ...more });
const texts = (key: string, label: string, more: Partial<Field> = {}): Field => ({ key, label, kind: "texts", hint: "NAME = value, one a line", ...more });
const flags = (key: string, label: string, more: Partial<Field> = {}): Field => ({ key, label, kind: "flags", hint: "name = true or false, one a line", ...more });
const onOff = (key: string, label: string, more: Partial<Field> = {}): Field => ({ key, label, kind: "switch", ...more });

const model: Field[] = [
  text("model", "Model", { placeholder: "gpt-5.1-codex" }),
  text("model_provider", "Provider", { placeholder: "openai" }),
  word("model_reasoning_effort", "Reasoning effort", ["none", "minimal", "low", "medium", "high", "xhigh", "max"]),
  word("model_reasoning_summary", "Reasoning summary", ["none", "auto", "concise", "detailed"]),
  word("model_verbosity", "Verbosity", ["low", "medium", "high"]),
  flag("model_supports_reasoning_summaries", "The model can summarise its reasoning"),
  number("model_context_window", "Context window, tokens"),
  number("model_max_output_tokens", "Most output tokens"),
];
const safety: Field[] = [
  word("approval_policy", "When Codex asks", ["on-request", "untrusted", "on-failure", "never"]),
  word("sandbox_mode", "What commands may touch", ["read-only", "workspace-write", "danger-full-access"]),
  word("web_search", "Web search", ["live", "cached", "disabled"]),
  flags("features", "Features"),
];
const sandbox: Field[] = [
  flag("network_access", "Network"),
  list("writable_roots", "Further folders that can be written"),
  flag("exclude_tmpdir_env_var", "Keep $TMPDIR out"),
  flag("exclude_slash_tmp", "Keep /tmp out"),
];
const scope: Group[] = [
  { title: "Model", at: [], fields: model },
  { title: "Safety", at: [], fields: safety },
  { title: "Workspace sandbox", at: ["sandbox_workspace_write"], fields: sandbox },
];
const exporter: Field[] = [
  word("exporter", "Goes where", ["none", "otlp-http", "otlp-grpc"]),
  text("endpoint", "Endpoint", { placeholder: "https://otel.example.com/v1/logs" }),
  word("protocol", "Protocol over HTTP", ["binary", "json"]),
  texts("headers", "Headers"),
];

/** The groups of the whole file. */
export const groups: Group[] = [
  ...scope,
  {
    title: "Fleet",
    at: [],
    fields: [
      onOff("orchestrator_mcp_enabled", "Hosts get the managed MCP server"),
      text("profile", "Profile that is on", { hint: "the name of one below" }),
      text("openai_base_url", "OpenAI base URL"),
      list("notify", "Notify command", { hint: "the program and its arguments, one a line" }),
      flags("notice", "Notices", { hint: "name = true hides it" }),
    ],
  },
  {
    title: "Defaults that keep a fleet in hand",
    at: ["managed"],
    fields: [
      onOff("no_daemon", "No daemon", { hint: "a daemon keeps the old login and updates itself past the pin" }),
      onOff("approve_managed_tools", "Tools of the managed MCP server run unasked", { hint: "codex exec cannot ask" }),
      onOff("hide_notices", "Notices about models and limits stay hidden"),
    ],
  },
  {
    title: "Environment of commands",
    at: ["shell_environment_policy"],
    fields: [word("inherit", "Inherits", ["all", "core", "none"]), texts("set", "Set"), list("include_only", "Only these"), list("exclude", "Not these"), flag("ignore_default_excludes", "Keep names with KEY, SECRET, TOKEN")],
  },
  { title: "Telemetry: logs", at: ["otel"], fields: [text("environment", "Environment"), flag("log_user_prompt", "Prompts are logged"), ...exporter] },
  { title: "Telemetry: traces", at: ["otel", "trace_exporter"], fields: exporter },
  { title: "Telemetry: metrics", at: ["otel", "metrics_exporter"], fields: exporter },
];

/** Lists of named things. */
export const collections: Collection[] = [
  { key: "profiles", title: "Profiles", one: "profile", name: "name", groups: [{ title: "Name", at: [], fields: [text("name", "Name", { hint: "letters, digits, _ and -" })] }, ...scope] },
  {
    key: "mcp_servers",
    title: "MCP servers",
    one: "MCP server",
    name: "name",
    groups: [
      {
        title: "Server",
        at: [],
        fields: [
          text("name", "Name"),
          flag("enabled", "Enabled"),
          text("command", "Program", { hint: "a program or an address, not both" }),
          list("args", "Arguments"),
          texts("env", "Environment"),
          text("cwd", "Folder"),
          text("url", "Address"),
          text("bearer_token", "Bearer token"),
          text("bearer_token_env_var", "Variable with the bearer token"),
          texts("http_headers", "Headers"),
          texts("env_http_headers", "Headers from variables"),
          number("startup_timeout_sec", "Start-up limit, seconds"),
          number("tool_timeout_sec", "Tool limit, seconds"),
          list("enabled_tools", "Only these tools"),
          list("disabled_tools", "Not these tools"),
          word("default_tools_approval_mode", "Tools run", ["auto", "prompt", "writes", "approve"]),
        ],
      },
    ],
  },
  {
    key: "model_providers",
    title: "Model providers",
    one: "provider",
    name: "id",
    groups: [
      {
        title: "Provider",
        at: [],
        fields: [
          text("id", "Id"),
          text("name", "Name"),
          text("base_url", "Base URL"),
          text("env_key", "Variable with the key"),
          text("env_key_instructions", "How to get the key"),
          word("wire_api", "Wire API", ["responses", "chat"]),
          flag("requires_openai_auth", "Uses the OpenAI login"),
          texts("query_params", "Query parameters"),
          texts("http_headers", "Headers"),
          texts("env_http_headers", "Headers from variables"),
          number("request_max_retries", "Request retries"),
          number("stream_max_retries", "Stream retries"),
          number("stream_idle_timeout_ms", "Stream idle limit, ms"),
        ],
      },
    ],
  },
];

/** What is at a path; `undefined` where the way ends. */
export function get(from: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, key) => (typeof at === "object" && at !== null ? (at as Json)[key] : undefined), from);
}

/** The same settings with another value at a path. */
export function put(from: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(from)) return from.map((item, at) => (at === key ? put(item, rest, value) : item));
  const object = typeof from === "object" && from !== null ? (from as Json) : {};
  return { ...object, [key]: put(object[key], rest, value) };
}

/** A path as the server writes it: `mcp_servers[0].command`. */
export function written(path: Path): string {
  return path.reduce<string>((text, key) => (typeof key === "number" ? `${text}[${key}]` : text ? `${text}.${key}` : key), "");
}

/** A setting as the text of its control. */
export function show(kind: Kind, value: unknown): string {
  if (value == null) return "";
  if (kind === "list") return (value as string[]).join("\n");
  if (kind === "texts" || kind === "flags") return Object.entries(value as Json).map(([name, of]) => `${name} = ${of}`).join("\n");
  return String(value);
}

/** The text of a control as a setting. What it cannot be goes to the server as it is, which says what is wrong. */
export function read(kind: Kind, text: string): unknown {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  switch (kind) {
    case "list":
      return lines;
    case "texts":
    case "flags":
      return Object.fromEntries(
        lines.map((line) => {
          const [name = "", value = ""] = line.split(/=(.*)/s).map((part) => part.trim());
          return [name, kind === "flags" && /^(true|false)$/.test(value) ? value === "true" : value];
        }),
      );
    case "number":
      return text.trim() === "" ? null : /^\d+$/.test(text.trim()) ? Number(text) : text;
    case "flag":
      return text === "" ? null : text === "true";
    case "switch":
      return text === "true";
    default:
      return text.trim() === "" ? null : text;
  }
}

/** How many settings of a group are set. */
export function setCount(settings: unknown, group: Group): number {
  return group.fields.filter((field) => show(field.kind, get(settings, [...group.at, field.key])) !== "").length;
}
