//! What models see: tools and resources, for one host and one request.

use std::borrow::Cow;

use axum::http::HeaderMap;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CustomRequest, CustomResult, Implementation, ListResourceTemplatesResult, ListResourcesResult,
    ListToolsResult, PaginatedRequestParams, ProtocolVersion, ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities,
    ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::{Map, Value, json};
use shared::hosts::Host;
use shared::memories::{Author, Reach, sql};
use shared::{App, AppResult};

use crate::{failure, resources, tools};

/// Versions of the protocol, oldest first.
pub const VERSIONS: &[ProtocolVersion] =
    &[ProtocolVersion::V_2025_03_26, ProtocolVersion::V_2025_06_18, ProtocolVersion::V_2025_11_25, ProtocolVersion::V_2026_07_28];

/// What a model is told once.
const INSTRUCTIONS: &str = "Memories and files that outlive this session. Search memories (memory_search) before you ask about things that may \
     have come up earlier on this host, and store (memory_store) what will be of use later: decisions, commands that work, places. One \
     fact a memory, in plain words, with tags. Never store secrets: they are refused. Files (fs_*) lie in a space of this host on the \
     server, not on the machine you work on: use them for notes and results that are too long for a memory.";

/// One host's server; made for each request.
#[derive(Clone, Debug)]
pub struct Server {
    /// The product.
    pub app: App,
    /// Who calls.
    pub host: Host,
    /// What its client calls its session.
    pub session: Option<String>,
}

/// Longest name of a session, in characters.
const MAX_SESSION: usize = 128;

impl Server {
    /// For a host's request.
    pub fn new(app: App, host: Host, headers: &HeaderMap) -> Self {
        let told = ["mcp-session-id", "session_id", "conversation_id"].iter().find_map(|name| headers.get(*name)?.to_str().ok());
        Self { app, host, session: told.map(session_name) }
    }

    /// Who writes.
    pub fn author(&self) -> Author<'_> {
        Author { host: Some(self.host.id), name: &self.host.fqdn, session: self.session.as_deref() }
    }

    /// What this host may do with which memories.
    pub async fn reach(&self) -> AppResult<Reach> {
        Ok(sql::reach(&mut *self.app.db.acquire().await?, &self.host).await?)
    }

    /// Codex tells its session with each call of a tool, and no header.
    fn in_session(&self, meta: Option<&Map<String, Value>>) -> Self {
        let told = meta.and_then(told_session).map(|session| session_name(&session));
        Self { session: told.or_else(|| self.session.clone()), ..self.clone() }
    }
}

fn session_name(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_SESSION).collect()
}

/// Where clients put it.
fn told_session(meta: &Map<String, Value>) -> Option<String> {
    let turn = meta.get("x-codex-turn-metadata");
    let turn = match turn {
        Some(Value::String(text)) => serde_json::from_str(text).ok(),
        other => other.cloned(),
    };
    let places =
        [turn.as_ref().and_then(|turn| turn.get("session_id")), meta.get("session_id"), meta.get("sessionId"), meta.get("threadId")];
    places.into_iter().flatten().find_map(|value| value.as_str()).map(str::to_owned)
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_resources().build();
        let mut info = ServerConfig::new(capabilities).with_instructions(INSTRUCTIONS);
        let mut about = Implementation::new("codex-auth-central", env!("CARGO_PKG_VERSION"));
        about.title = Some("Codex Auth Central".to_owned());
        info.server_info = about;
        info.protocol_version = ProtocolVersion::V_2025_11_25;
        info
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Cow::Borrowed(VERSIONS)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        tools::find(name)
    }

    async fn list_tools(&self, _: Option<PaginatedRequestParams>, _: RequestContext<RoleServer>) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::all().to_vec()))
    }

    async fn call_tool(&self, call: CallToolRequestParams, context: RequestContext<RoleServer>) -> Result<CallToolResponse, ErrorData> {
        let server = self.in_session(meta_of(&context).as_ref());
        tools::call(&server, &call.name, &call.arguments.unwrap_or_default()).await.map(Into::into)
    }

    async fn list_resources(
        &self,
        page: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        resources::list(self, page.and_then(|page| page.cursor).as_deref()).await
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(ListResourceTemplatesResult::with_all_items(resources::templates()))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let newest = context.protocol_version().is_some_and(|version| version.as_str() >= ProtocolVersion::V_2026_07_28.as_str());
        resources::read(self, &request.uri).await.map(Into::into).map_err(|error| match error.data {
            // The newest version wants the address there; the contract a sentence.
            Some(Value::String(why)) if newest => ErrorData { data: Some(json!({ "uri": request.uri, "reason": why })), ..error },
            _ => error,
        })
    }

    async fn on_custom_request(&self, request: CustomRequest, context: RequestContext<RoleServer>) -> Result<CustomResult, ErrorData> {
        let server = self.in_session(meta_of(&context).as_ref());
        let params = request.params.unwrap_or_default();
        match resources::change(&server, &request.method, &params).await {
            Some(Ok(value)) => Ok(CustomResult::new(value)),
            Some(Err(error)) => Err(failure::protocol(&error)),
            // Methods that are there come by here only when their parameters cannot be read.
            None if KNOWN.contains(&request.method.as_str()) => Err(ErrorData::invalid_params("Invalid params", None)),
            None => Err(ErrorData::new(rmcp::model::ErrorCode::METHOD_NOT_FOUND, "Method not found", None)),
        }
    }
}

/// Methods of the protocol that this server has.
const KNOWN: [&str; 9] = [
    "initialize",
    "ping",
    "tools/list",
    "tools/call",
    "resources/list",
    "resources/read",
    "resources/templates/list",
    "server/discover",
    "subscriptions/listen",
];

fn meta_of(context: &RequestContext<RoleServer>) -> Option<Map<String, Value>> {
    match serde_json::to_value(&context.meta) {
        Ok(Value::Object(map)) => Some(map),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_found_where_clients_put_it() {
        let told = |value: Value| told_session(value.as_object().unwrap());
        assert_eq!(told(json!({ "x-codex-turn-metadata": { "session_id": "s" } })).as_deref(), Some("s"));
        assert_eq!(told(json!({ "x-codex-turn-metadata": "{\"session_id\":\"s\"}" })).as_deref(), Some("s"));
        assert_eq!(told(json!({ "threadId": "t" })).as_deref(), Some("t"));
        assert_eq!(told(json!({ "progressToken": 1 })), None);
        assert_eq!(session_name(&"x\n".repeat(200)).len(), 128);
    }
}
