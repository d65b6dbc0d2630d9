//! A listener that lets in no more than it has places for.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::connect_info::Connected;
use axum_server::{AddrListener, Address};
use tokio::net::TcpListener;

use super::limits::IDLE;
use super::pulse::Pulse;
use super::slots::Slots;
use super::watched::Watched;

/// Who is connected, and whose turn it is there.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Its address.
    pub address: SocketAddr,
    /// Shared with the connection.
    pub pulse: Arc<Pulse>,
}

impl Address for Caller {
    type Stream = Watched;
    type Listener = Gate;
}

impl Connected<Self> for Caller {
    fn connect_info(caller: Self) -> Self {
        caller
    }
}

/// See the file.
#[derive(Debug)]
pub struct Gate {
    listener: TcpListener,
    slots: Slots,
}

impl Gate {
    /// Guards a listener.
    pub const fn new(listener: TcpListener, slots: Slots) -> Self {
        Self { listener, slots }
    }

    /// The next caller. One that went away before it was its turn is nobody's concern.
    async fn accept(&self) -> io::Result<(tokio::net::TcpStream, SocketAddr)> {
        loop {
            match self.listener.accept().await {
                Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {}
                other => return other,
            }
        }
    }
}

impl AddrListener<Watched, Caller> for Gate {
    async fn bind_to(caller: Caller) -> io::Result<Self> {
        let listener = TcpListener::bind(caller.address).await?;
        Ok(Self::new(listener, Slots::new(super::slots::of_this_process(None), shared::networks::Networks::default())))
    }

    async fn accept_stream(&self) -> io::Result<(Watched, Caller)> {
        loop {
            let place = self.slots.free().await;
            let (stream, address) = self.accept().await?;
            let Some(slot) = self.slots.take(place, address.ip()) else {
                tracing::debug!(%address, "a connection was refused: half are taken, and this site has a quarter of all");
                continue;
            };
            stream.set_nodelay(true)?;
            let pulse = Pulse::new();
            let watched = Watched::new(stream, Arc::clone(&pulse), IDLE, slot);
            return Ok((watched, Caller { address, pulse }));
        }
    }

    fn get_local_addr(&self) -> io::Result<Caller> {
        Ok(Caller { address: self.listener.local_addr()?, pulse: Pulse::new() })
    }
}
