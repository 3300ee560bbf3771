use super::*;

const UPRIGHT: Size = Size { width: 4000, height: 3000 };

/// The canonical form and the transform, of an image of 4000 x 3000.
fn read(text: &str) -> Result<(String, String), IiifError> {
    let request: ImageRequest = text.parse()?;
    let exact = request.exact(UPRIGHT, &Limits::default())?;
    Ok((exact.to_string(), exact.transform(UPRIGHT).to_string()))
}

#[test]
fn each_form_has_its_canonical_spelling_and_its_transform() {
    for (text, canonical, transform) in [
        ("full/max/0/default.jpg", "full/max/0/default.jpg", "fm=jpg"),
        ("full/^max/0/default.jpg", "full/max/0/default.jpg", "fm=jpg"),
        ("full/pct:100/0.0/color.png", "full/max/0/default.png", "fm=png"),
        ("0,0,4000,3000/4000,3000/360/gray.webp", "full/max/0/gray.webp", "tone=gray,fm=webp"),
        ("full/400,/0/default.jpg", "full/400,300/0/default.jpg", "w=400,fm=jpg"),
        ("full/,300/0/default.jpg", "full/400,300/0/default.jpg", "w=400,fm=jpg"),
        ("full/pct:10/0/default.jpg", "full/400,300/0/default.jpg", "w=400,fm=jpg"),
        ("full/!400,400/0/default.jpg", "full/400,300/0/default.jpg", "w=400,fm=jpg"),
        ("full/400,400/0/default.jpg", "full/400,400/0/default.jpg", "w=400,h=400,fit=fill,fm=jpg"),
        ("full/400,/90/default.jpg", "full/400,300/90/default.jpg", "w=300,rotate=90,fm=jpg"),
        (
            "full/400,/!270/default.gif",
            "full/400,300/!270/default.gif",
            "w=300,flip=1,rotate=270,fm=gif",
        ),
        (
            "full/^8000,1000/90/bitonal.avif",
            "full/^8000,1000/90/bitonal.avif",
            "w=1000,h=8000,fit=fill,enlarge=1,rotate=90,tone=bitonal,fm=avif",
        ),
        ("full/^5000,/0/default.jpg", "full/^5000,3750/0/default.jpg", "w=5000,enlarge=1,fm=jpg"),
        (
            "square/max/0/default.jpg",
            "500,0,3000,3000/max/0/default.jpg",
            "region=500_0_3000_3000,fm=jpg",
        ),
        (
            "3584,2560,512,512/416,/0/default.jpg",
            "3584,2560,416,440/max/0/default.jpg",
            "region=3584_2560_416_440,fm=jpg",
        ),
        (
            "pct:25,25,50.0,50/1000,/0/default.jpg",
            "1000,750,2000,1500/1000,750/0/default.jpg",
            "region=1000_750_2000_1500,w=1000,fm=jpg",
        ),
        (
            "full/^!9000,9000/0/default.jpg",
            "full/^7302,5476/0/default.jpg",
            "w=7302,h=5476,fit=fill,enlarge=1,fm=jpg",
        ),
    ] {
        assert_eq!(read(text), Ok((canonical.to_owned(), transform.to_owned())), "{text}");
        assert_eq!(read(canonical), read(text), "{canonical} of {text}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    let told = |text: &str| read(text).unwrap_err();
    for region in ["", "1,2,3", "0,0,0,4", "-1,0,4,4", "0,0,4,4,4", "pct:0,0,0,4", "FULL", "pct:"] {
        let text = format!("{region}/max/0/default.jpg");
        assert_eq!(told(&text), IiifError::Region(region.to_owned()));
    }
    for size in ["full", "", "0,", ",", "pct:0", "^", "!400,", "+4,", "400", "max,", "4.5,", "^^4,"]
    {
        let text = format!("full/{size}/0/default.jpg");
        assert_eq!(told(&text), IiifError::Size(size.to_owned()));
    }
    for rotation in ["", "45", "-90", "!", "361", "90.5", "!!90", "450"] {
        let text = format!("full/max/{rotation}/default.jpg");
        assert_eq!(told(&text), IiifError::Rotation(rotation.to_owned()));
    }
    assert_eq!(told("full/max/0/native.jpg"), IiifError::Quality("native".to_owned()));
    assert_eq!(told("full/max/0/default.tif"), IiifError::Format("tif".to_owned()));
    for parts in ["full/max/0/default", "full/max/0", "full/max/0/0/default.jpg"] {
        assert_eq!(told(parts), IiifError::Parts);
    }
    let beside = told("4000,0,10,10/max/0/default.jpg");
    assert!(matches!(beside, IiifError::Outside { width: 4000, height: 3000 }));
}

#[test]
fn nothing_is_enlarged_unless_it_is_said() {
    for size in ["4001,", ",3001", "pct:100.1", "4000,3001", "!5000,5000"] {
        let refused = IiifError::Enlarged { width: 4000, height: 3000 };
        assert_eq!(read(&format!("full/{size}/0/default.jpg")), Err(refused), "{size}");
        assert!(read(&format!("full/^{size}/0/default.jpg")).is_ok(), "{size}");
    }
    assert!(read("full/!4000,9000/0/default.jpg").is_ok(), "as large as it is");
}

#[test]
fn max_is_within_the_limits() {
    let huge = Size { width: 20_000, height: 2_000 };
    let limits = Limits::default();
    assert_eq!(size::most(huge, &limits), Size { width: 8192, height: 819 });
    let few = Limits { result_pixels_max: 1_000_000, ..limits };
    let most = size::most(UPRIGHT, &few);
    assert_eq!(most, Size { width: 1154, height: 865 });
    assert!(most.pixels() <= 1_000_000);
}
