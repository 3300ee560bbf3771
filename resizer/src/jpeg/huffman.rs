//! Huffman codes (annex C) and tables that decode a symbol together with the bits that belong to it.

use super::Refusal;
use super::bits::Bits;

/// Bits looked up at once.
const WIDTH: u32 = 12;

/// A run of this or more ends the block; what is above it is the exponent of an end-of-band run (G.1.2.2).
pub(super) const END: usize = 64;

/// The answer to bits that a code does not have, or that say of more frequencies than there are.
pub(super) const NO_CODE: Refusal =
    Refusal::Malformed("the data does not follow its Huffman codes");

/// A code as the file defines it: so many codes of each length, and their symbols.
#[derive(Debug, Clone)]
pub(super) struct Code {
    counts: [u8; 16],
    symbols: Vec<u8>,
}

/// What the symbols of a code mean: the lower half is a number's size, the upper half of a frequency's symbol counts
/// the zeros before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Dc,
    Ac,
}

/// Of a number: files of 8 bits have at most 11 (F.1.2.1, F.1.2.2).
const SIZE_MAX: u32 = 12;

/// One code word, left in 16 bits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    pub(super) bits: usize,
    pub(super) length: u32,
    pub(super) symbol: u8,
}

impl Code {
    /// One table of a DHT segment, and what follows it.
    pub(super) fn read(payload: &[u8], class: Class) -> Result<(Self, &[u8]), Refusal> {
        const MALFORMED: Refusal = Refusal::Malformed("a Huffman table is not complete");
        let (counts, rest) = payload.split_first_chunk::<16>().ok_or(MALFORMED)?;
        let total = counts.iter().map(|count| usize::from(*count)).sum();
        let (symbols, rest) = rest.split_at_checked(total).ok_or(MALFORMED)?;
        let code = Self { counts: *counts, symbols: symbols.to_vec() };
        code.check(class)?;
        Ok((code, rest))
    }

    fn check(&self, class: Class) -> Result<(), Refusal> {
        let fits = self.words().all(|word| word.bits < 1 << 16);
        let known = class == Class::Ac || self.symbols.iter().all(|symbol| *symbol < 16);
        if !fits || !known || self.symbols.len() > 256 {
            return Err(Refusal::Malformed("a Huffman table is not one"));
        }
        if self.symbols.iter().any(|symbol| u32::from(symbol & 15) > SIZE_MAX) {
            return Err(Refusal::Unsupported("numbers that no file of 8 bits has"));
        }
        Ok(())
    }

    /// All words, shortest first, as C.2 counts them.
    pub(super) fn words(&self) -> impl Iterator<Item = Word> {
        let lengths = (1..=16).zip(self.counts);
        let lengths = lengths.flat_map(|(length, count)| std::iter::repeat_n(length, count.into()));
        let mut bits = 0;
        lengths.zip(&self.symbols).map(move |(length, symbol)| {
            let word = Word { bits, length, symbol: *symbol };
            bits += 1 << (16 - length);
            word
        })
    }
}

/// Says for the next bits which zeros and which number they are.
#[derive(Debug)]
pub(super) struct Lookup {
    entries: Box<[Entry; 1 << WIDTH]>,
    /// For words that are longer than the lookup: they are the highest numbers of 16 bits, from `long_from` on.
    long: Vec<Entry>,
    long_from: usize,
}

/// `number << 16 | zeros << 8 | bits of both` where the lookup tells all of it, and [`WHOLE`]; else the number's size
/// takes its place, and the bits are those of the word. None is 0.
#[derive(Debug, Clone, Copy, Default)]
struct Entry(u32);

const WHOLE: u32 = 1 << 6;

/// Zeros and the number behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Symbol {
    pub(super) run: usize,
    pub(super) value: i32,
    /// Of both.
    pub(super) bits: u32,
}

impl Symbol {
    /// The end of a block.
    pub(super) const END: Self = Self { run: END, value: 0, bits: 0 };
}

impl Lookup {
    pub(super) fn new(code: &Code, class: Class) -> Self {
        let mut entries = Box::new([Entry(0); 1 << WIDTH]);
        let mut long = Vec::new();
        let mut long_from = 1 << 16;
        for word in code.words() {
            if word.length > WIDTH {
                long_from = long_from.min(word.bits);
                long.extend(std::iter::repeat_n(
                    Entry::of_word(word, class),
                    1 << (16 - word.length),
                ));
                continue;
            }
            let from = word.bits >> (16 - WIDTH);
            let to = from + (1 << (WIDTH - word.length));
            for (index, entry) in entries.iter_mut().enumerate().take(to).skip(from) {
                *entry = Entry::new(word, class, index);
            }
        }
        Self { entries, long, long_from }
    }

    /// What the highest bits of `window` stand for; none where they are no word. Looks at 28: the longest word and its
    /// number.
    #[inline]
    pub(super) fn find(&self, window: u64) -> Option<Symbol> {
        let mut entry = self.entries[(window >> (64 - WIDTH)) as usize];
        if entry.0 & WHOLE != 0 {
            return Some(entry.symbol(entry.0.cast_signed() >> 16, 0));
        }
        if entry.0 == 0 {
            entry = *self.long.get(((window >> 48) as usize).wrapping_sub(self.long_from))?;
        }
        let size = entry.0 >> 16;
        // Two shifts, since one by 64 is none at all.
        let number = (window << entry.bits() >> 1 >> (63 - size)) as u32;
        Some(entry.symbol(extend(number, size), size))
    }

    /// The next symbol; none where the bits are no word. Needs 28 bits ready.
    #[inline]
    pub(super) fn read(&self, bits: &mut Bits) -> Option<Symbol> {
        let symbol = self.find(bits.window())?;
        bits.skip(symbol.bits);
        Some(symbol)
    }
}

impl Entry {
    /// For bits of which `word` is the beginning.
    fn new(word: Word, class: Class, index: usize) -> Self {
        let (run, size) = meaning(word.symbol, class);
        let length = word.length + size;
        if length > WIDTH {
            return Self::of_word(word, class);
        }
        let value = (index >> (WIDTH - length) & ((1 << size) - 1)) as u32;
        let value = extend(value, size).cast_unsigned();
        Self(value << 16 | run << 8 | WHOLE | length)
    }

    fn of_word(word: Word, class: Class) -> Self {
        let (run, size) = meaning(word.symbol, class);
        Self(size << 16 | run << 8 | word.length)
    }

    #[inline]
    fn bits(self) -> u32 {
        self.0 & 63
    }

    #[inline]
    fn symbol(self, value: i32, more_bits: u32) -> Symbol {
        Symbol { run: (self.0 >> 8 & 0xFF) as usize, value, bits: self.bits() + more_bits }
    }
}

/// Zeros and the size of the number behind them.
pub(super) fn meaning(symbol: u8, class: Class) -> (u32, u32) {
    let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
    let ends = class == Class::Ac && size == 0 && run != 15;
    (if ends { END as u32 + run } else { run }, size)
}

/// EXTEND of F.2.2.1: numbers that begin with a 0 are negative.
#[inline]
fn extend(value: u32, size: u32) -> i32 {
    let value = value.cast_signed();
    let is_negative = (value >> (size.max(1) - 1) & 1) ^ 1;
    value - is_negative * ((1 << size) - 1)
}
