//! Inspects uploaded files: type, metadata removal, dimensions, previews, duration, waveform, and document text.
//!
//! [`sniff()`] identifies the type by the first bytes. [`strip_metadata`], [`dimensions()`] and [`is_animated`]
//! process images in this process, in linear time and without decoding. [`process_file()`] decodes, always in a
//! sandboxed subprocess with limited memory and time and an empty environment, which runs [`run_worker()`].
//!
//! No file causes a panic or exceeds its [`Limits`]. The crate is independent of the chat server, its storage and its
//! permissions.
#![forbid(unsafe_code)]

mod animation;
mod dimensions;
mod document;
mod encoding;
mod failure;
mod metadata;
mod office;
mod pdf;
mod picture;
mod request;
mod sandbox;
mod sniff;
mod supervisor;
mod tool;
mod video;
mod waveform;
mod worker;

pub use animation::is_animated;
pub use dimensions::dimensions;
pub use failure::Failure;
pub use metadata::{Damaged, strip_metadata};
pub use request::{Limits, Outcome, Preview, PreviewRequest, Size, Tools};
pub use sandbox::is_sandbox_supported;
pub use sniff::{FileType, Kind, is_inline, sniff};
pub use supervisor::process_file;
pub use worker::run_worker;
