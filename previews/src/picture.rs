//! Decodes an image and generates previews. Runs only in the subprocess.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};
use std::path::Path;

use fast_image_resize::{ResizeOptions, Resizer};
use image::codecs::{jpeg::JpegEncoder, png::PngEncoder};
use image::error::{ImageError, LimitError};
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageFormat, ImageReader};

use crate::dimensions::require_within;
use crate::supervisor::Task;
use crate::{Failure, Limits, Outcome, Preview, Size};

/// JPEG quality, of 100.
const JPEG_QUALITY: u8 = 82;

/// Maximum size of a color profile embedded in previews, in bytes.
const MAX_PROFILE_BYTES: usize = 16 << 10;

/// Longer side of the placeholder's source, in pixels.
const PLACEHOLDER_SIDE: u32 = 100;

/// A decoded image with its orientation applied.
#[derive(Debug)]
pub(crate) struct Picture {
    pixels: DynamicImage,
    /// The color profile, if it should be embedded.
    profile: Option<Vec<u8>>,
}

pub(crate) fn process(task: &Task) -> Result<Outcome, Failure> {
    let format = ImageFormat::from_mime_type(&task.media_type).ok_or(Failure::Unsupported)?;
    let picture = Picture::read(BufReader::new(File::open(&task.input)?), format, &task.limits)?;
    let (width, height) = (picture.pixels.width(), picture.pixels.height());
    let outcome = picture.save_previews(&task.output)?;
    Ok(Outcome { width: Some(width), height: Some(height), ..outcome })
}

impl Picture {
    /// Decodes an image, or the first frame of an animation.
    pub(crate) fn read(from: impl BufRead + Seek, format: ImageFormat, limits: &Limits) -> Result<Self, Failure> {
        let mut reader = ImageReader::with_format(from, format);
        let mut decode_limits = image::Limits::no_limits();
        decode_limits.max_alloc = Some(limits.memory_bytes / 2);
        reader.limits(decode_limits);
        let mut decoder = reader.into_decoder().map_err(decode_error)?;
        let (width, height) = decoder.dimensions();
        require_within(width, height, limits)?;
        let orientation = decoder.orientation().map_err(decode_error)?;
        let profile = decoder.icc_profile().map_err(decode_error)?;
        let mut pixels = DynamicImage::from_decoder(decoder).map_err(decode_error)?;
        pixels.apply_orientation(orientation);
        Ok(Self { pixels, profile: profile.filter(|profile| is_embeddable(profile)) })
    }

    /// Writes the previews and computes the placeholder.
    pub(crate) fn save_previews(self, output: &Path) -> Result<Outcome, Failure> {
        let large = shrink(&self.pixels, Size::Large.max_side())?;
        let small = shrink(&large, Size::Small.max_side())?;
        let placeholder = shrink(&small, PLACEHOLDER_SIDE)?.into_rgba8();
        let mut previews = vec![self.write_preview(&small, Size::Small, output)?];
        if (large.width(), large.height()) != (small.width(), small.height()) {
            previews.push(self.write_preview(&large, Size::Large, output)?);
        }
        let side = |pixels: u32| usize::try_from(pixels).unwrap_or_default();
        let (width, height) = (side(placeholder.width()), side(placeholder.height()));
        let thumbhash = thumbhash::rgba_to_thumb_hash(width, height, placeholder.as_raw());
        Ok(Outcome { thumbhash: Some(thumbhash), previews, ..Outcome::default() })
    }

    fn write_preview(&self, pixels: &DynamicImage, size: Size, output: &Path) -> Result<Preview, Failure> {
        let is_transparent = is_transparent(pixels);
        let (media_type, ending) = if is_transparent { ("image/png", "png") } else { ("image/jpeg", "jpg") };
        let file = format!("{size}.{ending}");
        let mut out = BufWriter::new(File::create_new(output.join(&file))?);
        if is_transparent {
            self.encode(PngEncoder::new(&mut out), &DynamicImage::from(pixels.to_rgba8()))?;
        } else {
            self.encode(JpegEncoder::new_with_quality(&mut out, JPEG_QUALITY), &DynamicImage::from(pixels.to_rgb8()))?;
        }
        out.flush()?;
        let (width, height) = (pixels.width(), pixels.height());
        Ok(Preview { size, width, height, media_type: media_type.to_owned(), file })
    }

    fn encode(&self, mut encoder: impl ImageEncoder, pixels: &DynamicImage) -> Result<(), Failure> {
        if let Some(profile) = &self.profile {
            // Without profile support, colors are slightly off, as in viewers without color management.
            let _unsupported = encoder.set_icc_profile(profile.clone());
        }
        pixels.write_with_encoder(encoder).map_err(decode_error)
    }
}

/// Whether a profile is short and in RGB, like the decoded pixels; CMYK profiles are not.
fn is_embeddable(profile: &[u8]) -> bool {
    profile.len() <= MAX_PROFILE_BYTES && profile.get(16..20) == Some(b"RGB ")
}

/// Scales down to at most `longest` pixels on the longer side.
fn shrink(pixels: &DynamicImage, longest: u32) -> Result<DynamicImage, Failure> {
    let (width, height) = scale(pixels.width(), pixels.height(), longest);
    if (width, height) == (pixels.width(), pixels.height()) {
        return Ok(pixels.clone());
    }
    let mut resized = DynamicImage::new(width, height, pixels.color());
    Resizer::new().resize(pixels, &mut resized, &ResizeOptions::new()).map_err(io::Error::other)?;
    Ok(resized)
}

/// Fits dimensions to at most `longest` pixels on the longer side, and at least one pixel each.
fn scale(width: u32, height: u32, longest: u32) -> (u32, u32) {
    let side = width.max(height);
    let scale = |pixels: u32| {
        let rounded = (u64::from(pixels) * u64::from(longest) + u64::from(side) / 2) / u64::from(side.max(1));
        u32::try_from(rounded).unwrap_or(longest).max(1)
    };
    if side <= longest { (width, height) } else { (scale(width), scale(height)) }
}

fn is_transparent(pixels: &DynamicImage) -> bool {
    pixels.color().has_alpha() && pixels.to_rgba8().pixels().any(|pixel| pixel.0[3] < u8::MAX)
}

fn decode_error(error: ImageError) -> Failure {
    match error {
        ImageError::Limits(LimitError { .. }) => Failure::TooLarge,
        ImageError::IoError(error) if error.kind() != io::ErrorKind::UnexpectedEof => Failure::Io(error),
        error => Failure::Damaged(error.to_string()),
    }
}
