//! GIF: a screen, then frames and extensions, each a row of short blocks.

use super::{Bytes, Damaged};

const FRAME: u8 = 0x2C;
const EXTENSION: u8 = 0x21;
const END: u8 = 0x3B;

/// Kinds of extension.
const PLAIN_TEXT: u8 = 0x01;
const CONTROL: u8 = 0xF9;
const APPLICATION: u8 = 0xFF;

pub(super) fn cleaned(picture: &[u8]) -> Result<Vec<u8>, Damaged> {
    let mut rest = Bytes(picture);
    let mut out = Vec::with_capacity(picture.len());
    screen(&mut rest, &mut out)?;
    let mut frames = 0_usize;
    // The timing and transparency of what is drawn next.
    let mut control = None;
    loop {
        match rest.byte()? {
            END => break,
            FRAME => {
                if let Some(row) = control.take() {
                    extension(&mut out, CONTROL, row);
                }
                frame(&mut rest, &mut out)?;
                frames += 1;
            }
            EXTENSION => match (rest.byte()?, blocks(&mut rest)?) {
                (CONTROL, row @ [4, _, _, _, _, 0]) => control = Some(row),
                // No viewer draws it, and what was said of it must not be said of the next frame.
                (PLAIN_TEXT, _) => control = None,
                (APPLICATION, row) if is_needed(row) => extension(&mut out, APPLICATION, row),
                _ => {}
            },
            _ => return Err(Damaged("it has a part of an unknown kind")),
        }
    }
    if frames == 0 {
        return Err(Damaged("it has no pixels"));
    }
    out.push(END);
    Ok(out)
}

/// How many frames there are, at most two: up to the end, or up to the first damage.
pub(crate) fn frames(picture: &[u8]) -> usize {
    let mut rest = Bytes(picture);
    let mut ignored = Vec::new();
    let mut frames = 0;
    if screen(&mut rest, &mut ignored).is_err() {
        return 0;
    }
    while frames < 2 {
        let part = match rest.byte() {
            Ok(FRAME) => pixels(&mut rest).map(|()| frames += 1),
            Ok(EXTENSION) => rest.byte().and_then(|_| blocks(&mut rest)).map(drop),
            _ => break,
        };
        if part.is_err() {
            break;
        }
    }
    frames
}

/// A frame that is passed by.
fn pixels(rest: &mut Bytes<'_>) -> Result<(), Damaged> {
    let descriptor = rest.array::<9>()?;
    colours(rest, descriptor[8])?;
    rest.byte()?;
    blocks(rest).map(drop)
}

/// The signature, the size of the screen and the colours for all frames.
fn screen(rest: &mut Bytes<'_>, out: &mut Vec<u8>) -> Result<(), Damaged> {
    let signature = rest.take(6)?;
    if signature != b"GIF87a" && signature != b"GIF89a" {
        return Err(Damaged("it does not begin as a GIF"));
    }
    out.extend_from_slice(signature);
    let screen = rest.array::<7>()?;
    out.extend(screen);
    out.extend_from_slice(colours(rest, screen[4])?);
    Ok(())
}

fn frame(rest: &mut Bytes<'_>, out: &mut Vec<u8>) -> Result<(), Damaged> {
    let descriptor = rest.array::<9>()?;
    out.push(FRAME);
    out.extend(descriptor);
    out.extend_from_slice(colours(rest, descriptor[8])?);
    out.push(rest.byte()?);
    out.extend_from_slice(blocks(rest)?);
    Ok(())
}

/// A table of colours, if the flags say that there is one.
fn colours<'a>(rest: &mut Bytes<'a>, flags: u8) -> Result<&'a [u8], Damaged> {
    if flags & 0x80 == 0 { Ok(&[]) } else { rest.take(6 << (flags & 7)) }
}

/// A row of blocks, with the empty one that ends it.
fn blocks<'a>(rest: &mut Bytes<'a>) -> Result<&'a [u8], Damaged> {
    let row = rest.0;
    loop {
        let length = rest.byte()?;
        rest.take(usize::from(length))?;
        if length == 0 {
            return Ok(&row[..row.len() - rest.0.len()]);
        }
    }
}

/// Of what programs add: how often a film is repeated, exactly, and the colour profile.
fn is_needed(row: &[u8]) -> bool {
    match row.split_at_checked(12) {
        Some((b"\x0BNETSCAPE2.0" | b"\x0BANIMEXTS1.0", [3, 1, _, _, 0])) => true,
        Some((name, _)) => name == b"\x0BICCRGBG1012",
        None => false,
    }
}

fn extension(out: &mut Vec<u8>, kind: u8, row: &[u8]) {
    out.extend([EXTENSION, kind]);
    out.extend_from_slice(row);
}
