//! Packs the web client and the playground so that the binary can serve them.
//!
//! Each file of `frontend/dist` and `playground/dist` is compressed once, when the folder changes, and
//! laid into `OUT_DIR/assets`, which the crate embeds. A folder that is not there yet is made, empty,
//! so that cargo can watch it: then the crate serves a page that says how to build the client.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

/// Files of these kinds are compressed already.
const PACKED: [&str; 9] = ["avif", "gif", "gz", "jpeg", "jpg", "png", "webp", "woff", "woff2"];

#[expect(clippy::disallowed_methods, reason = "cargo passes the output directory in the environment")]
fn main() -> io::Result<()> {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default()).join("assets");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    for (name, from) in [("client", "../frontend/dist"), ("playground", "../playground/dist")] {
        let to = out.join(name);
        fs::create_dir_all(&to)?;
        let from = Path::new(from);
        // A source tree that cannot be written to has no client to watch for either.
        if from.exists() || fs::create_dir_all(from).is_ok() {
            println!("cargo::rerun-if-changed={}", from.display());
            pack(from, &to)?;
        }
    }
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}

fn pack(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let Some(name) = path.file_name() else {
            continue;
        };
        if path.is_dir() {
            let to = to.join(name);
            fs::create_dir_all(&to)?;
            pack(&path, &to)?;
        } else if path.extension().is_some_and(|kind| PACKED.iter().any(|packed| kind == *packed)) {
            fs::copy(&path, to.join(name))?;
        } else if path.extension().is_none_or(|kind| kind != "map") {
            let mut packed = name.to_owned();
            packed.push(".gz");
            let mut writer = GzEncoder::new(fs::File::create(to.join(packed))?, Compression::best());
            writer.write_all(&fs::read(&path)?)?;
            writer.finish()?;
        }
    }
    Ok(())
}
