//! PDF, by poppler: the first page, and the text.

use std::ffi::{OsStr, OsString};
use std::io::Cursor;

use image::ImageFormat;

use crate::document::Text;
use crate::make::Task;
use crate::picture::Picture;
use crate::tool;
use crate::{Failure, Outcome, Size};

/// Bytes of a page that has been drawn.
const MOST_DRAWN: usize = 32 << 20;

pub(crate) fn looked_at(task: &Task) -> Result<Outcome, Failure> {
    let drawn = drawn(task)?;
    let text = text(task)?;
    if matches!((&drawn, &text), (Some(None), None | Some(None)) | (None, Some(None))) {
        return Err(Failure::Damaged("it cannot be opened".to_owned()));
    }
    let outcome = match drawn.flatten() {
        Some(page) => Picture::read(Cursor::new(page), ImageFormat::Png, &task.limits)?.previewed(&task.output)?,
        None => Outcome::default(),
    };
    Ok(Outcome { text: text.flatten(), ..outcome })
}

/// The first page as a PNG. Outer: whether the tool is there; inner: whether it succeeded.
fn drawn(task: &Task) -> Result<Option<Option<Vec<u8>>>, Failure> {
    let Some(pdftoppm) = &task.tools.pdftoppm else { return Ok(None) };
    let longest = Size::Large.longest().to_string();
    let arguments = ["-q", "-png", "-f", "1", "-l", "1", "-singlefile", "-scale-to", &longest];
    let arguments = arguments.map(OsStr::new).into_iter().chain([task.input.as_os_str()]);
    Ok(Some(tool::output(pdftoppm, arguments, MOST_DRAWN)?))
}

/// See [`drawn`].
fn text(task: &Task) -> Result<Option<Option<String>>, Failure> {
    let Some(pdftotext) = &task.tools.pdftotext else { return Ok(None) };
    let before = ["-q", "-nopgbrk", "-enc", "UTF-8"].map(OsString::from);
    let arguments = before.into_iter().chain([task.input.clone().into(), OsString::from("-")]);
    // A character that is cut in two is behind the limit.
    let told = tool::output(pdftotext, arguments, task.limits.text_bytes.saturating_add(4))?;
    Ok(Some(told.map(|told| {
        let mut text = Text::of_at_most(task.limits.text_bytes);
        text.push(&String::from_utf8_lossy(&told));
        text.into_string()
    })))
}
