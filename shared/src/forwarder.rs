//! A way to the database on which small packets do not wait.
//!
//! sqlx leaves Nagle's algorithm on: the second of two small packets waits until the first is acknowledged, which the other
//! side puts off for 40 ms. A TLS handshake has two such pairs, and on Lambda every new sandbox begins with one. sqlx gives no
//! access to its socket, so it connects to a local socket, and from there the bytes go on over TCP without that wait.
//!
//! sqlx waits for an answer for ever, too. A firewall that has forgotten a connection, or a machine that is gone, says nothing, and
//! a handful of such connections are the whole pool. So a connection on which the database is silent for [`SILENCE`] after it was
//! asked something is ended here, which is an error there. A process over its own private database does without all this.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::MySqlPool;
use sqlx::mysql::MySqlConnectOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixListener, UnixStream};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::random;

/// So long the database may think about one question. Hosts do not wait longer either, and jobs ask in small pieces.
pub const SILENCE: Duration = Duration::from_secs(5);
/// A server that is being started refuses connections for so long.
const STARTING: Duration = Duration::from_secs(2);
/// How many of this process ask what may take long.
static PATIENT: AtomicUsize = AtomicUsize::new(0);

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
        Self::with_limit(SILENCE)
    }

    fn with_limit(silence: Duration) -> io::Result<Self> {
        let socket = format!("\0{}", random::token("codex-auth-central-"));
        let target = Arc::<Mutex<Target>>::default();
        tokio::spawn(take_all(UnixListener::bind(&socket)?, target.clone(), silence));
        Ok(Self { socket, target })
    }

    /// Starts one, through which all new connections of a pool go.
    pub fn of(pool: &MySqlPool) -> io::Result<Self> {
        let forwarder = Self::start()?;
        pool.set_connect_options(forwarder.route((*pool.connect_options()).clone()));
        Ok(forwarder)
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

/// While it lives, no silence is too long: statements that change tables take as long as they take.
#[derive(Debug)]
pub struct Patience(());

impl Patience {
    /// From now on.
    pub fn begin() -> Self {
        PATIENT.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Patience {
    fn drop(&mut self) {
        PATIENT.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn take_all(listener: UnixListener, target: Arc<Mutex<Target>>, silence: Duration) {
    loop {
        match listener.accept().await {
            Ok((near, _)) => {
                let target = target.lock().unwrap_or_else(PoisonError::into_inner).clone();
                tokio::spawn(carry(near, target, silence));
            }
            Err(error) => tracing::error!(%error, "no connection to the database can be taken: {error}"),
        }
    }
}

/// Until one side ends it; what goes wrong on the way is a connection that ends.
async fn carry(mut near: UnixStream, (host, port): Target, silence: Duration) {
    let mut far = match dial(&host, port).await {
        Ok(far) => far,
        Err(error) => return tracing::warn!(%error, "the database at {host}:{port} is not reached: {error}"),
    };
    match pass(&mut near, &mut far, silence).await {
        Err(error) if error.kind() == io::ErrorKind::TimedOut => {
            tracing::warn!("the database at {host}:{port} said nothing for {} s: this connection is given up", silence.as_secs());
        }
        _ => {}
    }
}

/// Both ways, until one side ends it or the database owes an answer for too long.
async fn pass(near: &mut UnixStream, far: &mut TcpStream, silence: Duration) -> io::Result<()> {
    let ((mut from_near, mut to_near), (mut from_far, mut to_far)) = (near.split(), far.split());
    let (mut question, mut answer) = (vec![0; 8 * 1024], vec![0; 16 * 1024]);
    let mut owed_by: Option<Instant> = None;
    loop {
        tokio::select! {
            read = from_near.read(&mut question) => match read? {
                0 => return Ok(()),
                read => {
                    timeout(silence, to_far.write_all(&question[..read])).await.map_err(|_| io::ErrorKind::TimedOut)??;
                    owed_by.get_or_insert_with(|| Instant::now() + silence);
                }
            },
            read = from_far.read(&mut answer) => match read? {
                0 => return Ok(()),
                read => {
                    owed_by = None;
                    to_near.write_all(&answer[..read]).await?;
                }
            },
            () = sleep_until(owed_by.unwrap_or_else(Instant::now)), if owed_by.is_some() => {
                if PATIENT.load(Ordering::Relaxed) == 0 {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                owed_by = Some(Instant::now() + silence);
            }
        }
    }
}

/// A server that refuses may be starting.
async fn dial(host: &str, port: u16) -> io::Result<TcpStream> {
    let limit = Instant::now() + STARTING;
    let far = loop {
        match timeout(SILENCE, TcpStream::connect((host, port))).await.map_err(|_| io::ErrorKind::TimedOut)? {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused && Instant::now() < limit => sleep(STARTING / 40).await,
            connected => break connected?,
        }
    };
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

    /// A database that takes connections and can be made to say something.
    async fn silent(limit: Duration) -> (UnixStream, TcpStream) {
        let database = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let routed = Forwarder::with_limit(limit).unwrap().route(options(&database.local_addr().unwrap().to_string()));
        let near = UnixStream::connect(routed.get_socket().unwrap()).await.unwrap();
        (near, database.accept().await.unwrap().0)
    }

    #[tokio::test]
    async fn an_answer_that_never_comes_ends_the_connection_and_rest_does_not() {
        let limit = Duration::from_millis(200);
        let (mut near, mut far) = silent(limit).await;
        let mut bytes = [0; 3];

        near.write_all(b"ask").await.unwrap();
        far.read_exact(&mut bytes).await.unwrap();
        far.write_all(b"say").await.unwrap();
        near.read_exact(&mut bytes).await.unwrap();
        assert!(timeout(limit * 3, near.read(&mut bytes)).await.is_err(), "nothing was asked since");

        near.write_all(b"ask").await.unwrap();
        let patience = Patience::begin();
        assert!(timeout(limit * 3, near.read(&mut bytes)).await.is_err(), "somebody is patient");
        drop(patience);
        assert_eq!(timeout(limit * 20, near.read(&mut bytes)).await.unwrap().unwrap(), 0);
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
