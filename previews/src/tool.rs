//! Runs an external tool on the file with an empty environment, no input and no standard error, and reads a bounded
//! part of its output. The tool inherits the resource limits and is killed with the process group.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};

/// Read buffer size, in bytes.
const BUFFER_BYTES: usize = 64 << 10;

/// Passes the output to `piece` chunk by chunk until it returns [`Flow::Stop`]. Returns whether the tool succeeded or
/// was stopped.
pub(crate) fn stream<A: AsRef<OsStr>>(
    tool: &Path,
    arguments: impl IntoIterator<Item = A>,
    mut piece: impl FnMut(&[u8]) -> Flow,
) -> io::Result<bool> {
    let mut child = Command::new(tool)
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut buffer = vec![0; BUFFER_BYTES];
    if let Some(output) = &mut child.stdout {
        loop {
            let read = output.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            if piece(&buffer[..read]) == Flow::Stop {
                child.kill()?;
                child.wait()?;
                return Ok(true);
            }
        }
    }
    Ok(child.wait()?.success())
}

/// Whether to read more output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    Stop,
    Continue,
}

/// Returns the output, up to `most` bytes; `None` if the tool failed.
pub(crate) fn output<A: AsRef<OsStr>>(
    tool: &Path,
    arguments: impl IntoIterator<Item = A>,
    max_bytes: usize,
) -> io::Result<Option<Vec<u8>>> {
    let mut all = Vec::new();
    let succeeded = stream(tool, arguments, |piece| {
        all.extend_from_slice(&piece[..piece.len().min(max_bytes - all.len())]);
        if all.len() == max_bytes { Flow::Stop } else { Flow::Continue }
    })?;
    Ok(succeeded.then_some(all))
}
