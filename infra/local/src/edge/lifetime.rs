//! How long a shared cache may use an answer (RFC 9111, 4.2 and 5.2.2; RFC 5861).

use std::time::Duration;

/// What `Cache-Control` allows a shared cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lifetime {
    /// Used without asking.
    pub(super) fresh: Duration,
    /// Used for this much longer while the origin is asked.
    pub(super) while_revalidating: Duration,
    /// Used for this much longer when the origin fails.
    pub(super) if_error: Duration,
}

/// What may be done with an answer now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Fresh,
    /// It may be used, and the origin is to be asked.
    Stale,
    /// The origin is to be asked first; if it fails, this may be used.
    Reserve,
    /// Of no use.
    Expired,
}

impl Lifetime {
    pub(super) fn of(cache_control: &str) -> Self {
        let directives = || cache_control.split(',').map(str::trim);
        if directives().any(|directive| matches!(directive, "no-store" | "no-cache" | "private")) {
            return Self::default();
        }
        let seconds = |name: &str| {
            let mut values = directives().filter_map(|d| d.strip_prefix(name)?.strip_prefix('='));
            values.next().and_then(|value| value.parse().ok()).map(Duration::from_secs)
        };
        Self {
            fresh: seconds("s-maxage").or_else(|| seconds("max-age")).unwrap_or_default(),
            while_revalidating: seconds("stale-while-revalidate").unwrap_or_default(),
            if_error: seconds("stale-if-error").unwrap_or_default(),
        }
    }

    /// From receipt until it is of no use at all.
    pub(super) fn whole(self) -> Duration {
        match self.fresh {
            Duration::ZERO => Duration::ZERO,
            fresh => fresh.saturating_add(self.while_revalidating.max(self.if_error)),
        }
    }

    pub(super) fn standing(self, age: Duration) -> Standing {
        if age < self.fresh {
            Standing::Fresh
        } else if age < self.fresh.saturating_add(self.while_revalidating) {
            Standing::Stale
        } else if age < self.whole() {
            Standing::Reserve
        } else {
            Standing::Expired
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lifetime_is_the_shared_caches() {
        for (cache_control, fresh, while_revalidating, if_error) in [
            ("max-age=600, s-maxage=31536000", 31_536_000, 0, 0),
            ("public, max-age=600", 600, 0, 0),
            ("s-maxage=1, stale-while-revalidate=20, stale-if-error=300", 1, 20, 300),
            ("private, max-age=300, stale-if-error=9", 0, 0, 0),
            ("private, no-store", 0, 0, 0),
            ("no-store", 0, 0, 0),
            ("s-maxage=x", 0, 0, 0),
            ("", 0, 0, 0),
        ] {
            let lifetime = Lifetime::of(cache_control);
            let Lifetime { fresh: f, while_revalidating: w, if_error: e } = lifetime;
            let seconds = [f, w, e].map(|duration| duration.as_secs());
            assert_eq!(seconds, [fresh, while_revalidating, if_error], "{cache_control}");
        }
    }

    #[test]
    fn an_answer_ages_from_fresh_over_stale_to_nothing() {
        let lifetime = Lifetime::of("s-maxage=10, stale-while-revalidate=20, stale-if-error=30");
        let standing = |seconds| lifetime.standing(Duration::from_secs(seconds));
        let ages = [0, 9, 10, 29, 30, 39, 40];
        let expected = [
            Standing::Fresh,
            Standing::Fresh,
            Standing::Stale,
            Standing::Stale,
            Standing::Reserve,
            Standing::Reserve,
            Standing::Expired,
        ];
        assert_eq!(ages.map(standing), expected);
        assert_eq!(Lifetime::of("stale-if-error=9").whole(), Duration::ZERO);
    }
}
