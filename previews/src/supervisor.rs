//! Starts a subprocess per file, enforces the time limit, and validates the response.
//!
//! The subprocess leads a process group with the tools that it starts. The group is killed after the response, on
//! timeout, and when the caller drops the future. If this process dies, the subprocess notices that its standard input
//! has closed.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Component, Path, absolute};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::failure::Response;
use crate::{Failure, Limits, Outcome, Preview, PreviewRequest, Tools};

/// The argument that makes a program call [`crate::run_worker()`].
pub(crate) const ARGUMENT: &str = "previews";

/// Maximum bytes of a response, excluding its text.
const MAX_RESPONSE_BYTES: u64 = 64 << 10;

/// Maximum bytes of JSON per byte of text: `\u0000`.
const MAX_ESCAPE_FACTOR: u64 = 6;

/// A request as sent to the subprocess.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) input: std::path::PathBuf,
    pub(crate) media_type: String,
    pub(crate) output: std::path::PathBuf,
    pub(crate) tools: Tools,
    pub(crate) limits: Limits,
}

/// Processes a file in a subprocess: `program` with the argument `previews`, which must call [`crate::run_worker()`]
/// before it starts any thread. Previews that need a missing tool are omitted. After an error, the output directory may
/// contain files.
///
/// # Errors
/// See [`Failure`]: all variants except `Io` are caused by the file.
pub async fn process_file(
    program: &Path,
    tools: &Tools,
    request: PreviewRequest<'_>,
    limits: &Limits,
) -> Result<Outcome, Failure> {
    let task = Task {
        input: absolute(request.input)?,
        media_type: request.media_type.to_owned(),
        output: absolute(request.output)?,
        tools: tools.clone(),
        limits: *limits,
    };
    let mut child = Command::new(absolute(program)?)
        .arg(ARGUMENT)
        .env_clear()
        .current_dir(&task.output)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let group = ProcessGroup::led_by(&child);
    let deadline = Duration::from_secs(limits.seconds.into());
    let response = tokio::time::timeout(deadline, exchange(&mut child, &task)).await;
    drop(group);
    let status = child.wait().await?;
    match response {
        Err(_) => Err(Failure::TooSlow),
        Ok(response) => match serde_json::from_slice::<Response>(&response?) {
            Ok(response) => validate(Result::from(response)?, &task),
            Err(_) => Err(failure_of(status)),
        },
    }
}

/// Sends the task and reads the response. If the response is empty, the exit status tells why.
async fn exchange(child: &mut Child, task: &Task) -> io::Result<Vec<u8>> {
    let mut request_bytes = serde_json::to_vec(&task.limits)?;
    request_bytes.push(b'\n');
    serde_json::to_writer(&mut request_bytes, task)?;
    request_bytes.push(b'\n');
    // Stays open: closing it tells the subprocess that the caller is gone.
    if let Some(input) = &mut child.stdin
        && let Err(error) = input.write_all(&request_bytes).await
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        return Err(error);
    }
    let mut response = Vec::new();
    if let Some(output) = &mut child.stdout {
        let max_len = u64::try_from(task.limits.text_bytes).unwrap_or(u64::MAX).saturating_mul(MAX_ESCAPE_FACTOR);
        output.take(max_len.saturating_add(MAX_RESPONSE_BYTES)).read_to_end(&mut response).await?;
    }
    Ok(response)
}

fn failure_of(status: ExitStatus) -> Failure {
    match status.signal() {
        Some(signal) if signal == Signal::XCPU.as_raw() => Failure::TooSlow,
        Some(_) => Failure::Killed,
        None => Failure::Io(io::Error::other(format!("preview process exited with {status}"))),
    }
}

/// Validates a response: the file may have compromised the subprocess. Previews must exist and all values be within
/// their limits.
fn validate(outcome: Outcome, task: &Task) -> Result<Outcome, Failure> {
    let values = |values: &Option<Vec<u8>>, max: usize| values.as_ref().is_none_or(|values| values.len() <= max);
    let is_accepted = values(&outcome.waveform, 100)
        && values(&outcome.thumbhash, 32)
        && outcome.waveform.iter().flatten().all(|value| *value <= 100)
        && outcome.text.as_ref().is_none_or(|text| text.len() <= task.limits.text_bytes)
        && outcome.previews.len() <= 2
        && outcome.previews.iter().all(|preview| is_valid(preview, task));
    if is_accepted { Ok(outcome) } else { Err(Failure::Damaged("invalid response of the preview process".to_owned())) }
}

fn is_valid(preview: &Preview, task: &Task) -> bool {
    let mut parts = Path::new(&preview.file).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
        && matches!(preview.media_type.as_str(), "image/jpeg" | "image/png")
        && (1..=preview.size.max_side()).contains(&preview.width.max(preview.height))
        && preview.width.min(preview.height) > 0
        && task.output.join(&preview.file).symlink_metadata().is_ok_and(|file| file.is_file())
}

/// A process group, killed on drop.
#[derive(Debug)]
struct ProcessGroup(Option<Pid>);

impl ProcessGroup {
    fn led_by(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // The group may have exited already.
            let _exited = kill_process_group(group, Signal::KILL);
        }
    }
}
