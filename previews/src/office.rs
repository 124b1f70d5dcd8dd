//! Extracts the text of office documents: XML in a zip archive.
//!
//! Nothing is written to disk, and entry names only serve to find the few parts with text. Zip bombs are rejected
//! before they occupy memory.

use std::fs::File;
use std::io::{self, BufReader, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::Failure;
use crate::document::Text;
use crate::sniff::{DOCX, ODP, ODS, ODT, PPTX, XLSX};
use crate::supervisor::Task;

/// Maximum entries of an archive.
const MAX_ENTRIES: usize = 10_000;

/// Maximum bytes decompressed of an archive. The rest of a legitimately larger spreadsheet is not read.
const MAX_UNPACKED_BYTES: u64 = 64 << 20;

/// Maximum compression ratio of an archive whose contents exceed [`RATIO_THRESHOLD`] bytes.
const MAX_RATIO: u64 = 100;
const RATIO_THRESHOLD: u64 = 1 << 20;

type Archive = ZipArchive<BufReader<File>>;

/// The element names (without prefix) in which a family of formats stores text.
#[derive(Debug)]
struct Dialect {
    /// Elements that contain text.
    text: &'static [&'static str],
    /// Elements that end a line.
    lines: &'static [&'static str],
    /// Elements that represent whitespace between words.
    spaces: &'static [&'static str],
}

const MICROSOFT: Dialect = Dialect { text: &["t"], lines: &["p", "si", "is"], spaces: &["tab", "br", "cr", "tc"] };
const OPEN: Dialect = Dialect { text: &["p", "h"], lines: &["p", "h"], spaces: &["s", "tab", "line-break"] };

pub(crate) fn is_supported(media_type: &str) -> bool {
    [DOCX, XLSX, PPTX, ODT, ODS, ODP].contains(&media_type)
}

pub(crate) fn extract(task: &Task, text: &mut Text) -> Result<(), Failure> {
    let file = File::open(&task.input)?;
    let max_bytes = file.metadata()?.len().saturating_mul(MAX_RATIO).max(RATIO_THRESHOLD);
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(zip_error)?;
    if archive.len() > MAX_ENTRIES {
        return Err(damaged("archive has too many entries"));
    }
    let dialect = if [DOCX, XLSX, PPTX].contains(&task.media_type.as_str()) { &MICROSOFT } else { &OPEN };
    let mut remaining = max_bytes.min(MAX_UNPACKED_BYTES);
    for name in parts(&archive, &task.media_type) {
        let entry = archive.by_name(&name).map_err(zip_error)?;
        let mut entry = LimitedReader { entry, remaining, is_exceeded: false };
        let read = extract_part(BufReader::new(&mut entry), dialect, text);
        remaining = entry.remaining;
        match read {
            Err(_) if entry.is_exceeded && max_bytes > MAX_UNPACKED_BYTES => break,
            read => read?,
        }
        if text.is_full() {
            break;
        }
    }
    Ok(())
}

/// The names of the parts with text, in reading order.
fn parts(archive: &Archive, media_type: &str) -> Vec<String> {
    let (first, numbered): (&[&str], &[&str]) = match media_type {
        DOCX => (&["word/document.xml", "word/footnotes.xml", "word/endnotes.xml", "word/comments.xml"], &[]),
        XLSX => (&["xl/sharedStrings.xml"], &["xl/worksheets/sheet"]),
        PPTX => (&[], &["ppt/slides/slide", "ppt/notesSlides/notesSlide"]),
        _ => (&["content.xml"], &[]),
    };
    let first = first.iter().filter(|name| archive.index_for_name(name).is_some()).map(|name| (*name).to_owned());
    let numbered = numbered.iter().flat_map(|prefix| {
        let number = |name: &str| name.strip_prefix(prefix)?.strip_suffix(".xml")?.parse::<u32>().ok();
        let names = archive.file_names().filter_map(Result::ok);
        let mut entries: Vec<_> = names.filter_map(|name| Some((number(&name)?, name.into_owned()))).collect();
        entries.sort_unstable();
        entries.into_iter().map(|(_, name)| name)
    });
    first.chain(numbered).collect()
}

/// A reader that fails at its limit instead of ending there.
#[derive(Debug)]
struct LimitedReader<R> {
    entry: R,
    /// Remaining bytes.
    remaining: u64,
    is_exceeded: bool,
}

impl<R: Read> Read for LimitedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.entry.read(buffer)?;
        match self.remaining.checked_sub(u64::try_from(read).unwrap_or(u64::MAX)) {
            Some(remaining) => self.remaining = remaining,
            None => {
                self.is_exceeded = true;
                return Err(io::Error::other("archive exceeds the decompression limit"));
            }
        }
        Ok(read)
    }
}

fn extract_part(entry: impl io::BufRead, dialect: &Dialect, text: &mut Text) -> Result<(), Failure> {
    let mut reader = Reader::from_reader(entry);
    reader.config_mut().check_end_names = false;
    let mut buffer = Vec::new();
    let mut inside = 0_usize;
    while !text.is_full() {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(|error| damaged(&error.to_string()))? {
            Event::Eof => break,
            Event::Start(element) if dialect.text.contains(&element.local_name().as_ref()) => inside += 1,
            Event::Empty(element) if dialect.spaces.contains(&element.local_name().as_ref()) => text.separate(' '),
            Event::End(element) => {
                let name = element.local_name();
                inside -= usize::from(inside > 0 && dialect.text.contains(&name.as_ref()));
                if dialect.lines.contains(&name.as_ref()) {
                    text.separate('\n');
                }
            }
            Event::Text(piece) if inside > 0 => text.push(&piece),
            Event::CData(piece) if inside > 0 => text.push(&piece),
            Event::GeneralRef(name) if inside > 0 => text.push(&resolve_entity(&name)),
            _ => {}
        }
    }
    Ok(())
}

/// Resolves predefined entities and character references. Entities declared by the document are never expanded.
fn resolve_entity(name: &BytesRef<'_>) -> String {
    let named = match name.as_ref() {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => name.resolve_char_ref().ok().flatten(),
    };
    named.map(String::from).unwrap_or_default()
}

fn zip_error(error: ZipError) -> Failure {
    match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => Failure::Io(error),
        error => damaged(&error.to_string()),
    }
}

fn damaged(how: &str) -> Failure {
    Failure::Damaged(how.to_owned())
}
