//! A running fake, in its own runtime so that blocking tests can use it too.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use crate::{
    connection::{Hangup, Lines},
    families::FamilyId,
    faults::Fault,
    login::LoginOptions,
    options::Options,
    replies::{Reply, Scripted},
    server::{self, Fake},
    state::{ModelRequest, Seen, State},
};

/// A fake that serves until it is dropped; dropping also cuts open connections.
#[derive(Debug)]
pub struct FakeOpenAi {
    address: SocketAddr,
    fake: Arc<Fake>,
    runtime: Option<Runtime>,
}

impl FakeOpenAi {
    /// Listens before it returns. Works inside and outside of async code.
    pub fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind((options.host, options.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let fake = Arc::new(Fake::new(options));
        let app = server::router(fake.clone()).into_make_service_with_connect_info::<Hangup>();
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let listener = {
            let _inside = runtime.enter();
            Lines(tokio::net::TcpListener::from_std(listener)?)
        };
        runtime.spawn(async move { axum::serve(listener, app).await });
        Ok(Self { address, fake, runtime: Some(runtime) })
    }

    /// `http://127.0.0.1:<port>`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets its clock, which goes on from there; `None`: the machine's time again.
    pub fn set_time(&self, at: Option<DateTime<Utc>>) {
        self.fake.set_time(at);
    }

    /// A new login; returns the `auth.json` it leaves.
    #[expect(clippy::needless_pass_by_value, reason = "reads better with a literal at the call")]
    pub fn login(&self, options: LoginOptions) -> Value {
        self.fake.login(&options).1
    }

    /// The login an `auth.json` belongs to, by its refresh token.
    pub fn family_of(&self, auth: &Value) -> Option<FamilyId> {
        let token = auth["tokens"]["refresh_token"].as_str()?;
        self.with(|state| state.families.family_of(token))
    }

    /// Looks at or changes anything the fake remembers.
    pub fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.fake.state())
    }

    /// Adds a fault behind those already waiting.
    pub fn fault(&self, fault: Fault) {
        self.with(|state| state.faults.push_back(fault));
    }

    /// Scripts the next reply for whatever model asks.
    pub fn reply(&self, reply: Reply) {
        self.with(|state| state.replies.push_back(Scripted { model: None, reply }));
    }

    /// Scripts the next reply for one model.
    pub fn reply_for(&self, model: &str, reply: Reply) {
        let model = Some(model.to_owned());
        self.with(|state| state.replies.push_back(Scripted { model, reply }));
    }

    /// What `wham/usage` answers to an account from now on.
    pub fn set_wham_usage(&self, account_id: &str, answer: Value) {
        self.with(|state| state.wham_usage.insert(account_id.to_owned(), answer));
    }

    /// The server refuses these access tokens from now on, though their `exp` looks fine.
    pub fn expire_access(&self, family: Option<&FamilyId>) {
        self.with(|state| state.families.expire_access(family));
    }

    /// Refreshes answer `refresh_token_expired` from now on.
    pub fn expire_refresh(&self, family: Option<&FamilyId>) {
        self.with(|state| state.families.expire_refresh(family));
    }

    /// All requests outside `/_fake`, oldest first.
    pub fn requests(&self) -> Vec<Seen> {
        self.with(|state| state.requests.clone())
    }

    /// All accepted model requests, oldest first.
    pub fn model_requests(&self) -> Vec<ModelRequest> {
        self.with(|state| state.model_requests.clone())
    }

    /// How many requests a method and path have seen.
    pub fn count(&self, method: &str, path: &str) -> usize {
        self.with(|state| state.count(method, path))
    }

    /// The same as `GET /_fake/state`.
    pub fn state_json(&self) -> Value {
        self.with(|state| state.to_json())
    }
}

impl Drop for FakeOpenAi {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
