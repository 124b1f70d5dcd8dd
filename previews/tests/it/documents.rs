//! Text of documents: what is extracted of each type, its limit, and zip bombs.

use std::io::Write;

use previews::{Failure, Limits, Outcome, Size, Tools};

use super::corpus::{self, archive};
use super::supervisor::{process, process_with, tools};

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const PPTX: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
const ODT: &str = "application/vnd.oasis.opendocument.text";

async fn outcome(file: &[u8], media_type: &str) -> Result<Outcome, Failure> {
    process(&Tools::default(), file, media_type).await.1
}

async fn text(file: &[u8], media_type: &str) -> String {
    let outcome = outcome(file, media_type).await.unwrap();
    let text = outcome.text.clone().unwrap();
    assert_eq!(outcome, Outcome { text: outcome.text.clone(), ..Outcome::default() });
    text
}

#[tokio::test]
async fn extracts_plain_text_in_detectable_encodings() {
    for media_type in ["text/plain", "text/markdown", "text/csv", "application/json"] {
        assert_eq!(text("wörds\n".as_bytes(), media_type).await, "wörds\n");
    }
    assert_eq!(text(b"\xEF\xBB\xBFw\xC3\xB6rds", "text/plain").await, "wörds");
    assert_eq!(text(b"\xFF\xFEw\0\xF6\0\x3D\xD8\x00\xDE", "text/plain").await, "wö😀");
    assert_eq!(text(b"\xFE\xFF\0w\0\xF6", "text/plain").await, "wö");
    assert_eq!(text(b"", "text/plain").await, "");
    // A lone surrogate, and bytes of no known encoding: wrong text would be worse than none.
    assert_eq!(text(b"\xFE\xFF\0w\0\xF6\xD8\x3D", "text/plain").await, "");
    assert_eq!(text(b"caf\xE9 \xC3(\0!", "text/plain").await, "");
}

#[tokio::test]
async fn truncates_long_text_at_a_character_boundary() {
    let limits = Limits { text_bytes: 1000, ..Limits::default() };
    for (unit, kept) in [("a", 1000), ("é", 1000), ("€", 999), ("😀", 1000), ("\u{1}", 1000)] {
        let long = unit.repeat(100_000);
        let (_folder, made) = process_with(&Tools::default(), &limits, long.as_bytes(), "text/plain").await;
        assert_eq!(made.unwrap().text.unwrap(), &long[..kept]);
        let paragraph = format!("<w:document><w:p><w:r><w:t>{long}</w:t></w:r></w:p></w:document>");
        if unit != "\u{1}" {
            let file = archive(&[("word/document.xml", paragraph.as_bytes()), ("noise", &noise(40_000))]);
            let (_folder, made) = process_with(&Tools::default(), &limits, &file, DOCX).await;
            assert_eq!(made.unwrap().text.unwrap(), &long[..kept]);
        }
    }
}

/// Incompressible data.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

#[tokio::test]
async fn extracts_word_documents() {
    let body = "<?xml version=\"1.0\"?><w:document xmlns:w=\"x\"><w:body>\
        <w:p><w:pPr><w:t/></w:pPr><w:r><w:t>Fish &amp; ch</w:t></w:r><w:r><w:t xml:space=\"preserve\">ips </w:t></w:r></w:p>\
        <w:p><w:r><w:t>one</w:t><w:tab/><w:t>two</w:t><w:instrText>HIDDEN</w:instrText></w:r></w:p>\
        <w:p><w:t>&#x20AC;&lt;<![CDATA[<&]]></w:t></w:p></w:body></w:document>";
    let file = archive(&[
        ("[Content_Types].xml", b"<Types>nothing</Types>"),
        ("word/footnotes.xml", b"<w:footnotes><w:p><w:t>below</w:t></w:p></w:footnotes>"),
        ("word/document.xml", body.as_bytes()),
        ("word/other.xml", b"<w:p><w:t>nothing</w:t></w:p>"),
    ]);
    assert_eq!(text(&file, DOCX).await, "Fish & chips one two\n€<<&\nbelow\n");
}

#[tokio::test]
async fn extracts_sheets_slides_and_open_documents() {
    let file = archive(&[
        ("xl/worksheets/sheet1.xml", b"<row><c t='s'><v>0</v></c><c><is><t>inline</t></is></c></row>"),
        ("xl/sharedStrings.xml", b"<sst><si><t>Alpha</t></si><si><r><t>Be</t></r><r><t>ta</t></r></si></sst>"),
    ]);
    assert_eq!(text(&file, XLSX).await, "Alpha\nBeta\ninline\n");

    let slide = |words: &str| format!("<p:sld><a:p><a:r><a:t>{words}</a:t></a:r></a:p></p:sld>").into_bytes();
    let (first, second, tenth) = (slide("first"), slide("second"), slide("tenth"));
    let file = archive(&[
        ("ppt/slides/slide10.xml", &tenth),
        ("ppt/slides/slide2.xml", &second),
        ("ppt/slides/slide1.xml", &first),
        ("ppt/slides/_rels/slide1.xml.rels", b"<a:t>nothing</a:t>"),
    ]);
    assert_eq!(text(&file, PPTX).await, "first\nsecond\ntenth\n");

    let body = "<office:document-content><office:styles>nothing</office:styles><office:body>\
        <text:h>Title</text:h>\n  <text:p>a<text:s/>b<text:span> c</text:span></text:p></office:body>\
        </office:document-content>";
    for media_type in [ODT, "application/vnd.oasis.opendocument.spreadsheet"] {
        let file = archive(&[("mimetype", media_type.as_bytes()), ("content.xml", body.as_bytes())]);
        assert_eq!(text(&file, media_type).await, "Title\na b c\n");
    }
}

#[tokio::test]
async fn never_expands_entities() {
    let laughs = "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'><!ENTITY f SYSTEM 'file:///etc/passwd'>]>\
        <w:p><w:t>[&a;&b;&f;]</w:t></w:p>";
    let file = archive(&[("word/document.xml", laughs.as_bytes())]);
    assert_eq!(text(&file, DOCX).await, "[]\n");
}

async fn assert_rejected(file: &[u8], media_type: &str, what: &str) {
    let outcome = outcome(file, media_type).await;
    assert!(matches!(outcome, Err(Failure::Damaged(_))), "{what}: {outcome:?}");
}

#[tokio::test]
async fn rejects_zip_bombs() {
    let bomb = |before: &str, after: &str| {
        let filler = " ".repeat(40 << 20);
        let file = archive(&[("word/document.xml", format!("{before}{filler}{after}").as_bytes())]);
        assert!(file.len() < 1 << 18, "{}", file.len());
        file
    };
    assert_rejected(&bomb("<w:p>", "<w:t>words</w:t></w:p>"), DOCX, "between elements").await;
    assert_rejected(&bomb("<!--", "-->"), DOCX, "a comment").await;
    assert_rejected(&bomb("<w:t a='", "'/>"), DOCX, "an attribute").await;
    let deep = "<w:p>".repeat(8 << 20);
    assert_rejected(&archive(&[("word/document.xml", deep.as_bytes())]), DOCX, "depth").await;
    let names: Vec<String> = (0..10_001).map(|name| name.to_string()).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    assert_rejected(&archive(&many), DOCX, "many files").await;
}

/// One compressed body that the directory lists as many sheets.
fn overlapping(body: &[u8], sheets: u16) -> Vec<u8> {
    let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(body).unwrap();
    let packed = packed.finish().unwrap();
    let name = |sheet: u16| format!("xl/worksheets/sheet{sheet:03}.xml").into_bytes();
    let common = [
        &[20, 0, 0, 0, 8, 0, 0, 0, 0, 0][..],
        &crc32fast::hash(body).to_le_bytes(),
        &u32::try_from(packed.len()).unwrap().to_le_bytes(),
        &u32::try_from(body.len()).unwrap().to_le_bytes(),
        &u16::try_from(name(0).len()).unwrap().to_le_bytes(),
        &[0, 0],
    ]
    .concat();
    let mut file = [b"PK\x03\x04", &common[..], &name(0), &packed].concat();
    let directory = file.len();
    for sheet in 0..sheets {
        file.extend([b"PK\x01\x02\x14\0", &common[..], &[0; 14], &name(sheet)].concat());
    }
    let (size, directory) = (u32::try_from(file.len() - directory).unwrap(), u32::try_from(directory).unwrap());
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend([sheets.to_le_bytes(), sheets.to_le_bytes()].concat());
    file.extend([size.to_le_bytes(), directory.to_le_bytes()].concat());
    file.extend([0, 0]);
    file
}

#[tokio::test]
async fn counts_overlapping_entries_each_time() {
    // Each sheet alone is far below the limit.
    let digits: String = noise(1 << 17).iter().map(|byte| char::from(b'0' + byte % 10)).collect();
    let sheet = format!("<row><v>{digits}</v><is><t>word</t></is></row>");
    assert_eq!(text(&overlapping(sheet.as_bytes(), 1), XLSX).await, "word\n");
    assert_rejected(&overlapping(sheet.as_bytes(), 300), XLSX, "overlapping").await;
}

#[tokio::test]
async fn reads_one_of_two_entries_with_the_same_name() {
    let document = |word: &str| format!("<w:p><w:t>{word}</w:t></w:p>").into_bytes();
    let mut file = archive(&[("word/document.xml", &document("first")), ("word/document.xmk", &document("other"))]);
    while let Some(at) = memchr::memmem::find(&file, b"document.xmk") {
        file[at + 11] = b'l';
    }
    let text = outcome(&file, DOCX).await.map(|made| made.text.unwrap());
    assert!(matches!(text.as_deref(), Ok("first\n" | "other\n") | Err(Failure::Damaged(_))), "{text:?}");
}

#[tokio::test]
async fn rejects_damaged_and_accepts_empty_archives() {
    let file = archive(&[("word/document.xml", b"<w:p><w:t>words</w:t></w:p>")]);
    for length in [0, 10, file.len() / 2, file.len() - 1] {
        assert_rejected(&file[..length], DOCX, "cut short").await;
    }
    let mut wrong = file.clone();
    let at = memchr::memmem::find(&wrong, b"document.xml").unwrap() + 16;
    wrong[at] ^= 0x55;
    assert_rejected(&wrong, DOCX, "corrupt byte").await;
    assert_eq!(text(&archive(&[("../../etc/passwd", b"<w:t>x</w:t>")]), DOCX).await, "");
}

#[tokio::test]
async fn extracts_pdf() {
    let Some(tools) = tools("documents::extracts_pdf") else { return };
    let (folder, outcome) = process(&tools, &corpus::pdf("Hello from page one"), "application/pdf").await;
    let outcome = outcome.unwrap();
    assert_eq!(outcome.text.as_deref().map(str::trim), Some("Hello from page one"));
    let sizes: Vec<_> = outcome.previews.iter().map(|one| (one.size, one.width, one.height)).collect();
    // The page is 400 × 200 points.
    assert_eq!(sizes, [(Size::Small, 360, 180), (Size::Large, 1600, 800)]);
    let large = std::fs::read(folder.path().join("output").join(&outcome.previews[1].file)).unwrap();
    let large = corpus::decoded(&large, image::ImageFormat::Jpeg).to_luma8();
    assert!(large.get_pixel(1500, 100).0[0] > 240, "the page is white");
    // The text is 100 points, 400 pixels, above the lower edge.
    let black = |y: u32| (100..1200).filter(|x| large.get_pixel(*x, y).0[0] < 80).count();
    assert!((330..400).any(|y| black(y) > 50), "the line is black");
    assert!(outcome.thumbhash.is_some());

    let limits = Limits { text_bytes: 7, ..Limits::default() };
    let (_folder, outcome) =
        process_with(&tools, &limits, &corpus::pdf("Hello from page one"), "application/pdf").await;
    assert_eq!(outcome.unwrap().text.as_deref(), Some("Hello f"));
    for broken in [&b"%PDF-1.4\nnothing"[..], b"", corpus::PAGE] {
        let (_folder, outcome) = process(&tools, broken, "application/pdf").await;
        assert!(matches!(outcome, Err(Failure::Damaged(_))), "{outcome:?}");
    }
}
