//! Test files, built byte by byte or by third-party encoders.
//!
//! Everything that metadata removal must drop starts with `SECRET`.

use std::io::{Cursor, Write};

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

/// A marker that must be removed.
pub const SECRET: &[u8] = b"SECRET";

/// HTML that a browser would execute.
pub const PAGE: &[u8] = b"<!DOCTYPE html><script>document.title='SECRET ran'</script>";

/// An arbitrary color profile with a valid RGB header.
pub fn profile() -> Vec<u8> {
    let mut profile = vec![7; 700];
    profile[16..20].copy_from_slice(b"RGB ");
    profile
}

/// Red on top, green at the bottom left, blue at the bottom right: each rotation looks different.
pub fn flag(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| match (x < width / 2, y < height / 2) {
        (_, true) => Rgb([220, 20, 20]),
        (true, false) => Rgb([20, 200, 20]),
        (false, false) => Rgb([20, 20, 220]),
    })
}

pub fn encoded(pixels: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    pixels.into().write_to(&mut out, format).unwrap();
    out.into_inner()
}

pub fn decoded(picture: &[u8], format: ImageFormat) -> DynamicImage {
    image::load_from_memory_with_format(picture, format).unwrap()
}

/// EXIF data as a camera writes it: orientation, maker note, position and thumbnail.
pub fn exif(orientation: u16) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x04\0".to_vec();
    let mut entry = |tag: u16, kind: u16, count: u32, value: u32| {
        tiff.extend(tag.to_le_bytes());
        tiff.extend(kind.to_le_bytes());
        tiff.extend(count.to_le_bytes());
        tiff.extend(value.to_le_bytes());
    };
    entry(0x010F, 2, 14, 62); // maker
    entry(0x0112, 3, 1, orientation.into());
    entry(0x8825, 4, 1, 76); // position
    entry(0x927C, 7, 14, 94); // maker's note
    tiff.extend([0; 4]);
    tiff.extend(b"SECRET maker\0\0");
    tiff.extend(b"\x01\0\x01\0\x02\0\x02\0\0\0N\0\0\0\0\0\0\0"); // GPSLatitudeRef N
    tiff.extend(b"SECRET note\0\0\0");
    tiff.extend(b"SECRET thumbnail \xFF\xD8\xFF\xD9");
    tiff
}

/// A JPEG segment.
pub fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&[0xFF, marker], &length[..], body].concat()
}

/// A JPEG with all metadata that cameras and editors write.
pub fn jpeg(orientation: u16) -> Vec<u8> {
    let plain = encoded(flag(64, 40), ImageFormat::Jpeg);
    let profile = profile();
    let (first, second) = profile.split_at(300);
    let mut all = plain[..2].to_vec();
    // JFIF with a thumbnail of 2 × 1 pixels.
    all.extend(segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\x02\x01SECRET"));
    all.extend(segment(0xE0, b"JFXX\0\x13SECRET"));
    all.extend(segment(0xE1, &[b"Exif\0\0", &exif(orientation)[..]].concat()));
    all.extend(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>SECRET</x:xmpmeta>"));
    all.extend(segment(0xE2, &[b"ICC_PROFILE\0\x01\x02", first].concat()));
    all.extend(segment(0xE2, &[b"ICC_PROFILE\0\x02\x02", second].concat()));
    all.extend(segment(0xE2, b"MPF\0SECRET"));
    all.extend(segment(0xED, b"Photoshop 3.0\08BIM\x04\x04SECRET caption"));
    all.extend(segment(0xFE, b"SECRET comment"));
    // After the encoder's JFIF segment.
    let rest = &plain[2 + 2 + usize::from(u16::from_be_bytes([plain[4], plain[5]]))..];
    all.extend(rest);
    all.extend(b"PK\x03\x04SECRET archive behind the end");
    all
}

/// A PNG chunk.
pub fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    let sum = crc32fast::hash(&[name, body].concat()).to_be_bytes();
    [&length[..], name, body, &sum].concat()
}

/// The offset after the signature and IHDR.
const PNG_HEAD: usize = 8 + 25;

/// A PNG with text chunks, a position, and trailing HTML.
pub fn png(orientation: u16) -> Vec<u8> {
    let plain = encoded(flag(64, 40), ImageFormat::Png);
    let squeezed = deflated(&profile());
    let mut all = plain[..PNG_HEAD].to_vec();
    all.extend(chunk(b"iCCP", &[b"mine\0\0", &squeezed[..]].concat()));
    all.extend(chunk(b"tEXt", b"Author\0SECRET author"));
    all.extend(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0SECRET"));
    all.extend(chunk(b"tIME", b"\x07\xE9\x01\x02\x03\x04\x05"));
    all.extend(chunk(b"eXIf", &exif(orientation)));
    all.extend(chunk(b"prVt", b"SECRET private"));
    all.extend(&plain[PNG_HEAD..]);
    all.extend(PAGE);
    all
}

pub fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// A single-color image of 60,000 × 60,000 pixels in less than 1 MB.
pub fn png_bomb() -> Vec<u8> {
    let side = 60_000_u32.to_be_bytes();
    let mut rows = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let row = vec![0; 60_000 / 8 + 1];
    for _ in 0..60_000 {
        rows.write_all(&row).unwrap();
    }
    let head = [&side[..], &side, &[1, 0, 0, 0, 0]].concat();
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &head), chunk(b"IDAT", &rows.finish().unwrap()), chunk(b"IEND", b"")]
        .concat()
}

/// Two frames, the first one red, with a comment, XMP, plain text, and trailing HTML.
pub fn gif() -> Vec<u8> {
    let mut plain = Vec::new();
    let mut encoder = GifEncoder::new(&mut plain);
    encoder.set_repeat(image::codecs::gif::Repeat::Finite(5)).unwrap();
    for color in [Rgba([255, 0, 0, 255]), Rgba([0, 0, 255, 255])] {
        encoder.encode_frame(Frame::new(RgbaImage::from_pixel(40, 20, color))).unwrap();
    }
    drop(encoder);
    let screen = 13 + if plain[10] & 0x80 == 0 { 0 } else { 6 << (plain[10] & 7) };
    let mut all = plain[..screen].to_vec();
    all.extend(b"\x21\xFE\x0ESECRET comment\0");
    all.extend(b"\x21\xFF\x0BXMP DataXMP\x06SECRET\0");
    all.extend(b"\x21\xF9\x04\x05\xFF\xFF\x01\0\x21\x01\x0C\0\0\0\0\x01\0\x01\0\x08\x08\0\x01\x06SECRET\0");
    all.extend(&plain[screen..]);
    all.extend(PAGE);
    all
}

/// A PNG that declares `frames` frames, with a second frame if there are two.
pub fn png_of_frames(frames: u32) -> Vec<u8> {
    let plain = encoded(flag(64, 40), ImageFormat::Png);
    let control = |sequence: u32| {
        let place = [sequence, 64, 40, 0, 0].map(u32::to_be_bytes).concat();
        chunk(b"fcTL", &[&place[..], &[0, 1, 0, 10, 0, 0]].concat())
    };
    let mut all = plain[..PNG_HEAD].to_vec();
    all.extend(chunk(b"acTL", &[frames.to_be_bytes(), [0; 4]].concat()));
    all.extend(control(0));
    let end = plain.len() - 12;
    all.extend(&plain[PNG_HEAD..end]);
    if frames > 1 {
        // The same pixels again, after the chunk's length and name and before its checksum.
        let pixels = &plain[PNG_HEAD + 8..end - 4];
        all.extend(control(1));
        all.extend(chunk(b"fdAT", &[&2_u32.to_be_bytes()[..], pixels].concat()));
    }
    all.extend(&plain[end..]);
    all
}

/// A WebP chunk.
pub fn riff(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_le_bytes();
    [name, &length[..], body, &vec![0; body.len() % 2]].concat()
}

pub fn webp_of(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"RIFF\0\0\0\0WEBP".to_vec();
    out.extend(parts.concat());
    let length = u32::try_from(out.len() - 8).unwrap();
    out[4..8].copy_from_slice(&length.to_le_bytes());
    out
}

/// The pixel chunk with its header.
pub fn webp_pixels(pixels: impl Into<DynamicImage>) -> Vec<u8> {
    encoded(pixels, ImageFormat::WebP)[12..].to_vec()
}

/// 64 × 40 pixels: each side minus one, in three bytes.
const CANVAS: [u8; 6] = [63, 0, 0, 39, 0, 0];

/// A WebP with color profile, EXIF and XMP, and a trailing archive.
pub fn webp(orientation: u16) -> Vec<u8> {
    let features = [&[0x20 | 0x08 | 0x04, 0, 0, 0], &CANVAS[..]].concat();
    let mut all = webp_of(&[
        riff(b"VP8X", &features),
        riff(b"ICCP", &profile()),
        webp_pixels(flag(64, 40)),
        riff(b"EXIF", &exif(orientation)),
        riff(b"XMP ", b"<x:xmpmeta>SECRET</x:xmpmeta>"),
        riff(b"prVt", b"SECRET private"),
    ]);
    all.extend(b"PK\x03\x04SECRET archive behind the end");
    all
}

/// Two frames, the first one red, with a secret inside the first frame.
pub fn webp_moving() -> Vec<u8> {
    let frame = |color: [u8; 3], more: &[u8]| {
        let head = [0, 0, 0, 0, 0, 0, 63, 0, 0, 39, 0, 0, 100, 0, 0, 0];
        riff(b"ANMF", &[&head[..], &webp_pixels(RgbImage::from_pixel(64, 40, Rgb(color))), more].concat())
    };
    webp_of(&[
        riff(b"VP8X", &[&[0x02, 0, 0, 0], &CANVAS[..]].concat()),
        riff(b"ANIM", &[255, 255, 255, 255, 3, 0]),
        frame([255, 0, 0], &riff(b"prVt", b"SECRET in a frame")),
        frame([0, 0, 255], b""),
    ])
}

/// Every valid image with all metadata to remove, and its type.
pub fn pictures() -> Vec<(Vec<u8>, &'static str)> {
    vec![
        (jpeg(6), "image/jpeg"),
        (png(6), "image/png"),
        (gif(), "image/gif"),
        (webp(6), "image/webp"),
        (webp_moving(), "image/webp"),
    ]
}

/// A PDF of one page with one line of text and a cross-reference table.
pub fn pdf(line: &str) -> Vec<u8> {
    let drawing = format!("BT /F1 24 Tf 40 100 Td ({line}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 200] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{drawing}\nendstream", drawing.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut table = String::from("0000000000 65535 f \n");
    for (number, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", out.len());
        out.extend(format!("{} 0 obj\n{object}\nendobj\n", number + 1).bytes());
    }
    let end = format!("xref\n0 6\n{table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{}\n%%EOF\n", out.len());
    out.extend(end.bytes());
    out
}

/// A zip archive.
pub fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, body) in files {
        let packing =
            if *name == "mimetype" { zip::CompressionMethod::Stored } else { zip::CompressionMethod::Deflated };
        out.start_file(*name, zip::write::SimpleFileOptions::default().compression_method(packing)).unwrap();
        out.write_all(body).unwrap();
    }
    out.finish().unwrap().into_inner()
}
