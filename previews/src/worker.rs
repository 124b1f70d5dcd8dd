//! The subprocess: handles one file, with limited memory and time and no access to the server's environment.
//!
//! It executes itself twice. The first run only sets its resource limits and re-executes, so that they hold from the
//! first memory page (allocators reserve address space at startup). The second run sandboxes itself and does the work.
//! Tools that it starts inherit limits and sandbox.

use std::fs::File;
use std::io::{self, BufRead, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use rustix::process::{Resource, Rlimit, Signal, getpgrp, getpid, kill_process, kill_process_group, setrlimit};
use serde::de::DeserializeOwned;

use crate::failure::Response;
use crate::sandbox::confine;
use crate::sniff::{Kind, kind};
use crate::supervisor::{ARGUMENT, Task};
use crate::{Failure, Limits, Outcome, document, pdf, picture, video};

/// The process name that marks the limited run.
const LIMITED_NAME: &str = "confab previews (limited)";

/// Maximum size of a written file, in bytes.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// Entry point of the subprocess that [`crate::process_file()`] starts with the argument `previews`: reads the request
/// from standard input, writes previews into the output directory and the result to standard output. Call it first in
/// `main`, before any thread starts.
#[must_use]
pub fn run_worker() -> ExitCode {
    let is_limited = std::env::args_os().next().is_some_and(|name| name == LIMITED_NAME);
    let result = if is_limited { work() } else { apply_limits() };
    result.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
}

/// Reads exactly the line of limits; returns only if the limits could not be set.
fn apply_limits() -> io::Result<()> {
    let mut input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut line = Vec::new();
    let mut byte = [0];
    while input.read(&mut byte)? == 1 && byte != [b'\n'] {
        line.extend(byte);
    }
    let limits: Limits = serde_json::from_slice(&line)?;
    let seconds = u64::from(limits.seconds);
    lower_limit(Resource::Core, 0)?;
    lower_limit(Resource::Fsize, MAX_FILE_BYTES)?;
    lower_limit(Resource::Cpu, seconds)?;
    lower_limit(Resource::As, limits.memory_bytes)?;
    Err(Command::new(std::env::current_exe()?).arg0(LIMITED_NAME).arg(ARGUMENT).env_clear().exec())
}

/// Lowers a limit; never raises one.
fn lower_limit(resource: Resource, max: u64) -> io::Result<()> {
    let max = rustix::process::getrlimit(resource).maximum.map_or(max, |before| before.min(max));
    Ok(setrlimit(resource, Rlimit { current: Some(max), maximum: Some(max) })?)
}

fn work() -> io::Result<()> {
    let task: Task = next_line()?;
    confine(&task)?;
    exit_with_parent()?;
    let response = Response::from(process(&task));
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, &response)?;
    out.flush()
}

fn next_line<T: DeserializeOwned>() -> io::Result<T> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

/// Kills this process and all that it started when standard input closes, which means the parent has exited.
fn exit_with_parent() -> io::Result<()> {
    std::thread::Builder::new().stack_size(64 << 10).spawn(|| {
        let _closed = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _killed = match getpid() {
            own if own == getpgrp() => kill_process_group(own, Signal::KILL),
            own => kill_process(own, Signal::KILL),
        };
    })?;
    Ok(())
}

fn process(task: &Task) -> Result<Outcome, Failure> {
    match kind(&task.media_type) {
        Kind::Picture => picture::process(task),
        Kind::Video | Kind::Audio => video::process(task),
        Kind::Document if task.media_type == "application/pdf" => pdf::process(task),
        Kind::Document => document::extract(task),
        Kind::Other => Err(Failure::Unsupported),
    }
}
