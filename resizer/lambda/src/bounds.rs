//! What a customer's renditions may be.

use customer::Customer;
use resizer::Limits;

/// Renditions kept of one image, unless the customer's own bound is lower. One listing counts them.
const RENDITIONS_MAX: u16 = 500;

/// Bounds of one customer, never higher than Darkroom's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) limits: Limits,
    /// More than these are rendered and answered, but not kept: whoever asks for every width fills
    /// no bucket, and takes no new size from anybody else.
    pub(crate) renditions_max: u16,
}

impl Bounds {
    /// An original that was accepted stays deliverable: only results are bound more narrowly.
    pub(crate) fn of(customer: &Customer, limits: Limits) -> Self {
        let of_results = |name: &str| customer.limit(name).filter(|_| name.starts_with("result_"));
        let own = customer.limit("renditions_max").and_then(|own| u16::try_from(own).ok());
        Self {
            limits: limits.lowered(of_results),
            renditions_max: own.unwrap_or(RENDITIONS_MAX).min(RENDITIONS_MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_bound_by_the_customer_and_originals_are_not() {
        let mut acme = Customer::new("acme".parse().unwrap(), "acme-images".to_owned());
        for name in Limits::NAMES {
            acme.limits.insert(name.to_owned(), 7);
        }
        acme.limits.insert("renditions_max".to_owned(), 70_000);
        let bounds = Bounds::of(&acme, Limits::default());
        let expected = Limits { result_edge_max_px: 7, result_pixels_max: 7, ..Limits::default() };
        assert_eq!(bounds, Bounds { limits: expected, renditions_max: RENDITIONS_MAX });
    }
}
