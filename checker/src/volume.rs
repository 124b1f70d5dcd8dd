//! A file system of its own in a file (ext4 on a loop device), under Postgres or NATS: it can be full, and
//! it can lose power.
//!
//! A power cut is `EXT4_IOC_SHUTDOWN` without a flush: what was not synced is gone. All of it needs
//! privileges; where they are missing there is no volume, and the faults that need one are skipped by name.

use std::path::{Path, PathBuf};

use rustix::process::geteuid;
use tokio::process::Command;

use crate::Result;
use crate::process::output;

/// Its size, in the file as much as it is used.
const SIZE: &str = "1500M";
/// `EXT4_IOC_SHUTDOWN` with the flag that flushes nothing; an `ioctl` cannot be called without `unsafe` here.
const SHUTDOWN: &str = "import fcntl,os,struct,sys\n\
                        fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', 2))";

/// The file system.
#[derive(Debug)]
pub struct Volume {
    image: PathBuf,
    /// Where it is mounted.
    pub path: PathBuf,
}

impl Volume {
    /// Makes and mounts one; nothing where that is not allowed.
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

    /// Mounts it, also after a power cut: the journal is played.
    ///
    /// # Errors
    /// It cannot be mounted.
    pub async fn mount(&self) -> Result<()> {
        output(Command::new("mount").args(["-o", "loop"]).arg(&self.image).arg(&self.path)).await.map(drop)
    }

    /// Unmounts it; nobody may have a file open there.
    ///
    /// # Errors
    /// Somebody has.
    pub async fn unmount(&self) -> Result<()> {
        output(Command::new("umount").arg(&self.path)).await.map(drop)
    }

    /// The power is cut: from now on nothing is read or written there.
    ///
    /// # Errors
    /// The kernel does not do it.
    pub async fn cut_power(&self) -> Result<()> {
        output(Command::new("python3").args(["-c", SHUTDOWN]).arg(&self.path)).await.map(drop)
    }

    /// Fills it to the last block.
    pub async fn fill(&self) {
        // It ends with "no space left", which is what is wanted.
        let to = format!("of={}", self.path.join("ballast").display());
        let _ = output(Command::new("dd").args(["if=/dev/zero", "bs=1M", &to])).await;
    }

    /// Gives the room back.
    pub fn empty(&self) {
        let _ = std::fs::remove_file(self.path.join("ballast"));
    }
}

impl Drop for Volume {
    /// Also when the run was broken off: a lazy unmount waits for whoever still holds a file.
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.path).output();
    }
}
