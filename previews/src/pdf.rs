//! Previews and text of PDF files, using poppler.

use std::ffi::{OsStr, OsString};
use std::io::Cursor;

use image::ImageFormat;

use crate::document::Text;
use crate::picture::Picture;
use crate::supervisor::Task;
use crate::tool;
use crate::{Failure, Outcome, Size};

/// Maximum bytes of a rendered page.
const MAX_PAGE_BYTES: usize = 32 << 20;

pub(crate) fn process(task: &Task) -> Result<Outcome, Failure> {
    let page = render(task)?;
    let text = text(task)?;
    if matches!((&page, &text), (Some(None), None | Some(None)) | (None, Some(None))) {
        return Err(Failure::Damaged("PDF cannot be opened".to_owned()));
    }
    let outcome = match page.flatten() {
        Some(page) => Picture::read(Cursor::new(page), ImageFormat::Png, &task.limits)?.save_previews(&task.output)?,
        None => Outcome::default(),
    };
    Ok(Outcome { text: text.flatten(), ..outcome })
}

/// Renders the first page as PNG. `None` if the tool is missing, `Some(None)` if it failed.
fn render(task: &Task) -> Result<Option<Option<Vec<u8>>>, Failure> {
    let Some(pdftoppm) = &task.tools.pdftoppm else { return Ok(None) };
    let longest = Size::Large.max_side().to_string();
    let arguments = ["-q", "-png", "-f", "1", "-l", "1", "-singlefile", "-scale-to", &longest];
    let arguments = arguments.map(OsStr::new).into_iter().chain([task.input.as_os_str()]);
    Ok(Some(tool::output(pdftoppm, arguments, MAX_PAGE_BYTES)?))
}

/// Extracts the text; see [`render`] for the return value.
fn text(task: &Task) -> Result<Option<Option<String>>, Failure> {
    let Some(pdftotext) = &task.tools.pdftotext else { return Ok(None) };
    let before = ["-q", "-nopgbrk", "-enc", "UTF-8"].map(OsString::from);
    let arguments = before.into_iter().chain([task.input.clone().into(), OsString::from("-")]);
    // The extra bytes keep a character split at the end beyond the limit.
    let output = tool::output(pdftotext, arguments, task.limits.text_bytes.saturating_add(4))?;
    Ok(Some(output.map(|output| {
        let mut text = Text::with_limit(task.limits.text_bytes);
        text.push(&String::from_utf8_lossy(&output));
        text.into_string()
    })))
}
