//! Computes a waveform in one pass over the samples, without knowing the duration in advance.

/// Peak levels of equal intervals.
#[derive(Debug)]
pub(crate) struct Peaks {
    /// Peak of each interval, 0 to 32,768.
    intervals: Vec<u16>,
    /// Samples per interval.
    length: u64,
    samples: u64,
    /// The first byte of a sample split between two chunks.
    half: Option<u8>,
}

/// Maximum intervals; beyond it, adjacent intervals are merged.
const MAX_INTERVALS: usize = 1 << 14;

/// Maximum values of a waveform.
const MAX_VALUES: usize = 100;

impl Default for Peaks {
    fn default() -> Self {
        Self { intervals: Vec::new(), length: 16, samples: 0, half: None }
    }
}

impl Peaks {
    /// Samples per second.
    pub(crate) const RATE: &str = "8000";

    /// Processes the next bytes of 16-bit little-endian mono samples.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match self.half.take() {
                None => self.half = Some(*byte),
                Some(first) => self.sample(i16::from_le_bytes([first, *byte]).unsigned_abs()),
            }
        }
    }

    fn sample(&mut self, level: u16) {
        if self.samples.is_multiple_of(self.length) {
            if self.intervals.len() == MAX_INTERVALS {
                self.intervals = self.intervals.chunks(2).map(peak).collect();
                self.length *= 2;
            }
            self.intervals.push(0);
        }
        self.samples += 1;
        if let Some(interval) = self.intervals.last_mut() {
            *interval = level.max(*interval);
        }
    }

    pub(crate) fn duration_ms(&self) -> u64 {
        self.samples / 8
    }

    /// The waveform: at most 100 values, 100 being full scale.
    pub(crate) fn waveform(&self) -> Vec<u8> {
        let (all, values) = (self.intervals.len(), self.intervals.len().min(MAX_VALUES));
        (0..values)
            .map(|value| peak(&self.intervals[value * all / values..(value + 1) * all / values]))
            .map(|peak| u8::try_from((u32::from(peak) * 100 + 16_384) / 32_768).unwrap_or(100))
            .collect()
    }
}

fn peak(intervals: &[u16]) -> u16 {
    intervals.iter().copied().max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Peaks;

    fn peaks_of(samples: impl Iterator<Item = i16>) -> Peaks {
        let bytes: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
        let mut peaks = Peaks::default();
        // Chunks of odd length split samples.
        bytes.chunks(7).for_each(|piece| peaks.push(piece));
        peaks
    }

    #[test]
    fn levels_keep_their_position() {
        let ten_minutes = 8000 * 600;
        let peaks = peaks_of((0..ten_minutes).map(|at| if at < ten_minutes / 2 { i16::MIN } else { 3277 }));
        assert_eq!(peaks.duration_ms(), 600_000);
        let waveform = peaks.waveform();
        assert_eq!(waveform.len(), 100);
        assert!(waveform[..50].iter().all(|value| *value == 100), "{waveform:?}");
        assert!(waveform[51..].iter().all(|value| *value == 10), "{waveform:?}");
    }

    #[test]
    fn short_audio_has_few_values() {
        assert_eq!(peaks_of([0, -16_384, 0].into_iter()).waveform(), [50]);
        assert!(peaks_of(std::iter::empty()).waveform().is_empty());
    }
}
