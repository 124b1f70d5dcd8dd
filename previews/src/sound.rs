//! How loud a sound is over its length, heard once from beginning to end, without knowing where that is.

/// Peaks of equal stretches of a sound.
#[derive(Debug)]
pub(crate) struct Peaks {
    /// Each from 0 to 32,768.
    stretches: Vec<u16>,
    /// Samples in a stretch.
    length: u64,
    samples: u64,
    /// The first half of a sample that was cut in two.
    half: Option<u8>,
}

/// Stretches that are kept; at more, two become one.
const MOST_STRETCHES: usize = 1 << 14;

/// Values of a waveform.
const VALUES: usize = 100;

impl Default for Peaks {
    fn default() -> Self {
        Self { stretches: Vec::new(), length: 16, samples: 0, half: None }
    }
}

impl Peaks {
    /// Samples in a second.
    pub(crate) const RATE: &str = "8000";

    /// The next bytes of one channel of samples of 16 bits, least significant byte first.
    pub(crate) fn hear(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match self.half.take() {
                None => self.half = Some(*byte),
                Some(first) => self.sample(i16::from_le_bytes([first, *byte]).unsigned_abs()),
            }
        }
    }

    fn sample(&mut self, loud: u16) {
        if self.samples.is_multiple_of(self.length) {
            if self.stretches.len() == MOST_STRETCHES {
                self.stretches = self.stretches.chunks(2).map(loudest).collect();
                self.length *= 2;
            }
            self.stretches.push(0);
        }
        self.samples += 1;
        if let Some(stretch) = self.stretches.last_mut() {
            *stretch = loud.max(*stretch);
        }
    }

    pub(crate) fn duration_ms(&self) -> u64 {
        self.samples / 8
    }

    /// At most 100 values, 100 being full scale.
    pub(crate) fn waveform(&self) -> Vec<u8> {
        let (all, values) = (self.stretches.len(), self.stretches.len().min(VALUES));
        (0..values)
            .map(|value| loudest(&self.stretches[value * all / values..(value + 1) * all / values]))
            .map(|peak| u8::try_from((u32::from(peak) * 100 + 16_384) / 32_768).unwrap_or(100))
            .collect()
    }
}

fn loudest(stretches: &[u16]) -> u16 {
    stretches.iter().copied().max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Peaks;

    fn heard(samples: impl Iterator<Item = i16>) -> Peaks {
        let bytes: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
        let mut peaks = Peaks::default();
        // Pieces of an odd length cut samples in two.
        bytes.chunks(7).for_each(|piece| peaks.hear(piece));
        peaks
    }

    #[test]
    fn loudness_stands_where_it_was_heard() {
        let ten_minutes = 8000 * 600;
        let peaks = heard((0..ten_minutes).map(|at| if at < ten_minutes / 2 { i16::MIN } else { 3277 }));
        assert_eq!(peaks.duration_ms(), 600_000);
        let waveform = peaks.waveform();
        assert_eq!(waveform.len(), 100);
        assert!(waveform[..50].iter().all(|value| *value == 100), "{waveform:?}");
        assert!(waveform[51..].iter().all(|value| *value == 10), "{waveform:?}");
    }

    #[test]
    fn what_is_short_has_few_values() {
        assert_eq!(heard([0, -16_384, 0].into_iter()).waveform(), [50]);
        assert!(heard(std::iter::empty()).waveform().is_empty());
    }
}
