//! Scans files for malware with ClamAV's `clamd` (`INSTREAM` protocol, see clamd(8)).
//!
//! Contents are streamed. A scanner that does not respond is an error, never a clean result.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use crate::ground::config::Scanner;
use crate::ground::error::{Error, Result};

/// Timeout of each read and write.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Maximum length of a response in bytes.
const MAX_RESPONSE_BYTES: u64 = 4096;

/// Result of a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScanResult {
    Clean,
    /// Malware, with its name.
    Harmful(String),
}

/// Scans the contents of a file.
///
/// # Errors
/// `UNAVAILABLE` if the scanner does not respond or cannot scan the file, and errors of the stream.
pub async fn scan(scanner: &Scanner, bytes: impl Stream<Item = Result<Bytes>> + Send) -> Result<ScanResult> {
    match scanner {
        Scanner::Tcp(address) => scan_stream(with_timeout(TcpStream::connect(address)).await?, bytes).await,
        Scanner::Unix(path) => scan_stream(with_timeout(UnixStream::connect(path)).await?, bytes).await,
    }
}

async fn scan_stream(
    mut connection: impl AsyncRead + AsyncWrite + Unpin + Send,
    bytes: impl Stream<Item = Result<Bytes>> + Send,
) -> Result<ScanResult> {
    with_timeout(connection.write_all(b"zINSTREAM\0")).await?;
    let mut bytes = std::pin::pin!(bytes);
    while let Some(piece) = bytes.next().await {
        let piece = piece?;
        let length = u32::try_from(piece.len()).map_err(Error::internal)?;
        // The scanner may respond early and close the connection.
        let sent = async {
            connection.write_all(&length.to_be_bytes()).await?;
            connection.write_all(&piece).await
        };
        if with_timeout(sent).await.is_err() {
            break;
        }
    }
    let _ = with_timeout(connection.write_all(&0u32.to_be_bytes())).await;
    let mut response = Vec::new();
    with_timeout((&mut connection).take(MAX_RESPONSE_BYTES).read_to_end(&mut response)).await?;
    parse_response(&String::from_utf8_lossy(&response))
}

fn parse_response(response: &str) -> Result<ScanResult> {
    let response = response.trim_end_matches(['\0', '\n']).trim();
    let result = response.strip_prefix("stream: ").unwrap_or(response);
    if result == "OK" {
        return Ok(ScanResult::Clean);
    }
    match result.strip_suffix(" FOUND") {
        Some(name) => Ok(ScanResult::Harmful(name.to_owned())),
        None => {
            tracing::warn!(response, "scanner could not scan a file");
            Err(Error::DependencyUnavailable("scanner"))
        }
    }
}

async fn with_timeout<T>(work: impl Future<Output = std::io::Result<T>>) -> Result<T> {
    match tokio::time::timeout(REQUEST_TIMEOUT, work).await {
        Ok(Ok(response)) => Ok(response),
        _ => Err(Error::DependencyUnavailable("scanner")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_only_ok_as_clean() {
        assert_eq!(parse_response("stream: OK\0").unwrap(), ScanResult::Clean);
        assert_eq!(parse_response("stream: Eicar-Test FOUND\0").unwrap(), ScanResult::Harmful("Eicar-Test".into()));
        for doubtful in ["", "INSTREAM size limit exceeded. ERROR\0", "stream: ok", "OKAY"] {
            assert!(parse_response(doubtful).is_err(), "{doubtful}");
        }
    }
}
