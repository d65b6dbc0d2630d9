//! A way to the database on which small packets do not wait.
//!
//! sqlx leaves Nagle's algorithm on: the second of two small packets waits until the first is acknowledged, which the other
//! side puts off for 40 ms. A TLS handshake has two such pairs, and on Lambda every new sandbox begins with one. sqlx gives no
//! access to its socket, so it connects to a local socket, and from there the bytes go on over TCP without that wait.
//! A process that runs for days makes few connections and does without.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::mysql::MySqlConnectOptions;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpStream, UnixListener, UnixStream};

use crate::random;

/// Takes connections until the process ends.
#[derive(Debug)]
pub struct Forwarder {
    /// A name of Linux that is no file: nothing is left behind.
    socket: String,
    target: Arc<Mutex<Target>>,
}

/// Host and port of the database.
type Target = (String, u16);

impl Forwarder {
    /// Starts it; it needs a runtime of tokio.
    pub fn start() -> io::Result<Self> {
        let socket = format!("\0{}", random::token("codex-auth-central-"));
        let target = Arc::<Mutex<Target>>::default();
        tokio::spawn(take_all(UnixListener::bind(&socket)?, target.clone()));
        Ok(Self { socket, target })
    }

    /// The same database, reached through here. Its name stays, against which its certificate is checked.
    pub fn route(&self, options: MySqlConnectOptions) -> MySqlConnectOptions {
        if options.get_socket().is_some() {
            return options;
        }
        let host = options.get_host().trim_matches(['[', ']']);
        *self.target.lock().unwrap_or_else(PoisonError::into_inner) = (host.to_owned(), options.get_port());
        options.socket(&self.socket)
    }
}

async fn take_all(listener: UnixListener, target: Arc<Mutex<Target>>) {
    loop {
        match listener.accept().await {
            Ok((near, _)) => {
                let target = target.lock().unwrap_or_else(PoisonError::into_inner).clone();
                tokio::spawn(carry(near, target));
            }
            Err(error) => tracing::error!(%error, "no connection to the database can be taken: {error}"),
        }
    }
}

/// Until one side ends it; what goes wrong on the way is a connection that ends.
async fn carry(mut near: UnixStream, (host, port): Target) {
    match dial(&host, port).await {
        Ok(mut far) => drop(copy_bidirectional(&mut near, &mut far).await),
        Err(error) => tracing::warn!(%error, "the database at {host}:{port} is not reached: {error}"),
    }
}

async fn dial(host: &str, port: u16) -> io::Result<TcpStream> {
    let far = TcpStream::connect((host, port)).await?;
    far.set_nodelay(true)?;
    Ok(far)
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use sqlx::{Connection, MySqlConnection};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    fn options(address: &str) -> MySqlConnectOptions {
        MySqlConnectOptions::from_str(&format!("mysql://codex:p@{address}/codex_auth")).unwrap()
    }

    #[tokio::test]
    async fn bytes_go_both_ways_without_waiting_for_each_other() {
        let database = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = database.local_addr().unwrap();
        assert!(dial("127.0.0.1", address.port()).await.unwrap().nodelay().unwrap());
        drop(database.accept().await.unwrap());
        let forwarder = Forwarder::start().unwrap();

        let routed = forwarder.route(options(&address.to_string()));
        let mut near = UnixStream::connect(routed.get_socket().unwrap()).await.unwrap();
        let (mut far, _) = database.accept().await.unwrap();

        near.write_all(b"ask").await.unwrap();
        let mut asked = [0; 3];
        far.read_exact(&mut asked).await.unwrap();
        far.write_all(b"told").await.unwrap();
        drop(far);
        let mut told = Vec::new();
        near.read_to_end(&mut told).await.unwrap();
        assert_eq!((&asked, told.as_slice()), (b"ask", &b"told"[..]), "and the end comes through");
        assert_eq!(routed.get_host(), "127.0.0.1", "the name on the certificate stays");
    }

    #[tokio::test]
    async fn a_database_that_is_not_there_is_an_error_and_not_a_wait() {
        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let routed = Forwarder::start().unwrap().route(options(&nobody.to_string()));

        assert!(MySqlConnection::connect_with(&routed).await.is_err());
    }

    #[tokio::test]
    async fn where_it_moves_the_next_connection_goes() {
        let forwarder = Forwarder::start().unwrap();
        let (old, new) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), TcpListener::bind("[::1]:0").await.unwrap());
        forwarder.route(options(&old.local_addr().unwrap().to_string()));

        let routed = forwarder.route(options(&new.local_addr().unwrap().to_string()));
        let _near = UnixStream::connect(routed.get_socket().unwrap()).await.unwrap();

        new.accept().await.unwrap();
    }

    #[tokio::test]
    async fn a_socket_that_was_named_is_used_as_it_is() {
        let named = options("db").socket("/run/mysqld.sock");

        assert_eq!(Forwarder::start().unwrap().route(named).get_socket().unwrap().to_str(), Some("/run/mysqld.sock"));
    }
}
