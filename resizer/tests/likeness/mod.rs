//! How alike two pictures are, in two numbers: one sees as people do, the other sees a wrong shade of what is flat
//! or small, of which the first says little.

use resizer::{Layout, Raster};
use ssimulacra2::{ColorPrimaries, Rgb, TransferCharacteristic, compute_frame_ssimulacra2};

/// Red, green, blue and opacity of every pixel, between 0 and 1.
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pixels: Vec<[f32; 4]>,
}

impl Picture {
    /// Frames of one size, one below the other.
    pub(crate) fn stacked(frames: &[Raster]) -> Self {
        let width = frames[0].size().width as usize;
        let pixels: Vec<[f32; 4]> = frames.iter().flat_map(colors).collect();
        Self { width, height: pixels.len() / width, pixels }
    }

    /// Over a shade of grey.
    fn over(&self, shade: f32) -> Vec<[f32; 3]> {
        let blend = |[r, g, b, alpha]: &[f32; 4]| {
            [r, g, b].map(|channel| channel * alpha + shade * (1.0 - alpha))
        };
        self.pixels.iter().map(blend).collect()
    }
}

fn colors(raster: &Raster) -> impl Iterator<Item = [f32; 4]> {
    let unit = |byte: u8| f32::from(byte) / 255.0;
    let color = move |pixel: &[u8]| match (raster.layout(), pixel) {
        (Layout::Gray, &[grey]) => [unit(grey), unit(grey), unit(grey), 1.0],
        (Layout::Rgb, &[r, g, b]) => [unit(r), unit(g), unit(b), 1.0],
        (Layout::Rgba, &[r, g, b, a]) => [r, g, b, a].map(unit),
        other => panic!("no colour in {other:?}"),
    };
    raster.pixels().chunks(raster.layout().channels()).map(color)
}

pub(crate) struct Likeness {
    /// 100 is equal, 90 cannot be told apart, 70 is high quality; `SSIMULACRA2` of Cloudinary and the JPEG XL project.
    pub(crate) ssimulacra2: f64,
    /// Mean absolute difference of red, green and blue, 0 to 255.
    pub(crate) mean_difference: f64,
}

impl Likeness {
    /// Of two pictures of one size. What is transparent over black and over white; the worse counts.
    pub(crate) fn of(a: &Picture, b: &Picture) -> Self {
        let [black, white] = [0.0, 1.0].map(|shade| {
            let (a_pixels, b_pixels) = (a.over(shade), b.over(shade));
            let mean_difference = mean_difference(&a_pixels, &b_pixels);
            let rgb = |pixels| {
                let (transfer, primaries) = (TransferCharacteristic::SRGB, ColorPrimaries::BT709);
                Rgb::new(pixels, a.width, a.height, transfer, primaries).unwrap()
            };
            let ssimulacra2 = compute_frame_ssimulacra2(rgb(a_pixels), rgb(b_pixels)).unwrap();
            Self { ssimulacra2, mean_difference }
        });
        Self {
            ssimulacra2: black.ssimulacra2.min(white.ssimulacra2),
            mean_difference: black.mean_difference.max(white.mean_difference),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "far from 2^53")]
fn mean_difference(a: &[[f32; 3]], b: &[[f32; 3]]) -> f64 {
    let channels = a.as_flattened().iter().zip(b.as_flattened());
    let sum: f64 = channels.map(|(a, b)| f64::from((a - b).abs())).sum();
    255.0 * sum / (3 * a.len()) as f64
}
