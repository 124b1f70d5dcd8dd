//! The far side: a process for one file, with little memory, little time and nothing of the server.
//!
//! It runs twice. First it only limits itself and starts anew in the same process, so that the limits hold
//! from the first page of memory on (allocators reserve some at the start); then it puts up its walls and works.
//! The programs that it starts inherit limits and walls.

use std::fs::File;
use std::io::{self, BufRead, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use rustix::process::{Resource, Rlimit, Signal, getpgrp, getpid, kill_process, kill_process_group, setrlimit};
use serde::de::DeserializeOwned;

use crate::confine::confine;
use crate::failure::Answer;
use crate::found::{Kind, kind};
use crate::make::{ARGUMENT, Task};
use crate::{Failure, Limits, Outcome, document, film, page, picture};

/// How the process is called once it is limited.
const LIMITED: &str = "confab previews (limited)";

/// Bytes of a file that it may write.
const MOST_WRITTEN: u64 = 64 << 20;

/// What a program does when [`crate::make()`] starts it with the argument `previews`: reads its order from
/// standard input, writes what it made into the output directory and tells of it on standard output. To be
/// called first of all in `main`, before there are threads.
#[must_use]
pub fn child() -> ExitCode {
    let is_limited = std::env::args_os().next().is_some_and(|name| name == LIMITED);
    let done = if is_limited { work() } else { limit() };
    done.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
}

/// Reads the limits, and not a byte more; returns only if they could not be set.
fn limit() -> io::Result<()> {
    let mut input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut line = Vec::new();
    let mut byte = [0];
    while input.read(&mut byte)? == 1 && byte != [b'\n'] {
        line.extend(byte);
    }
    let limits: Limits = serde_json::from_slice(&line)?;
    let seconds = u64::from(limits.seconds);
    at_most(Resource::Core, 0)?;
    at_most(Resource::Fsize, MOST_WRITTEN)?;
    at_most(Resource::Cpu, seconds)?;
    at_most(Resource::As, limits.memory_bytes)?;
    Err(Command::new(std::env::current_exe()?).arg0(LIMITED).arg(ARGUMENT).env_clear().exec())
}

/// Lowers a limit; one that is lower already stays.
fn at_most(resource: Resource, most: u64) -> io::Result<()> {
    let most = rustix::process::getrlimit(resource).maximum.map_or(most, |before| before.min(most));
    Ok(setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?)
}

fn work() -> io::Result<()> {
    let task: Task = next_line()?;
    confine(&task)?;
    end_with_the_input()?;
    let answer = Answer::from(looked_at(&task));
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, &answer)?;
    out.flush()
}

fn next_line<T: DeserializeOwned>() -> io::Result<T> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

/// Input that ends says that the process that waited is no more: then this one ends too, and all that it
/// started.
fn end_with_the_input() -> io::Result<()> {
    std::thread::Builder::new().stack_size(64 << 10).spawn(|| {
        let _ended = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _gone = match getpid() {
            own if own == getpgrp() => kill_process_group(own, Signal::KILL),
            own => kill_process(own, Signal::KILL),
        };
    })?;
    Ok(())
}

fn looked_at(task: &Task) -> Result<Outcome, Failure> {
    match kind(&task.media_type) {
        Kind::Picture => picture::looked_at(task),
        Kind::Video | Kind::Audio => film::looked_at(task),
        Kind::Document if task.media_type == "application/pdf" => page::looked_at(task),
        Kind::Document => document::looked_at(task),
        Kind::Other => Err(Failure::Unsupported),
    }
}
