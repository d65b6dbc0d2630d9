//! A way to a database that can be slow, narrow, cut, closed, or silent.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener as Listener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::time::sleep;

/// What happens to what goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing.
    Open,
    /// Every packet waits so long, each way.
    Slow(Duration),
    /// So many bytes a second, each way.
    Narrow(u32),
    /// Nobody listens there; connections that are open stay.
    Closed,
    /// A connection ends in the middle of the next answer.
    Torn,
    /// Packets are lost. Connections that are open now, or are opened now, are lost for good and nobody is told, as behind a
    /// firewall that has forgotten them.
    Silent,
}

/// A proxy on loopback, in its own runtime so that blocking code can use it too.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    road: Arc<Road>,
    runtime: Option<Runtime>,
}

#[derive(Debug)]
struct Road {
    target: u16,
    mode: watch::Sender<Mode>,
    /// How often everything was cut.
    cuts: watch::Sender<u64>,
    /// How often everything was lost.
    losses: watch::Sender<u64>,
}

impl Proxy {
    /// A proxy to a port of this machine.
    pub fn to(target: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let road =
            Arc::new(Road { target, mode: watch::Sender::new(Mode::Open), cuts: watch::Sender::new(0), losses: watch::Sender::new(0) });
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        listener.set_nonblocking(true).unwrap();
        runtime.spawn(listen(listener, port, road.clone()));
        Self { port, road, runtime: Some(runtime) }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What happens from now on.
    pub fn set(&self, mode: Mode) {
        if mode == Mode::Silent {
            self.road.losses.send_modify(|losses| *losses += 1);
        }
        self.road.mode.send_replace(mode);
    }

    /// Ends every connection.
    pub fn cut(&self) {
        self.road.cuts.send_modify(|cuts| *cuts += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Takes connections while the road is not closed; then the port is given back, so that callers are refused.
async fn listen(first: TcpListener, port: u16, road: Arc<Road>) {
    let mut mode = road.mode.subscribe();
    let mut listener = Some(Listener::from_std(first).unwrap());
    loop {
        let closed = *mode.borrow_and_update() == Mode::Closed;
        if closed {
            listener = None;
        } else if listener.is_none() {
            listener = Listener::bind((Ipv4Addr::LOCALHOST, port)).await.ok();
        }
        if let Some(open) = &listener {
            tokio::select! {
                taken = open.accept() => {
                    if let Ok((near, _)) = taken {
                        tokio::spawn(carry(near, road.clone()));
                    }
                }
                _ = mode.changed() => {}
            }
        } else {
            tokio::select! {
                () = sleep(Duration::from_millis(20)) => {}
                _ = mode.changed() => {}
            }
        }
    }
}

async fn carry(near: TcpStream, road: Arc<Road>) {
    let mut cuts = road.cuts.subscribe();
    // A connection that begins in the silence is lost as well.
    let born = *road.losses.borrow() - u64::from(*road.mode.borrow() == Mode::Silent);
    let Ok(far) = TcpStream::connect((Ipv4Addr::LOCALHOST, road.target)).await else { return };
    near.set_nodelay(true).and(far.set_nodelay(true)).ok();
    let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
    tokio::select! {
        () = one_way(from_near, to_far, &road, born, Way::Asked) => {}
        () = one_way(from_far, to_near, &road, born, Way::Answered) => {}
        _ = cuts.changed() => {}
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Asked,
    Answered,
}

/// Until one side ends it.
async fn one_way(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, road: &Road, born: u64, way: Way) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let taken = from.read(&mut buffer).await.unwrap_or(0);
        if *road.losses.borrow() > born {
            if way == Way::Answered {
                return std::future::pending().await;
            }
            return lost(from, road).await;
        }
        if taken == 0 || pass(&buffer[..taken], &mut to, road, way).await.is_none() {
            return;
        }
    }
}

/// The near side talks to nobody. That it has hung up gets through once packets do.
async fn lost(mut from: OwnedReadHalf, road: &Road) {
    let mut buffer = vec![0; 1024];
    while from.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
    let mut mode = road.mode.subscribe();
    mode.wait_for(|mode| *mode != Mode::Silent).await.ok();
}

async fn pass(bytes: &[u8], to: &mut OwnedWriteHalf, road: &Road, way: Way) -> Option<()> {
    let mode = *road.mode.borrow();
    match mode {
        Mode::Slow(time) => sleep(time).await,
        Mode::Narrow(per_second) => {
            for piece in bytes.chunks(64) {
                sleep(Duration::from_secs(1) * u32::try_from(piece.len()).unwrap_or(u32::MAX) / per_second).await;
                to.write_all(piece).await.ok()?;
            }
            return Some(());
        }
        Mode::Torn if way == Way::Answered => {
            to.write_all(&bytes[..bytes.len() / 2]).await.ok()?;
            return None;
        }
        Mode::Open | Mode::Closed | Mode::Torn | Mode::Silent => {}
    }
    to.write_all(bytes).await.ok()
}
