//! The socket that connections come to.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket, lookup_host};

/// Connections that the system holds until they are accepted: as many as Linux lets by default (`net.core.somaxconn`). Where
/// they are more, the system drops what comes, and clients try again only after a second.
const BACKLOG: u32 = 4096;

/// Listens at an address and a port; of a name's addresses, at the first that can be had.
///
/// # Errors
/// Where none can.
pub(crate) async fn listen(address: &str) -> io::Result<TcpListener> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in lookup_host(address).await? {
        match listen_at(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn listen_at(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A server that is started again takes the port from connections that its predecessor has closed.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
