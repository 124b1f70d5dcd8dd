//! A WebSocket with `graphql-transport-ws`, read without copying and without parsing JSON.
//!
//! It takes the place of the client in `testbed` where thousands of subscribers share one thread: that client
//! allocates, validates and masks every frame. Supports what Confab's server needs: unfragmented text frames, responses
//! to pings of both layers, and errors with the server's close reason. Frames that arrive together are parsed from one
//! buffer.

use std::ops::Range;
use std::time::Duration;

use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::http::Http;
use crate::target::Target;
use crate::{Failure, Result};

/// The longest time to connect and to be acknowledged.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// The buffer starts small, so that a thousand idle sockets are cheap, and grows with traffic.
const INITIAL_BUFFER_BYTES: usize = 1 << 10;
const LARGE_BUFFER_BYTES: usize = 64 << 10;
/// The maximum size of a frame.
const MAX_FRAME_BYTES: usize = 16 << 20;

/// An acknowledged connection.
pub struct Socket {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Unparsed bytes.
    filled: Range<usize>,
}

/// The opcode and position of a frame in the buffer.
#[derive(Debug, PartialEq, Eq)]
struct Frame {
    last: bool,
    kind: u8,
    payload: Range<usize>,
}

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

impl Socket {
    /// Connects and authenticates the nth worker.
    ///
    /// # Errors
    /// The connection, the protocol or the token is refused.
    pub async fn open(target: &Target, nth: usize, token: &str) -> Result<Self> {
        let late = |_| Failure::new("the server did not acknowledge the socket within 30 s");
        timeout(CONNECT_TIMEOUT, Self::handshake(target, nth, token)).await.map_err(late)?
    }

    async fn handshake(target: &Target, nth: usize, token: &str) -> Result<Self> {
        let (stream, received) = Http::open_as(target, nth).await?.upgrade().await?;
        let mut buffer = vec![0; INITIAL_BUFFER_BYTES.max(received.len())];
        buffer[..received.len()].copy_from_slice(&received);
        let mut socket = Self { stream, buffer, filled: 0..received.len() };
        let init = format!(r#"{{"type":"connection_init","payload":{{"authorization":"Bearer {token}"}}}}"#);
        socket.send(&init).await?;
        let first = socket.receive().await?;
        if memmem::find(first, b"connection_ack").is_none() {
            return Err(Failure::new(format!("not acknowledged: {}", String::from_utf8_lossy(first))));
        }
        Ok(socket)
    }

    /// Sends one text.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn send(&mut self, text: &str) -> Result<()> {
        let frame = frame(TEXT, text.as_bytes());
        Ok(self.stream.write_all(&frame).await?)
    }

    /// Waits for the next text that is not a ping, without a timeout. Cancel-safe.
    ///
    /// # Errors
    /// The server closes the connection (with its reason) or violates the protocol.
    pub async fn receive(&mut self) -> Result<&[u8]> {
        loop {
            let Some(frame) = parse(&self.buffer, self.filled.clone())? else {
                self.fill().await?;
                continue;
            };
            let payload = frame.payload.clone();
            self.filled.start = payload.end;
            match frame.kind {
                TEXT if !frame.last => return Err(Failure::new("fragmented text frame")),
                TEXT if self.buffer[payload.clone()].starts_with(br#"{"type":"ping""#) => {
                    self.send(r#"{"type":"pong"}"#).await?;
                }
                TEXT if self.buffer[payload.clone()].starts_with(br#"{"type":"pong""#) => {}
                TEXT => return Ok(&self.buffer[payload]),
                PING => {
                    let pong = self::frame(PONG, &self.buffer[payload]);
                    self.stream.write_all(&pong).await?;
                }
                PONG => {}
                CLOSE => return Err(Failure::new(closed(&self.buffer[payload]))),
                other => return Err(Failure::new(format!("unexpected opcode {other}"))),
            }
        }
    }

    /// Reads available bytes, making room first.
    async fn fill(&mut self) -> Result<()> {
        if self.filled.start > 0 {
            self.buffer.copy_within(self.filled.clone(), 0);
            self.filled = 0..self.filled.len();
        }
        if self.filled.end == self.buffer.len() {
            let larger = (self.buffer.len() * 2).max(INITIAL_BUFFER_BYTES);
            if larger > MAX_FRAME_BYTES {
                return Err(Failure::new("frame exceeds 16 MiB"));
            }
            self.buffer.resize(larger, 0);
        }
        let read = self.stream.read(&mut self.buffer[self.filled.end..]).await?;
        if read == 0 {
            return Err(Failure::new("the server closed the connection"));
        }
        self.filled.end += read;
        // A full buffer indicates more to come: read larger pieces.
        if self.filled.end == self.buffer.len() && self.buffer.len() < LARGE_BUFFER_BYTES {
            self.buffer.resize(self.buffer.len() * 4, 0);
        }
        Ok(())
    }
}

/// Parses the first complete frame in a range of the buffer.
fn parse(buffer: &[u8], range: Range<usize>) -> Result<Option<Frame>> {
    let bytes = &buffer[range.clone()];
    let &[first, second, ..] = bytes else {
        return Ok(None);
    };
    if second & 0x80 != 0 {
        return Err(Failure::new("masked frame from the server"));
    }
    let (head, length) = match (second & 0x7f, bytes) {
        (126, &[_, _, a, b, ..]) => (4, usize::from(u16::from_be_bytes([a, b]))),
        (127, &[_, _, a, b, c, d, e, f, g, h, ..]) => {
            let length = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
            (10, usize::try_from(length).unwrap_or(usize::MAX))
        }
        (126 | 127, _) => return Ok(None),
        (length, _) => (2, usize::from(length)),
    };
    if length > MAX_FRAME_BYTES {
        return Err(Failure::new("frame exceeds 16 MiB"));
    }
    if bytes.len() < head + length {
        return Ok(None);
    }
    let start = range.start + head;
    Ok(Some(Frame { last: first & 0x80 != 0, kind: first & 0x0f, payload: start..start + length }))
}

/// Encodes a client frame. The mask is zero: it protects proxies, and there is none.
fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(payload.len() + 14);
    frame.push(0x80 | kind);
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | length as u8),
        length @ 126..65_536 => {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

fn closed(payload: &[u8]) -> String {
    match payload {
        [a, b, reason @ ..] => {
            let code = u16::from_be_bytes([*a, *b]);
            format!("the server closed the socket: {code} {}", String::from_utf8_lossy(reason))
        }
        _ => "the server closed the socket".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame as a server sends it: without mask.
    fn from_server(kind: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = frame(kind, payload);
        let head = bytes.len() - payload.len() - 4;
        bytes.drain(head..head + 4);
        bytes[1] &= 0x7f;
        bytes
    }

    #[test]
    fn parses_consecutive_frames_of_all_lengths() {
        let sizes = [0, 1, 125, 126, 127, 65_535, 65_536];
        let bytes: Vec<u8> = sizes.iter().flat_map(|size| from_server(TEXT, &vec![b'x'; *size])).collect();
        let mut start = 0;
        for size in sizes {
            let frame = parse(&bytes, start..bytes.len()).unwrap().unwrap();
            assert_eq!((frame.last, frame.kind, frame.payload.len()), (true, TEXT, size));
            start = frame.payload.end;
        }
        assert_eq!(start, bytes.len());
    }

    #[test]
    fn waits_for_incomplete_frames() {
        for size in [5, 300, 70_000] {
            let bytes = from_server(TEXT, &vec![b'x'; size]);
            for cut in [0, 1, 2, 3, 9, bytes.len() - 1] {
                assert_eq!(parse(&bytes, 0..cut.min(bytes.len() - 1)).unwrap(), None);
            }
        }
    }

    #[test]
    fn rejects_masked_and_huge_frames() {
        assert!(parse(&frame(TEXT, b"x"), 0..7).is_err());
        let mut huge = vec![0x81, 127];
        huge.extend_from_slice(&u64::MAX.to_be_bytes());
        assert!(parse(&huge, 0..10).is_err());
    }
}
