//! Progressive scans (annex G) of a [`Sample`].

use super::dice::Dice;
use super::sample::Sample;
use super::writer::{Code, Writer};

/// What one scan brings: a band of frequencies, and which of their bits.
pub(super) struct Step {
    pub(super) first: u8,
    pub(super) last: u8,
    pub(super) high: u8,
    pub(super) low: u8,
}

/// All scans: the first frequencies of each group, then bands of each component; bits first or last.
pub(super) fn write(sample: &mut Sample, dice: &mut Dice, groups: &[Vec<usize>]) {
    let low = u8::try_from(dice.below(3)).unwrap();
    for group in groups {
        sample.scan(group, &Step { first: 0, last: 0, high: 0, low }, dc_first);
    }
    for index in 0..sample.components.len() {
        let split = 1 + u8::try_from(dice.below(62)).unwrap();
        if dice.once_in(3) {
            refined_together(sample, dice, index, split);
            continue;
        }
        for (first, last) in [(1, split), (split + 1, 63)] {
            let low = u8::try_from(dice.below(3)).unwrap();
            sample.scan(&[index], &Step { first, last, high: 0, low }, ac_first);
            for low in (0..low).rev() {
                sample.scan(&[index], &Step { first, last, high: low + 1, low }, ac_refine);
            }
        }
    }
    for low in (0..low).rev() {
        for group in groups {
            sample.scan(group, &Step { first: 0, last: 0, high: low + 1, low }, dc_refine);
        }
    }
}

/// Two bands, of which the last bits come together.
fn refined_together(sample: &mut Sample, dice: &mut Dice, index: usize, split: u8) {
    let low = 1 + u8::try_from(dice.below(2)).unwrap();
    for (first, last) in [(1, split), (split + 1, 63)] {
        sample.scan(&[index], &Step { first, last, high: 0, low }, ac_first);
    }
    for low in (0..low).rev() {
        sample.scan(&[index], &Step { first: 1, last: 63, high: low + 1, low }, ac_refine);
    }
}

fn dc_first(writer: &mut Writer, sample: &Sample, blocks: &[(usize, usize)], step: &Step) {
    let mut predictions = [0; 4];
    for place in blocks {
        let value = sample.block(*place)[0] >> step.low;
        writer.number(&sample.dc[place.0 & 1], 0, value - predictions[place.0]);
        predictions[place.0] = value;
    }
}

fn dc_refine(writer: &mut Writer, sample: &Sample, blocks: &[(usize, usize)], step: &Step) {
    for place in blocks {
        let bit = sample.block(*place)[0] >> step.low & 1;
        writer.bits(bit.cast_unsigned(), 1);
    }
}

/// Blocks whose bands have ended, and the bits that correct their numbers.
#[derive(Default)]
struct Ended {
    blocks: u32,
    corrections: Vec<u32>,
}

impl Ended {
    fn flush(&mut self, writer: &mut Writer, ac: &Code) {
        if self.blocks > 0 {
            let exponent = self.blocks.ilog2();
            writer.symbol(ac, u8::try_from(exponent << 4).unwrap());
            writer.bits(self.blocks, exponent);
        }
        self.corrections.drain(..).for_each(|bit| writer.bits(bit, 1));
        self.blocks = 0;
    }
}

fn ac_first(writer: &mut Writer, sample: &Sample, blocks: &[(usize, usize)], step: &Step) {
    let Some(ac) = blocks.first().map(|place| &sample.ac[place.0 & 1]) else { return };
    let mut ended = Ended::default();
    for place in blocks {
        let mut zeros = 0;
        for value in &sample.block(*place)[usize::from(step.first)..=usize::from(step.last)] {
            let value = value.signum() * (value.abs() >> step.low);
            if value == 0 {
                zeros += 1;
                continue;
            }
            ended.flush(writer, ac);
            for _ in 0..zeros / 16 {
                writer.symbol(ac, 0xF0);
            }
            writer.number(ac, zeros % 16, value);
            zeros = 0;
        }
        ended.blocks += u32::from(zeros > 0);
    }
    ended.flush(writer, ac);
}

fn ac_refine(writer: &mut Writer, sample: &Sample, blocks: &[(usize, usize)], step: &Step) {
    let Some(ac) = blocks.first().map(|place| &sample.ac[place.0 & 1]) else { return };
    let mut ended = Ended::default();
    for place in blocks {
        let band = &sample.block(*place)[usize::from(step.first)..=usize::from(step.last)];
        let last_new = band.iter().rposition(|value| value.abs() >> step.low == 1);
        let (mut zeros, mut corrections) = (0, Vec::new());
        for (k, value) in band.iter().enumerate() {
            let magnitude = value.unsigned_abs() >> step.low;
            if magnitude == 0 {
                zeros += 1;
                continue;
            }
            while zeros > 15 && last_new.is_some_and(|last| k <= last) {
                ended.flush(writer, ac);
                writer.symbol(ac, 0xF0);
                corrections.drain(..).for_each(|bit| writer.bits(bit, 1));
                zeros -= 16;
            }
            if magnitude > 1 {
                corrections.push(magnitude & 1);
                continue;
            }
            ended.flush(writer, ac);
            writer.number(ac, zeros, value.signum());
            corrections.drain(..).for_each(|bit| writer.bits(bit, 1));
            zeros = 0;
        }
        if zeros > 0 || !corrections.is_empty() {
            ended.blocks += 1;
            ended.corrections.append(&mut corrections);
        }
    }
    ended.flush(writer, ac);
}
