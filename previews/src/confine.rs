//! Walls around the process that looks into a file, by Landlock: it reads that file and what programs are made of,
//! writes into its output directory, opens no TCP connection and signals no process outside; nor do the programs
//! that it starts. UDP, and sockets of UNIX that have a path, stay open.
//!
//! It promises no more than the kernel can do: files from Linux 5.13 on, TCP from 6.7, signals from 6.12; where it is
//! turned off the limits are all there is. (<https://docs.kernel.org/userspace-api/landlock.html>)

use std::io;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
    path_beneath_rules,
};

use crate::Tools;
use crate::make::Task;

/// What is asked of the kernel; an older one does what it knows of it.
const WANTED: ABI = ABI::V6;

/// Where programs, their libraries and fonts are. `/proc`, with the environment of others, is not among them.
const PROGRAMS: [&str; 9] = [
    "/usr",
    "/bin",
    "/lib",
    "/lib64",
    "/nix/store",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/dev/urandom",
    "/var/cache/fontconfig",
];

/// What programs write away.
const NOWHERE: &str = "/dev/null";

/// Puts the walls up around the calling thread and all that it will start. To be called before there are others.
pub(crate) fn confine(task: &Task) -> io::Result<()> {
    let Tools { ffmpeg, ffprobe, pdftoppm, pdftotext } = &task.tools;
    let tools = [ffmpeg, ffprobe, pdftoppm, pdftotext].into_iter().flatten().flat_map(|tool| made_of(tool));
    let readable = PROGRAMS.iter().map(PathBuf::from).chain(tools).chain([task.input.clone()]);
    walled(readable, [&task.output, Path::new(NOWHERE)]).map(drop).map_err(io::Error::other)
}

/// Where a tool is, where it really is, and the libraries beside that: it may lie anywhere.
fn made_of(tool: &Path) -> Vec<PathBuf> {
    let real = tool.canonicalize().ok();
    let folders: Vec<&Path> = [Some(tool), real.as_deref()].into_iter().flatten().filter_map(Path::parent).collect();
    let prefix = folders.last().and_then(|folder| folder.parent());
    let libraries = prefix.into_iter().flat_map(|prefix| [prefix.join("lib"), prefix.join("lib64")]);
    folders.iter().map(|folder| folder.to_path_buf()).chain(libraries).collect()
}

fn walled(readable: impl Iterator<Item = PathBuf>, writable: [&Path; 2]) -> Result<RulesetStatus, RulesetError> {
    let walls = Ruleset::default()
        .handle_access(AccessFs::from_all(WANTED))?
        .handle_access(AccessNet::from_all(WANTED))?
        .scope(Scope::from_all(WANTED))?
        .create()?
        .add_rules(path_beneath_rules(readable, AccessFs::from_read(WANTED)))?
        .add_rules(path_beneath_rules(writable, AccessFs::from_all(WANTED)))?
        .restrict_self()?;
    Ok(walls.ruleset)
}

/// Whether this kernel can put all walls up. It tries on a thread of its own, which then ends.
#[must_use]
pub fn can_confine() -> bool {
    let tried = std::thread::spawn(|| walled([].into_iter(), [Path::new(NOWHERE); 2]));
    matches!(tried.join(), Ok(Ok(RulesetStatus::FullyEnforced)))
}
