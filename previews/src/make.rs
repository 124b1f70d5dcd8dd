//! The near side: starts a process for one file, waits no longer than the limit, believes nothing.
//!
//! The process leads a group of its own, with the programs that it starts. The group is killed when it has
//! answered, when its time is over, and when nobody waits any more. If this process dies, the other one
//! notices by the end of its input.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Component, Path, absolute};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::failure::Answer;
use crate::{Failure, Limits, Order, Outcome, Preview, Tools};

/// The argument that makes a program call [`crate::child()`].
pub(crate) const ARGUMENT: &str = "previews";

/// Bytes of an answer, besides its text.
const MOST_ANSWER: u64 = 64 << 10;

/// What a byte of text takes in JSON, at most: `\u0000`.
const MOST_ESCAPED: u64 = 6;

/// An order as it is told to the other process.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) input: std::path::PathBuf,
    pub(crate) media_type: String,
    pub(crate) output: std::path::PathBuf,
    pub(crate) tools: Tools,
    pub(crate) limits: Limits,
}

/// Finds and makes all that can be of one file, in a process of its own: `program` with the argument
/// `previews`, which has to call [`crate::child()`] before it starts any thread. What a missing tool would
/// have made is left out. After an error there may be files in the output directory.
///
/// # Errors
/// See [`Failure`]; each is about this one file, or `Io`.
pub async fn make(program: &Path, tools: &Tools, order: Order<'_>, limits: &Limits) -> Result<Outcome, Failure> {
    let task = Task {
        input: absolute(order.input)?,
        media_type: order.media_type.to_owned(),
        output: absolute(order.output)?,
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
    let group = Group::led_by(&child);
    let deadline = Duration::from_secs(limits.seconds.into());
    let answer = tokio::time::timeout(deadline, ask(&mut child, &task)).await;
    drop(group);
    let status = child.wait().await?;
    match answer {
        Err(_) => Err(Failure::TooSlow),
        Ok(answer) => match serde_json::from_slice::<Answer>(&answer?) {
            Ok(answer) => plausible(Result::from(answer)?, &task),
            Err(_) => Err(died(status)),
        },
    }
}

/// A process that answers nothing is told by how it ended.
async fn ask(child: &mut Child, task: &Task) -> io::Result<Vec<u8>> {
    let mut order = serde_json::to_vec(&task.limits)?;
    order.push(b'\n');
    serde_json::to_writer(&mut order, task)?;
    order.push(b'\n');
    // Stays open: its end tells the process that nobody waits any more.
    if let Some(input) = &mut child.stdin
        && let Err(error) = input.write_all(&order).await
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        return Err(error);
    }
    let mut answer = Vec::new();
    if let Some(output) = &mut child.stdout {
        let most = u64::try_from(task.limits.text_bytes).unwrap_or(u64::MAX).saturating_mul(MOST_ESCAPED);
        output.take(most.saturating_add(MOST_ANSWER)).read_to_end(&mut answer).await?;
    }
    Ok(answer)
}

fn died(status: ExitStatus) -> Failure {
    match status.signal() {
        Some(signal) if signal == Signal::XCPU.as_raw() => Failure::TooSlow,
        Some(_) => Failure::Killed,
        None => Failure::Io(io::Error::other(format!("the program for previews ended with {status}"))),
    }
}

/// The process has read the file, so that its answer may be the file's: it names only what is there and
/// keeps to the limits.
fn plausible(outcome: Outcome, task: &Task) -> Result<Outcome, Failure> {
    let values = |values: &Option<Vec<u8>>, most: usize| values.as_ref().is_none_or(|values| values.len() <= most);
    let fits = values(&outcome.waveform, 100)
        && values(&outcome.thumbhash, 32)
        && outcome.waveform.iter().flatten().all(|value| *value <= 100)
        && outcome.text.as_ref().is_none_or(|text| text.len() <= task.limits.text_bytes)
        && outcome.previews.len() <= 2
        && outcome.previews.iter().all(|preview| is_there(preview, task));
    if fits { Ok(outcome) } else { Err(Failure::Damaged("its previews are not what they should be".to_owned())) }
}

fn is_there(preview: &Preview, task: &Task) -> bool {
    let mut parts = Path::new(&preview.file).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
        && matches!(preview.media_type.as_str(), "image/jpeg" | "image/png")
        && (1..=preview.size.longest()).contains(&preview.width.max(preview.height))
        && preview.width.min(preview.height) > 0
        && task.output.join(&preview.file).symlink_metadata().is_ok_and(|file| file.is_file())
}

/// A process and all that it started; killed when this is dropped.
#[derive(Debug)]
struct Group(Option<Pid>);

impl Group {
    fn led_by(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // There is nothing to be done about a group that has already gone.
            let _gone = kill_process_group(group, Signal::KILL);
        }
    }
}
