use proptest::option;
use proptest::prelude::*;

use super::*;

fn size(width: u32, height: u32) -> Size {
    Size { width, height }
}

fn fitted(source: (u32, u32), text: &str) -> Geometry {
    let transform = text.parse().expect("the case is a transform");
    Geometry::new(size(source.0, source.1), &transform)
}

/// Source, transform, scaled size, kept part (x, y, width, height), canvas, offset.
type Case = ((u32, u32), &'static str, (u32, u32), (u32, u32, u32, u32), (u32, u32), (u32, u32));

const CASES: &[Case] = &[
    ((640, 480), "full", (640, 480), (0, 0, 640, 480), (640, 480), (0, 0)),
    ((640, 480), "w=400", (400, 300), (0, 0, 400, 300), (400, 300), (0, 0)),
    ((640, 480), "h=100", (133, 100), (0, 0, 133, 100), (133, 100), (0, 0)),
    ((640, 480), "w=1280", (640, 480), (0, 0, 640, 480), (640, 480), (0, 0)),
    ((640, 480), "w=1280,enlarge=1", (1280, 960), (0, 0, 1280, 960), (1280, 960), (0, 0)),
    ((640, 480), "w=400,h=400", (400, 300), (0, 0, 400, 300), (400, 300), (0, 0)),
    ((640, 480), "w=400,h=400,fit=outside", (533, 400), (0, 0, 533, 400), (533, 400), (0, 0)),
    ((640, 480), "w=900,h=900,fit=outside", (640, 480), (0, 0, 640, 480), (640, 480), (0, 0)),
    ((640, 480), "w=400,h=400,fit=fill", (400, 400), (0, 0, 400, 400), (400, 400), (0, 0)),
    ((640, 480), "w=400,h=900,fit=fill", (400, 480), (0, 0, 400, 480), (400, 480), (0, 0)),
    ((640, 480), "w=400,h=400,fit=cover", (533, 400), (67, 0, 400, 400), (400, 400), (0, 0)),
    ((640, 480), "w=400,h=400,fit=cover,g=e", (533, 400), (133, 0, 400, 400), (400, 400), (0, 0)),
    ((640, 480), "w=960,h=960,fit=cover", (640, 480), (80, 0, 480, 480), (480, 480), (0, 0)),
    ((640, 480), "w=400,h=401,fit=contain", (400, 300), (0, 0, 400, 300), (400, 401), (0, 50)),
    ((640, 480), "w=400,h=401,fit=contain,g=s", (400, 300), (0, 0, 400, 300), (400, 401), (0, 101)),
    ((64, 48), "w=400,h=400,fit=contain", (64, 48), (0, 0, 64, 48), (400, 400), (168, 176)),
    (
        (640, 480),
        "w=100,h=100,fit=cover,g=fp_1_0",
        (133, 100),
        (33, 0, 100, 100),
        (100, 100),
        (0, 0),
    ),
    (
        (640, 480),
        "w=100,h=100,fit=cover,g=fp_0.5_0",
        (133, 100),
        (17, 0, 100, 100),
        (100, 100),
        (0, 0),
    ),
    (
        (640, 480),
        "w=100,h=100,fit=cover,g=fp_0.5_0.5_2",
        (266, 200),
        (83, 50, 100, 100),
        (100, 100),
        (0, 0),
    ),
    (
        (640, 480),
        "w=400,h=400,fit=cover,g=fp_0_0_9",
        (640, 480),
        (0, 0, 400, 400),
        (400, 400),
        (0, 0),
    ),
    ((640, 480), "w=400,pad=1_2_3_4", (400, 300), (0, 0, 400, 300), (406, 304), (4, 1)),
    ((10000, 1), "w=10", (10, 1), (0, 0, 10, 1), (10, 1), (0, 0)),
];

#[test]
fn the_cases_that_people_ask_for() {
    for &(source, text, scaled, (x, y, width, height), canvas, offset) in CASES {
        let wanted = Geometry {
            scaled: size(scaled.0, scaled.1),
            crop: Rect { x, y, width, height },
            canvas: size(canvas.0, canvas.1),
            offset,
        };
        assert_eq!(fitted(source, text), wanted, "{source:?} {text}");
    }
}

fn transforms() -> impl Strategy<Value = Transform> {
    let fits =
        prop::sample::select(vec![Fit::Inside, Fit::Outside, Fit::Cover, Fit::Contain, Fit::Fill]);
    let gravities = prop::sample::select(Gravity::COMPASS.to_vec());
    let edge = || option::of(prop_oneof![1u32..2000, 1u32..]);
    (edge(), edge(), fits, gravities, any::<bool>()).prop_map(
        |(width, height, fit, gravity, enlarge)| Transform {
            width,
            height,
            fit,
            gravity,
            enlarge,
            ..Transform::default()
        },
    )
}

fn sources() -> impl Strategy<Value = Size> {
    (1u32..20_000, 1u32..20_000).prop_map(|(width, height)| Size { width, height })
}

proptest! {
    #[test]
    fn everything_lies_inside_everything(source in sources(), transform in transforms()) {
        let Geometry { scaled, crop, canvas, offset } = Geometry::new(source, &transform);
        prop_assert!(crop.width >= 1 && crop.height >= 1);
        prop_assert!(u64::from(crop.x) + u64::from(crop.width) <= u64::from(scaled.width));
        prop_assert!(u64::from(crop.y) + u64::from(crop.height) <= u64::from(scaled.height));
        prop_assert!(u64::from(offset.0) + u64::from(crop.width) <= u64::from(canvas.width));
        prop_assert!(u64::from(offset.1) + u64::from(crop.height) <= u64::from(canvas.height));
    }

    #[test]
    fn nothing_grows_unasked(source in sources(), transform in transforms()) {
        let transform = Transform { enlarge: false, ..transform };
        let geometry = Geometry::new(source, &transform);
        prop_assert!(geometry.scaled.is_within(source), "{:?}", geometry);
    }

    #[test]
    fn the_aspect_is_kept_within_a_pixel(source in sources(), transform in transforms()) {
        let aspect_lost = transform.fit == Fit::Fill && transform.width.is_some() && transform.height.is_some();
        let Size { width, height } = Geometry::new(source, &transform).scaled;
        prop_assume!(!aspect_lost && width < u32::MAX && height < u32::MAX);
        let ideal_height = f64::from(source.height) * f64::from(width) / f64::from(source.width);
        let ideal_width = f64::from(source.width) * f64::from(height) / f64::from(source.height);
        let off = (ideal_height - f64::from(height)).abs().min((ideal_width - f64::from(width)).abs());
        prop_assert!(off <= 1.0, "{width} x {height} of {source:?}");
    }

    #[test]
    fn boxes_are_met_when_enlarging(source in sources(), width in 1u32..2000, height in 1u32..2000) {
        let frame = Size { width, height };
        let canvas = |fit| {
            let asked = Transform { width: Some(width), height: Some(height), fit, enlarge: true, ..Transform::default() };
            Geometry::new(source, &asked).canvas
        };
        for fit in [Fit::Cover, Fit::Contain, Fit::Fill] {
            prop_assert_eq!(canvas(fit), frame);
        }
        prop_assert!(canvas(Fit::Inside).is_within(frame));
        prop_assert!(frame.is_within(canvas(Fit::Outside)));
    }
}
