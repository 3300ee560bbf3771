//! The counter on which the bounds of memory rest counts what there is. It is unsafe code of our own that calls nothing
//! in C: `make miri` has Miri run it too.
#![expect(unreachable_pub, reason = "tests/fuzz uses the same module from without")]

mod counting;

use std::hint::black_box;
use std::thread;

use counting::peak;

#[test]
fn the_most_at_a_time_counts() {
    let ((), one_after_another) = peak(|| {
        drop(black_box(vec![0_u8; 1000]));
        drop(black_box(vec![1_u64; 100]));
    });
    assert_eq!(one_after_another, 1000);
    let (_, at_once) = peak(|| black_box((vec![0_u8; 1000], vec![1_u64; 100])));
    assert_eq!(at_once, 1800);
}

#[test]
fn what_grows_or_shrinks_in_its_place_counts_as_it_is_then() {
    let ((), grown) = peak(|| {
        let mut bytes = black_box(vec![1_u8; 100]);
        bytes.reserve_exact(400);
        drop(black_box(bytes));
    });
    assert_eq!(grown, 500);
    let (_, shrunk) = peak(|| {
        let mut bytes = black_box(vec![1_u8; 500]);
        bytes.truncate(100);
        bytes.shrink_to_fit();
        black_box((bytes, vec![0_u8; 450]))
    });
    assert_eq!(shrunk, 550);
}

#[test]
fn what_was_there_before_and_other_threads_do_not_count() {
    let before = black_box(vec![0_u8; 1000]);
    let ((), freed) = peak(|| drop(before));
    assert_eq!(freed, 0);
    let (_, elsewhere) = peak(|| thread::spawn(|| black_box(vec![0_u8; 1 << 20]).len()).join());
    assert!(elsewhere < 1 << 16, "{elsewhere}");
}
