//! Changes to one part of a picture at a time, in place of changes to any byte, which would seldom leave a file whole.

use libfuzzer_sys::fuzzer_mutate;

use crate::parts::{Container, Part};

/// How much longer a part may become at a time.
const GROWTH_BYTES_MAX: usize = 256;

/// For `fuzz_mutator!`: one input in eight is changed anywhere, and so is what is no container.
pub fn mutate(data: &mut [u8], size: usize, size_max: usize, seed: u32) -> usize {
    let mut random = Random(seed);
    let changed = match Container::of(&data[..size]) {
        Some(container) if random.below(8) > 0 => {
            let mut parts = container.split(&data[..size]);
            change(&mut parts, &mut random);
            container.join(&parts)
        }
        _ => {
            let size = fuzzer_mutate(data, size, size_max);
            sound(&data[..size])
        }
    };
    let size = changed.len().min(size_max).min(data.len());
    data[..size].copy_from_slice(&changed[..size]);
    size
}

/// With right checksums: under `cfg(fuzzing)` the `png` crate takes wrong ones, the product does not.
fn sound(file: &[u8]) -> Vec<u8> {
    match Container::of(file) {
        Some(Container::Png) => Container::Png.join(&Container::Png.split(file)),
        _ => file.to_vec(),
    }
}

fn change(parts: &mut Vec<Part>, random: &mut Random) {
    let (at, other) = (random.below(parts.len()), random.below(parts.len()));
    match random.below(16) {
        0 => drop(parts.remove(at)),
        1 => parts.insert(other, parts[at].clone()),
        2 => parts.swap(at, other),
        3 => parts[at].payload = parts[other].payload.clone(),
        4 | 5 if !parts[at].head.is_empty() => change_bytes(&mut parts[at].head),
        _ => change_bytes(&mut parts[at].payload),
    }
}

fn change_bytes(bytes: &mut Vec<u8>) {
    let size = bytes.len();
    bytes.resize(size + GROWTH_BYTES_MAX, 0);
    let size = fuzzer_mutate(bytes, size, size + GROWTH_BYTES_MAX);
    bytes.truncate(size);
}

/// Numbers that follow from libFuzzer's seed.
struct Random(u32);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
        let mixed = (self.0 >> 15) ^ self.0 ^ (self.0 << 7);
        (mixed as usize >> 4) % end.max(1)
    }
}
