//! A separate file system in a file (ext4 on a loop device) for Postgres or NATS that can fill up and lose power.
//!
//! A power cut is `EXT4_IOC_SHUTDOWN` without a flush: unsynced data is lost. This needs privileges. Without them there
//! is no volume, and the faults that need one are skipped and listed.
use std::path::{Path, PathBuf};

use rustix::process::geteuid;
use testbed::process::output;
use tokio::process::Command;

use crate::Result;

/// Maximum size; the file is sparse.
const SIZE: &str = "1500M";
/// `EXT4_IOC_SHUTDOWN` without a flush. In Python, because an `ioctl` needs `unsafe` in Rust.
const SHUTDOWN: &str = "import fcntl,os,struct,sys\n\
                        fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', 2))";

/// A mounted file system.
#[derive(Debug)]
pub struct Volume {
    image: PathBuf,
    /// The mount point.
    pub path: PathBuf,
}

impl Volume {
    /// Creates and mounts a volume. Returns `None` without the privileges.
    pub async fn make(directory: &Path, name: &str) -> Option<Self> {
        if !geteuid().is_root() {
            return None;
        }
        let volume = Self { image: directory.join(format!("{name}.ext4")), path: directory.join(name) };
        std::fs::create_dir_all(&volume.path).ok()?;
        output(Command::new("truncate").args(["-s", SIZE]).arg(&volume.image)).await.ok()?;
        output(Command::new("mkfs.ext4").args(["-q", "-m", "0"]).arg(&volume.image)).await.ok()?;
        output(Command::new("python3").args(["-c", "import fcntl"])).await.ok()?;
        volume.mount().await.ok()?;
        Some(volume)
    }

    /// Mounts it, also after a power cut: the kernel replays the journal.
    ///
    /// # Errors
    /// It cannot be mounted.
    pub async fn mount(&self) -> Result<()> {
        output(Command::new("mount").args(["-o", "loop"]).arg(&self.image).arg(&self.path)).await.map(drop)
    }

    /// Unmounts it. No process may have a file open there.
    ///
    /// # Errors
    /// It is in use.
    pub async fn unmount(&self) -> Result<()> {
        output(Command::new("umount").arg(&self.path)).await.map(drop)
    }

    /// Cuts the power: all further reads and writes fail.
    ///
    /// # Errors
    /// The `ioctl` failed.
    pub async fn cut_power(&self) -> Result<()> {
        output(Command::new("python3").args(["-c", SHUTDOWN]).arg(&self.path)).await.map(drop)
    }

    /// Fills it completely.
    pub async fn fill(&self) {
        // Ends with "no space left", as intended.
        let to = format!("of={}", self.path.join("ballast").display());
        let _ = output(Command::new("dd").args(["if=/dev/zero", "bs=1M", &to])).await;
    }

    /// Frees the space again.
    pub fn empty(&self) {
        let _ = std::fs::remove_file(self.path.join("ballast"));
    }
}

impl Drop for Volume {
    /// A lazy unmount also works while a process still has a file open.
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.path).output();
    }
}
