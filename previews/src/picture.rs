//! Decoding a picture and making smaller ones of it. Only in a process of its own.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};
use std::path::Path;

use fast_image_resize::{ResizeOptions, Resizer};
use image::codecs::{jpeg::JpegEncoder, png::PngEncoder};
use image::error::{ImageError, LimitError};
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageFormat, ImageReader};

use crate::make::Task;
use crate::size::within;
use crate::{Failure, Limits, Outcome, Preview, Size};

/// Of 100.
const QUALITY: u8 = 82;

/// Bytes of a colour profile that is worth its place in every preview.
const MOST_PROFILE: usize = 16 << 10;

/// The longer side of what a placeholder is made from, in pixels.
const PLACEHOLDER: u32 = 100;

/// A decoded picture, upright.
#[derive(Debug)]
pub(crate) struct Picture {
    pixels: DynamicImage,
    /// Of its colours, where they are not the usual ones.
    profile: Option<Vec<u8>>,
}

pub(crate) fn looked_at(task: &Task) -> Result<Outcome, Failure> {
    let format = ImageFormat::from_mime_type(&task.media_type).ok_or(Failure::Unsupported)?;
    let picture = Picture::read(BufReader::new(File::open(&task.input)?), format, &task.limits)?;
    let (width, height) = (picture.pixels.width(), picture.pixels.height());
    let outcome = picture.previewed(&task.output)?;
    Ok(Outcome { width: Some(width), height: Some(height), ..outcome })
}

impl Picture {
    /// Decodes it; of a moving one, the first frame.
    pub(crate) fn read(from: impl BufRead + Seek, format: ImageFormat, limits: &Limits) -> Result<Self, Failure> {
        let mut reader = ImageReader::with_format(from, format);
        let mut most = image::Limits::no_limits();
        most.max_alloc = Some(limits.memory_bytes / 2);
        reader.limits(most);
        let mut decoder = reader.into_decoder().map_err(damaged)?;
        let (width, height) = decoder.dimensions();
        within(width, height, limits)?;
        let turn = decoder.orientation().map_err(damaged)?;
        let profile = decoder.icc_profile().map_err(damaged)?;
        let mut pixels = DynamicImage::from_decoder(decoder).map_err(damaged)?;
        pixels.apply_orientation(turn);
        Ok(Self { pixels, profile: profile.filter(|profile| is_worth_it(profile)) })
    }

    /// The previews and the placeholder.
    pub(crate) fn previewed(self, output: &Path) -> Result<Outcome, Failure> {
        let large = shrunk(&self.pixels, Size::Large.longest())?;
        let small = shrunk(&large, Size::Small.longest())?;
        let placeholder = shrunk(&small, PLACEHOLDER)?.into_rgba8();
        let mut previews = vec![self.written(&small, Size::Small, output)?];
        if (large.width(), large.height()) != (small.width(), small.height()) {
            previews.push(self.written(&large, Size::Large, output)?);
        }
        let side = |pixels: u32| usize::try_from(pixels).unwrap_or_default();
        let (width, height) = (side(placeholder.width()), side(placeholder.height()));
        let thumbhash = thumbhash::rgba_to_thumb_hash(width, height, placeholder.as_raw());
        Ok(Outcome { thumbhash: Some(thumbhash), previews, ..Outcome::default() })
    }

    fn written(&self, pixels: &DynamicImage, size: Size, output: &Path) -> Result<Preview, Failure> {
        let is_transparent = is_transparent(pixels);
        let (media_type, ending) = if is_transparent { ("image/png", "png") } else { ("image/jpeg", "jpg") };
        let file = format!("{}.{ending}", size.file());
        let mut out = BufWriter::new(File::create_new(output.join(&file))?);
        if is_transparent {
            self.encoded(PngEncoder::new(&mut out), &DynamicImage::from(pixels.to_rgba8()))?;
        } else {
            self.encoded(JpegEncoder::new_with_quality(&mut out, QUALITY), &DynamicImage::from(pixels.to_rgb8()))?;
        }
        out.flush()?;
        let (width, height) = (pixels.width(), pixels.height());
        Ok(Preview { size, width, height, media_type: media_type.to_owned(), file })
    }

    fn encoded(&self, mut encoder: impl ImageEncoder, pixels: &DynamicImage) -> Result<(), Failure> {
        if let Some(profile) = &self.profile {
            // An encoder without profiles shows the colours a little off, as a viewer without them does.
            let _unsupported = encoder.set_icc_profile(profile.clone());
        }
        pixels.write_with_encoder(encoder).map_err(damaged)
    }
}

/// It fits the pixels as they are decoded (those of print do not), and is short.
fn is_worth_it(profile: &[u8]) -> bool {
    profile.len() <= MOST_PROFILE && profile.get(16..20) == Some(b"RGB ")
}

/// The same picture with a longer side of at most so many pixels.
fn shrunk(pixels: &DynamicImage, longest: u32) -> Result<DynamicImage, Failure> {
    let (width, height) = fitted(pixels.width(), pixels.height(), longest);
    if (width, height) == (pixels.width(), pixels.height()) {
        return Ok(pixels.clone());
    }
    let mut shrunk = DynamicImage::new(width, height, pixels.color());
    Resizer::new().resize(pixels, &mut shrunk, &ResizeOptions::new()).map_err(io::Error::other)?;
    Ok(shrunk)
}

/// The size with a longer side of at most so many pixels, and none of nothing.
fn fitted(width: u32, height: u32, longest: u32) -> (u32, u32) {
    let side = width.max(height);
    let fit = |pixels: u32| {
        let rounded = (u64::from(pixels) * u64::from(longest) + u64::from(side) / 2) / u64::from(side.max(1));
        u32::try_from(rounded).unwrap_or(longest).max(1)
    };
    if side <= longest { (width, height) } else { (fit(width), fit(height)) }
}

fn is_transparent(pixels: &DynamicImage) -> bool {
    pixels.color().has_alpha() && pixels.to_rgba8().pixels().any(|pixel| pixel.0[3] < u8::MAX)
}

fn damaged(error: ImageError) -> Failure {
    match error {
        ImageError::Limits(LimitError { .. }) => Failure::TooLarge,
        ImageError::IoError(error) if error.kind() != io::ErrorKind::UnexpectedEof => Failure::Io(error),
        error => Failure::Damaged(error.to_string()),
    }
}
