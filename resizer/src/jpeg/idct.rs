//! From a block's frequencies to 1, 4, 16 or 64 samples.
//!
//! The integer arithmetic of libjpeg-turbo's `jidctred.c` and `jidctint.c`, of which every shift and rounding counts:
//! 13 bits of fraction in the factors, 2 bits kept between columns and rows. Each pass works on eight lanes at once,
//! in a form that compilers turn into vector code.

use std::array::from_fn;

use super::Refusal;
use super::quantization::TOO_LARGE;

/// Bits of fraction in the factors.
const FRACTION: u32 = 13;
/// Bits of fraction between the passes.
const BETWEEN: u32 = 2;

/// One row, or one column of several blocks' rows.
type Lanes<T, const N: usize> = [T; N];

/// The sample that all of a block without detail are.
#[inline]
pub(super) fn flat(dc: i32) -> Result<u8, Refusal> {
    if dc.unsigned_abs() < 1 << 11 { Ok(sample((dc + 4) >> 3)) } else { Err(TOO_LARGE) }
}

#[inline]
fn sample(level: i32) -> u8 {
    (level + 128).clamp(0, 255) as u8
}

/// Rounded shift, to what a 16-bit lane holds.
#[inline]
fn descale(value: i32, bits: u32) -> i16 {
    ((value + (1 << (bits - 1))) >> bits).clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

/// `jpeg_idct_2x2`: every second frequency has no part in it.
#[inline]
pub(super) fn to_2x2(block: &[i16; 64]) -> [[u8; 2]; 2] {
    let rows: &[[i16; 8]] = block.as_chunks::<8>().0;
    let odd = [1, 3, 5, 7].map(|y| rows[y]);
    let columns = halves(rows[0], odd, FRACTION - BETWEEN + 2);
    let row = |y: usize| columns[y];
    let across: [[i16; 2]; 8] = from_fn(|x| [row(0)[x], row(1)[x]]);
    let odd = [1, 3, 5, 7].map(|x| across[x]);
    let [left, right] = halves(across[0], odd, FRACTION + BETWEEN + 3 + 2);
    from_fn(|y| [sample(left[y].into()), sample(right[y].into())])
}

#[inline]
fn halves<const N: usize>(
    even: Lanes<i16, N>,
    [a, b, c, d]: [Lanes<i16, N>; 4],
    shift: u32,
) -> [Lanes<i16, N>; 2] {
    let of = i32::from;
    let odd: Lanes<i32, N> =
        from_fn(|i| of(a[i]) * 29692 - of(b[i]) * 10426 + of(c[i]) * 6967 - of(d[i]) * 5906);
    let even: Lanes<i32, N> = from_fn(|i| of(even[i]) << (FRACTION + 2));
    [from_fn(|i| descale(even[i] + odd[i], shift)), from_fn(|i| descale(even[i] - odd[i], shift))]
}

/// `jpeg_idct_4x4`: the fourth frequency has no part in it.
#[inline]
pub(super) fn to_4x4(block: &[i16; 64]) -> [[u8; 4]; 4] {
    let rows: &[[i16; 8]; 8] = block.as_chunks::<8>().0.first_chunk().unwrap_or(&[[0; 8]; 8]);
    let columns = quarters(rows, FRACTION - BETWEEN + 1);
    let across: [[i16; 4]; 8] = from_fn(|x| from_fn(|y| columns[y][x]));
    let columns = quarters(&across, FRACTION + BETWEEN + 3 + 1);
    from_fn(|y| from_fn(|x| sample(columns[x][y].into())))
}

#[inline]
fn quarters<const N: usize>(rows: &[Lanes<i16, N>; 8], shift: u32) -> [Lanes<i16, N>; 4] {
    let at = |y: usize, i: usize| i32::from(rows[y][i]);
    let even: Lanes<i32, N> = from_fn(|i| at(0, i) << (FRACTION + 1));
    let slope: Lanes<i32, N> = from_fn(|i| at(2, i) * 15137 - at(6, i) * 6270);
    let inner: Lanes<i32, N> =
        from_fn(|i| at(1, i) * 8697 - at(3, i) * 17799 + at(5, i) * 11893 - at(7, i) * 1730);
    let outer: Lanes<i32, N> =
        from_fn(|i| at(1, i) * 20995 + at(3, i) * 7373 - at(5, i) * 4926 - at(7, i) * 4176);
    [
        from_fn(|i| descale(even[i] + slope[i] + outer[i], shift)),
        from_fn(|i| descale(even[i] - slope[i] + inner[i], shift)),
        from_fn(|i| descale(even[i] - slope[i] - inner[i], shift)),
        from_fn(|i| descale(even[i] + slope[i] - outer[i], shift)),
    ]
}

/// `jpeg_idct_islow`.
#[inline]
pub(super) fn to_8x8(block: &[i16; 64]) -> [[u8; 8]; 8] {
    let rows: &[[i16; 8]; 8] = block.as_chunks::<8>().0.first_chunk().unwrap_or(&[[0; 8]; 8]);
    let columns = eighths(rows, FRACTION - BETWEEN);
    let across: [[i16; 8]; 8] = from_fn(|x| from_fn(|y| columns[y][x]));
    let columns = eighths(&across, FRACTION + BETWEEN + 3);
    from_fn(|y| from_fn(|x| sample(columns[x][y].into())))
}

#[inline]
fn eighths(rows: &[Lanes<i16, 8>; 8], shift: u32) -> [Lanes<i16, 8>; 8] {
    let at = |y: usize, i: usize| i32::from(rows[y][i]);
    // The factors of a rotation, multiplied out: a sum of three products is exact in either form.
    let even = |sign: i32, a: i32, b: i32| -> Lanes<i32, 8> {
        from_fn(|i| ((at(0, i) + sign * at(4, i)) << FRACTION) + at(2, i) * a + at(6, i) * b)
    };
    let odd = |a: i32, b: i32, c: i32, d: i32| -> Lanes<i32, 8> {
        from_fn(|i| at(1, i) * a + at(3, i) * b + at(5, i) * c + at(7, i) * d)
    };
    let even = [
        even(1, 4433 + 6270, 4433),
        even(-1, 4433, 4433 - 15137),
        even(-1, -4433, 15137 - 4433),
        even(1, -4433 - 6270, -4433),
    ];
    let odd = [
        odd(9633 + 12299 - 7373 - 3196, 9633, 9633 - 3196, 9633 - 7373),
        odd(9633, 9633 + 25172 - 20995 - 16069, 9633 - 20995, 9633 - 16069),
        odd(9633 - 3196, 9633 - 20995, 9633 + 16819 - 20995 - 3196, 9633),
        odd(9633 - 7373, 9633 - 16069, 9633, 9633 + 2446 - 7373 - 16069),
    ];
    from_fn(|y| {
        let (half, sign) = if y < 4 { (y, 1) } else { (7 - y, -1) };
        from_fn(|i| descale(even[half][i] + sign * odd[half][i], shift))
    })
}
