//! What AWS Secrets Manager keeps for functions on Lambda. A variable names the secret, and its value never gets into the
//! environment, where whoever may look at a function would see it.

mod connector;
mod login;
mod renewal;

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Builder, Credentials, Region};
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;

use crate::config::ConfigError;
use connector::Connector;
use login::Place;
pub use renewal::Renewal;

/// How long a function waits for a secret, all tries together.
const LIMIT: Duration = Duration::from_secs(5);

/// The variable that names the secret of the database login.
const DATABASE: &str = "DATABASE_SECRET_ARN";

/// Which variable names the secret whose text stands for which other variable.
const TEXTS: [(&str, &str); 2] = [("KEYRING_SECRET_ARN", "AUTH_ENCRYPTION_KEY"), ("AUTH_RUNNER_SECRET_ARN", "AUTH_RUNNER_SECRET")];

/// A secret that cannot be had or used. No value is in it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager did not give it.
    #[error("the secret that {0} names cannot be read: {1}")]
    Unread(&'static str, String),
    /// It is not what it should be.
    #[error("the secret that {0} names cannot be used: {1}")]
    Unusable(&'static str, &'static str),
}

/// The secrets that this function's variables name.
#[derive(Clone, Debug)]
pub struct Vault {
    client: Client,
    /// Of each text, and of the database login.
    names: HashMap<&'static str, String>,
    place: Place,
}

impl Vault {
    /// Opens nothing. `None`: no variable names a secret, and the values themselves are in the environment.
    pub fn from_lookup(lookup: impl Fn(&'static str) -> Option<String>) -> Result<Option<Self>, ConfigError> {
        let all = TEXTS.map(|(arn, _)| arn).into_iter().chain([DATABASE]);
        let names: HashMap<_, _> = all.filter_map(|arn| Some((arn, lookup(arn)?))).collect();
        if names.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self { client: client(&lookup)?, names, place: Place::from_lookup(&lookup)? }))
    }

    /// The values by the variable they stand for, read at the same time.
    pub async fn variables(&self) -> Result<HashMap<&'static str, String>, SecretError> {
        let text = async |(arn, variable)| Ok::<_, SecretError>(self.read(arn).await?.map(|value| (variable, value)));
        let (first, second, url) = tokio::try_join!(text(TEXTS[0]), text(TEXTS[1]), self.database_url())?;
        Ok([first, second, url.map(|url| ("DATABASE_URL", url))].into_iter().flatten().collect())
    }

    /// The database's address with the login as it is now. `None`: no variable names its secret.
    pub async fn database_url(&self) -> Result<Option<String>, SecretError> {
        let Some(secret) = self.read(DATABASE).await? else { return Ok(None) };
        login::url(&secret, &self.place).map(Some).map_err(|why| SecretError::Unusable(DATABASE, why))
    }

    async fn read(&self, arn: &'static str) -> Result<Option<String>, SecretError> {
        let Some(name) = self.names.get(arn) else { return Ok(None) };
        let got = self.client.get_secret_value().secret_id(name).send().await;
        let got = got.map_err(|error| SecretError::Unread(arn, why(&error)))?;
        got.secret_string.map(Some).ok_or(SecretError::Unusable(arn, "it is binary and not text"))
    }
}

/// An answer that was not understood may hold the secret, so it is not shown.
fn why(error: &SdkError<GetSecretValueError>) -> String {
    match error {
        SdkError::ServiceError(refused) => {
            let refused = refused.err();
            format!("{}: {}", refused.code().unwrap_or("refused"), refused.message().unwrap_or("no reason given"))
        }
        SdkError::TimeoutError(_) => format!("no answer within {} s", LIMIT.as_secs()),
        SdkError::DispatchFailure(_) => "Secrets Manager is not reached: is there a way out of the subnets?".to_owned(),
        _ => "the answer is not understood".to_owned(),
    }
}

/// With what Lambda puts into the environment of a function; the SDK's search for credentials elsewhere would only cost time.
fn client(lookup: &impl Fn(&'static str) -> Option<String>) -> Result<Client, ConfigError> {
    let required = |name| lookup(name).ok_or(ConfigError::Missing(name));
    let (id, secret) = (required("AWS_ACCESS_KEY_ID")?, required("AWS_SECRET_ACCESS_KEY")?);
    let credentials = Credentials::new(id, secret, lookup("AWS_SESSION_TOKEN"), None, "environment");
    let mut builder = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(required("AWS_REGION")?))
        .credentials_provider(credentials)
        .timeout_config(TimeoutConfig::builder().operation_timeout(LIMIT).build())
        .http_client(Connector::new());
    builder.set_endpoint_url(lookup("AWS_ENDPOINT_URL_SECRETS_MANAGER"));
    Ok(Client::from_conf(builder.build()))
}

#[cfg(test)]
mod tests;
