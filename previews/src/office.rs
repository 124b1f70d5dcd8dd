//! The text of office documents: XML in a zip archive.
//!
//! Nothing is unpacked to disk, and no name in the archive is used but to find the few parts that have
//! text. What unpacks to far more than it takes is refused before it is in memory.

use std::fs::File;
use std::io::{self, BufReader, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::Failure;
use crate::document::Text;
use crate::found::{DOCX, ODP, ODS, ODT, PPTX, XLSX};
use crate::make::Task;

/// Files in an archive.
const MOST_FILES: usize = 10_000;

/// Bytes that are unpacked of an archive. Of a spreadsheet that honestly has more, the rest is not read.
const MOST_UNPACKED: u64 = 64 << 20;

/// Bytes that are unpacked for each byte of the archive, once there are more than `SMALL`.
const MOST_RATIO: u64 = 100;
const SMALL: u64 = 1 << 20;

type Archive = ZipArchive<BufReader<File>>;

/// Where a family of formats keeps its text, by names of elements without prefix.
#[derive(Debug)]
struct Dialect {
    /// Only within these there is text.
    text: &'static [&'static str],
    /// They end a line.
    lines: &'static [&'static str],
    /// They stand for space between words.
    spaces: &'static [&'static str],
}

const MICROSOFT: Dialect = Dialect { text: &["t"], lines: &["p", "si", "is"], spaces: &["tab", "br", "cr", "tc"] };
const OPEN: Dialect = Dialect { text: &["p", "h"], lines: &["p", "h"], spaces: &["s", "tab", "line-break"] };

pub(crate) fn reads(media_type: &str) -> bool {
    [DOCX, XLSX, PPTX, ODT, ODS, ODP].contains(&media_type)
}

pub(crate) fn read(task: &Task, text: &mut Text) -> Result<(), Failure> {
    let file = File::open(&task.input)?;
    let most = file.metadata()?.len().saturating_mul(MOST_RATIO).max(SMALL);
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(unreadable)?;
    if archive.len() > MOST_FILES {
        return Err(damaged("it has too many files"));
    }
    let dialect = if [DOCX, XLSX, PPTX].contains(&task.media_type.as_str()) { &MICROSOFT } else { &OPEN };
    let mut left = most.min(MOST_UNPACKED);
    for name in parts(&archive, &task.media_type) {
        let part = archive.by_name(&name).map_err(unreadable)?;
        let mut part = Unpacked { part, left, is_over: false };
        let read = text_of(BufReader::new(&mut part), dialect, text);
        left = part.left;
        match read {
            Err(_) if part.is_over && most > MOST_UNPACKED => break,
            read => read?,
        }
        if text.is_full() {
            break;
        }
    }
    Ok(())
}

/// The names of the parts that have text, in the order of reading.
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
        let mut found: Vec<_> = names.filter_map(|name| Some((number(&name)?, name.into_owned()))).collect();
        found.sort_unstable();
        found.into_iter().map(|(_, name)| name)
    });
    first.chain(numbered).collect()
}

/// A part that fails at its limit, unlike one that merely ends there.
#[derive(Debug)]
struct Unpacked<R> {
    part: R,
    /// Bytes.
    left: u64,
    is_over: bool,
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.part.read(buffer)?;
        match self.left.checked_sub(u64::try_from(read).unwrap_or(u64::MAX)) {
            Some(left) => self.left = left,
            None => {
                self.is_over = true;
                return Err(io::Error::other("it unpacks to far too much"));
            }
        }
        Ok(read)
    }
}

fn text_of(part: impl io::BufRead, dialect: &Dialect, text: &mut Text) -> Result<(), Failure> {
    let mut reader = Reader::from_reader(part);
    reader.config_mut().check_end_names = false;
    let mut buffer = Vec::new();
    let mut inside = 0_usize;
    while !text.is_full() {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(|error| damaged(&error.to_string()))? {
            Event::Eof => break,
            Event::Start(element) if dialect.text.contains(&element.local_name().as_ref()) => inside += 1,
            Event::Empty(element) if dialect.spaces.contains(&element.local_name().as_ref()) => text.part(' '),
            Event::End(element) => {
                let name = element.local_name();
                inside -= usize::from(inside > 0 && dialect.text.contains(&name.as_ref()));
                if dialect.lines.contains(&name.as_ref()) {
                    text.part('\n');
                }
            }
            Event::Text(piece) if inside > 0 => text.push(&piece),
            Event::CData(piece) if inside > 0 => text.push(&piece),
            Event::GeneralRef(name) if inside > 0 => text.push(&character(&name)),
            _ => {}
        }
    }
    Ok(())
}

/// Only characters have names; what a document declares for itself is never expanded.
fn character(name: &BytesRef<'_>) -> String {
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

fn unreadable(error: ZipError) -> Failure {
    match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => Failure::Io(error),
        error => damaged(&error.to_string()),
    }
}

fn damaged(how: &str) -> Failure {
    Failure::Damaged(how.to_owned())
}
