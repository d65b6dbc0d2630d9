// The page shows and asks; the server decides. Data only ever becomes text, never markup.
"use strict";
const byId = (id) => document.getElementById(id);

function say(text, problem = false) {
  byId("status").textContent = text;
  byId("status").classList.toggle("problem", problem);
}

async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json();
  if (response.ok) return answer.data;
  const details = Object.values(answer.errors ?? {}).flat().join(" ");
  throw Object.assign(new Error(`${details || answer.message} (request ${answer.request_id})`), { status: response.status });
}

function cell(row, text, title) {
  const td = row.insertCell();
  td.textContent = text ?? "–";
  if (title) td.title = title;
  return td;
}

function ago(stamp) {
  if (!stamp) return "never";
  const minutes = Math.round((Date.now() - Date.parse(stamp)) / 60000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} h ago` : `${Math.round(minutes / 1440)} days ago`;
}

// What deserves a look: the server says what, this page only words two of its facts.
function attention(host) {
  const notes = [...host.warnings];
  if (host.status !== "active") notes.push(`This host is ${host.status}.`);
  if (host.refused_at) notes.push(`Refused ${ago(host.refused_at)} (${host.refused_code}) from ${host.refused_from}.`);
  if (host.prune_at && Date.parse(host.prune_at) - Date.now() < 7 * 86400000) {
    notes.push(`Goes ${new Date(host.prune_at).toLocaleString()} (${host.prune_reason}) if nobody uses it.`);
  }
  return notes;
}

async function refresh() {
  const { hosts } = await call("GET", "/admin/hosts");
  const body = byId("hosts");
  body.replaceChildren();
  for (const host of hosts) {
    const row = body.insertRow();
    const name = cell(row, host.fqdn);
    for (const text of attention(host)) {
      const note = document.createElement("small");
      note.textContent = text;
      name.append(note);
    }
    cell(row, host.authed ? (host.auth_outdated ? "older" : "current") : "none");
    cell(row, host.client_version);
    cell(row, host.wrapper_version);
    cell(row, ago(host.last_contact_at), host.last_contact_at);
    const remove = document.createElement("button");
    remove.textContent = `Remove ${host.fqdn}`;
    remove.addEventListener("click", () => attempt(async () => {
      if (!confirm(`Remove ${host.fqdn}? Its key stops working at once.`)) return;
      await call("DELETE", `/admin/hosts/${host.id}`);
      await refresh();
    }));
    row.insertCell().append(remove);
  }
  byId("no-hosts").hidden = hosts.length > 0;
  say(`${hosts.length} host${hosts.length === 1 ? "" : "s"}`);
}

async function attempt(action) {
  try {
    await action();
  } catch (error) {
    if (error.status === 401) {
      byId("signed-in").hidden = true;
      say("Open the sign-in link that local-dev/up printed; start it again for a new one.", true);
    } else {
      say(error.message, true);
    }
  }
}

function show(title, command) {
  byId("command-title").textContent = title;
  byId("command-text").textContent = command;
  byId("command").hidden = false;
  byId("command-text").focus();
}

byId("add-host").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  attempt(async () => {
    const done = await call("POST", "/admin/hosts/register", { fqdn: form.get("fqdn"), secure: !form.get("insecure") });
    show(`Run this on ${done.host.fqdn}; it works once, until ${done.installer.expires_at}.`, done.installer.command);
    await refresh();
  });
});
byId("seed").addEventListener("click", () => attempt(async () => {
  const seed = await call("POST", "/admin/auth/seed-command");
  show(`It works once, until ${seed.expires_at}.`, seed.command);
}));
byId("copy").addEventListener("click", () => attempt(async () => {
  await navigator.clipboard.writeText(byId("command-text").textContent);
  say("Copied.");
}));

attempt(async () => {
  // A fragment never reaches a server log; it goes away before anything else can read it.
  const token = location.hash.slice(1);
  if (token) {
    history.replaceState(null, "", location.pathname);
    await call("POST", "/admin/session", { token });
  }
  await refresh();
  byId("signed-in").hidden = false;
});
