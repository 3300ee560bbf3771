//! Who waits for a worker: first the customers in turn, then each one's requests in order.

use std::{collections::VecDeque, fmt};

use customer::CustomerId;

/// What waits of each customer.
pub(super) struct Line<T>(VecDeque<(CustomerId, VecDeque<T>)>);

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Line<T> {
    /// A request joins those of its customer.
    pub(super) fn join(&mut self, customer: &CustomerId, turn: T) {
        match self.0.iter_mut().find(|(known, _)| known == customer) {
            Some((_, turns)) => turns.push_back(turn),
            None => self.0.push_back((customer.clone(), VecDeque::from([turn]))),
        }
    }

    /// The next request of the next customer, who then comes last.
    pub(super) fn next(&mut self) -> Option<T> {
        let (customer, mut turns) = self.0.pop_front()?;
        let turn = turns.pop_front();
        if !turns.is_empty() {
            self.0.push_back((customer, turns));
        }
        turn
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> fmt::Debug for Line<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(who, turns)| (who, turns.len()))).finish()
    }
}
