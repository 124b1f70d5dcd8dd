//! WebSocket clients with small buffers, and what tests wait for on a socket.

use tokio::net::{TcpSocket, TcpStream};

use crate::support::Server;

pub use testbed::socket::Socket;

/// A connection with a small receive buffer: the system buffers about 2 MB of a response for it instead of 4 MB.
pub async fn connect_with_small_buffer(server: &Server) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2_048).unwrap();
    socket.connect(server.address).await.unwrap()
}

/// Reads until the channel of this name is created.
pub async fn wait_for_channel(socket: &mut Socket, id: &str, name: &str) {
    loop {
        let message = socket.next_for(id).await;
        assert_eq!(message["type"], "next", "{message}");
        if message["payload"]["data"]["events"]["channel"]["name"] == name {
            return;
        }
    }
}
