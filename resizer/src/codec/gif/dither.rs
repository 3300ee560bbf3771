//! Pixels as places in a palette.
//!
//! Where neighbours differ little, a part of what a place differs from its pixel is made good by the pixels after it
//! (Floyd and Steinberg, "An adaptive algorithm for spatial grey scale", 1976; every other row from right to left):
//! else a sky would have bands. Elsewhere that would be noise, which costs bytes.

use super::palette::{Palette, Pixel, is_opaque};
use super::point::Point;

/// How much of an error is made good, at most.
const SHARE: f32 = 0.75;
/// Neighbours that differ by so much hide it.
const CONTRAST: f32 = 21.0;
/// A colour that is worse by no more than this (a squared distance) does as well, if it is the one before: runs are
/// what LZW stores best.
const TOLERANCE: f32 = 10.0;

/// Rows of `width` pixels; the transparent ones get the place after the last colour.
pub(super) fn places(pixels: &[Pixel], width: usize, palette: &mut Palette) -> Vec<u8> {
    let transparent = u8::try_from(palette.colors.len()).unwrap_or(u8::MAX);
    let picture = Points::of(pixels, width);
    let mut places = vec![transparent; pixels.len()];
    let mut errors = Errors::new(width);
    for (y, row) in places.chunks_exact_mut(width).enumerate() {
        let mut last = None;
        for step in 0..width {
            let x = if errors.is_forward { step } else { width - 1 - step };
            if !is_opaque(pixels[y * width + x]) {
                last = None;
                continue;
            }
            let wanted = errors.at(x, picture.points[y * width + x]);
            let place = chosen(palette, wanted, last);
            row[x] = place;
            last = Some(place);
            let missing = wanted.minus(palette.nearest.points()[usize::from(place)]);
            errors.pass_on(x, missing, picture.share(x, y));
        }
        errors.next_row();
    }
    places
}

/// The nearest colour, or the last one where that is nearly as near. One that is met exactly stays.
fn chosen(palette: &mut Palette, wanted: Point, last: Option<u8>) -> u8 {
    let (nearest, distance) = palette.nearest.find(wanted);
    let does_as_well = |place: &u8| {
        palette.nearest.points()[usize::from(*place)].distance(wanted) <= distance + TOLERANCE
    };
    last.filter(|place| distance > 0.0 && does_as_well(place)).unwrap_or(nearest)
}

struct Points {
    points: Vec<Point>,
    width: usize,
}

impl Points {
    fn of(pixels: &[Pixel], width: usize) -> Self {
        let point = |[r, g, b, _]: &Pixel| Point::of([*r, *g, *b].map(f32::from));
        Self { points: pixels.iter().map(point).collect(), width }
    }

    /// How much of an error here is to be made good: less, the more this pixel differs from one of its neighbours.
    fn share(&self, x: usize, y: usize) -> f32 {
        let at = y * self.width + x;
        let own = self.points[at].brightness();
        let neighbours = [
            (x > 0).then(|| at - 1),
            (x + 1 < self.width).then_some(at + 1),
            at.checked_sub(self.width),
            Some(at + self.width),
        ];
        let contrast = neighbours
            .into_iter()
            .filter_map(|at| self.points.get(at?))
            .fold(0.0, |most: f32, point| most.max((point.brightness() - own).abs()));
        SHARE * (1.0 - contrast / CONTRAST).max(0.0)
    }
}

/// What is to be made good in this row and in the next, one column wider at both ends.
struct Errors {
    here: Vec<Point>,
    below: Vec<Point>,
    is_forward: bool,
}

impl Errors {
    fn new(width: usize) -> Self {
        let none = vec![Point::NONE; width + 2];
        Self { here: none.clone(), below: none, is_forward: true }
    }

    fn at(&self, x: usize, point: Point) -> Point {
        point.plus(self.here[x + 1], 1.0)
    }

    fn pass_on(&mut self, x: usize, missing: Point, share: f32) {
        let (ahead, behind) = if self.is_forward { (x + 2, x) } else { (x, x + 2) };
        let sixteenth = share / 16.0;
        let pass = |error: &mut Point, parts: f32| *error = error.plus(missing, parts * sixteenth);
        pass(&mut self.here[ahead], 7.0);
        pass(&mut self.below[behind], 3.0);
        pass(&mut self.below[x + 1], 5.0);
        pass(&mut self.below[ahead], 1.0);
    }

    fn next_row(&mut self) {
        std::mem::swap(&mut self.here, &mut self.below);
        self.below.fill(Point::NONE);
        self.is_forward = !self.is_forward;
    }
}
