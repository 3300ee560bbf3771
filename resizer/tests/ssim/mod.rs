//! How alike two pictures are; the same measure as `tests/python/reference.py`.

use resizer::{Layout, Raster};

const TAPS: usize = 11;
const SIGMA: f64 = 1.5;

/// Mean structural similarity of the brightness of two pictures of one size; 1 is equal.
///
/// Wang, Bovik, Sheikh, Simoncelli, IEEE Transactions on Image Processing 13 (2004), with their constants.
pub(crate) fn ssim(a: &Raster, b: &Raster) -> f64 {
    assert_eq!(a.size(), b.size());
    let (width, height) = (a.size().width as usize, a.size().height as usize);
    let (x, y) = (luma(a), luma(b));
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).collect::<Vec<f64>>();
    let planes = [x.clone(), y.clone(), product(&x, &x), product(&y, &y), product(&x, &y)];
    let [mean_x, mean_y, xx, yy, xy] = planes.map(|plane| blurred(&plane, width, height));
    let (c1, c2) = (6.5025, 58.5225);
    let likeness = (0..mean_x.len()).map(|i| {
        let (mx, my) = (mean_x[i], mean_y[i]);
        let (var_x, var_y, covariance) = (xx[i] - mx * mx, yy[i] - my * my, xy[i] - mx * my);
        (2.0 * mx * my + c1) * (2.0 * covariance + c2)
            / ((mx * mx + my * my + c1) * (var_x + var_y + c2))
    });
    likeness.sum::<f64>() / mean_x.len() as f64
}

/// Mean absolute difference of red, green and blue, 0 to 255: sees a wrong hue, which brightness hides.
pub(crate) fn mean_difference(a: &Raster, b: &Raster) -> f64 {
    let (a, b) = (over_grey(a), over_grey(b));
    let off: f64 = a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| (a - b).abs()).sum();
    off / (3 * a.len()) as f64
}

fn luma(raster: &Raster) -> Vec<f64> {
    over_grey(raster).iter().map(|[r, g, b]| 0.299 * r + 0.587 * g + 0.114 * b).collect()
}

/// Transparent parts over mid-grey.
fn over_grey(raster: &Raster) -> Vec<[f64; 3]> {
    let pixel = |pixel: &[u8]| match (raster.layout(), pixel) {
        (Layout::Gray, &[grey]) => [f64::from(grey); 3],
        (Layout::Rgb, &[r, g, b]) => [r, g, b].map(f64::from),
        (Layout::Rgba, &[r, g, b, a]) => {
            let alpha = f64::from(a) / 255.0;
            [r, g, b].map(|channel| f64::from(channel) * alpha + 128.0 * (1.0 - alpha))
        }
        other => panic!("no colour in {other:?}"),
    };
    raster.pixels().chunks(raster.layout().channels()).map(pixel).collect()
}

/// Only where the window fits entirely.
fn blurred(plane: &[f64], width: usize, height: usize) -> Vec<f64> {
    let middle = (TAPS / 2) as f64;
    let taps: Vec<f64> =
        (0..TAPS).map(|i| (-(i as f64 - middle).powi(2) / (2.0 * SIGMA * SIGMA)).exp()).collect();
    let sum: f64 = taps.iter().sum();
    let window = |at: usize, step: usize, plane: &[f64]| {
        taps.iter().enumerate().map(|(i, tap)| tap * plane[at + i * step]).sum::<f64>() / sum
    };
    let (across, down) = (width - TAPS + 1, height - TAPS + 1);
    let rows: Vec<f64> =
        (0..height * across).map(|i| window(i / across * width + i % across, 1, plane)).collect();
    (0..down * across).map(|i| window(i, across, &rows)).collect()
}
