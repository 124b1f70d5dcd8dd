//! GIF: a screen descriptor, then frames and extensions, each a sequence of sub-blocks.

use super::{Bytes, Damaged};

const FRAME: u8 = 0x2C;
const EXTENSION: u8 = 0x21;
const END: u8 = 0x3B;

/// Extension labels.
const PLAIN_TEXT: u8 = 0x01;
const CONTROL: u8 = 0xF9;
const APPLICATION: u8 = 0xFF;

pub(super) fn strip(picture: &[u8]) -> Result<Vec<u8>, Damaged> {
    let mut rest = Bytes(picture);
    let mut out = Vec::with_capacity(picture.len());
    screen(&mut rest, &mut out)?;
    let mut frames = 0_usize;
    // The graphic control (timing and transparency) of the next image.
    let mut graphic_control = None;
    loop {
        match rest.byte()? {
            END => break,
            FRAME => {
                if let Some(data) = graphic_control.take() {
                    write_extension(&mut out, CONTROL, data);
                }
                copy_frame(&mut rest, &mut out)?;
                frames += 1;
            }
            EXTENSION => match (rest.byte()?, sub_blocks(&mut rest)?) {
                (CONTROL, data @ [4, _, _, _, _, 0]) => graphic_control = Some(data),
                // Viewers ignore plain text, and its graphic control must not apply to the next frame.
                (PLAIN_TEXT, _) => graphic_control = None,
                (APPLICATION, data) if is_needed(data) => write_extension(&mut out, APPLICATION, data),
                _ => {}
            },
            _ => return Err(Damaged("unknown block type")),
        }
    }
    if frames == 0 {
        return Err(Damaged("no pixels"));
    }
    out.push(END);
    Ok(out)
}

/// The number of frames, at most two, up to the end or the first damage.
pub(crate) fn frames(picture: &[u8]) -> usize {
    let mut rest = Bytes(picture);
    let mut ignored = Vec::new();
    let mut frames = 0;
    if screen(&mut rest, &mut ignored).is_err() {
        return 0;
    }
    while frames < 2 {
        let part = match rest.byte() {
            Ok(FRAME) => skip_frame(&mut rest).map(|()| frames += 1),
            Ok(EXTENSION) => rest.byte().and_then(|_| sub_blocks(&mut rest)).map(drop),
            _ => break,
        };
        if part.is_err() {
            break;
        }
    }
    frames
}

/// Skips a frame.
fn skip_frame(rest: &mut Bytes<'_>) -> Result<(), Damaged> {
    let descriptor = rest.array::<9>()?;
    color_table(rest, descriptor[8])?;
    rest.byte()?;
    sub_blocks(rest).map(drop)
}

/// Copies the signature, the screen descriptor and the global color table.
fn screen(rest: &mut Bytes<'_>, out: &mut Vec<u8>) -> Result<(), Damaged> {
    let signature = rest.take(6)?;
    if signature != b"GIF87a" && signature != b"GIF89a" {
        return Err(Damaged("missing GIF signature"));
    }
    out.extend_from_slice(signature);
    let screen = rest.array::<7>()?;
    out.extend(screen);
    out.extend_from_slice(color_table(rest, screen[4])?);
    Ok(())
}

fn copy_frame(rest: &mut Bytes<'_>, out: &mut Vec<u8>) -> Result<(), Damaged> {
    let descriptor = rest.array::<9>()?;
    out.push(FRAME);
    out.extend(descriptor);
    out.extend_from_slice(color_table(rest, descriptor[8])?);
    out.push(rest.byte()?);
    out.extend_from_slice(sub_blocks(rest)?);
    Ok(())
}

/// Reads a color table if the flags declare one.
fn color_table<'a>(rest: &mut Bytes<'a>, flags: u8) -> Result<&'a [u8], Damaged> {
    if flags & 0x80 == 0 { Ok(&[]) } else { rest.take(6 << (flags & 7)) }
}

/// Reads a sequence of sub-blocks with its terminator.
fn sub_blocks<'a>(rest: &mut Bytes<'a>) -> Result<&'a [u8], Damaged> {
    let data = rest.0;
    loop {
        let length = rest.byte()?;
        rest.take(usize::from(length))?;
        if length == 0 {
            return Ok(&data[..data.len() - rest.0.len()]);
        }
    }
}

/// Whether an application extension is needed: the loop count in its exact form, and the color profile.
fn is_needed(data: &[u8]) -> bool {
    match data.split_at_checked(12) {
        Some((b"\x0BNETSCAPE2.0" | b"\x0BANIMEXTS1.0", [3, 1, _, _, 0])) => true,
        Some((name, _)) => name == b"\x0BICCRGBG1012",
        None => false,
    }
}

fn write_extension(out: &mut Vec<u8>, kind: u8, data: &[u8]) {
    out.extend([EXTENSION, kind]);
    out.extend_from_slice(data);
}
