//! Asks a virus scanner about a file, by the protocol of ClamAV's `clamd` (`INSTREAM`, documented in clamd(8)).
//!
//! Promises: the bytes are streamed; a scanner that does not answer is an error, never a clean file.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use crate::config::Scanner;
use crate::error::{Error, Result};

/// Between two signs of life.
const DEADLINE: Duration = Duration::from_secs(30);
/// Bytes of an answer.
const ANSWER: u64 = 4096;

/// What the scanner found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Clean,
    /// With the name of what was found.
    Harmful(String),
}

/// Shows a scanner a file.
///
/// # Errors
/// `UNAVAILABLE` when it does not answer or cannot judge, and those of the stream.
pub async fn judge(scanner: &Scanner, bytes: impl Stream<Item = Result<Bytes>> + Send) -> Result<Verdict> {
    match scanner {
        Scanner::Tcp(address) => ask(within(TcpStream::connect(address)).await?, bytes).await,
        Scanner::Unix(path) => ask(within(UnixStream::connect(path)).await?, bytes).await,
    }
}

async fn ask(
    mut connection: impl AsyncRead + AsyncWrite + Unpin + Send,
    bytes: impl Stream<Item = Result<Bytes>> + Send,
) -> Result<Verdict> {
    within(connection.write_all(b"zINSTREAM\0")).await?;
    let mut bytes = std::pin::pin!(bytes);
    while let Some(piece) = bytes.next().await {
        let piece = piece?;
        let length = u32::try_from(piece.len()).map_err(Error::internal)?;
        // It may have seen enough, and hung up after its answer.
        let sent = async {
            connection.write_all(&length.to_be_bytes()).await?;
            connection.write_all(&piece).await
        };
        if within(sent).await.is_err() {
            break;
        }
    }
    let _ = within(connection.write_all(&0u32.to_be_bytes())).await;
    let mut answer = Vec::new();
    within((&mut connection).take(ANSWER).read_to_end(&mut answer)).await?;
    read(&String::from_utf8_lossy(&answer))
}

fn read(answer: &str) -> Result<Verdict> {
    let answer = answer.trim_end_matches(['\0', '\n']).trim();
    let said = answer.strip_prefix("stream: ").unwrap_or(answer);
    if said == "OK" {
        return Ok(Verdict::Clean);
    }
    match said.strip_suffix(" FOUND") {
        Some(name) => Ok(Verdict::Harmful(name.to_owned())),
        None => {
            tracing::warn!(answer, "the scanner could not judge a file");
            Err(Error::Away("scanner"))
        }
    }
}

async fn within<T>(work: impl Future<Output = std::io::Result<T>>) -> Result<T> {
    match tokio::time::timeout(DEADLINE, work).await {
        Ok(Ok(done)) => Ok(done),
        _ => Err(Error::Away("scanner")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ok_is_clean() {
        assert_eq!(read("stream: OK\0").unwrap(), Verdict::Clean);
        assert_eq!(read("stream: Eicar-Test FOUND\0").unwrap(), Verdict::Harmful("Eicar-Test".into()));
        for doubtful in ["", "INSTREAM size limit exceeded. ERROR\0", "stream: ok", "OKAY"] {
            assert!(read(doubtful).is_err(), "{doubtful}");
        }
    }
}
