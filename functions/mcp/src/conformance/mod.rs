//! What the official conformance suite calls, served by the server code of `/mcp`: fixtures in the place of our tools. Only in
//! test builds.

#![expect(deprecated, reason = "older versions of the protocol have logging, and the suite asks for it")]

mod inputs;
mod material;
mod tools;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CompleteRequestParams, CompleteResult, GetPromptRequestParams, GetPromptResponse,
    Implementation, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
    ProtocolVersion, ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::model::{SetLevelRequestParams, SubscribeRequestParams, UnsubscribeRequestParams};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use shared::App;
use shared::extract::{Caller, Client};

use crate::endpoint::serve;

/// `/mcp` with the fixtures, behind the same door.
pub fn router() -> axum::Router<App> {
    axum::Router::new().route("/mcp", axum::routing::post(post_mcp))
}

async fn post_mcp(Caller(caller): Caller, Client(client): Client, State(app): State<App>, request: Request) -> Response<Body> {
    serve(&app, Fixtures, (caller.who.host.id, &client.address.to_string()), request).await
}

/// A server that has what the suite asks for.
#[derive(Clone, Copy, Debug)]
pub struct Fixtures;

/// A result that is whole, which the newest version says in so many words.
fn whole<T: DeserializeOwned>(mut value: Value) -> Result<T, ErrorData> {
    value["resultType"] = json!("complete");
    typed(value)
}

/// JSON as the type that the server code wants.
fn typed<T: DeserializeOwned>(value: Value) -> Result<T, ErrorData> {
    serde_json::from_value(value).map_err(|error| ErrorData::internal_error(error.to_string(), None))
}

impl ServerHandler for Fixtures {
    fn get_info(&self) -> ServerConfig {
        let capabilities = json!({ "tools": {}, "resources": { "subscribe": false }, "prompts": {}, "completions": {}, "logging": {} });
        let capabilities: ServerCapabilities = serde_json::from_value(capabilities).expect("it is written as capabilities");
        let mut info = ServerConfig::new(capabilities);
        info.server_info = Implementation::new("codex-auth-central-fixtures", env!("CARGO_PKG_VERSION"));
        info.protocol_version = ProtocolVersion::V_2025_11_25;
        info
    }

    fn supported_protocol_versions(&self) -> std::borrow::Cow<'static, [ProtocolVersion]> {
        std::borrow::Cow::Borrowed(crate::server::VERSIONS)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        tools::all().into_iter().find(|tool| tool.name == name)
    }

    async fn list_tools(&self, _: Option<PaginatedRequestParams>, _: RequestContext<RoleServer>) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::all()))
    }

    async fn call_tool(&self, call: CallToolRequestParams, context: RequestContext<RoleServer>) -> Result<CallToolResponse, ErrorData> {
        tools::call(call, context).await
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(ListResourcesResult::with_all_items(typed(material::resources())?))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(ListResourceTemplatesResult::with_all_items(typed(material::templates())?))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let missing = || ErrorData::resource_not_found("Resource not found", Some(json!({ "uri": request.uri })));
        let contents = material::read(&request.uri).ok_or_else(missing)?;
        Ok(ReadResourceResponse::Complete(whole(json!({ "contents": [contents] }))?))
    }

    async fn list_prompts(&self, _: Option<PaginatedRequestParams>, _: RequestContext<RoleServer>) -> Result<ListPromptsResult, ErrorData> {
        Ok(ListPromptsResult::with_all_items(typed(material::prompts())?))
    }

    async fn get_prompt(&self, request: GetPromptRequestParams, _: RequestContext<RoleServer>) -> Result<GetPromptResponse, ErrorData> {
        if request.name == inputs::PROMPT {
            return inputs::prompt(request.input_responses.as_ref());
        }
        let arguments = json!(request.arguments);
        let messages = material::prompt(&request.name, &arguments).ok_or_else(|| ErrorData::invalid_params("Unknown prompt", None))?;
        Ok(GetPromptResponse::Complete(whole(json!({ "messages": messages }))?))
    }

    async fn complete(&self, _: CompleteRequestParams, _: RequestContext<RoleServer>) -> Result<CompleteResult, ErrorData> {
        whole(json!({ "completion": { "values": ["paris", "park", "party"], "total": 3, "hasMore": false } }))
    }

    async fn set_level(&self, _: SetLevelRequestParams, context: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        legacy(&context, "logging/setLevel")
    }

    async fn subscribe(&self, _: SubscribeRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn unsubscribe(&self, _: UnsubscribeRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        Ok(())
    }
}

/// Methods that 2026-07-28 has no more.
fn legacy(context: &RequestContext<RoleServer>, method: &'static str) -> Result<(), ErrorData> {
    let newest = context.protocol_version().is_some_and(|version| version.as_str() >= "2026-07-28");
    if newest { Err(ErrorData::new(rmcp::model::ErrorCode::METHOD_NOT_FOUND, method, None)) } else { Ok(()) }
}

/// Calls one of the product's tools for a host, without HTTP: for tests that make very many calls.
pub async fn call_tool(app: &App, host: &shared::hosts::Host, name: &str, arguments: &serde_json::Map<String, Value>) -> Value {
    let server = crate::server::Server::new(app.clone(), host.clone(), &axum::http::HeaderMap::new());
    match crate::tools::call(&server, name, arguments).await {
        Ok(result) => json!(result),
        Err(error) => json!({ "error": error }),
    }
}
