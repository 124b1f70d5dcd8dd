//! The files of the web client and the playground, as they are in the binary.
//!
//! Most are packed by `build.rs`; a client that takes no gzip gets them unpacked. Promises: a file is unpacked at most
//! once, and what is given out is shared, so that it costs no memory how many have it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;
use std::sync::{LazyLock, OnceLock};

use bytes::Bytes;
use flate2::read::GzDecoder;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/assets/"]
struct Embedded;

/// What a packed file's name ends with.
const PACKED: &str = ".gz";

/// By folder and path, without the ending.
static FILES: LazyLock<HashMap<String, File>> = LazyLock::new(|| {
    let files = Embedded::iter().filter_map(|name| {
        let file = Embedded::get(&name)?;
        let bytes = match file.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => bytes.into(),
        };
        let hash = hex::encode(&file.metadata.sha256_hash()[..16]);
        let (name, packed) = match name.strip_suffix(PACKED) {
            Some(plain) => (plain.to_owned(), true),
            None => (name.into_owned(), false),
        };
        Some((name, File { hash, bytes, packed, plain: OnceLock::new() }))
    });
    files.collect()
});

/// A file in the binary.
pub(super) struct File {
    /// Of its bytes as they are in the binary.
    pub hash: String,
    bytes: Bytes,
    packed: bool,
    plain: OnceLock<Option<Bytes>>,
}

/// The file at a path of a folder.
pub(super) fn find(folder: &str, path: &str) -> Option<&'static File> {
    FILES.get(&format!("{folder}/{path}"))
}

impl File {
    /// Its packed form, if it has one.
    pub fn packed(&self) -> Option<Bytes> {
        self.packed.then(|| self.bytes.clone())
    }

    /// Its plain form; nothing if it is broken.
    pub fn plain(&self) -> Option<Bytes> {
        if !self.packed {
            return Some(self.bytes.clone());
        }
        self.plain.get_or_init(|| self.unpack()).clone()
    }

    fn unpack(&self) -> Option<Bytes> {
        let mut plain = Vec::new();
        match GzDecoder::new(&self.bytes[..]).read_to_end(&mut plain) {
            Ok(_) => Some(plain.into()),
            Err(error) => {
                tracing::error!(%error, hash = self.hash, "a file in the binary is broken");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_in_memory_once_however_often_it_is_asked_for() {
        let packed: Vec<&File> = FILES.values().filter(|file| file.packed).collect();
        assert!(!packed.is_empty());
        for file in FILES.values() {
            let (first, second) = (file.plain().unwrap(), file.plain().unwrap());
            assert_eq!((first.as_ptr(), first.len()), (second.as_ptr(), second.len()));
            assert!(file.packed().is_none_or(|bytes| bytes.as_ptr() == file.bytes.as_ptr()));
        }
    }
}
