//! Sandboxes the subprocess with Landlock. It and the tools it starts may read the input file and program files, and
//! write to the output directory; they may not open TCP connections or signal outside processes. UDP and UNIX sockets
//! with a path remain possible.
//!
//! Enforcement depends on the kernel: files since Linux 5.13, TCP since 6.7, signals since 6.12. Without Landlock, only
//! the resource limits apply. (<https://docs.kernel.org/userspace-api/landlock.html>)

use std::io;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
    path_beneath_rules,
};

use crate::Tools;
use crate::supervisor::Task;

/// The requested Landlock ABI; older kernels enforce what they support of it.
const REQUESTED_ABI: ABI = ABI::V6;

/// Readable paths: programs, libraries and fonts. Excludes `/proc`, which exposes the environment of other processes.
const READABLE_PATHS: [&str; 9] = [
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

/// Tools discard output here.
const NULL_DEVICE: &str = "/dev/null";

/// Sandboxes the calling thread and all that it starts. Call it before starting other threads.
pub(crate) fn confine(task: &Task) -> io::Result<()> {
    let Tools { ffmpeg, ffprobe, pdftoppm, pdftotext } = &task.tools;
    let tools = [ffmpeg, ffprobe, pdftoppm, pdftotext].into_iter().flatten().flat_map(|tool| tool_paths(tool));
    let readable = READABLE_PATHS.iter().map(PathBuf::from).chain(tools).chain([task.input.clone()]);
    restrict(readable, [&task.output, Path::new(NULL_DEVICE)]).map(drop).map_err(io::Error::other)
}

/// The folder of a tool, the folder it links to, and the adjacent library folders: a tool may be installed anywhere.
fn tool_paths(tool: &Path) -> Vec<PathBuf> {
    let real = tool.canonicalize().ok();
    let folders: Vec<&Path> = [Some(tool), real.as_deref()].into_iter().flatten().filter_map(Path::parent).collect();
    let prefix = folders.last().and_then(|folder| folder.parent());
    let libraries = prefix.into_iter().flat_map(|prefix| [prefix.join("lib"), prefix.join("lib64")]);
    folders.iter().map(|folder| folder.to_path_buf()).chain(libraries).collect()
}

fn restrict(readable: impl Iterator<Item = PathBuf>, writable: [&Path; 2]) -> Result<RulesetStatus, RulesetError> {
    let restricted = Ruleset::default()
        .handle_access(AccessFs::from_all(REQUESTED_ABI))?
        .handle_access(AccessNet::from_all(REQUESTED_ABI))?
        .scope(Scope::from_all(REQUESTED_ABI))?
        .create()?
        .add_rules(path_beneath_rules(readable, AccessFs::from_read(REQUESTED_ABI)))?
        .add_rules(path_beneath_rules(writable, AccessFs::from_all(REQUESTED_ABI)))?
        .restrict_self()?;
    Ok(restricted.ruleset)
}

/// Whether the kernel fully supports the sandbox. Tests it on a temporary thread.
#[must_use]
pub fn is_sandbox_supported() -> bool {
    let attempt = std::thread::spawn(|| restrict([].into_iter(), [Path::new(NULL_DEVICE); 2]));
    matches!(attempt.join(), Ok(Ok(RulesetStatus::FullyEnforced)))
}
