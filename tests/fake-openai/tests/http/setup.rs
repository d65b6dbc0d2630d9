//! A fake with an HTTP client, as all tests of this crate use it.

use fake_openai::{CLIENT_ID, FakeOpenAi, LoginOptions, Options};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

/// A running fake and somebody to talk to it.
pub struct Setup {
    pub fake: FakeOpenAi,
    pub http: Client,
}

/// One machine's copy of a login.
#[derive(Clone)]
pub struct Login {
    pub access: String,
    pub refresh: String,
}

impl Login {
    pub fn of(auth: &Value) -> Self {
        let text = |name: &str| auth["tokens"][name].as_str().unwrap().to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token") }
    }
}

pub fn start() -> Setup {
    start_with(Options::default())
}

pub fn start_with(options: Options) -> Setup {
    // Fails when another test of this process was first, which is just as well.
    drop(rustls::crypto::ring::default_provider().install_default());
    let fake = FakeOpenAi::start(options).unwrap();
    let http = Client::builder().no_proxy().build().unwrap();
    Setup { fake, http }
}

impl Setup {
    pub fn login(&self) -> Login {
        self.login_as("acct-1")
    }

    pub fn login_as(&self, account_id: &str) -> Login {
        let account_id = account_id.to_owned();
        let options = LoginOptions { account_id, ..LoginOptions::default() };
        Login::of(&self.fake.login(options))
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(self.fake.url() + path)
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(self.fake.url() + path)
    }

    /// A refresh as Codex sends it.
    pub fn refresh(&self, token: &str) -> RequestBuilder {
        self.post("/oauth/token").json(&json!({
            "client_id": CLIENT_ID,
            "grant_type": "refresh_token",
            "refresh_token": token,
        }))
    }

    /// One user message to the model.
    pub fn ask(&self, login: &Login, model: &str, text: &str) -> RequestBuilder {
        let request = self.post("/v1/responses").bearer_auth(&login.access);
        request.json(&question(model, text))
    }
}

pub fn question(model: &str, text: &str) -> Value {
    json!({
        "model": model,
        "stream": true,
        "input": [{
            "type": "message",
            "role": "user",
            "content": [{ "type": "input_text", "text": text }],
        }],
    })
}

/// Status and `error.code` of a refusal.
pub async fn refusal(request: RequestBuilder) -> (u16, String) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["error"]["code"].as_str().unwrap().to_owned())
}

/// A successful answer.
pub async fn ok(request: RequestBuilder) -> Response {
    request.send().await.unwrap().error_for_status().unwrap()
}

pub async fn ok_json(request: RequestBuilder) -> Value {
    ok(request).await.json().await.unwrap()
}

/// The data of all server-sent events.
pub async fn events(request: RequestBuilder) -> Vec<Value> {
    let text = ok(request).await.text().await.unwrap();
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}
