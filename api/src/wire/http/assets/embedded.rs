//! The files of the web client and the playground, embedded in the binary.
//!
//! `build.rs` compresses most of them. They are decompressed at most once, for clients that do not accept gzip.
//! All responses share the same memory.

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

/// Extension of compressed files.
const COMPRESSED_EXTENSION: &str = ".gz";

/// All files by folder and path, without the extension.
static FILES: LazyLock<HashMap<String, File>> = LazyLock::new(|| {
    let files = Embedded::iter().filter_map(|name| {
        let file = Embedded::get(&name)?;
        let bytes = match file.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => bytes.into(),
        };
        let hash = hex::encode(&file.metadata.sha256_hash()[..16]);
        let (name, compressed) = match name.strip_suffix(COMPRESSED_EXTENSION) {
            Some(plain) => (plain.to_owned(), true),
            None => (name.into_owned(), false),
        };
        Some((name, File { hash, bytes, compressed, plain: OnceLock::new() }))
    });
    files.collect()
});

/// An embedded file.
pub(super) struct File {
    /// Hash of the embedded bytes.
    pub hash: String,
    bytes: Bytes,
    compressed: bool,
    plain: OnceLock<Option<Bytes>>,
}

/// Returns a file of a folder.
pub(super) fn find(folder: &str, path: &str) -> Option<&'static File> {
    FILES.get(&format!("{folder}/{path}"))
}

impl File {
    /// Returns the compressed bytes, if the file is compressed.
    pub fn compressed(&self) -> Option<Bytes> {
        self.compressed.then(|| self.bytes.clone())
    }

    /// Returns the plain bytes. `None` if decompression fails.
    pub fn plain(&self) -> Option<Bytes> {
        if !self.compressed {
            return Some(self.bytes.clone());
        }
        self.plain.get_or_init(|| self.decompress()).clone()
    }

    fn decompress(&self) -> Option<Bytes> {
        let mut plain = Vec::new();
        match GzDecoder::new(&self.bytes[..]).read_to_end(&mut plain) {
            Ok(_) => Some(plain.into()),
            Err(error) => {
                tracing::error!(%error, hash = self.hash, "cannot decompress embedded file");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_one_copy_of_each_file() {
        let compressed: Vec<&File> = FILES.values().filter(|file| file.compressed).collect();
        assert!(!compressed.is_empty());
        for file in FILES.values() {
            let (first, second) = (file.plain().unwrap(), file.plain().unwrap());
            assert_eq!((first.as_ptr(), first.len()), (second.as_ptr(), second.len()));
            assert!(file.compressed().is_none_or(|bytes| bytes.as_ptr() == file.bytes.as_ptr()));
        }
    }
}
