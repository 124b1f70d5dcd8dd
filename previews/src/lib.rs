//! What can be found in an uploaded file and made of it: its kind, a picture without what tells of the
//! person, previews, length, waveform, the text of documents.
//!
//! Read in this order: [`sniff`] looks at the first bytes, [`cleaned`], [`dimensions`] and [`is_animated`] work on
//! the bytes of a picture in this process (linear, without decoding), and [`make()`] decodes: always in a
//! process of its own with little memory, little time, no environment and walls around it, which is [`child()`].
//!
//! It promises that no file makes it panic, and that no file costs more than its [`Limits`]. It knows
//! nothing of chat, of where files are stored and of who may see them.
#![forbid(unsafe_code)]

mod child;
mod clean;
mod confine;
mod document;
mod encoding;
mod failure;
mod film;
mod found;
mod make;
mod moving;
mod office;
mod order;
mod page;
mod picture;
mod size;
mod sound;
mod tool;

pub use child::child;
pub use clean::{Damaged, cleaned};
pub use confine::can_confine;
pub use failure::Failure;
pub use found::{Found, Kind, is_inline, sniff};
pub use make::make;
pub use moving::is_animated;
pub use order::{Limits, Order, Outcome, Preview, Size, Tools};
pub use size::dimensions;
