//! Reading a container part by part: what is not there is [`Damaged`], never a panic.

use super::Damaged;

/// Bytes that are still to be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    /// The next `count` bytes.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Damaged> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Damaged("it ends too early"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Damaged> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(Damaged("it ends too early"))?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Damaged> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// Refuses anything else to stand here.
    pub(crate) fn expect(&mut self, wanted: &[u8], otherwise: &'static str) -> Result<(), Damaged> {
        self.0 = self.0.strip_prefix(wanted).ok_or(Damaged(otherwise))?;
        Ok(())
    }

    /// A length of four bytes, most significant first.
    pub(crate) fn length_be(&mut self) -> Result<usize, Damaged> {
        fits(u32::from_be_bytes(self.array()?))
    }

    /// A length of four bytes, least significant first.
    pub(crate) fn length_le(&mut self) -> Result<usize, Damaged> {
        fits(u32::from_le_bytes(self.array()?))
    }
}

fn fits(length: u32) -> Result<usize, Damaged> {
    usize::try_from(length).map_err(|_| Damaged("a length is too large"))
}
