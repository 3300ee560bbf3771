//! The nearest of a palette's colours, without asking all of them.
//!
//! After the locally sorted search of Heckbert ("Color image quantization for frame buffer display", SIGGRAPH 1982):
//! space is cut into cubes, and a cube knows which colours are nearest to any point in it. That is found out when a
//! point in it is first asked for.

use super::point::Point;

const SIDE: f32 = 16.0;
/// Along each axis: where the cubes begin, and how many there are. They hold every colour.
const AXES: [(f32, u8); 3] = [(0.0, 28), (-128.0, 16), (-128.0, 16)];
const CUBES: usize = 28 * 16 * 16;

/// At most 256 points, known by their place in the list.
#[derive(Debug)]
pub(super) struct Nearest {
    points: Vec<Point>,
    /// Empty is not yet asked for.
    cubes: Vec<Vec<(u8, Point)>>,
}

impl Nearest {
    pub(super) fn new(points: Vec<Point>) -> Self {
        Self { points, cubes: vec![Vec::new(); CUBES] }
    }

    pub(super) fn points(&self) -> &[Point] {
        &self.points
    }

    /// Which point is nearest, and the square of its distance. What is no colour any more, being brighter than white
    /// for example, is answered by the nearest of those that the outermost cube knows.
    pub(super) fn find(&mut self, wanted: Point) -> (u8, f32) {
        let (cube, corner) = cube_of(wanted);
        let candidates = &mut self.cubes[cube];
        if candidates.is_empty() {
            *candidates = nearest_within(&self.points, corner);
        }
        let mut nearest = (0, f32::INFINITY);
        for &(place, point) in &*candidates {
            let distance = point.distance(wanted);
            if distance < nearest.1 {
                nearest = (place, distance);
            }
        }
        nearest
    }
}

/// The place of the cube that has this point, and its lowest corner.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
fn cube_of(point: Point) -> (usize, [f32; 3]) {
    let (mut cube, mut corner) = (0, [0.0; 3]);
    for ((value, (origin, count)), corner) in point.0.into_iter().zip(AXES).zip(&mut corner) {
        let step = (((value - origin) / SIDE) as u8).min(count - 1);
        cube = cube * usize::from(count) + usize::from(step);
        *corner = origin + f32::from(step) * SIDE;
    }
    (cube, corner)
}

/// None can be nearest whose least distance from the cube is more than the greatest distance of another.
fn nearest_within(points: &[Point], corner: [f32; 3]) -> Vec<(u8, Point)> {
    let most = points.iter().map(|point| reach(*point, corner).1).fold(f32::INFINITY, f32::min);
    let places = 0..=u8::MAX;
    let within = |(_, point): &(u8, Point)| reach(*point, corner).0 <= most;
    places.zip(points.iter().copied()).filter(within).collect()
}

/// The squares of a point's least and greatest distance from the points of a cube.
fn reach(point: Point, corner: [f32; 3]) -> (f32, f32) {
    let (mut least, mut most) = (0.0, 0.0);
    for (value, low) in point.0.into_iter().zip(corner) {
        let (below, above) = (low - value, value - low - SIDE);
        let outside = below.max(above).max(0.0);
        let across = SIDE + below.max(above);
        least += outside * outside;
        most += across * across;
    }
    (least, most)
}
