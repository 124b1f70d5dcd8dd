//! A byte cursor: reading past the end returns [`Damaged`], never panics.

use super::Damaged;

/// The remaining bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    /// Reads `count` bytes.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Damaged> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or(Damaged("unexpected end of data"))?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Damaged> {
        let (bytes, rest) = self.0.split_first_chunk::<N>().ok_or(Damaged("unexpected end of data"))?;
        self.0 = rest;
        Ok(*bytes)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Damaged> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// Consumes an expected prefix.
    pub(crate) fn expect(&mut self, prefix: &[u8], message: &'static str) -> Result<(), Damaged> {
        self.0 = self.0.strip_prefix(prefix).ok_or(Damaged(message))?;
        Ok(())
    }

    /// Reads a 32-bit big-endian length.
    pub(crate) fn length_be(&mut self) -> Result<usize, Damaged> {
        to_usize(u32::from_be_bytes(self.array()?))
    }

    /// Reads a 32-bit little-endian length.
    pub(crate) fn length_le(&mut self) -> Result<usize, Damaged> {
        to_usize(u32::from_le_bytes(self.array()?))
    }
}

fn to_usize(length: u32) -> Result<usize, Damaged> {
    usize::try_from(length).map_err(|_| Damaged("length too large"))
}
