//! Writes entropy-coded data with Huffman codes of any shape.

use super::dice::Dice;

/// All symbols that files of 8 bits may need: DC sizes, and AC runs with sizes, ends of bands and sixteen zeros.
pub(super) fn symbols(is_ac: bool) -> Vec<u8> {
    if !is_ac {
        return (0..=11).collect();
    }
    let numbers = (0..16).flat_map(|run| (1..=10).map(move |size| run << 4 | size));
    numbers.chain((0..16).map(|run| run << 4)).collect()
}

/// A Huffman code in which each symbol has some length.
#[derive(Clone)]
pub(super) struct Code {
    lengths: Vec<(u32, u8)>,
}

impl Code {
    /// Lengths are drawn as long as what is left can still have 16 bits.
    pub(super) fn random(dice: &mut Dice, is_ac: bool) -> Self {
        let mut symbols = symbols(is_ac);
        let mut lengths = Vec::new();
        let (mut budget, shortest) = (1_usize << 16, 2 + dice.below(7));
        while !symbols.is_empty() {
            let symbol = symbols.swap_remove(dice.below(symbols.len()));
            let fits = |length: &usize| (1 << (16 - length)) + symbols.len() < budget;
            let from = (shortest..=16).find(fits).unwrap();
            let length = from + if dice.once_in(3) { dice.below(17 - from) } else { 0 };
            budget -= 1 << (16 - length);
            lengths.push((u32::try_from(length).unwrap(), symbol));
        }
        lengths.sort_unstable();
        Self { lengths }
    }

    /// One table of a DHT segment, without its number.
    pub(super) fn table(&self) -> Vec<u8> {
        let count = |length| self.lengths.iter().filter(|entry| entry.0 == length).count();
        let counts = (1..=16).map(|length| u8::try_from(count(length)).unwrap());
        counts.chain(self.lengths.iter().map(|entry| entry.1)).collect()
    }

    fn word(&self, symbol: u8) -> (u32, u32) {
        let at = self.lengths.iter().position(|entry| entry.1 == symbol).unwrap();
        let before: u32 = self.lengths[..at].iter().map(|(length, _)| 1 << (16 - length)).sum();
        let length = self.lengths[at].0;
        (before >> (16 - length), length)
    }
}

/// Bits on their way into a scan.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
    pending: u32,
    count: u32,
}

impl Writer {
    pub(super) fn bits(&mut self, bits: u32, count: u32) {
        for at in (0..count).rev() {
            self.pending = self.pending << 1 | (bits >> at & 1);
            self.count += 1;
            if self.count == 8 {
                let byte = u8::try_from(self.pending).unwrap();
                self.bytes.push(byte);
                if byte == 0xFF {
                    self.bytes.push(0);
                }
                (self.pending, self.count) = (0, 0);
            }
        }
    }

    pub(super) fn symbol(&mut self, code: &Code, symbol: u8) {
        let (word, length) = code.word(symbol);
        self.bits(word, length);
    }

    /// A symbol that ends with the size of `number`, and `number`.
    pub(super) fn number(&mut self, code: &Code, run: u8, number: i32) {
        let size = 32 - number.unsigned_abs().leading_zeros();
        self.symbol(code, run << 4 | u8::try_from(size).unwrap());
        let bits = if number < 0 { number - 1 } else { number };
        self.bits(bits.cast_unsigned(), size);
    }

    /// Fills the last byte with ones.
    pub(super) fn flush(&mut self) {
        while self.count > 0 {
            self.bits(1, 1);
        }
    }

    pub(super) fn restart(&mut self, number: usize) {
        self.flush();
        self.bytes.extend([0xFF, 0xD0 + u8::try_from(number % 8).unwrap()]);
    }

    pub(super) fn segment(&mut self, marker: u8, payload: &[u8]) {
        let length = u16::try_from(payload.len() + 2).unwrap();
        self.bytes.extend([0xFF, marker]);
        self.bytes.extend(length.to_be_bytes());
        self.bytes.extend(payload);
    }
}
