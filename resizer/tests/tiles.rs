//! Tiles of JPEGs, which are decoded alone, fit together and are what they would be in the whole picture.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use resizer::{Limits, Transform, pixels};

/// Brightness and colour; halved and whole; lying as stored, and turned in every way that EXIF has.
const FILES: [&str; 6] = [
    "seeding-2mb.jpg",
    "coffee.jpg",
    "gray.jpg",
    "orientation-3.jpg",
    "orientation-6.jpg",
    "orientation-7.jpg",
];
const TILE: u32 = 64;

fn file(name: &str) -> Vec<u8> {
    let path = format!("{}/../fixtures/images/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The rows of a part, at one pixel for `factor` x `factor`.
fn part(file: &[u8], [x, y, width, height]: [u32; 4], factor: u32) -> Vec<Vec<u8>> {
    let (across, down) = (width / factor, height / factor);
    let text = format!("region={x}_{y}_{width}_{height},w={across},h={down},fit=fill");
    let transform: Transform = text.parse().unwrap();
    let picture = pixels(file, &transform, &Limits::default()).unwrap();
    let raster = picture.rasters().next().unwrap();
    assert_eq!((raster.size().width, raster.size().height), (across, down), "{text}");
    let stride = raster.pixels().len() / down as usize;
    raster.pixels().chunks_exact(stride).map(<[u8]>::to_vec).collect()
}

/// Two columns and two rows of tiles, put together, from this corner on.
fn of_tiles(file: &[u8], [x, y]: [u32; 2], factor: u32) -> Vec<Vec<u8>> {
    let edge = TILE * factor;
    let band = |y: u32| {
        let (left, right) =
            (part(file, [x, y, edge, edge], factor), part(file, [x + edge, y, edge, edge], factor));
        left.into_iter().zip(right).map(|(left, right)| [left, right].concat()).collect::<Vec<_>>()
    };
    [band(y), band(y + edge)].concat()
}

/// The largest difference of two samples, and the sum of a thousand on average.
fn difference(a: &[Vec<u8>], b: &[Vec<u8>]) -> (u8, u64) {
    let (a, b) = (a.concat(), b.concat());
    assert_eq!(a.len(), b.len());
    let differences: Vec<u8> = a.iter().zip(&b).map(|(a, b)| a.abs_diff(*b)).collect();
    let sum: u64 = differences.iter().copied().map(u64::from).sum();
    (differences.iter().copied().max().unwrap(), sum * 1000 / a.len() as u64)
}

#[test]
fn tiles_are_the_picture_cut_up() {
    for name in FILES {
        let file = file(name);
        let large = name == "seeding-2mb.jpg";
        let factors: &[u32] = if large { &[1, 2, 4, 8] } else { &[1] };
        for &factor in factors {
            let (edge, corner) = (TILE * factor * 2, if large { [1000, 600] } else { [40, 40] });
            let tiles = of_tiles(&file, corner, factor);
            let whole = part(&file, [corner[0], corner[1], edge, edge], factor);
            let (most, mean) = difference(&tiles, &whole);
            assert!(most <= 1 && mean < 10, "{name} at 1/{factor}: {most}, {mean}");
        }
    }
}

/// What is most of a picture libjpeg-turbo decodes, which enlarges colour by a simpler filter.
#[test]
fn a_tile_is_what_it_would_be_in_the_whole() {
    for name in FILES {
        let file = file(name);
        let probe = resizer::probe(&file, &Limits::default()).unwrap().upright();
        let whole = part(&file, [0, 0, probe.width, probe.height], 1);
        let tile = part(&file, [100, 60, TILE, TILE], 1);
        let channels = tile[0].len() / TILE as usize;
        let rows = whole.iter().skip(60).take(TILE as usize);
        let cut: Vec<_> = rows.map(|row| row[100 * channels..][..tile[0].len()].to_vec()).collect();
        let (_, mean) = difference(&tile, &cut);
        assert!(mean < 700, "{name}: {mean}");
    }
}
