//! Running a program of somebody else on the file: no environment, no input, nothing on standard error,
//! and of its output no more than is wanted. Limits are inherited; the group is killed with this process.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};

/// Bytes that are read at a time.
const PIECE: usize = 64 << 10;

/// Hands over the output piece by piece, until `piece` says that it is enough. Tells whether the program
/// succeeded, or was stopped because it was enough.
pub(crate) fn stream<A: AsRef<OsStr>>(
    tool: &Path,
    arguments: impl IntoIterator<Item = A>,
    mut piece: impl FnMut(&[u8]) -> Enough,
) -> io::Result<bool> {
    let mut child = Command::new(tool)
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut buffer = vec![0; PIECE];
    if let Some(output) = &mut child.stdout {
        loop {
            let read = output.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            if piece(&buffer[..read]) == Enough::Yes {
                child.kill()?;
                child.wait()?;
                return Ok(true);
            }
        }
    }
    Ok(child.wait()?.success())
}

/// Whether more output is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Enough {
    Yes,
    No,
}

/// The output, up to `most` bytes of it; nothing if the program failed.
pub(crate) fn output<A: AsRef<OsStr>>(
    tool: &Path,
    arguments: impl IntoIterator<Item = A>,
    most: usize,
) -> io::Result<Option<Vec<u8>>> {
    let mut all = Vec::new();
    let succeeded = stream(tool, arguments, |piece| {
        all.extend_from_slice(&piece[..piece.len().min(most - all.len())]);
        if all.len() == most { Enough::Yes } else { Enough::No }
    })?;
    Ok(succeeded.then_some(all))
}
